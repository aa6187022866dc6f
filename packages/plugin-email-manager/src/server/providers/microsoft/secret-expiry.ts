import type { SecretWarning } from '../../../shared/api';

const DAY_MS = 86_400_000;
/** Thresholds in days before the end, the last that was passed wins. */
const LEVELS: readonly (readonly [days: number, level: SecretWarning['level']])[] = [
  [0, 'expired'],
  [1, '1day'],
  [7, '7days'],
  [30, '30days'],
];

/** Whole days until the end of the secret's last day (UTC; the portal shows days, not hours); 0 or less: over. */
export function daysUntil(date: string, now: number): number {
  return Math.ceil((Date.parse(`${date}T00:00:00Z`) - now) / DAY_MS);
}

/** What the administrators are to be told; null while the end is far away or unknown. */
export function secretWarning(date: string | null, now: number): SecretWarning | null {
  if (date === null) return null;
  const daysLeft = daysUntil(date, now);
  const passed = LEVELS.find(([days]) => daysLeft <= days);
  return passed ? { level: passed[1], daysLeft } : null;
}
