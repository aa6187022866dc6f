/** What one transaction takes at most. */
export interface PartLimit {
  readonly messages: number;
  /** Of bodies. */
  readonly bytes: number;
}

export const WHOLE_PART: PartLimit = { messages: 30, bytes: 1_000_000 };

/** How long a part may keep SQLite's other writers waiting, milliseconds. */
const TURN_MS = 40;
const FIRST_SHARE = 0.5;
/** Smaller ones spend more time on what every transaction costs than they give back. */
const SMALLEST_SHARE = 0.3;

/**
 * How much the next part takes. SQLite has one writer, so a part that takes long holds up the host's own writes: where
 * parts prove slow (a slow disk, a busy machine) the next ones are smaller, and they grow again when it is over.
 */
export class PartSize implements PartLimit {
  #share: number;

  constructor(private readonly isAdaptive: boolean) {
    this.#share = isAdaptive ? FIRST_SHARE : 1;
  }

  get messages(): number {
    return Math.ceil(WHOLE_PART.messages * this.#share);
  }

  get bytes(): number {
    return WHOLE_PART.bytes * this.#share;
  }

  /** A part with so many messages has held the writer for so long. */
  note(messages: number, ms: number): void {
    if (!this.isAdaptive || messages === 0) return;
    if (ms > TURN_MS) this.#share = Math.max(SMALLEST_SHARE, this.#share * 0.85);
    // A part that was not full says nothing about full ones.
    else if (ms < TURN_MS / 2 && messages >= this.messages / 2) this.#share = Math.min(1, this.#share * 1.1);
  }
}
