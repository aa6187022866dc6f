import {
  isGuid,
  MICROSOFT_SCOPES,
  microsoftAdminConsentUrl,
  microsoftAuthorizationExtras,
  microsoftConsentPage,
  microsoftEndpoints,
  missingMicrosoftScopes,
  PERSONAL_TENANT,
  tenantOfIdentity,
} from '@email-manager/mail-engine/oauth/microsoft';
import { ruleOfProviderCode } from '@email-manager/mail-engine/oauth/aadsts';
import { microsoftUrls } from '../../env';
import type { OAuthRules, ProviderModule } from '../provider-module';
import { checkMicrosoft } from './check';
import { microsoftMail } from './mail';
import { DEFAULT_TENANT, microsoftSettings, tenantChoice } from './settings';
import { redirectRefusal, signInCode, wordOf } from './sign-in-words';

const SPA_LIFETIME_MS = 25 * 3_600_000;

const oauth: OAuthRules = {
  endpoints: (tenant) => microsoftEndpoints(microsoftUrls().loginUrl, tenant ?? DEFAULT_TENANT),
  tenantForSignIn(stored, grantTenant) {
    const choice = tenantChoice(stored);
    // Where the administrator names one tenant, nothing else is admitted, whatever the grant once came from.
    return isGuid(choice) ? choice : (grantTenant ?? choice);
  },
  tenantForRefresh: (stored, grantTenant) => grantTenant ?? tenantChoice(stored),
  tenantOf: (tokens) => tenantOfIdentity(tokens.identity),
  admits(stored, tenant) {
    const choice = tenantChoice(stored);
    if (tenant === null || choice === 'common') return true;
    if (choice === 'consumers') return tenant === PERSONAL_TENANT;
    if (choice === 'organizations') return tenant !== PERSONAL_TENANT;
    // Which tenant a domain belongs to is known to Microsoft alone, and its sign-in page admits no other.
    return isGuid(choice) ? tenant === choice : tenant !== PERSONAL_TENANT;
  },
  authorizationExtras({ account, grant }) {
    // Organisations that let only administrators consent answer a forced consent page with a refusal, even after
    // their administrator has consented; and where a consent is missing, Microsoft asks for it by itself.
    const consent = account?.needsReauth === true && grant?.tenant === PERSONAL_TENANT;
    return microsoftAuthorizationExtras({ consent, claims: grant?.claims ?? null });
  },
  missingScopes: missingMicrosoftScopes,
  redirectRefusal,
  signInCode,
  reasonOf: wordOf,
  adminConsentUrl(stored, { redirectUri, tenant, state }) {
    if (stored.clientId === null || tenantChoice(stored) === 'consumers') return null;
    const organisation = tenant === null || tenant === PERSONAL_TENANT ? tenantChoice(stored) : tenant;
    return microsoftAdminConsentUrl(microsoftUrls().loginUrl, {
      tenant: organisation,
      clientId: stored.clientId,
      redirectUri,
      scopes: MICROSOFT_SCOPES,
      ...(state === undefined ? {} : { state }),
    });
  },
  consentPage: microsoftConsentPage,
  factsOfConnection(tokens, now, known) {
    const tenant = tenantOfIdentity(tokens.identity);
    const isWork = tenant !== null && tenant !== PERSONAL_TENANT;
    const lifetime = tokens.refreshTokenExpiresAt === null ? Infinity : tokens.refreshTokenExpiresAt - now;
    return {
      platform: lifetime <= SPA_LIFETIME_MS ? 'spa' : 'web',
      ...(isWork && known.adminConsent !== 'given' ? { adminConsent: 'notNeeded' as const } : {}),
    };
  },
  factsOfRefusal(_kind, providerCode) {
    const reason = ruleOfProviderCode(providerCode)?.reason;
    if (reason === 'adminConsent') return { adminConsent: 'needed' };
    return reason === 'platformSpa' ? { platform: 'spa' } : null;
  },
  factsOfEnd: () => null,
};

export function microsoftModule(): ProviderModule {
  return { name: 'microsoft', settings: microsoftSettings, oauth, mail: microsoftMail(), check: checkMicrosoft };
}
