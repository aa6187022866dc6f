import type { ApiError } from '../shared/api';
import type { ErrorCode, MailApiError } from './errors';

export const NAMESPACE = '@nocobase/plugin-email-manager';

export type Translate = (key: string, options?: Record<string, unknown>) => string;

/** The sentence and the next step of a refusal, in the person's language. */
export function refusalWords(translate: Translate, refusal: Pick<MailApiError, 'code' | 'params'>): ApiError {
  return {
    code: refusal.code,
    message: translate(`errors.${refusal.code}.message`, { ...refusal.params, interpolation: { escapeValue: false } }),
    action: translate(`errors.${refusal.code}.action`, { ...refusal.params, interpolation: { escapeValue: false } }),
  };
}

export function wordsOf(translate: Translate, code: ErrorCode): ApiError {
  return refusalWords(translate, { code, params: {} });
}
