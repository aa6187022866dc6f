import type { Clock } from '../../ports/clock';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Time that passes only while everybody sleeps: when a whole turn of the event loop brought nothing else to do, it
 * jumps to the next sleeper. `jump` moves the wall clock alone, as an administrator or NTP does.
 */
export class VirtualClock implements Clock {
  #elapsed = 0;
  #wall: number;
  #sleepers: Sleeper[] = [];
  #pumping = false;

  constructor(start: number = Date.UTC(2026, 10, 2, 9)) {
    this.#wall = start;
  }

  now(): number {
    return this.#wall + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#elapsed + ms, wake };
      signal?.addEventListener('abort', wake, { once: true });
      this.#sleepers.push(sleeper);
      this.#pump();
    });
  }

  /** Moves both clocks on; sleepers that are due by then wake when the event loop turns. */
  advance(ms: number): void {
    this.#elapsed += ms;
    this.#pump();
  }

  /** The wall clock jumps by `ms` (also backwards); the monotonic one does not notice. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const next = this.#sleepers.reduce<Sleeper | null>(
        (first, sleeper) => (first === null || sleeper.at < first.at ? sleeper : first),
        null,
      );
      if (!next) return;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.wake();
      if (this.#sleepers.length > 0) this.#pump();
    });
  }
}
