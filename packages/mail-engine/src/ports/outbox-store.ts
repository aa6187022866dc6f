import type { OutboxItem, OutboxPatch, OutboxState } from '../model/outbox';
import type { OutgoingMessage } from '../model/outgoing';

/**
 * What a row must still be for a write to happen. State and attempt are the lease: a worker raises `attempt` when it
 * takes an item in hand, so that whoever had it before can write nothing any more. `beat` counts only where a worker
 * that seems dead is replaced.
 */
export interface OutboxExpectation {
  readonly id: string;
  readonly state: OutboxState;
  readonly attempt: number;
  readonly beat?: number;
}

/** What a mailbox has handed over for sending lately: rows by their `submittedAt`, whatever became of them. */
export interface SendUsage {
  /** Times (epoch ms) of `submittedAt` within the last minute, oldest first. */
  readonly lastMinute: readonly number[];
  /** Messages and recipients handed over within the last 24 hours. */
  readonly dayMessages: number;
  readonly dayRecipients: number;
  /** The oldest of those 24 hours; null when there are none. */
  readonly dayOldest: number | null;
}

/** The outbox as the engine needs it. Each call is one short transaction; none is open during a call to a provider. */
export interface OutboxStore {
  read(id: string): Promise<OutboxItem | null>;
  /** The frozen content; null when it was removed. Files are opened later, one at a time. */
  message(id: string): Promise<OutgoingMessage | null>;
  /**
   * Compare and swap: sets the patch and raises `beat`, where the row is still as expected. False when it is not;
   * nothing is written then. A change of state that OUTBOX_TRANSITIONS does not have is an error of the caller and
   * throws.
   */
  write(expected: OutboxExpectation, patch: OutboxPatch): Promise<boolean>;
  /** beat + 1, where state and attempt are as expected; false when they are not. */
  renew(expected: OutboxExpectation): Promise<boolean>;
  /**
   * Ids that a worker should look at now: `queued` and due, `claimed` and `submitting` (their worker may be dead), and
   * `uncertain` unless a person has to decide; `notBefore` respected, oldest `sendAt` first.
   */
  due(now: number, limit: number): Promise<readonly string[]>;
  usage(accountId: string, now: number): Promise<SendUsage>;
}
