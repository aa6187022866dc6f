import { jsonResponse } from '../../http/exchange';
import type { SimRequest, SimResponse } from '../../http/exchange';
import { SignInError, newTrace, tokenErrorResponse } from './aadsts';
import { handleAdminConsent } from './admin-consent';
import { handleAuthorize } from './authorize';
import { resolveAuthority } from './directory';
import { openidConfiguration } from './discovery';
import type { IdentityState } from './identity-state';
import { errorPage } from './pages';
import { handleToken } from './token';

const PATHS =
  /^\/([^/]+)\/(oauth2\/v2\.0\/authorize|oauth2\/v2\.0\/token|v2\.0\/adminconsent|v2\.0\/\.well-known\/openid-configuration|discovery\/v2\.0\/keys|discovery\/instance)$/;

export type IdentityPage = 'authorize' | 'token' | 'adminconsent' | 'openid-configuration' | 'keys' | 'instance';

/** Which page of the sign-in service a path is; undefined: none. */
export function identityPage(path: string): { page: IdentityPage; tenant: string } | undefined {
  const match = PATHS.exec(path);
  if (!match?.[1] || !match[2]) return undefined;
  return { page: match[2].slice(match[2].lastIndexOf('/') + 1) as IdentityPage, tenant: decodeURIComponent(match[1]) };
}

/** The sign-in service, without accidents of the connection. */
export function handleIdentity(state: IdentityState, request: SimRequest): SimResponse {
  const target = identityPage(request.path);
  if (!target) return jsonResponse(404, { error: 'The simulated sign-in service has no such page.' });
  const { page, tenant } = target;
  try {
    if (page === 'instance') return instanceDiscovery(state, request);
    if (page === 'keys') return jsonResponse(200, { keys: [] });
    if (page === 'token' && request.method !== 'POST') throw new SignInError(900144, { parameter: 'grant_type' });
    const authority = resolveAuthority(state.tenants, tenant);
    if (page === 'openid-configuration') return openidConfiguration(state, authority, tenant);
    if (page === 'token') return handleToken(state, authority, request);
    return page === 'authorize'
      ? handleAuthorize(state, authority, request)
      : handleAdminConsent(state, authority, request);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    const trace = newTrace(state.clock.now(), state.rng, request);
    if (page === 'authorize' || page === 'adminconsent') return errorPage(error, trace);
    // Discovery has its own word for a tenant that does not exist.
    const named =
      page === 'openid-configuration' ? new SignInError(error.code, error.facts, { error: 'invalid_tenant' }) : error;
    return tokenErrorResponse(named, trace, state.rng);
  }
}

/** MSAL asks this address which hosts belong together. */
function instanceDiscovery(state: IdentityState, request: SimRequest): SimResponse {
  const authorize = request.query.get('authorization_endpoint') ?? `${state.loginOrigin}/common/oauth2/v2.0/authorize`;
  const { host, pathname } = new URL(authorize);
  return jsonResponse(200, {
    tenant_discovery_endpoint: `${state.loginOrigin}/${pathname.split('/')[1] ?? 'common'}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}
