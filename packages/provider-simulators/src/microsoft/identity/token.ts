import { jsonResponse } from '../../http/exchange';
import type { SimRequest, SimResponse } from '../../http/exchange';
import { PERSONAL_TENANT } from '../state';
import { SignInError, newTrace, tokenErrorResponse } from './aadsts';
import { findApp } from './authorize';
import { checkAudience, checkUser } from './directory';
import type { AppRegistration, Authority, ClientSecret, DirectoryUser } from './directory';
import { challengeMatches } from './grants';
import type { Grant, RefreshToken } from './grants';
import { clientInfo, newIdToken } from './id-token';
import { hasConsent } from './identity-state';
import type { IdentityState } from './identity-state';
import { belongsTo, echoScopes, parseScopes } from './scopes';
import type { RequestedScopes } from './scopes';

/** One request at the token endpoint. */
interface TokenCall {
  authority: Authority;
  request: SimRequest;
  form: URLSearchParams;
  app: AppRegistration;
}

/** `POST /{tenant}/oauth2/v2.0/token`: the code exchange, the refresh, and the app's own token. */
export function handleToken(state: IdentityState, authority: Authority, request: SimRequest): SimResponse {
  try {
    return answer(state, authority, request);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    return tokenErrorResponse(error, newTrace(state.clock.now(), state.rng, request), state.rng);
  }
}

/** The account that a request is about, for accidents that wait for it. */
export function accountOfTokenRequest(state: IdentityState, request: SimRequest): string | undefined {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const code = state.grants.findCode(form.get('code') ?? '');
  return code?.account ?? state.grants.findRefreshToken(form.get('refresh_token') ?? '')?.grant.account;
}

function answer(state: IdentityState, authority: Authority, request: SimRequest): SimResponse {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) {
    throw new SignInError(900144, { parameter: 'grant_type' });
  }
  const form = new URLSearchParams(request.body.toString('utf8'));
  const grantType = form.get('grant_type') ?? '';
  if (grantType === '') throw new SignInError(900144, { parameter: 'grant_type' });
  const clientId = form.get('client_id') ?? basicCredentials(request)?.id ?? '';
  if (clientId === '') throw new SignInError(900144, { parameter: 'client_id' });
  const app = findApp(state, clientId, authority);
  checkAudience(app, authority);
  const call: TokenCall = { authority, request, form, app };
  sufferTokenErrors(state, call);
  switch (grantType) {
    case 'authorization_code':
      return exchangeCode(state, call);
    case 'refresh_token':
      return refresh(state, call);
    case 'client_credentials':
      authenticate(state, call);
      return appToken(state, call);
    default:
      throw new SignInError(70003, { parameter: grantType });
  }
}

function sufferTokenErrors(state: IdentityState, call: TokenCall): void {
  const account = accountOfTokenRequest(state, call.request);
  const [accident] = state.accidents.takeSignIn({ method: 'token', account }, (kind) => kind === 'tokenError');
  if (!accident) return;
  throw new SignInError(Number(accident.code ?? 90033), factsOf(state, call, account), {
    ...(accident.status === undefined ? {} : { status: accident.status }),
    ...(accident.suberror === undefined ? {} : { suberror: accident.suberror }),
    ...(accident.claims === undefined ? {} : { claims: accident.claims }),
  });
}

/** @throws SignInError 7000218, 7000215, 7000222 */
function authenticate(state: IdentityState, { request, form, app }: TokenCall): ClientSecret {
  const given = form.get('client_secret') ?? basicCredentials(request)?.secret ?? '';
  if (given === '') throw new SignInError(7000218);
  const secret = app.secrets.find((s) => s.value === given);
  if (!secret) throw new SignInError(7000215, { app: app.clientId });
  if (secret.expiresAt !== null && secret.expiresAt <= state.clock.now())
    throw new SignInError(7000222, { app: app.clientId });
  return secret;
}

function basicCredentials(request: SimRequest): { id: string; secret: string } | undefined {
  const basic = /^Basic (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  if (basic === undefined) return undefined;
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) };
}

