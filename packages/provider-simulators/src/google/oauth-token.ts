import { jsonResponse } from '../http/exchange';
import type { SimRequest, SimResponse } from '../http/exchange';
import { challengeMatches } from './grants';
import type { Grant } from './grants';
import { isRegisteredRedirect } from './oauth-authorize';
import type { GoogleState, OAuthClient } from './state';

const TESTING_LIFE_SECONDS = 7 * 24 * 3600;

/** `POST /token`: the code exchange and the refresh, with the bodies that Google answers. */
export function handleToken(state: GoogleState, request: SimRequest): SimResponse {
  if (request.method !== 'POST') return refuse(404, 'invalid_request', 'Not Found');
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) {
    return refuse(400, 'invalid_request', 'The request must be form-encoded.');
  }
  const form = new URLSearchParams(request.body.toString('utf8'));
  const grantType = form.get('grant_type') ?? '';
  if (grantType !== 'authorization_code' && grantType !== 'refresh_token') {
    return refuse(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType}`);
  }
  const client = authenticateClient(state, request, form);
  if ('status' in client) return client;
  return grantType === 'authorization_code' ? exchangeCode(state, client, form) : refresh(state, client, form);
}

function authenticateClient(state: GoogleState, request: SimRequest, form: URLSearchParams): OAuthClient | SimResponse {
  let id = form.get('client_id') ?? '';
  let secret = form.get('client_secret');
  const basic = /^Basic (.+)$/i.exec(request.headers['authorization'] ?? '');
  if (basic) {
    const [user = '', password = ''] = Buffer.from(basic[1] ?? '', 'base64')
      .toString('utf8')
      .split(':');
    id = decodeURIComponent(user);
    secret = decodeURIComponent(password);
  }
  if (id === '') return refuse(400, 'invalid_request', 'Could not determine client ID from request.');
  const client = state.clients.get(id);
  if (!client || client.blockPage === 'invalid_client')
    return refuse(401, 'invalid_client', 'The OAuth client was not found.');
  if (client.blockPage === 'deleted_client') return refuse(401, 'deleted_client', 'The OAuth client was deleted.');
  if (secret === null || secret === '') return refuse(400, 'invalid_request', 'client_secret is missing.');
  if (secret !== client.clientSecret) return refuse(401, 'invalid_client', 'The provided client secret is invalid.');
  return client;
}

function exchangeCode(state: GoogleState, client: OAuthClient, form: URLSearchParams): SimResponse {
  const value = form.get('code') ?? '';
  if (value === '') return refuse(400, 'invalid_request', 'Missing required parameter: code');
  const redirectUri = form.get('redirect_uri') ?? '';
  if (redirectUri === '') return refuse(400, 'invalid_request', 'Missing parameter: redirect_uri');
  if (!value.startsWith('4/')) return refuse(400, 'invalid_grant', 'Malformed auth code.');
  if (!isRegisteredRedirect(client, redirectUri)) return refuse(400, 'redirect_uri_mismatch', 'Bad Request');
  const code = state.grants.takeCode(value);
  if (!code || code.clientId !== client.clientId) return refuse(400, 'invalid_grant', 'Bad Request');
  if (code.redirectUri !== redirectUri) return refuse(400, 'redirect_uri_mismatch', 'Bad Request');

  const verifier = form.get('code_verifier');
  if (code.challenge && verifier === null) return refuse(400, 'invalid_grant', 'Missing code verifier.');
  if (!code.challenge && verifier !== null)
    return refuse(400, 'invalid_grant', 'code_verifier or verifier is not needed.');
  if (code.challenge && verifier !== null && !challengeMatches(code.challenge, verifier)) {
    return refuse(400, 'invalid_grant', 'Invalid code verifier.');
  }
  const grant = state.grants.consent(client.clientId, code.account, code.scopes);
  const answer = accessTokenAnswer(state, grant, code.scopes);
  if (code.withRefreshToken) {
    const life = refreshLifeSeconds(state, client);
    answer['refresh_token'] = state.grants.issueRefreshToken(grant, code.scopes, life).token;
    if (life !== null) answer['refresh_token_expires_in'] = life;
  }
  return tokenResponse(200, answer);
}

function refresh(state: GoogleState, client: OAuthClient, form: URLSearchParams): SimResponse {
  const token = form.get('refresh_token') ?? '';
  if (token === '') return refuse(400, 'invalid_request', 'Missing required parameter: refresh_token');
  const found = state.grants.useRefreshToken(token);
  if (found === 'unknown') return refuse(400, 'invalid_grant', 'Bad Request');
  if (found === 'expired') return refuse(400, 'invalid_grant', 'Token has been expired or revoked.');
  if (found.grant.clientId !== client.clientId) return refuse(401, 'unauthorized_client', 'Unauthorized');
  if (client.blockPage === 'admin_policy_enforced') return refuse(400, 'admin_policy_enforced', 'Bad Request');

  const wanted = (form.get('scope') ?? '').split(/\s+/).filter((s) => s !== '');
  if (wanted.some((s) => !found.refresh.scopes.includes(s))) return refuse(400, 'invalid_scope', 'Bad Request');
  const facts = { method: 'token', account: found.grant.account, ids: [] };
  if (state.accidents.take(facts, (kind) => kind === 'invalidRapt').length > 0) {
    return tokenResponse(400, {
      error: 'invalid_grant',
      error_description: 'reauth related error (invalid_rapt)',
      error_uri: 'https://support.google.com/a/answer/9368756',
      error_subtype: 'invalid_rapt',
    });
  }
  const answer = accessTokenAnswer(state, found.grant, wanted.length > 0 ? wanted : found.refresh.scopes);
  if (found.refresh.expiresAt !== null) {
    answer['refresh_token_expires_in'] = Math.floor((found.refresh.expiresAt - state.clock.now()) / 1000);
  }
  return tokenResponse(200, answer);
}

function accessTokenAnswer(state: GoogleState, grant: Grant, scopes: string[]): Record<string, unknown> {
  const seconds = state.switches.accessTokenSeconds;
  const access = state.grants.issueAccessToken(grant, scopes, seconds);
  return { access_token: access.token, expires_in: seconds, scope: scopes.join(' '), token_type: 'Bearer' };
}

function refreshLifeSeconds(state: GoogleState, client: OAuthClient): number | null {
  return state.switches.refreshTokenSeconds ?? (client.publishing === 'testing' ? TESTING_LIFE_SECONDS : null);
}

/** `POST /revoke`: either token ends the whole grant. */
export function handleRevoke(state: GoogleState, request: SimRequest): SimResponse {
  if (request.method !== 'POST') return refuse(400, 'invalid_request', 'The request must be a POST.');
  const form = new URLSearchParams(request.body.toString('utf8'));
  const token = form.get('token') ?? request.query.get('token') ?? '';
  if (token === '') return refuse(400, 'invalid_request', 'Missing required parameter: token');
  if (!state.grants.revokeToken(token)) return refuse(400, 'invalid_token', 'Token expired or revoked');
  return tokenResponse(200, {});
}

function refuse(status: number, error: string, description: string): SimResponse {
  return tokenResponse(status, { error, error_description: description });
}

function tokenResponse(status: number, body: unknown): SimResponse {
  const response = jsonResponse(status, body);
  response.headers['cache-control'] = 'no-cache, no-store, max-age=0, must-revalidate';
  response.headers['pragma'] = 'no-cache';
  return response;
}
