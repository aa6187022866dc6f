/** Milliseconds per fetched message as measured lately, per mailbox: what an honest estimate is made of. */
export interface RateMeter {
  note(accountId: string, messages: number, elapsedMs: number): void;
  measured(accountId: string): number | null;
}

/** Weight of the past when a new measurement arrives. */
const PAST = 0.7;
/** Fewer messages than this say more about latency than about the rate. */
const ENOUGH = 10;

export function createRateMeter(): RateMeter {
  const rates = new Map<string, number>();
  return {
    note(accountId, messages, elapsedMs) {
      if (messages < ENOUGH) return;
      const rate = elapsedMs / messages;
      const past = rates.get(accountId);
      rates.set(accountId, past === undefined ? rate : past * PAST + rate * (1 - PAST));
    },
    measured: (accountId) => rates.get(accountId) ?? null,
  };
}
