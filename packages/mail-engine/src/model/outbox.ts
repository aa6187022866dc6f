import type { DraftRef, SentReceipt } from './outgoing';

/**
 * `queued` waits for its time; `claimed`: a worker prepares the provider's draft; `submitting`: from before the call
 * that sends until its answer is understood; `uncertain`: the answer was lost, the mail may have left; `held`: the
 * mailbox must be connected again first. The others are ends.
 */
export type OutboxState =
  'queued' | 'claimed' | 'submitting' | 'uncertain' | 'held' | 'sent' | 'failed' | 'cancelled' | 'discarded';

/**
 * Every change of state that exists. A second `submitting` needs the way through `queued`, which is only open where it
 * is proven that nothing left, or where the same draft is sent again, which the provider lets go once.
 */
export const OUTBOX_TRANSITIONS: Readonly<Record<OutboxState, readonly OutboxState[]>> = {
  queued: ['claimed', 'cancelled', 'held'],
  // Nothing has left yet: a lost worker, a definite refusal, or a connection that has to be renewed. `sent` only when
  // a person asked to send again and the copy of the earlier try was found after all.
  claimed: ['submitting', 'queued', 'failed', 'held', 'sent'],
  // `queued` and `held` only upon an answer that says "not now".
  submitting: ['sent', 'failed', 'queued', 'held', 'uncertain'],
  uncertain: ['sent', 'queued', 'failed', 'discarded'],
  held: ['queued', 'cancelled'],
  sent: [],
  // A person corrects what was refused and tries again, or clears it away.
  failed: ['queued', 'discarded'],
  cancelled: [],
  discarded: [],
};

export function mayBecome(from: OutboxState, to: OutboxState): boolean {
  return OUTBOX_TRANSITIONS[from].includes(to);
}

/** States from which nothing moves by itself. */
export const SETTLED: ReadonlySet<OutboxState> = new Set<OutboxState>(['sent', 'failed', 'cancelled', 'discarded']);

/** What was done about an item, one entry per step, for the people who ask where their mail is. */
export type OutboxStepKind =
  | 'claimed'
  | 'draftSaved'
  /** The row was marked; the call that sends follows. */
  | 'submitted'
  | 'accepted'
  /** The provider refused for good. */
  | 'refused'
  /** The provider, or the connection to it, said "not now" before anything left. */
  | 'postponed'
  | 'held'
  | 'released'
  /** No answer, or one that proves nothing. */
  | 'answerLost'
  /** The worker disappeared; another one took over. */
  | 'takenOver'
  /** The provider's drafts and sent mail were looked through. */
  | 'looked'
  | 'foundSent'
  | 'foundUnsent'
  | 'undecided'
  /** A person decided. */
  | 'confirmed'
  | 'sendAgain'
  | 'discarded'
  | 'cancelled';

export interface OutboxStep {
  /** Epoch ms. */
  readonly at: number;
  readonly attempt: number;
  readonly kind: OutboxStepKind;
  /** An error's kind or code, or what a look found (`draftPresent`, `draftGone`); never mail content. */
  readonly code: string | null;
}

/** The newest steps that are kept. */
export const MAX_STEPS = 60;

export interface OutboxError {
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  /** A whole sentence without mail content. */
  readonly message: string;
}

/** One mail on its way. Its content (OutgoingMessage) is frozen and kept beside it. Times are epoch ms. */
export interface OutboxItem {
  readonly id: string;
  readonly accountId: string;
  readonly state: OutboxState;
  /**
   * Raised by one whenever a worker or a person takes the item in hand: the fence of every later write. A worker with
   * an older number writes nothing.
   */
  readonly attempt: number;
  /** Who has it in hand; null when nobody does. */
  readonly owner: string | null;
  /** Raised at each renewal; standing still for one TTL means that the owner is dead. */
  readonly beat: number;
  readonly markerId: string;
  /** Recipients of all three headers together. */
  readonly recipients: number;
  /** Not before this: the undo window, a chosen time. */
  readonly sendAt: number;
  /** Not before this either: limits, waits after failures. */
  readonly notBefore: number | null;
  readonly draft: DraftRef | null;
  /**
   * How often this very draft was handed over for sending without a definite "no"; 0 again with a new draft. A draft
   * that was never handed over, or refused each time, has not left.
   */
  readonly submits: number;
  /** When it was last handed over. */
  readonly submittedAt: number | null;
  /** `uncertain` for good: everything was tried, and a person has to decide. */
  readonly needsPerson: boolean;
  readonly receipt: SentReceipt | null;
  readonly error: OutboxError | null;
  readonly history: readonly OutboxStep[];
}

/** The part of an item that a write may change. */
export type OutboxPatch = Partial<
  Pick<
    OutboxItem,
    | 'state'
    | 'attempt'
    | 'owner'
    | 'notBefore'
    | 'draft'
    | 'submits'
    | 'submittedAt'
    | 'needsPerson'
    | 'receipt'
    | 'error'
    | 'history'
  >
>;
