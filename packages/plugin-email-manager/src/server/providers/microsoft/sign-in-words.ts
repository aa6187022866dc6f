import {
  classifyMicrosoftRedirect,
  ruleOfProviderCode,
  type AadstsReason,
} from '@email-manager/mail-engine/oauth/aadsts';
import type { OAuthCallbackRequest } from '../../../shared/api';
import type { ErrorCode } from '../../errors';
import type { SignInRefusal } from '../provider-module';

/** What each reason is during a sign-in. */
const CODE_OF_REASON: Readonly<Record<AadstsReason, ErrorCode>> = {
  consentMissing: 'OAUTH_SCOPE_MISSING',
  consentDeclined: 'OAUTH_DENIED',
  adminConsent: 'OAUTH_ADMIN_CONSENT_REQUIRED',
  grantExpired: 'OAUTH_CODE_INVALID',
  grantRevoked: 'OAUTH_CODE_INVALID',
  grantInvalid: 'OAUTH_CODE_INVALID',
  startAgain: 'OAUTH_CODE_INVALID',
  signInRule: 'OAUTH_INTERACTION_REQUIRED',
  device: 'OAUTH_INTERACTION_REQUIRED',
  userBlocked: 'ACCOUNT_BLOCKED',
  tenantOther: 'OAUTH_TENANT_MISMATCH',
  secretWrong: 'OAUTH_CLIENT_INVALID',
  secretExpired: 'OAUTH_CLIENT_INVALID',
  secretMissing: 'OAUTH_CLIENT_INVALID',
  clientUnknown: 'OAUTH_CLIENT_INVALID',
  clientDisabled: 'OAUTH_CLIENT_INVALID',
  tenantSingle: 'OAUTH_CLIENT_INVALID',
  tenantKind: 'OAUTH_CLIENT_INVALID',
  tenantUnknown: 'OAUTH_CLIENT_INVALID',
  permissionUnknown: 'OAUTH_CLIENT_INVALID',
  redirectUnknown: 'OAUTH_CLIENT_INVALID',
  platformSpa: 'OAUTH_CLIENT_INVALID',
  platformPublic: 'OAUTH_CLIENT_INVALID',
  loop: 'PROVIDER_THROTTLED',
  busy: 'PROVIDER_UNAVAILABLE',
};

/** Reasons that share their sentences. */
const WORD_OF_REASON: Readonly<Partial<Record<AadstsReason, string>>> = {
  consentMissing: 'consentMissing',
  adminConsent: 'adminConsent',
  grantExpired: 'grantExpired',
  grantRevoked: 'grantRevoked',
  signInRule: 'signInRule',
  device: 'device',
  userBlocked: 'userBlocked',
  tenantOther: 'tenantOther',
  secretWrong: 'secretWrong',
  secretMissing: 'secretWrong',
  secretExpired: 'secretExpired',
  clientUnknown: 'clientUnknown',
  clientDisabled: 'clientUnknown',
  tenantSingle: 'tenantChoice',
  tenantKind: 'tenantChoice',
  tenantUnknown: 'tenantChoice',
  permissionUnknown: 'permissions',
  redirectUnknown: 'redirect',
  platformSpa: 'platform',
  platformPublic: 'platform',
};

/** The words of locale/ under `errors.<CODE>.microsoft.<word>`. */
export const MICROSOFT_WORDS: ReadonlySet<string> = new Set(Object.values(WORD_OF_REASON));

export function wordOf(providerCode: string | null): string | null {
  const rule = ruleOfProviderCode(providerCode);
  return rule === null ? null : (WORD_OF_REASON[rule.reason] ?? null);
}

export function signInCode(providerCode: string | null): ErrorCode | null {
  const rule = ruleOfProviderCode(providerCode);
  return rule === null ? null : CODE_OF_REASON[rule.reason];
}

export function redirectRefusal(answer: OAuthCallbackRequest): SignInRefusal {
  const { error = '', errorDescription = null, errorSubcode = null } = answer;
  const { reason, providerCode } = classifyMicrosoftRedirect(error, errorDescription, errorSubcode);
  if (reason === null) return { code: 'OAUTH_FAILED', reason: null, providerCode };
  return { code: CODE_OF_REASON[reason], reason: WORD_OF_REASON[reason] ?? null, providerCode };
}
