import type { SimRequest, SimResponse } from '../../http/exchange';
import { redirectResponse } from '../../http/exchange';
import { PERSONAL_TENANT } from '../state';
import { SignInError, newTrace } from './aadsts';
import { findApp } from './authorize';
import { checkAudience, redirectPlatform } from './directory';
import type { Authority, Tenant } from './directory';
import type { IdentityState } from './identity-state';
import { adminConsentPage, errorPage, tenantPage } from './pages';
import { echoScopes, parseScopes } from './scopes';

/**
 * `/{tenant}/v2.0/adminconsent`: an administrator agrees for everybody in the organisation. At `organizations` and
 * `common` the simulator asks of which one; whoever opens the page is its administrator.
 */
export function handleAdminConsent(state: IdentityState, authority: Authority, request: SimRequest): SimResponse {
  const { query } = request;
  try {
    const clientId = query.get('client_id') ?? '';
    if (clientId === '') throw new SignInError(900144, { parameter: 'client_id' });
    if (authority.key === PERSONAL_TENANT) throw new SignInError(90002, { tenant: 'consumers' });
    const app = findApp(state, clientId, authority);
    checkAudience(app, authority);
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!redirectPlatform(app, redirectUri)) throw new SignInError(50011, { uri: redirectUri, app: clientId });
    const { scopes } = parseScopes(query.get('scope') ?? 'https://graph.microsoft.com/.default', app.permissions);

    const tenant = chosenTenant(state, authority, query);
    if (!tenant) {
      const organisations = [...state.tenants.values()].filter((t) => t.id !== PERSONAL_TENANT);
      return tenantPage(organisations, (id) => samePage(request, { simulator_tenant: id }));
    }
    if (request.method !== 'POST')
      return adminConsentPage(app, tenant, scopes, samePage(request, { simulator_tenant: tenant.id }));

    const location = new URL(redirectUri);
    const stateText = query.get('state');
    if (stateText !== null) location.searchParams.set('state', stateText);
    if (new URLSearchParams(request.body.toString('utf8')).get('decision') !== 'accept') {
      location.searchParams.set('error', 'permission_denied');
      location.searchParams.set('error_description', 'The admin canceled the request');
      return redirectResponse(location.toString());
    }
    grantForAll(tenant, app.clientId, scopes);
    location.searchParams.set('admin_consent', 'True');
    location.searchParams.set('tenant', tenant.id);
    location.searchParams.set('scope', echoScopes(scopes, 'prefixed'));
    return redirectResponse(location.toString());
  } catch (error) {
    if (error instanceof SignInError) return errorPage(error, newTrace(state.clock.now(), state.rng, request));
    throw error;
  }
}

export function grantForAll(tenant: Tenant, clientId: string, scopes: readonly string[]): void {
  const granted = tenant.adminConsents.get(clientId) ?? new Set();
  for (const scope of scopes) granted.add(scope);
  tenant.adminConsents.set(clientId, granted);
}

function chosenTenant(state: IdentityState, authority: Authority, query: URLSearchParams): Tenant | undefined {
  return authority.kind === 'tenant' ? authority.tenant : state.tenants.get(query.get('simulator_tenant') ?? '');
}

function samePage(request: SimRequest, extra: Record<string, string>): string {
  const next = new URLSearchParams(request.query);
  for (const [name, value] of Object.entries(extra)) next.set(name, value);
  return `${request.path}?${next.toString()}`;
}