function exchangeCode(state: IdentityState, call: TokenCall): SimResponse {
  const { form, app, authority, request } = call;
  const value = form.get('code') ?? '';
  if (value === '') throw new SignInError(900144, { parameter: 'code' });
  const code = state.grants.findCode(value);
  const isSpa = code?.platform === 'spa';
  // A single-page application has no secret: the browser's Origin stands for it.
  const checkClient = () =>
    void (isSpa && request.headers['origin'] !== undefined ? undefined : authenticate(state, call));
  if (!state.switches.grantCheckedFirst) checkClient();
  if (!code || code.clientId !== app.clientId) throw new SignInError(9002313);
  if (code.authority !== authority.key) throw new SignInError(700005);
  if (code.redeemed) throw new SignInError(54005);
  if (code.expiresAt <= state.clock.now()) throw new SignInError(70008);
  if (state.switches.grantCheckedFirst) checkClient();
  if (isSpa && state.switches.spaNeedsOrigin && request.headers['origin'] === undefined) throw new SignInError(9002327);
  const redirectUri = form.get('redirect_uri') ?? '';
  if (redirectUri === '') throw new SignInError(900144, { parameter: 'redirect_uri' });
  if (redirectUri !== code.redirectUri) throw new SignInError(500112, { uri: redirectUri });
  const verifier = form.get('code_verifier');
  if (code.challenge && (verifier === null || !challengeMatches(code.challenge, verifier)))
    throw new SignInError(501481);
  if (!code.challenge && verifier !== null) throw new SignInError(501481);
  const wanted = wantedScopes(form, app, { scopes: code.scopes, resource: code.resource, isDefault: false });

  const user = requireUser(state, code.account);
  code.redeemed = true;
  const challenge = state.challenges.get(code.account);
  if (challenge && code.claims !== undefined) state.challenges.delete(code.account);
  const grant = state.grants.consent(app.clientId, code.account, []);
  return tokenAnswer(state, call, {
    grant,
    user,
    wanted,
    offlineScopes: code.scopes,
    spa: isSpa,
    nonce: code.nonce,
    withClaims: code.claims !== undefined,
  });
}

function refresh(state: IdentityState, call: TokenCall): SimResponse {
  const { form, app, request } = call;
  const token = form.get('refresh_token') ?? '';
  if (token === '') throw new SignInError(900144, { parameter: 'refresh_token' });
  const found = state.grants.findRefreshToken(token);
  const checkClient = () =>
    void (found?.refresh.spa && request.headers['origin'] !== undefined ? undefined : authenticate(state, call));
  if (!state.switches.grantCheckedFirst) checkClient();
  if (!found || found.grant.clientId !== app.clientId) throw new SignInError(9002313);
  const user = requireUser(state, found.grant.account);
  checkUser(app, call.authority, user);
  checkRefreshToken(state, call, found, user);
  if (state.switches.grantCheckedFirst) checkClient();

  const granted = { scopes: found.refresh.scopes, resource: 'https://graph.microsoft.com/', isDefault: false };
  const wanted = wantedScopes(form, app, granted);
  if (!hasConsent(state, app.clientId, user, wanted.scopes))
    throw new SignInError(65001, factsOf(state, call, user.address));
  const challenge = state.challenges.get(found.grant.account);
  if (challenge?.interactive) {
    throw new SignInError(50076, factsOf(state, call, user.address), { claims: challenge.claims });
  }
  const response = tokenAnswer(state, call, {
    grant: found.grant,
    user,
    wanted,
    offlineScopes: found.refresh.scopes,
    spa: found.refresh.spa,
    rotated: found.refresh,
    withClaims: form.has('claims'),
  });
  if (state.switches.oneTimeRefreshTokens) state.grants.endOlderRefreshTokens(found.grant);
  return response;
}

function checkRefreshToken(
  state: IdentityState,
  call: TokenCall,
  found: { grant: Grant; refresh: RefreshToken; live: boolean },
  user: DirectoryUser,
): void {
  const isPersonal = user.tenantId === PERSONAL_TENANT;
  const facts = { ...factsOf(state, call, user.address), issued: new Date(found.refresh.issuedAt).toISOString() };
  if (found.grant.ended !== null) {
    if (isPersonal) throw new SignInError(70000, facts);
    throw new SignInError(found.grant.ended === 'consent' ? 65001 : 50173, facts);
  }
  if (found.refresh.expiresAt <= state.clock.now()) {
    if (found.refresh.spa) throw new SignInError(700084, facts);
    throw new SignInError(isPersonal ? 70000 : 700082, facts);
  }
  if (!found.live) throw new SignInError(isPersonal ? 70000 : 50173, facts);
}

