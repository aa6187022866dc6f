export type HistoryType = 'messageAdded' | 'messageDeleted' | 'labelAdded' | 'labelRemoved';

export const HISTORY_TYPES: readonly HistoryType[] = ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'];

export interface HistoryRecord {
  sequence: number;
  at: number;
  type: HistoryType;
  id: string;
  threadId: string;
  /** The message's labels after the change (before it, for a deletion). */
  labels: readonly string[];
  /** The labels that came or went. */
  changed?: readonly string[];
}

/** A mailbox's change log. Sequences grow with gaps, as Google's do. */
export class HistoryLog {
  private records: HistoryRecord[] = [];
  private first = 0;
  private current: number;
  /** The oldest sequence that may still be asked for. */
  private floor = 0;

  constructor(
    start: number,
    private readonly retentionMs: number,
  ) {
    this.current = start;
  }

  /** The mailbox's own history sequence. */
  get sequence(): number {
    return this.current;
  }

  append(record: Omit<HistoryRecord, 'sequence'>): number {
    // Gaps of 1 to 7 that depend on nothing but the position, so that runs repeat.
    this.current += 1 + ((this.records.length * 5) % 7);
    this.records.push({ ...record, sequence: this.current });
    return this.current;
  }

  /** Moves the sequence on without a record: a change of a kind the log does not show. */
  advance(): number {
    this.current += 1;
    return this.current;
  }

  /** Every cursor handed out so far becomes invalid. */
  expireAll(): void {
    this.current += 1;
    this.floor = this.current;
    this.records = [];
    this.first = 0;
  }

  isValidStart(sequence: number, now: number): boolean {
    this.dropExpired(now);
    return sequence >= this.floor && sequence <= this.current;
  }

  /** The position of the first record after `sequence`. */
  positionAfter(sequence: number): number {
    let low = this.first;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.records[middle] as HistoryRecord).sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  *from(position: number): Generator<HistoryRecord> {
    for (let i = position; i < this.records.length; i++) yield this.records[i] as HistoryRecord;
  }

  private dropExpired(now: number): void {
    const oldest = now - this.retentionMs;
    let record = this.records[this.first];
    while (record && record.at < oldest) {
      this.floor = record.sequence;
      this.first++;
      record = this.records[this.first];
    }
    if (this.first > 10_000) {
      this.records = this.records.slice(this.first);
      this.first = 0;
    }
  }
}
