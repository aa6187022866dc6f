import { MailError } from '@email-manager/mail-engine/errors';
import type { OAuthContext } from '@email-manager/mail-engine/oauth/flow';
import type { Clock } from '@email-manager/mail-engine/ports/clock';
import type { HttpClient } from '@email-manager/mail-engine/ports/http-client';
import type { ProviderName } from '../../shared/api';
import type { ProviderRegistry } from './registry';
import type { SettingsStore } from './settings-store';

/** The administrator's OAuth clients as they are now. */
export interface OAuthClients {
  /** A context with this secret instead of the stored one: for the set-up check. */
  contextWith(provider: ProviderName, tenant: string | null, clientId: string, clientSecret: string): OAuthContext;
  /** @throws MailError misconfigured when the client or its secret is missing or cannot be read */
  context(provider: ProviderName, tenant: string | null): Promise<OAuthContext>;
  /** For a stored grant: at the grant's own tenant. @throws MailError as context() */
  contextOfGrant(provider: ProviderName, grantTenant: string | null): Promise<OAuthContext>;
}

export function createOAuthClients(deps: {
  http: HttpClient;
  clock: Clock;
  settings: SettingsStore;
  registry: ProviderRegistry;
}): OAuthClients {
  const { http, clock, settings, registry } = deps;
  const clients: OAuthClients = {
    contextWith: (provider, tenant, clientId, clientSecret) => ({
      http,
      clock,
      endpoints: registry.of(provider).oauth.endpoints(tenant),
      client: { clientId, clientSecret },
    }),
    async context(provider, tenant) {
      const { clientId } = await settings.client(provider);
      const secret = await settings.secret(provider);
      if (clientId === null || secret.state !== 'present') {
        const providerCode = secret.state === 'unreadable' ? 'secret_unreadable' : 'client_missing';
        throw new MailError('misconfigured', 'The OAuth client of the provider is not complete.', { providerCode });
      }
      return clients.contextWith(provider, tenant, clientId, secret.value);
    },
    async contextOfGrant(provider, grantTenant) {
      const stored = await settings.client(provider);
      return clients.context(provider, registry.of(provider).oauth.tenantForRefresh(stored, grantTenant));
    },
  };
  return clients;
}
