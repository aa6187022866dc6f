/** A message as the mailbox keeps it; its content stays with the source. */
export interface StoredMessage {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly threadId: string;
  /** Milliseconds since the epoch. */
  readonly internalDate: number;
  /** When it came into the mailbox; 0 for seeded messages, which the search index knows from the start. */
  readonly addedAt: number;
  /** Which of the mailbox's sources holds the content, and its number there. */
  readonly source: number;
  readonly key: number;
  /** Sorted and shared between messages with equal labels: never changed in place. */
  labels: readonly string[];
  /** The history sequence of the last change. */
  history: number;
}

export interface IndexPosition {
  internalDate: number;
  id: string;
}

/** Messages ordered by date, then id. Adding a newest message, reading a page and counting cost no walk. */
export class MessageIndex {
  private readonly items: StoredMessage[] = [];
  /** Changes with every addition and removal, for caches built on this index. */
  version = 0;

  get size(): number {
    return this.items.length;
  }

  at(position: number): StoredMessage | undefined {
    return this.items[position];
  }

  add(message: StoredMessage): void {
    this.version++;
    const last = this.items[this.items.length - 1];
    if (!last || compare(last, message) < 0) this.items.push(message);
    else this.items.splice(this.lowerBound(message), 0, message);
  }

  remove(message: StoredMessage): void {
    const position = this.lowerBound(message);
    if (this.items[position] !== message) return;
    this.version++;
    this.items.splice(position, 1);
  }

  /** The number of messages before this position, which is also where the next older one ends. */
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

  /** Newest first, from just below `before` down to messages not older than `notBefore` (milliseconds). */
  *newestFirst(before?: IndexPosition, notBefore = -Infinity): Generator<StoredMessage> {
    for (let i = (before ? this.lowerBound(before) : this.items.length) - 1; i >= 0; i--) {
      const message = this.items[i] as StoredMessage;
      if (message.internalDate < notBefore) return;
      yield message;
    }
  }
}

function compare(a: IndexPosition, b: IndexPosition): number {
  if (a.internalDate !== b.internalDate) return a.internalDate < b.internalDate ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export function comparePositions(a: IndexPosition, b: IndexPosition): number {
  return compare(a, b);
}
