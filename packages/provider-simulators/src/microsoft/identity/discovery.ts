import { jsonResponse } from '../../http/exchange';
import type { SimResponse } from '../../http/exchange';
import { PERSONAL_TENANT } from '../state';
import type { Authority } from './directory';
import type { IdentityState } from './identity-state';

/** `/{tenant}/v2.0/.well-known/openid-configuration` */
export function openidConfiguration(state: IdentityState, authority: Authority, path: string): SimResponse {
  const base = `${state.loginOrigin}/${path}`;
  const issuerTenant = authority.kind === 'tenant' ? authority.tenant.id : '{tenantid}';
  return jsonResponse(200, {
    issuer: `${state.loginOrigin}/${issuerTenant}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'name', 'tid', 'ver', 'preferred_username', 'email'],
    tenant_region_scope: authority.key === PERSONAL_TENANT ? null : 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
  });
}
