import type { OutboxError } from '../model/outbox';
import type { SendUsage } from '../ports/outbox-store';
import type { SendLimits } from '../providers/provider';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export interface SendDelay {
  /** Epoch ms. */
  readonly until: number;
  /** Null for a short wait that nobody needs to hear of. */
  readonly error: OutboxError | null;
}

/**
 * When the next message may be handed over; null: now. Every handing over counts, whatever became of it, as it does for
 * the providers. A day's limit frees place one message at a time, as the oldest leave the 24 hours.
 */
export function sendDelay(usage: SendUsage, limits: SendLimits, recipients: number, now: number): SendDelay | null {
  const { messagesPerMinute, messagesPerDay, recipientsPerDay } = limits;
  const dayIsFull =
    (messagesPerDay !== null && usage.dayMessages >= messagesPerDay) ||
    (recipientsPerDay !== null && usage.dayRecipients > 0 && usage.dayRecipients + recipients > recipientsPerDay);
  if (dayIsFull) {
    // A clock that jumped back has handings over in the future: wait a minute and look again.
    const until = Math.min(Math.max((usage.dayOldest ?? now) + DAY, now + MINUTE), now + DAY);
    const message = 'The provider accepts no more mail from this mailbox today; the rest is sent as soon as it does.';
    return { until, error: { code: 'SEND_LIMIT_REACHED', message } };
  }
  if (messagesPerMinute === null) return null;
  const recent = usage.lastMinute.filter((at) => at > now - MINUTE && at <= now);
  if (recent.length < messagesPerMinute) return null;
  const frees = recent[recent.length - messagesPerMinute] ?? now;
  return { until: frees + MINUTE + 1, error: null };
}
