import { htmlResponse, redirectResponse } from '../http/exchange';
import type { SimRequest, SimResponse } from '../http/exchange';
import { accountChooserPage, blockedPage, consentPage, unverifiedAppPage } from './oauth-pages';
import { SIGN_IN_SCOPES, isKnownScope } from './scopes';
import type { BlockPage, GoogleAccount, GoogleState, OAuthClient } from './state';

export const AUTHORIZE_PATH = '/o/oauth2/v2/auth';

const BLOCK_TEXTS: Record<BlockPage, [status: number, text: string]> = {
  admin_policy_enforced: [400, "Your organization's administrator has restricted access to this app."],
  org_internal: [403, 'This app is restricted to users within its organization.'],
  disallowed_useragent: [403, 'This app does not comply with the policy for secure browsers.'],
  deleted_client: [401, 'The OAuth client was deleted.'],
  invalid_client: [401, 'The OAuth client was not found.'],
};

interface AuthorizationRequest {
  client: OAuthClient;
  redirectUri: string;
  state: string | undefined;
  scopes: string[];
  offline: boolean;
  includeGranted: boolean;
  prompts: Set<string>;
  challenge: { value: string; method: 'S256' | 'plain' } | undefined;
}

/** The consent page: `GET` shows its steps, `POST` takes the decision. */
export function handleAuthorize(state: GoogleState, request: SimRequest): SimResponse {
  const parsed = parseAuthorizationRequest(state, request.query);
  if ('status' in parsed) return parsed;
  if (request.method === 'POST') return takeDecision(state, parsed, request);
  if (state.autoApprove) return approveAutomatically(state, parsed, request);

  const account = chosenAccount(state, parsed, request.query);
  if (parsed.prompts.has('none')) {
    if (!account) return redirectWithError(parsed, 'interaction_required');
    return isGranted(state, parsed, account)
      ? approve(state, parsed, account, parsed.scopes)
      : redirectWithError(parsed, 'consent_required');
  }
  if (!account) {
    return htmlResponse(
      200,
      accountChooserPage([...state.accounts.values()], (address) =>
        samePage(request.query, { simulator_account: address }),
      ),
    );
  }
  if (isUnlistedTester(parsed.client, account)) return redirectWithError(parsed, 'access_denied');
  if (!parsed.prompts.has('consent') && isGranted(state, parsed, account)) {
    return approve(state, parsed, account, parsed.scopes);
  }
  if (parsed.client.unverified && request.query.get('simulator_unverified') !== 'continue') {
    return htmlResponse(
      200,
      unverifiedAppPage(
        samePage(request.query, { simulator_account: account.address, simulator_unverified: 'continue' }),
        errorLocation(parsed, 'access_denied'),
      ),
    );
  }
  return htmlResponse(
    200,
    consentPage(account, parsed.scopes, samePage(request.query, { simulator_account: account.address })),
  );
}

function parseAuthorizationRequest(state: GoogleState, query: URLSearchParams): AuthorizationRequest | SimResponse {
  const clientId = query.get('client_id') ?? '';
  if (clientId === '') return blocked(400, 'invalid_request', 'Missing required parameter: client_id');
  const client = state.clients.get(clientId);
  if (!client) return blocked(401, 'invalid_client', BLOCK_TEXTS.invalid_client[1]);
  if (client.blockPage)
    return blocked(BLOCK_TEXTS[client.blockPage][0], client.blockPage, BLOCK_TEXTS[client.blockPage][1]);

  const redirectUri = query.get('redirect_uri') ?? '';
  if (redirectUri === '') return blocked(400, 'invalid_request', 'Missing required parameter: redirect_uri');
  if (!isRegisteredRedirect(client, redirectUri)) {
    return blocked(
      400,
      'redirect_uri_mismatch',
      `The redirect URI in the request, ${redirectUri}, does not match the ones authorized for the OAuth client.`,
    );
  }
  const responseType = query.get('response_type') ?? '';
  if (responseType === '') return blocked(400, 'invalid_request', 'Missing required parameter: response_type');
  if (responseType !== 'code')
    return blocked(400, 'unsupported_response_type', `Unsupported response_type: ${responseType}`);

  const scopes = (query.get('scope') ?? '').split(/\s+/).filter((s) => s !== '');
  if (scopes.length === 0) return blocked(400, 'invalid_request', 'Missing required parameter: scope');
  const unknown = scopes.filter((s) => !isKnownScope(s));
  if (unknown.length > 0)
    return blocked(400, 'invalid_scope', `Some requested scopes were invalid. {invalid=[${unknown.join(', ')}]}`);

  const accessType = query.get('access_type') ?? 'online';
  if (accessType !== 'online' && accessType !== 'offline')
    return blocked(400, 'invalid_request', 'Invalid parameter value for access_type');
  const prompts = new Set((query.get('prompt') ?? '').split(/\s+/).filter((p) => p !== ''));
  for (const prompt of prompts) {
    if (!['none', 'consent', 'select_account'].includes(prompt) || (prompt === 'none' && prompts.size > 1)) {
      return blocked(400, 'invalid_request', `Invalid parameter value for prompt: Invalid prompt: ${prompt}`);
    }
  }
  const challenge = parseChallenge(query);
  if (challenge === 'invalid')
    return blocked(400, 'invalid_request', 'Invalid code_challenge or code_challenge_method.');
  return {
    client,
    redirectUri,
    state: query.get('state') ?? undefined,
    scopes,
    offline: accessType === 'offline',
    includeGranted: query.get('include_granted_scopes') === 'true',
    prompts,
    challenge,
  };
}

