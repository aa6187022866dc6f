import type { PacerOptions } from '../pacer';

/** What a call does, as far as limits and errors care. */
export type GraphMethod = 'read' | 'delta' | 'write';

/** Calls that Graph takes in one `$batch` ("Combine multiple requests in one HTTP call"). */
export const MAX_BATCH = 20;

/** Calls of one mailbox that run at once; of a batch as well (Microsoft Graph throttling limits, Outlook service). */
export const SLOTS = 4;

const WINDOW_MS = 600_000;

/**
 * Outlook's limits for one application and one mailbox: 10,000 requests in 10 minutes and 4 at once. Every part of a
 * batch counts. `off` keeps the four slots, which no one can switch off, for a benchmark against unmetered requests.
 */
export function outlookPace(
  limits: 'on' | 'off' = 'on',
): Pick<Required<PacerOptions>, 'unitsPerWindow' | 'windowMs' | 'concurrency'> {
  return {
    unitsPerWindow: limits === 'on' ? 10_000 : Infinity,
    windowMs: WINDOW_MS,
    concurrency: { initial: SLOTS, max: SLOTS },
  };
}

export const REQUESTS_PER_MINUTE = 1_000;
