import { jsonResponse } from '../http/exchange';
import type { SimRequest, SimResponse } from '../http/exchange';
import type { GraphCaller } from './graph/graph-api';
import type { AccessToken } from './identity/grants';
import { newGuid } from './identity/guid';
import { GRAPH_RESOURCE } from './identity/scopes';
import type { SimulatorState } from './simulator-state';

/** Checks the access token of a request to Graph; gives the caller, or the refusal. */
export function admit(state: SimulatorState, request: SimRequest): GraphCaller | SimResponse {
  const bearer = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
  if (bearer === '') return unauthorized(state, request, 'Access token is empty.');
  const access = state.identity.grants.findAccessToken(bearer);
  if (!access) return unauthorized(state, request, 'Lifetime validation failed, the token is expired.');
  if (access.resource !== GRAPH_RESOURCE) {
    return unauthorized(state, request, 'Access token validation failure. Invalid audience.');
  }
  const account = state.accounts.get(access.grant.account);
  if (!account)
    return graphError(
      state,
      request,
      400,
      'BadRequest',
      '/me request is only valid with delegated authentication flow.',
    );
  return challenge(state, request, access) ?? { account, scopes: access.scopes };
}

/** Continuous access evaluation: the token is in order, but something happened to the account since. */
function challenge(state: SimulatorState, request: SimRequest, access: AccessToken): SimResponse | undefined {
  const wanted = state.identity.challenges.get(access.grant.account);
  if (!wanted) return undefined;
  if (wanted.interactive ? access.withClaims : access.issuedAt >= wanted.notBefore) return undefined;
  const response = unauthorized(
    state,
    request,
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
  );
  const claims = Buffer.from(wanted.claims).toString('base64');
  response.headers['www-authenticate'] += `, error="insufficient_claims", claims="${claims}"`;
  return response;
}

function unauthorized(state: SimulatorState, request: SimRequest, message: string): SimResponse {
  const response = graphError(state, request, 401, 'InvalidAuthenticationToken', message);
  response.headers['www-authenticate'] =
    `Bearer realm="", authorization_uri="${state.identity.loginOrigin}/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`;
  return response;
}

function graphError(
  state: SimulatorState,
  request: SimRequest,
  status: number,
  code: string,
  message: string,
): SimResponse {
  const requestId = newGuid(state.rng);
  const clientRequestId = request.headers['client-request-id'] ?? requestId;
  const date = new Date(state.clock.now()).toISOString().slice(0, 19);
  const innerError = { date, 'request-id': requestId, 'client-request-id': clientRequestId };
  const response = jsonResponse(status, { error: { code, message, innerError } });
  response.headers['request-id'] = requestId;
  response.headers['client-request-id'] = clientRequestId;
  return response;
}
