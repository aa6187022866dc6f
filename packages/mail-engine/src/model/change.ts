import type { MessageState } from './message';

/**
 * What a provider's change feed says, one event per message and kind. `seq` orders events inside one mailbox
 * (Gmail: the history record's id; it is compared as a whole number, never as text), so that a plan does not
 * depend on the order or on the repetition of pages.
 */
export type ChangeEvent =
  /** The message exists; its state may be unknown here. `isDraft` when the provider says so. */
  | {
      readonly kind: 'present';
      readonly seq: string;
      readonly remoteId: string;
      readonly threadRemoteId: string;
      readonly isDraft: boolean;
    }
  /** Places and flags were added to or taken from a message. */
  | {
      readonly kind: 'moved';
      readonly seq: string;
      readonly remoteId: string;
      readonly threadRemoteId: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly isRead?: boolean;
      readonly isStarred?: boolean;
    }
  /**
   * The complete state of a message as the provider gave it: it replaces what was known before. `baseline` when it is
   * shown only because the feed is being pinned, so that it may have been like this for years.
   */
  | ({
      readonly kind: 'state';
      readonly seq: string;
      /** Epoch ms. */
      readonly receivedAt: number;
      readonly baseline: boolean;
    } & MessageState)
  /** The provider states that this very id does not exist any more. The only event that hides a message. */
  | { readonly kind: 'gone'; readonly seq: string; readonly remoteId: string }
  /**
   * The message left a listing; whether it still exists must be asked by id, unless it is present elsewhere. `place`
   * names the place that it left, where the provider says: an earlier sight of it there is then no presence.
   */
  | { readonly kind: 'left'; readonly seq: string; readonly remoteId: string; readonly place?: string };

export interface ChangePage {
  readonly events: readonly ChangeEvent[];
  /** Where the feed stands after this page. Valid to start from even when `done` is false. */
  readonly cursor: string;
  /** False while the provider has more pages after this one. */
  readonly done: boolean;
  /** True when folders or labels themselves may have changed (an unknown place was named). */
  readonly placesChanged: boolean;
  /**
   * True while a feed that has no "from now" is still being pinned: its pages show what has long been there. Such a
   * page may end the slice's turn; a round that saw one confirms neither a listing nor a click. What it shows and is not
   * here is not fetched because of it: once pinned, the feed asks for a listing (`relist`).
   */
  readonly baseline?: boolean;
  /** The feed cannot tell in detail what happened (a folder's own feed expired or vanished): list everything anew. */
  readonly relist?: boolean;
}

export interface ListEntry {
  readonly remoteId: string;
  readonly threadRemoteId: string;
}

export interface ListedMessage extends ListEntry {
  /** Where the provider's listings tell it: a reconcile then needs no check by id for what is here. */
  readonly state?: MessageState;
}

export interface ListPage {
  /** Newest first. */
  readonly entries: readonly ListedMessage[];
  readonly nextPageToken: string | null;
  /** The provider's own estimate of the whole listing, or null. Never a promise. */
  readonly estimatedTotal: number | null;
}
