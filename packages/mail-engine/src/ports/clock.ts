/** Time as the engine sees it. Campaigns run it virtually; nothing in the engine calls Date.now or setTimeout. */
export interface Clock {
  /** Epoch milliseconds of the wall clock; it may jump. */
  now(): number;
  /** Milliseconds of a clock that never jumps; only differences mean anything. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Lets everything else that waits in this process have a turn before a long computation goes on; a host that serves
   * pages from the same thread would otherwise stand still. Virtual clocks have none: computing takes no time there.
   */
  turn?(): Promise<void>;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
}
