/** One row per account: who runs it. `owner` is null while nobody does. */
export interface LeaseRow {
  readonly accountId: string;
  readonly owner: string | null;
  /** Raised by one at each change of hands; a commit under an older fence writes nothing. */
  readonly fence: number;
  /** Raised by every commit and renewal; a beat that stands still for one TTL means that the owner is dead. */
  readonly beat: number;
}

/** What a taker saw: a free row (its fence is enough), or one whose owner seems dead (then its beat counts too). */
export type LeaseExpectation =
  | { readonly kind: 'none' }
  | { readonly kind: 'free'; readonly fence: number }
  | { readonly kind: 'stale'; readonly fence: number; readonly beat: number };

/** Each call is one statement in its own transaction. No wall-clock time is compared. */
export interface LeaseStore {
  read(accountId: string): Promise<LeaseRow | null>;
  /**
   * Compare and swap. `none` creates the row with fence 1; `free` and `stale` set the owner, fence + 1 and beat + 1
   * where the row is still as expected. False when somebody was faster; nothing is written then.
   */
  take(accountId: string, owner: string, expected: LeaseExpectation): Promise<boolean>;
  /** beat + 1 under this fence; false when the fence is no longer ours. */
  renew(accountId: string, fence: number): Promise<boolean>;
  /**
   * Sets the owner to null under this fence; false when the fence is no longer ours. `polledAt` (epoch ms) may be kept
   * beside the lease, so that an idle poll leaves its time without a commit of its own.
   */
  release(accountId: string, fence: number, polledAt: number | null): Promise<boolean>;
}
