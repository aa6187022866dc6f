/** The last millisecond of the year 9999: what every database and JavaScript's own dates can hold. */
export const MAX_EPOCH_MS = 253_402_300_799_999;

/** Nobody's mail is older, and later ones are jokes or spam that wants to be on top. */
const EARLIEST_SENT = 0;
const LATEST_SENT = Date.UTC(2200, 0, 1);

/** A Date header as epoch ms; null when it is missing, unreadable or absurd. */
export function parseDateHeader(value: string | null): number | null {
  if (value === null || value.length > 200) return null;
  // A year below 1000 is no year of mail; Date.parse would take 0000 for 2000.
  if (/(?<![+\-:\d])0\d{3}(?![\d:])/.test(value)) return null;
  // Comments such as "(CEST)" and unknown zone names after a numeric offset say nothing new.
  const plain = value
    .replace(/\([^()]*\)/g, ' ')
    .replace(/([+-]\d{4})\s+\S+\s*$/, '$1')
    .trim();
  return plausibleSent(Date.parse(plain));
}

/** A time of sending that somebody claims, when it can be one; null otherwise (NaN, before 1970, after 2200). */
export function plausibleSent(at: number): number | null {
  return Number.isFinite(at) && at >= EARLIEST_SENT && at < LATEST_SENT ? at : null;
}

/** A time that a provider states, moved into what can be stored. */
export function clampEpoch(ms: number): number {
  return Math.min(Math.max(Math.trunc(ms), 0), MAX_EPOCH_MS);
}
