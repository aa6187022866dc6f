/**
 * A place is where a message can be: a folder or a label. A mailbox names its places by the provider's own ids
 * (`INBOX`, `Label_12`, a Graph folder id), and one mailbox uses one namespace for folders and labels together.
 */
export type FolderRole = 'inbox' | 'sent' | 'drafts' | 'spam' | 'trash' | 'archive' | 'other';

export interface FolderInfo {
  readonly remoteId: string;
  readonly name: string;
  readonly role: FolderRole;
  readonly parentRemoteId: string | null;
}

/** The mailbox's own folders by role, as far as it has them. */
export type FoldersByRole = Readonly<Partial<Record<FolderRole, string>>>;

/**
 * `primary` is the tab for mail that is meant for the person (Gmail's CATEGORY_PERSONAL, Outlook's Focused), `category`
 * any other tab of the provider, `system` any other label that people did not make.
 */
export type LabelKind = 'user' | 'primary' | 'category' | 'system';

export interface LabelInfo {
  readonly remoteId: string;
  readonly name: string;
  readonly kind: LabelKind;
  readonly textColor: string | null;
  readonly backgroundColor: string | null;
}

/** The complete set of places of a mailbox at one moment: what is not in it does not exist at the provider. */
export interface Places {
  readonly folders: readonly FolderInfo[];
  readonly labels: readonly LabelInfo[];
}

/** Completes a set of places, for example with Gmail's synthetic archive when a message is in no folder at all. */
export type SettlePlaces = (places: ReadonlySet<string>) => Set<string>;
