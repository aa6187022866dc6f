import type { ListEntry } from '../model/change';
import type { HydratedMessage, MessageState } from '../model/message';
import type { Operation } from '../model/operation';
import type { Places, SettlePlaces } from '../model/place';
import type { NewWork, WorkFailure, WorkItem, WorkKey, WorkKind } from '../model/work';

/**
 * Names of the cursors of a mailbox. `changes` is the provider's feed; the others are positions and notes of our own
 * runs, written by the engine alone. `audit:<n>` are the pages of ids that a running audit has collected.
 */
export type CursorName = 'changes' | 'listing' | 'verify' | 'places' | 'feed' | `folder:${string}` | `audit:${number}`;

export interface CursorWrite {
  readonly name: CursorName;
  /** Opaque to the store; null removes it. */
  readonly value: string | null;
}

/** The proof that a commit is made by the account's only runner (see sync/lease). */
export interface LeaseToken {
  readonly accountId: string;
  readonly fence: number;
}

/**
 * Ids that a listing has shown in run `run`. An id that is new here gets an inventory row; one that is known only has
 * its run number raised (never lowered), and a closed row is opened again. What of it is to be fetched stands in
 * `StoreWrite.work`. Messages that are stored without ever having been listed get an inventory row of run 0. The row of
 * every message that is stored remembers that it was, also when the message's row disappears.
 */
export interface InventoryWrite {
  readonly run: number;
  readonly entries: readonly ListEntry[];
}

/**
 * Everything one transaction writes. A store applies all of it or nothing, in short transactions of its own choosing
 * only where a field says so. Every commit begins by proving the lease (LeaseLostError otherwise). Pending operations
 * (`applied` and `pushed`) of touched messages are laid over `messages` and `states` inside the same transaction with
 * `overlay` from sync/operations, so that no click is lost between reading and writing. Threads of touched messages
 * are recomputed by SQL, never incremented. The same write twice gives the same rows.
 *
 * Order inside one commit: `operations` and `retireOperationsPushedBefore` first, so that a confirmed click does not
 * cover what the provider says now; then `places`, `messages`, `states`, `inventory`, `work`, `workDone`,
 * `workFailed`, and `gone` last, so that nothing of the same commit brings a message back that does not exist.
 * A place that a state names and that is not in the account's places is left out: the runner commits new places before
 * the first state that names them, so what is unknown then does not exist at the provider any more.
 */
export interface StoreWrite {
  readonly cursors?: readonly CursorWrite[];
  /** The complete set of places: missing ones are removed with their placements. */
  readonly places?: Places;
  readonly inventory?: InventoryWrite;
  /**
   * Added (pending, no attempts) unless an item of the same key exists; an existing one only has its priority raised,
   * and a quarantined one stays so unless the new work says `revive`.
   */
  readonly work?: readonly NewWork[];
  /** The items are removed. Keys without an item are no error. */
  readonly workDone?: readonly WorkKey[];
  /**
   * Running items back to pending with their `notBefore`; to quarantined when the failure counts and the item has
   * STRIKES attempts. `notItsFault` takes the attempt of the claim back.
   */
  readonly workFailed?: readonly WorkFailure[];
  /**
   * Upserted by (account, remoteId); a hidden message that is present again is shown again. A message with a
   * `draftRemoteId` takes over the row that has this draft id, hidden or not, and gives it its own `remoteId`.
   */
  readonly messages?: readonly HydratedMessage[];
  /** New states of messages that are here; unknown ids are ignored. */
  readonly states?: readonly MessageState[];
  /** Ids that the provider states do not exist any more: hidden, placements removed, inventory closed, work dropped. */
  readonly gone?: readonly string[];
  readonly operations?: readonly OperationWrite[];
  /** Removes `pushed` operations whose push is older than this (epoch ms): a later round has been read to its end. */
  readonly retireOperationsPushedBefore?: number;
  readonly account?: AccountPatch;
}

export interface OperationWrite {
  readonly id: string;
  readonly status: 'pushed' | 'conflicted' | 'applied';
  readonly pushedAt?: number;
  readonly attempts?: number;
  readonly error?: string;
}

