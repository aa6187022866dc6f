import type { StoredMessage } from './message-index';

export type FolderChange = 'created' | 'updated' | 'left' | 'deleted';

/** One change of a folder's content, as delta queries need to know it. */
export interface FolderLogEntry {
  readonly sequence: number;
  readonly change: FolderChange;
  readonly message: StoredMessage;
  /** The copy number, so the default id, that the message had in this folder. */
  readonly copy: number;
  /** For updates: the names of the changed properties. */
  readonly properties: readonly string[];
  /** The previous and the next entry about the same message in this folder. */
  readonly previous: FolderLogEntry | undefined;
  next: FolderLogEntry | undefined;
}

/** What a folder's delta queries are answered from. Sequences are the mailbox's and grow with gaps here. */
export class FolderLog {
  private entries: FolderLogEntry[] = [];
  private readonly last = new Map<number, FolderLogEntry>();
  /** Links from before this sequence have expired. */
  floor = 0;

  append(
    sequence: number,
    change: FolderChange,
    message: StoredMessage,
    copy: number,
    properties: readonly string[] = [],
  ): void {
    const previous = this.last.get(message.number);
    const entry: FolderLogEntry = { sequence, change, message, copy, properties, previous, next: undefined };
    if (previous) previous.next = entry;
    this.last.set(message.number, entry);
    this.entries.push(entry);
  }

  /** Every link handed out so far becomes invalid. */
  expire(sequence: number): void {
    this.floor = sequence;
    this.entries = [];
    this.last.clear();
  }

  /** Entries after `after`, up to and with `upTo`. */
  *between(after: number, upTo: number): Generator<FolderLogEntry> {
    for (let i = this.positionAfter(after); i < this.entries.length; i++) {
      const entry = this.entries[i] as FolderLogEntry;
      if (entry.sequence > upTo) return;
      yield entry;
    }
  }

  private positionAfter(sequence: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle] as FolderLogEntry).sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