/** The scopes that a token request names; without any, those of the grant. */
function wantedScopes(form: URLSearchParams, app: AppRegistration, granted: RequestedScopes): RequestedScopes {
  const text = form.get('scope');
  return text === null || text.trim() === '' ? granted : parseScopes(text, app.permissions);
}

interface TokenGrant {
  grant: Grant;
  user: DirectoryUser;
  wanted: RequestedScopes;
  /** The scopes asked at sign-in: they say whether there is a refresh token at all. */
  offlineScopes: string[];
  spa: boolean;
  rotated?: RefreshToken;
  nonce?: string | undefined;
  withClaims: boolean;
}

function tokenAnswer(state: IdentityState, { app, form }: TokenCall, given: TokenGrant): SimResponse {
  const { grant, user, wanted } = given;
  const personal = user.tenantId === PERSONAL_TENANT;
  const forAll = [...(state.tenants.get(user.tenantId)?.adminConsents.get(app.clientId) ?? [])];
  // A directory puts all that was granted for the resource into a token, a personal account what was asked.
  const scopes = personal
    ? wanted.scopes
    : [...new Set([...wanted.scopes, ...grant.scopes, ...forAll])].filter((s) => belongsTo(s, wanted.resource));
  const lifeSeconds = state.lifetimes.accessTokenSeconds;
  const { withClaims } = given;
  const access = state.grants.issueAccessToken(grant, {
    scopes,
    resource: wanted.resource,
    lifeSeconds,
    withClaims,
    personal,
  });
  const echo = state.switches.scopeEcho;
  const signIn = new Set([...wanted.scopes, ...given.offlineScopes]);
  const body: Record<string, unknown> = {
    token_type: 'Bearer',
    scope: echoScopes(scopes, echo === 'byAccount' ? (personal ? 'short' : 'prefixed') : echo),
    expires_in: lifeSeconds,
    ext_expires_in: lifeSeconds,
    access_token: access.token,
  };
  if (given.offlineScopes.includes('offline_access')) {
    body['refresh_token'] = state.grants.issueRefreshToken(grant, {
      scopes: given.offlineScopes,
      lifeSeconds: state.lifetimes.refreshTokenSeconds,
      spa: given.spa,
      personal,
      ...(given.rotated ? { rotated: given.rotated } : {}),
    }).token;
  }
  if (signIn.has('openid')) {
    const { nonce } = given;
    body['id_token'] = newIdToken(state, user, { clientId: app.clientId, scopes: signIn, nonce, lifeSeconds });
  }
  if (form.get('client_info') === '1') body['client_info'] = clientInfo(user);
  return uncached(jsonResponse(200, body));
}

/** The app's own token: it opens no mailbox here, but shows that tenant, app and secret fit. */
function appToken(state: IdentityState, { authority, app, form }: TokenCall): SimResponse {
  if (authority.kind !== 'tenant') throw new SignInError(50059);
  const wanted = parseScopes(form.get('scope') ?? '', app.permissions);
  if (!wanted.isDefault) throw new SignInError(70011, { scope: form.get('scope') ?? '' });
  const grant: Grant = { clientId: app.clientId, account: '', scopes: new Set(), refreshTokens: [], ended: null };
  const lifeSeconds = state.lifetimes.accessTokenSeconds;
  const access = state.grants.issueAccessToken(grant, {
    scopes: [],
    resource: wanted.resource,
    lifeSeconds,
    personal: false,
  });
  return uncached(
    jsonResponse(200, {
      token_type: 'Bearer',
      expires_in: lifeSeconds,
      ext_expires_in: lifeSeconds,
      access_token: access.token,
    }),
  );
}

function requireUser(state: IdentityState, address: string): DirectoryUser {
  const user = state.users.get(address);
  if (!user) throw new SignInError(50034, { user: address });
  return user;
}

function factsOf(state: IdentityState, { app, authority }: TokenCall, user = ''): Record<string, string> {
  const now = new Date(state.clock.now()).toISOString();
  const tenant = authority.kind === 'tenant' ? authority.tenant.name : authority.key;
  return { app: app.clientId, appName: app.name, tenant, user, now, issued: now };
}

function uncached(response: SimResponse): SimResponse {
  response.headers['cache-control'] = 'no-store, no-cache';
  response.headers['pragma'] = 'no-cache';
  return response;
}