/** Progress and facts of the account that a run learns. Health is computed from rows and never stored. */
export interface AccountPatch {
  readonly lastSyncedAt?: number;
  /** What the provider says the whole mailbox holds (Gmail: profile.messagesTotal). */
  readonly remoteTotal?: number | null;
  readonly notBefore?: number | null;
  readonly error?: { readonly kind: string; readonly message: string; readonly providerCode: string | null } | null;
}

export interface WorkCounts {
  /** Waiting or ready, not running. */
  readonly pending: number;
  readonly quarantined: number;
  /** Claimed and not given back. At the start of a slice these are what a crash has left. */
  readonly running: number;
  /** Epoch ms of the earliest pending item that must still wait; null when something can run now or nothing waits. */
  readonly nextNotBefore: number | null;
}

/** What a slice must know before its first call to the provider, read in one statement: an idle poll asks no more. */
export interface AccountOverview {
  /** Every cursor of the account but the pages of an audit (`audit:*`). */
  readonly cursors: ReadonlyMap<CursorName, string>;
  /** True when an operation waits to be pushed (`applied`). */
  readonly hasOperations: boolean;
  readonly work: WorkCounts;
}

/** Distinct ids of the inventory that run `run` or a later one has seen, closed ones left out. */
export interface InventoryTotals {
  readonly listed: number;
  /** Those of them that are here as messages and not hidden. */
  readonly here: number;
}

export interface MailStore {
  /** @throws LeaseLostError when the fence is stale; nothing is written then. */
  commit(lease: LeaseToken, write: StoreWrite): Promise<void>;

  overview(accountId: string, now: number): Promise<AccountOverview>;

  cursor(accountId: string, name: CursorName): Promise<string | null>;

  /** Effective states (provider ⊕ pending operations) of those of the ids that are here and not hidden. */
  states(accountId: string, remoteIds: readonly string[]): Promise<ReadonlyMap<string, MessageState>>;

  /**
   * Takes up to `limit` runnable items of a kind, highest priority first, and counts the attempt in the same
   * transaction, before anything runs. For `hydrate`, pending items of the same threads come along, so that a thread
   * can be fetched whole; the result may exceed `limit` by those. Items with an attempt behind them are returned
   * alone (one item in the array), so that a poisonous one can hurt nobody else, and they do not come along with
   * others. `attempts` of the returned items includes this claim.
   */
  claimWork(lease: LeaseToken, kind: WorkKind, limit: number, now: number): Promise<readonly WorkItem[]>;
  workCounts(accountId: string, now: number): Promise<WorkCounts>;
  /**
   * Gives back items that a crash left as running: they keep their attempt, and those that have STRIKES of them are
   * quarantined, because whatever killed the process may be their doing.
   */
  recoverWork(lease: LeaseToken): Promise<void>;

  /** Operations that wait to be pushed, oldest first. */
  pendingOperations(accountId: string, limit: number): Promise<readonly Operation[]>;
  /** Which of these ids are covered by an operation (`applied` or `pushed`). */
  idsWithOperations(accountId: string, remoteIds: readonly string[]): Promise<ReadonlySet<string>>;

  /** Ids of the open inventory rows whose run number is below `run`, in a stable order after `after`. */
  inventoryNotSeenIn(accountId: string, run: number, after: string | null, limit: number): Promise<readonly string[]>;
  inventoryTotals(accountId: string, run: number): Promise<InventoryTotals>;
  /** Which of these ids have a message row that is not hidden. */
  presentIds(accountId: string, remoteIds: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Which of these ids were stored here once, have no message row that is not hidden now, and have not been seen by run
   * `run` or a later one.
   */
  lostIds(accountId: string, remoteIds: readonly string[], run: number): Promise<ReadonlySet<string>>;
  /** Ids of all messages here that are not hidden, in a stable order after `after`; for the audit. */
  messageIds(accountId: string, after: string | null, limit: number): Promise<readonly string[]>;
}

/** A store is given the rules of the mailbox's provider once. */
export interface StoreRules {
  readonly settlePlaces: SettlePlaces;
  /**
   * True when the provider's conversations may hold unrelated messages (Outlook merges by subject): each is split into
   * what refers to each other by Message-ID.
   */
  readonly splitThreads?: boolean;
}
