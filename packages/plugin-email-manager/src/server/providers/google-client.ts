import { GOOGLE_ENDPOINTS } from '@email-manager/mail-engine/oauth/google';
import type { OAuthContext } from '@email-manager/mail-engine/oauth/flow';
import type { OAuthEndpoints } from '@email-manager/mail-engine/oauth/provider-oauth';
import { MailError } from '@email-manager/mail-engine/errors';
import type { Clock } from '@email-manager/mail-engine/ports/clock';
import type { HttpClient } from '@email-manager/mail-engine/ports/http-client';
import { googleEndpoints } from '../env';
import type { SettingsStore } from './settings-store';

export interface GoogleClient {
  endpoints(): OAuthEndpoints;
  /** A context with this secret instead of the stored one: for the set-up check. */
  contextWith(clientId: string, clientSecret: string): OAuthContext;
  /**
   * The administrator's OAuth client as it is now.
   * @throws MailError misconfigured when the client or its secret is missing or cannot be read
   */
  context(): Promise<OAuthContext>;
}

export function createGoogleClient(deps: { http: HttpClient; clock: Clock; settings: SettingsStore }): GoogleClient {
  const endpoints = (): OAuthEndpoints => {
    const urls = googleEndpoints();
    return {
      ...GOOGLE_ENDPOINTS,
      authorizationUrl: urls.authUrl,
      tokenUrl: urls.tokenUrl,
      revokeUrl: urls.revokeUrl,
    };
  };
  const contextWith = (clientId: string, clientSecret: string): OAuthContext => ({
    http: deps.http,
    clock: deps.clock,
    endpoints: endpoints(),
    client: { clientId, clientSecret },
  });
  return {
    endpoints,
    contextWith,
    async context() {
      const settings = await deps.settings.google();
      const secret = await deps.settings.googleSecret();
      if (settings.clientId === null || secret.state !== 'present') {
        const providerCode = secret.state === 'unreadable' ? 'secret_unreadable' : 'client_missing';
        throw new MailError('misconfigured', 'The OAuth client of Google is not complete.', { providerCode });
      }
      return contextWith(settings.clientId, secret.value);
    },
  };
}
