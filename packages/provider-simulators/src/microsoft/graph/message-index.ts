import type { Folder } from './folders';

/** Flags are shown as Graph names them. */
export type FlagStatus = 'notFlagged' | 'flagged' | 'complete';
export type Importance = 'low' | 'normal' | 'high';
export type Inference = 'focused' | 'other';

/** A message as the mailbox keeps it; its content stays with the source. */
export interface StoredMessage {
  /** Stands for the immutable id. */
  readonly number: number;
  /** Stands for the default id: a new one with every move. */
  copy: number;
  folder: Folder;
  readonly conversation: number;
  /** Milliseconds since the epoch, in whole seconds as Graph shows them. */
  readonly receivedAt: number;
  modifiedAt: number;
  /** When it came into the mailbox; 0 for seeded messages, which the search index knows from the start. */
  readonly addedAt: number;
  /** Which of the mailbox's sources holds the content, and its number there. */
  source: number;
  key: number;
  isRead: boolean;
  readonly isDraft: boolean;
  /** Was sent from this mailbox: it never went through transport, so that it has no transport headers. */
  readonly isOutgoing: boolean;
  flag: FlagStatus;
  importance: Importance;
  inference: Inference;
  /** Shared between messages with equal categories: never changed in place. */
  categories: readonly string[];
  /** Grows with every change of the message. */
  version: number;
}

export interface IndexPosition {
  receivedAt: number;
  number: number;
}

/** Messages ordered by date of receipt, then number. Adding a newest message and reading a page cost no walk. */
export class MessageIndex {
  private readonly items: StoredMessage[] = [];

  get size(): number {
    return this.items.length;
  }

  at(position: number): StoredMessage | undefined {
    return this.items[position];
  }

  add(message: StoredMessage): void {
    const last = this.items[this.items.length - 1];
    if (!last || compare(last, message) < 0) this.items.push(message);
    else this.items.splice(this.lowerBound(message), 0, message);
  }

  remove(message: StoredMessage): void {
    const position = this.lowerBound(message);
    if (this.items[position] === message) this.items.splice(position, 1);
  }

  /** How many messages come before this position. */
  lowerBound(position: IndexPosition): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.items[middle] as StoredMessage, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  *newestFirst(): Generator<StoredMessage> {
    for (let i = this.items.length - 1; i >= 0; i--) yield this.items[i] as StoredMessage;
  }
}

function compare(a: IndexPosition, b: IndexPosition): number {
  return a.receivedAt !== b.receivedAt ? a.receivedAt - b.receivedAt : a.number - b.number;
}