function parseChallenge(query: URLSearchParams): AuthorizationRequest['challenge'] | 'invalid' {
  const value = query.get('code_challenge');
  const method = query.get('code_challenge_method');
  if (value === null) return method === null ? undefined : 'invalid';
  if (method !== null && method !== 'S256' && method !== 'plain') return 'invalid';
  const pattern = method === 'S256' ? /^[A-Za-z0-9_-]{43}$/ : /^[A-Za-z0-9._~-]{43,128}$/;
  return pattern.test(value) ? { value, method: method ?? 'plain' } : 'invalid';
}

/** Compared character by character, as Google does; loopback addresses only where the client allows them. */
export function isRegisteredRedirect(client: OAuthClient, redirectUri: string): boolean {
  if (client.redirectUris.includes(redirectUri)) return true;
  if (!client.anyLoopbackRedirect || !URL.canParse(redirectUri)) return false;
  const url = new URL(redirectUri);
  return (
    ['http:', 'https:'].includes(url.protocol) &&
    ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) &&
    url.hash === ''
  );
}

function chosenAccount(
  state: GoogleState,
  parsed: AuthorizationRequest,
  query: URLSearchParams,
): GoogleAccount | undefined {
  const chosen = query.get('simulator_account');
  if (chosen !== null) return state.accounts.get(chosen.toLowerCase());
  return parsed.prompts.has('select_account') ? undefined : hintedAccount(state, query);
}

function hintedAccount(state: GoogleState, query: URLSearchParams): GoogleAccount | undefined {
  const hint = query.get('login_hint');
  if (hint === null) return undefined;
  return state.accounts.get(hint.toLowerCase()) ?? [...state.accounts.values()].find((a) => a.sub === hint);
}

function isUnlistedTester(client: OAuthClient, account: GoogleAccount): boolean {
  return (
    client.publishing === 'testing' && !client.testUsers.some((u) => u.toLowerCase() === account.address.toLowerCase())
  );
}

function isGranted(state: GoogleState, parsed: AuthorizationRequest, account: GoogleAccount): boolean {
  const grant = state.grants.find(parsed.client.clientId, account.address);
  if (!grant || (parsed.offline && grant.refreshTokens.length === 0)) return false;
  return parsed.scopes.every((s) => grant.scopes.has(s));
}

function approveAutomatically(state: GoogleState, parsed: AuthorizationRequest, request: SimRequest): SimResponse {
  const wish = state.autoApprove ?? {};
  const account =
    wish.account === undefined
      ? (hintedAccount(state, request.query) ?? [...state.accounts.values()][0])
      : state.accounts.get(wish.account.toLowerCase());
  if (!account || wish.deny || isUnlistedTester(parsed.client, account))
    return redirectWithError(parsed, 'access_denied');
  const scopes = parsed.scopes.filter((s) => !wish.untick?.includes(s));
  return approve(state, parsed, account, scopes);
}

function takeDecision(state: GoogleState, parsed: AuthorizationRequest, request: SimRequest): SimResponse {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const account = state.accounts.get((request.query.get('simulator_account') ?? '').toLowerCase());
  if (!account || form.get('decision') !== 'allow') return redirectWithError(parsed, 'access_denied');
  const ticked = new Set(form.getAll('scope'));
  return approve(
    state,
    parsed,
    account,
    parsed.scopes.filter((s) => SIGN_IN_SCOPES.has(s) || ticked.has(s)),
  );
}

function approve(
  state: GoogleState,
  parsed: AuthorizationRequest,
  account: GoogleAccount,
  scopes: string[],
): SimResponse {
  // Google sends a person who unticks everything back as a refusal.
  if (scopes.length === 0) return redirectWithError(parsed, 'access_denied');
  const { clientId } = parsed.client;
  const grant = state.grants.find(clientId, account.address);
  const isFirst = grant === undefined || grant.refreshTokens.length === 0;
  const granted = parsed.includeGranted && grant ? [...new Set([...scopes, ...grant.scopes])] : scopes;
  const code = state.grants.issueCode({
    clientId,
    account: account.address,
    redirectUri: parsed.redirectUri,
    scopes: granted,
    offline: parsed.offline,
    withRefreshToken: parsed.offline && (isFirst || parsed.prompts.has('consent')),
    ...(parsed.challenge ? { challenge: parsed.challenge } : {}),
  });
  const location = new URL(parsed.redirectUri);
  if (parsed.state !== undefined) location.searchParams.set('state', parsed.state);
  location.searchParams.set('code', code);
  location.searchParams.set('scope', granted.join(' '));
  return redirectResponse(location.toString());
}

function redirectWithError(parsed: AuthorizationRequest, error: string): SimResponse {
  return redirectResponse(errorLocation(parsed, error));
}

function errorLocation(parsed: AuthorizationRequest, error: string): string {
  const location = new URL(parsed.redirectUri);
  location.searchParams.set('error', error);
  if (parsed.state !== undefined) location.searchParams.set('state', parsed.state);
  return location.toString();
}

function blocked(status: number, code: string, text: string): SimResponse {
  return htmlResponse(status, blockedPage(status, code, text));
}

function samePage(query: URLSearchParams, extra: Record<string, string>): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(extra)) next.set(name, value);
  return `${AUTHORIZE_PATH}?${next.toString()}`;
}
