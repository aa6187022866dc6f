import type { OAuthCallbackRequest, ProviderName } from '../../shared/api';
import { MailApiError } from '../errors';
import type { ProviderRegistry } from '../providers/registry';
import type { SettingsStore } from '../providers/settings-store';
import type { ConsumedSignIn, OAuthStates } from './oauth-states';

export interface AdminConsentPage {
  readonly provider: ProviderName;
  readonly redirectUri: string;
  /** The organisation, when it is known. */
  readonly tenant: string | null;
}

/** The page on which an administrator of an organisation allows the application for everybody in it. */
export interface AdminConsent {
  /** A page that comes back to this person's NocoBase and is recorded then; null where there is none. */
  startFor(userId: string, page: AdminConsentPage, returnTo?: string | null): Promise<string | null>;
  /** The same page for somebody who is not here: a link to pass on, whose return nobody waits for. */
  linkToPassOn(page: AdminConsentPage): Promise<string | null>;
  /** @throws MailApiError OAUTH_DENIED when the administrator did not consent, OAUTH_TENANT_MISMATCH for another tenant */
  complete(
    signIn: ConsumedSignIn,
    answer: OAuthCallbackRequest,
  ): Promise<{ accountId: null; returnTo: string | null; adminConsent: { tenant: string } }>;
}

/** A directory's id, as it comes back in the redirect. */
const DIRECTORY_ID = /^[0-9a-z][0-9a-z.-]{2,254}$/;

export function createAdminConsent(deps: {
  settings: SettingsStore;
  states: OAuthStates;
  registry: ProviderRegistry;
}): AdminConsent {
  const { settings, states, registry } = deps;

  async function url({ provider, redirectUri, tenant }: AdminConsentPage, state?: string): Promise<string | null> {
    const stored = await settings.client(provider);
    const request = { redirectUri, tenant, ...(state === undefined ? {} : { state }) };
    return registry.of(provider).oauth.adminConsentUrl(stored, request);
  }

  return {
    linkToPassOn: (page) => url(page),

    async startFor(userId, page, returnTo = null) {
      if ((await url(page)) === null) return null;
      const { provider, redirectUri, tenant } = page;
      const started = await states.start({
        userId,
        provider,
        accountId: null,
        redirectUri,
        returnTo,
        origin: null,
        tenant,
        purpose: 'adminConsent',
      });
      return url(page, started.state);
    },

    async complete(signIn, answer) {
      const { provider } = signIn;
      const tenant = answer.tenant?.toLowerCase() ?? '';
      if (answer.adminConsent !== true || !DIRECTORY_ID.test(tenant))
        throw new MailApiError('OAUTH_DENIED', { provider });
      if (!registry.of(provider).oauth.admits(await settings.client(provider), tenant)) {
        throw new MailApiError('OAUTH_TENANT_MISMATCH', { provider });
      }
      await settings.learn(provider, { adminConsent: 'given', adminConsentTenant: tenant });
      return { accountId: null, returnTo: signIn.returnTo, adminConsent: { tenant } };
    },
  };
}
