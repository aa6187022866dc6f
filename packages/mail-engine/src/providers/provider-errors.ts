import { MailError, type MailErrorKind } from '../errors';

/** What a provider's errors say, by kind, and of one message that it cannot give. */
export interface ErrorTexts {
  readonly sentences: Readonly<Record<MailErrorKind, string>>;
  readonly poisonous: string;
}

/** The errors that every provider's client makes by itself, in that provider's words. */
export interface ProviderErrors {
  unavailable(cause: unknown, providerCode?: string | null): MailError;
  throttledUntil(notBefore: number): MailError;
  malformed(what: string, cause?: unknown): MailError;
  /**
   * A server error that one id meets again and again while the mailbox answers otherwise is that message's own failure:
   * it must count against the message and not stop the account, so its kind is `malformed`.
   */
  poisonous(error: MailError): MailError;
}

export function providerErrors({ sentences, poisonous }: ErrorTexts): ProviderErrors {
  return {
    unavailable: (cause, providerCode = null) =>
      new MailError('unavailable', sentences.unavailable, { cause, providerCode }),
    throttledUntil: (notBefore) => new MailError('throttled', sentences.throttled, { notBefore }),
    malformed: (what, cause) => new MailError('malformed', `${sentences.malformed} ${what}`, { cause }),
    poisonous: (error) =>
      new MailError('malformed', poisonous, {
        httpStatus: error.httpStatus,
        providerCode: error.providerCode ?? error.kind,
      }),
  };
}

/** Retry-After as RFC 9110 has it: seconds, or a date. Epoch ms; null when it says neither. */
export function retryAfterTime(value: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return now + Math.ceil(Number(text) * 1000);
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : NaN;
  return Number.isFinite(at) ? at : null;
}
