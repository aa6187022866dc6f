import type { ApiError, ProviderName } from '../shared/api';
import type { MailApiError } from './errors';

export const NAMESPACE = '@nocobase/plugin-email-manager';

export type Translate = (key: string, options?: Record<string, unknown>) => string;

/** Names that are the same in every language; they fill {{provider}}. */
export const BRANDS: Readonly<Record<ProviderName, string>> = { google: 'Google', microsoft: 'Microsoft' };

/**
 * The sentence and the next step of a refusal, in the person's language: by provider and reason where a code has words
 * of its own for them, else by the code alone.
 */
export function refusalWords(
  translate: Translate,
  refusal: Pick<MailApiError, 'code'> & Partial<Pick<MailApiError, 'params' | 'provider' | 'reason'>>,
): ApiError {
  const { code, provider = null, reason = null } = refusal;
  const brand = provider === null ? translate('words.provider') : BRANDS[provider];
  const options = { provider: brand, ...refusal.params, interpolation: { escapeValue: false } };
  const variants = [
    ...(provider !== null && reason !== null ? [`.${provider}.${reason}`] : []),
    ...(provider !== null ? [`.${provider}`] : []),
    '',
  ];
  const words = (part: 'message' | 'action'): string => {
    for (const variant of variants) {
      const text = translate(`errors.${code}${variant}.${part}`, { ...options, defaultValue: '' });
      if (text !== '') return text;
    }
    return code;
  };
  return { code, message: words('message'), action: words('action') };
}
