import type { MailError } from '../errors';
import type { ChangePage, ListEntry, ListPage } from '../model/change';
import type { Identity } from '../model/identity';
import type { HydratedMessage, MessageState } from '../model/message';
import type { OrganiseOp, StateEffect } from '../model/operation';
import type { DraftRef, OutgoingMessage, SentReceipt } from '../model/outgoing';
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
  /**
   * True when nothing is cheaper about fetching a conversation whole: listing and fetching then go on side by side, and
   * neither waits for the other. Absent: what is wanted is listed first.
   */
  readonly listsBesideFetching?: boolean;
  /** Folders that a person may leave out of the copy. */
  readonly skippableFolders: readonly FolderRole[];
  /** Cost of hydrating one message and the budget per minute, in the provider's units; for honest estimates. */
  readonly unitsPerMessage: number;
  readonly unitsPerMinute: number;
}

/** What the provider lets a mailbox send. Null: no such limit is known. */
export interface SendLimits {
  /** Of the whole message as it travels, encoded. */
  readonly maxMessageBytes: number;
  /** All three headers together. */
  readonly maxRecipients: number;
  readonly messagesPerMinute: number | null;
  /** In any 24 hours. */
  readonly messagesPerDay: number | null;
  readonly recipientsPerDay: number | null;
  /** True when a local part outside ASCII can be delivered (SMTPUTF8). */
  readonly internationalLocalParts: boolean;
  /**
   * After a lost answer: how long after the first look each further one comes, in ms, ascending. Only when the draft
   * still stood there at the last one is it taken for unsent.
   */
  readonly lookAgainMs: readonly number[];
}

/** What a send came to, as far as its answer proves anything. */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly receipt: SentReceipt }
  /** Refused for good; nothing left. */
  | { readonly kind: 'refused'; readonly error: MailError }
  /** Nothing left, and it may be tried again: limits, a token that is not to be had, a connection never made. */
  | { readonly kind: 'notNow'; readonly error: MailError }
  /** The draft does not exist (any more): it was consumed by an earlier call, or somebody deleted it. */
  | { readonly kind: 'noDraft'; readonly error: MailError }
  /** No answer, a 5xx, or nonsense: it may have left. */
  | { readonly kind: 'lost'; readonly error: MailError };

export type DraftState =
  | { readonly kind: 'present' }
  /** The provider shows by the draft's own id that it was sent (Graph: isDraft is false). */
  | { readonly kind: 'sent'; readonly receipt: SentReceipt }
  /** Sent or deleted: the draft alone does not tell. */
  | { readonly kind: 'gone' };

/**
 * Writing mail. Sending goes through a draft at the provider, always: a draft can be consumed once, so that a second
 * send of the same draft cannot double a mail, however late or often the first one arrives. Nothing here repeats a
 * send by itself.
 */
export interface MailSender {
  readonly sendLimits: SendLimits;
  /** Addresses this mailbox may write from, primary first. */
  identities(): Promise<readonly Identity[]>;
  /**
   * Creates a draft, or overwrites this one. A lost answer may leave a draft behind that nobody knows; see findDrafts.
   * @throws MailError notFound when the draft to overwrite is gone, refused when the provider or the composing refuses
   * the message (`providerCode` then is the stable code), and every account-wide kind
   */
  saveDraft(message: OutgoingMessage, draft: DraftRef | null): Promise<DraftRef>;
  /** Deletes a draft; one that is gone already is no error. */
  deleteDraft(draft: DraftRef): Promise<void>;
  /** Drafts that carry this marker, without the help of a search index. @throws MailError */
  findDrafts(markerId: string): Promise<readonly DraftRef[]>;
  /** One try. Never throws for what the provider or the network does. */
  sendDraft(draft: DraftRef): Promise<SendOutcome>;
  /** @throws MailError */
  draftState(draft: DraftRef): Promise<DraftState>;
  /**
   * The sent copy with this marker, trash included, without the help of a search index. `since` (epoch ms, our clock)
   * bounds how far back it looks, with room for clocks that differ. @throws MailError
   */
  findSent(markerId: string, since: number): Promise<SentReceipt | null>;
  /** What the provider finally made of a sent message, above all its Message-ID. @throws MailError */
  receipt(sent: SentReceipt): Promise<SentReceipt>;
}

/** One mailbox at one provider, bound to its account's token and pacer. Sending and push are added beside these. */
export interface MailProvider extends MailReader, ChangeFeed, MailOrganiser {
  readonly capabilities: Capabilities;
}
