import type { MailError } from '../errors';
import type { ChangePage, ListEntry, ListPage } from '../model/change';
import type { HydratedMessage, MessageState } from '../model/message';
import type { OrganiseOp, StateEffect } from '../model/operation';
import type { FolderRole, FoldersByRole, LabelInfo, Places, SettlePlaces } from '../model/place';

export interface MailboxProfile {
  readonly address: string;
  /** Messages of the whole mailbox as the provider counts them; null when it does not say. */
  readonly messagesTotal: number | null;
  /** Where the change feed stands now: pin it before listing. */
  readonly cursor: string;
}

export interface ListRequest {
  /** Only messages accepted at or after this time (epoch ms); null lists the whole mailbox, spam and trash included. */
  readonly since: number | null;
  readonly pageToken: string | null;
}

/** What came of one wanted id. A fetch may also bring messages nobody asked for (the rest of a thread). */
export type FetchOutcome =
  | { readonly kind: 'message'; readonly remoteId: string; readonly message: HydratedMessage }
  | { readonly kind: 'gone'; readonly remoteId: string }
  | { readonly kind: 'failed'; readonly remoteId: string; readonly error: MailError };

export type CheckOutcome =
  | { readonly kind: 'state'; readonly state: MessageState }
  | { readonly kind: 'gone'; readonly remoteId: string }
  | { readonly kind: 'failed'; readonly remoteId: string; readonly error: MailError };

export interface MailReader {
  profile(): Promise<MailboxProfile>;
  places(): Promise<Places>;
  list(request: ListRequest): Promise<ListPage>;
  /**
   * Whole messages. The provider chooses the cheapest mix of calls (whole threads where that costs fewer units) and
   * paces itself. Resolves with an outcome for each wanted id; rejects only with account-wide MailErrors, and then
   * nothing may be concluded about any id. Outcomes that were already obtained may be lost by a rejection.
   */
  fetch(wanted: readonly ListEntry[]): Promise<readonly FetchOutcome[]>;
  /** Asks by id. The only reader whose `gone` counts as proof besides the feed's own statement. */
  check(remoteIds: readonly string[]): Promise<readonly CheckOutcome[]>;
  /** The decoded bytes of one part. @throws MailError notFound when the message or the part is no longer there. */
  attachment(remoteId: string, partId: string): Promise<ReadableStream<Uint8Array>>;
  /** How many messages the mailbox has since each of these times (epoch ms), approximately. Cheap: one call each. */
  estimate(since: readonly (number | null)[]): Promise<readonly (number | null)[]>;
}

export interface ChangeFeed {
  /** @throws MailError cursorExpired when the provider no longer knows the cursor. */
  changes(cursor: string): Promise<ChangePage>;
  /**
   * True when this cursor still has to be pinned by reading through what is there (see ChangePage.baseline). The first
   * messages are then listed and fetched before that. Absent: cursors of this provider are pinned when they are made.
   */
  inBaseline?(cursor: string): boolean;
}

export interface MailOrganiser {
  /**
   * Laying an operation over a state: its effect on flags and places for this provider. `place` for move and labels.
   * Pure: everything it needs to know about the mailbox is given.
   * @throws MailError refused when the mailbox lacks the folder that the operation needs
   */
  effectOf(op: OrganiseOp, place: string | null, state: MessageState, folders: FoldersByRole): StateEffect;
  /**
   * Writes an effect to the provider for up to Capabilities.organiseBatch messages at once. Idempotent.
   * @throws MailError notFound when a single message is gone, refused when the provider will never accept it.
   */
  organise(remoteIds: readonly string[], op: OrganiseOp, effect: StateEffect): Promise<void>;
}

export interface Capabilities {
  /** Wanted ids per fetch() that use the provider well; several fetches may run at once. */
  readonly fetchBatch: number;
  readonly fetchConcurrency: number;
  readonly organiseBatch: number;
  readonly settlePlaces: SettlePlaces;
  /**
   * A label that exists by being named on a message, or null. Such labels are kept beside those that `places()` lists
   * (Outlook's categories may be missing from the master list).
   */
  readonly impliedLabel?: (placeId: string) => LabelInfo | null;
  /** Folders that a person may leave out of the copy. */
  readonly skippableFolders: readonly FolderRole[];
  /** Cost of hydrating one message and the budget per minute, in the provider's units; for honest estimates. */
  readonly unitsPerMessage: number;
  readonly unitsPerMinute: number;
}

/** One mailbox at one provider, bound to its account's token and pacer. Sending and push are added beside these. */
export interface MailProvider extends MailReader, ChangeFeed, MailOrganiser {
  readonly capabilities: Capabilities;
}
