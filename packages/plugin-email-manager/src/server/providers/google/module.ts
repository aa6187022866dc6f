import {
  GOOGLE_ENDPOINTS,
  googleAuthorizationExtras,
  missingGoogleScopes,
} from '@email-manager/mail-engine/oauth/google';
import { settlePlaces } from '@email-manager/mail-engine/providers/gmail/labels';
import { createGmailProvider } from '@email-manager/mail-engine/providers/gmail/provider';
import { GMAIL_QUOTAS, type GmailQuota } from '@email-manager/mail-engine/providers/gmail/quota';
import { Pacer } from '@email-manager/mail-engine/providers/pacer';
import { googleEndpoints, googleQuotaName } from '../../env';
import type { ErrorCode } from '../../errors';
import type { MailRules, OAuthRules, ProviderModule } from '../provider-module';
import { checkGoogle } from './check';
import { googleSettings } from './settings';

const DAY_MS = 86_400_000;

const CODE_OF_REDIRECT_ERROR: Readonly<Record<string, ErrorCode>> = {
  access_denied: 'OAUTH_DENIED',
  admin_policy_enforced: 'OAUTH_ADMIN_CONSENT_REQUIRED',
  org_internal: 'OAUTH_ADMIN_CONSENT_REQUIRED',
  policy_enforced: 'OAUTH_ADMIN_CONSENT_REQUIRED',
  invalid_client: 'OAUTH_CLIENT_INVALID',
  deleted_client: 'OAUTH_CLIENT_INVALID',
  unauthorized_client: 'OAUTH_CLIENT_INVALID',
};

const oauth: OAuthRules = {
  endpoints() {
    const urls = googleEndpoints();
    return {
      ...GOOGLE_ENDPOINTS,
      authorizationUrl: urls.authUrl,
      tokenUrl: urls.tokenUrl,
      revokeUrl: urls.revokeUrl,
    };
  },
  tenantForSignIn: () => null,
  tenantForRefresh: () => null,
  tenantOf: () => null,
  admits: () => true,
  authorizationExtras: ({ account, grant }) =>
    googleAuthorizationExtras({ forceConsent: !grant?.hasRefreshToken || account?.needsReauth === true }),
  missingScopes: missingGoogleScopes,
  redirectRefusal: ({ error = '' }) => ({
    code: (Object.hasOwn(CODE_OF_REDIRECT_ERROR, error) && CODE_OF_REDIRECT_ERROR[error]) || 'OAUTH_FAILED',
    reason: null,
    providerCode: error.slice(0, 64),
  }),
  signInCode: () => null,
  reasonOf: () => null,
  adminConsentUrl: () => null,
  consentPage: () => null,
  factsOfConnection: (tokens, now) => ({
    apiEnabled: true,
    ...(tokens.refreshTokenExpiresAt === null
      ? {}
      : { grantLifetimeSeconds: Math.round((tokens.refreshTokenExpiresAt - now) / 1000) }),
  }),
  factsOfRefusal: (kind) => (kind === 'apiDisabled' ? { apiEnabled: false } : null),
  factsOfEnd(ageMs, known) {
    const days = ageMs / DAY_MS;
    // Google's testing mode ends every grant after seven days.
    return days < 6.9 || days > 8 ? null : { diedAfterSevenDays: (known.diedAfterSevenDays ?? 0) + 1 };
  },
};

function quotaByEnvironment(): GmailQuota {
  const name = googleQuotaName();
  return name === 'off' ? { ...GMAIL_QUOTAS['2026'], unitsPerMinute: Infinity } : GMAIL_QUOTAS[name];
}

function mailRules(): MailRules {
  const quota = quotaByEnvironment();
  const { unitsPerMinute, costs } = quota;
  return {
    rules: { settlePlaces },
    skippableFolders: [],
    msPerMessage: Number.isFinite(unitsPerMinute) ? (costs['messages.get'] * 0.55 * 60_000) / unitsPerMinute : 5,
    createPacer: (clock) => new Pacer({ clock, unitsPerWindow: unitsPerMinute }),
    createProvider: ({ skipFolders: _none, ...options }) =>
      createGmailProvider({ ...options, quota, baseUrl: googleEndpoints().apiUrl }),
  };
}

export function googleModule(): ProviderModule {
  return { name: 'google', settings: googleSettings, oauth, mail: mailRules(), check: checkGoogle };
}
