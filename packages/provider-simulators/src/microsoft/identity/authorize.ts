import type { SimRequest, SimResponse } from '../../http/exchange';
import { redirectResponse } from '../../http/exchange';
import { PERSONAL_TENANT } from '../state';
import { SignInError, describeError, newTrace } from './aadsts';
import { checkAudience, checkUser, redirectPlatform } from './directory';
import type { AppRegistration, Authority, DirectoryUser } from './directory';
import type { AuthorizationCode } from './grants';
import { newGuid } from './guid';
import { hasConsent } from './identity-state';
import type { IdentityState } from './identity-state';
import { accountPage, approvalPage, consentPage, errorPage, formPostPage, requestSentPage } from './pages';
import { isLowImpact, parseScopes } from './scopes';
import type { RequestedScopes } from './scopes';

interface AuthorizationRequest extends RequestedScopes {
  app: AppRegistration;
  authority: Authority;
  redirectUri: string;
  platform: 'web' | 'spa';
  responseMode: 'query' | 'fragment' | 'form_post';
  state: string | undefined;
  prompt: string;
  challenge: AuthorizationCode['challenge'];
}

const PROMPTS = ['', 'login', 'none', 'consent', 'select_account'];

/** An error that is told to the app, once it is known where the app is. */
class ReturnedError extends Error {
  constructor(
    readonly reason: SignInError,
    readonly request: Pick<AuthorizationRequest, 'redirectUri' | 'responseMode' | 'state'>,
  ) {
    super(reason.message);
  }
}

/** `GET /{tenant}/oauth2/v2.0/authorize` shows the steps of a sign-in, `POST` takes the decision. */
export function handleAuthorize(state: IdentityState, authority: Authority, request: SimRequest): SimResponse {
  try {
    const parsed = parseRequest(state, authority, request.query);
    sufferAccidents(state, parsed, request);
    return request.method === 'POST' ? takeDecision(state, parsed, request) : showNextStep(state, parsed, request);
  } catch (error) {
    if (error instanceof ReturnedError)
      return sendBack(state, error.request, errorFields(state, error.reason, request));
    if (error instanceof SignInError) return errorPage(error, newTrace(state.clock.now(), state.rng, request));
    throw error;
  }
}

function parseRequest(state: IdentityState, authority: Authority, query: URLSearchParams): AuthorizationRequest {
  const clientId = query.get('client_id') ?? '';
  if (clientId === '') throw new SignInError(900144, { parameter: 'client_id' });
  const app = findApp(state, clientId, authority);
  checkAudience(app, authority);
  const redirectUri = query.get('redirect_uri') ?? '';
  if (redirectUri === '') throw new SignInError(900144, { parameter: 'redirect_uri' });
  const platform = redirectPlatform(app, redirectUri);
  if (!platform) throw new SignInError(50011, { uri: redirectUri, app: clientId });
  const responseMode = query.get('response_mode') ?? 'query';
  if (responseMode !== 'query' && responseMode !== 'form_post' && responseMode !== 'fragment') {
    throw new SignInError(70007, { parameter: responseMode });
  }
  const back = { redirectUri, responseMode, state: query.get('state') ?? undefined } as const;
  try {
    const responseType = query.get('response_type') ?? '';
    if (responseType === '') throw new SignInError(900144, { parameter: 'response_type' });
    if (responseType !== 'code') throw new SignInError(700054, { parameter: responseType });
    const prompt = query.get('prompt') ?? '';
    if (!PROMPTS.includes(prompt)) throw new SignInError(90023);
    const scopes = parseScopes(query.get('scope') ?? '', app.permissions);
    return { ...back, ...scopes, app, authority, platform, prompt, challenge: parseChallenge(query) };
  } catch (error) {
    if (error instanceof SignInError) throw new ReturnedError(error, back);
    throw error;
  }
}

/** @throws SignInError 700016 */
export function findApp(state: IdentityState, clientId: string, authority: Authority): AppRegistration {
  const app = state.apps.get(clientId.toLowerCase());
  if (app) return app;
  const tenant = authority.kind === 'tenant' ? authority.tenant.name : 'Microsoft Accounts';
  throw new SignInError(700016, { app: clientId, tenant });
}

function parseChallenge(query: URLSearchParams): AuthorizationCode['challenge'] {
  const value = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? 'plain';
  if (value === null) return undefined;
  if (method !== 'S256' && method !== 'plain') throw new SignInError(50149);
  const pattern = method === 'S256' ? /^[A-Za-z0-9_-]{43}$/ : /^[A-Za-z0-9._~-]{43,128}$/;
  if (!pattern.test(value)) throw new SignInError(501491);
  return { value, method };
}

function sufferAccidents(state: IdentityState, parsed: AuthorizationRequest, request: SimRequest): void {
  const account = chosenUser(state, parsed, request.query)?.address;
  for (const accident of state.accidents.takeSignIn({ method: 'authorize', account }, (k) => k === 'signInError')) {
    const error = new SignInError(Number(accident.code ?? 90033), factsOf(parsed, account), {
      claims: accident.claims,
    });
    throw accident.page ? error : new ReturnedError(error, parsed);
  }
}

function showNextStep(state: IdentityState, parsed: AuthorizationRequest, request: SimRequest): SimResponse {
  if (state.autoApprove) return approveAutomatically(state, parsed, request);
  const user = chosenUser(state, parsed, request.query);
  if (parsed.prompt === 'none') {
    if (!user) throw new ReturnedError(new SignInError(50058), parsed);
    if (!isConsented(state, parsed, user)) throw new ReturnedError(consentMissing(parsed), parsed);
  }
  if (!user) {
    return accountPage([...state.users.values()], state.tenants, (address) =>
      samePage(request, { simulator_account: address }),
    );
  }
  checkUser(parsed.app, parsed.authority, user);
  if (isConsented(state, parsed, user) && parsed.prompt !== 'consent') return approve(state, parsed, user, request);
  const action = samePage(request, { simulator_account: user.address });
  const policy = approvalPolicy(state, parsed, user);
  if (policy) return approvalPage(parsed.app, user, parsed.scopes, { action, canAsk: policy === 'ask' });
  return consentPage(parsed.app, user, parsed.scopes, action);
}

/** Whether the person's tenant keeps the decision to its administrators. */
function approvalPolicy(
  state: IdentityState,
  parsed: AuthorizationRequest,
  user: DirectoryUser,
): 'refuse' | 'ask' | undefined {
  const tenant = state.tenants.get(user.tenantId);
  if (!tenant || tenant.userConsent === 'allowed' || parsed.scopes.every(isLowImpact)) return undefined;
  return tenant.approvalRequests ? 'ask' : 'refuse';
}

function takeDecision(state: IdentityState, parsed: AuthorizationRequest, request: SimRequest): SimResponse {
  const user = chosenUser(state, parsed, request.query);
  if (!user) throw new SignInError(50058);
  checkUser(parsed.app, parsed.authority, user);
  const decision = new URLSearchParams(request.body.toString('utf8')).get('decision');
  const policy = approvalPolicy(state, parsed, user);
  if (policy) {
    const action = samePage(request, {});
    if (policy === 'ask' && decision === 'ask') return requestSentPage(action);
    throw new ReturnedError(approvalNeeded(parsed, policy), parsed);
  }
  if (decision !== 'accept') throw new ReturnedError(new SignInError(65004), parsed);
  return approve(state, parsed, user, request);
}

function approveAutomatically(state: IdentityState, parsed: AuthorizationRequest, request: SimRequest): SimResponse {
  const wish = state.autoApprove ?? {};
  const user =
    wish.account === undefined
      ? (chosenUser(state, parsed, request.query) ?? firstAllowedUser(state, parsed))
      : state.users.get(wish.account.toLowerCase());
  if (!user || wish.deny) throw new ReturnedError(new SignInError(65004), parsed);
  checkUser(parsed.app, parsed.authority, user);
  const policy = approvalPolicy(state, parsed, user);
  const needsConsent = parsed.prompt === 'consent' || !isConsented(state, parsed, user);
  if (policy && needsConsent) throw new ReturnedError(approvalNeeded(parsed, policy), parsed);
  return approve(state, parsed, user, request);
}

function firstAllowedUser(state: IdentityState, parsed: AuthorizationRequest): DirectoryUser | undefined {
  return [...state.users.values()].find((user) => {
    try {
      checkUser(parsed.app, parsed.authority, user);
      return true;
    } catch {
      return false;
    }
  });
}

function approve(
  state: IdentityState,
  parsed: AuthorizationRequest,
  user: DirectoryUser,
  request: SimRequest,
): SimResponse {
  const { app, authority } = parsed;
  const nonce = request.query.get('nonce');
  const claims = request.query.get('claims');
  const code = state.grants.issueCode(
    {
      clientId: app.clientId,
      account: user.address.toLowerCase(),
      authority: authority.key,
      redirectUri: parsed.redirectUri,
      platform: parsed.platform,
      scopes: parsed.scopes,
      resource: parsed.resource,
      ...(parsed.challenge ? { challenge: parsed.challenge } : {}),
      ...(nonce === null ? {} : { nonce }),
      ...(claims === null ? {} : { claims }),
    },
    user.tenantId === PERSONAL_TENANT,
  );
  // What an administrator granted for everybody is no consent of this person.
  const forAll = state.tenants.get(user.tenantId)?.adminConsents.get(app.clientId);
  state.grants.consent(
    app.clientId,
    user.address,
    forAll ? parsed.scopes.filter((s) => !forAll.has(s)) : parsed.scopes,
  );
  return sendBack(state, parsed, { code, session_state: newGuid(state.rng) });
}

function sendBack(
  state: IdentityState,
  to: Pick<AuthorizationRequest, 'redirectUri' | 'responseMode' | 'state'>,
  answer: Record<string, string>,
): SimResponse {
  const fields = { ...answer, ...(to.state === undefined ? {} : { state: to.state }) };
  if (to.responseMode === 'form_post') return formPostPage(to.redirectUri, fields);
  const location = new URL(to.redirectUri);
  if (to.responseMode === 'fragment') location.hash = new URLSearchParams(fields).toString();
  else for (const [name, value] of Object.entries(fields)) location.searchParams.set(name, value);
  return redirectResponse(location.toString());
}

function errorFields(state: IdentityState, error: SignInError, request: SimRequest): Record<string, string> {
  const { code, entry, more } = error;
  const claims = more.claims;
  return {
    error: more.error ?? entry.error,
    // Microsoft's mark of a person who went back.
    ...(code === 65004 || more.error === 'access_denied' ? { error_subcode: 'cancel' } : {}),
    error_description: describeError(error, newTrace(state.clock.now(), state.rng, request)),
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    ...(claims === undefined ? {} : { claims }),
  };
}

function consentMissing(parsed: AuthorizationRequest): SignInError {
  return new SignInError(65001, factsOf(parsed), { error: 'consent_required' });
}

function approvalNeeded(parsed: AuthorizationRequest, policy: 'refuse' | 'ask'): SignInError {
  return new SignInError(policy === 'ask' ? 90095 : 90094, factsOf(parsed), { error: 'access_denied' });
}

function factsOf(parsed: AuthorizationRequest, user = ''): Record<string, string> {
  const tenant = parsed.authority.kind === 'tenant' ? parsed.authority.tenant.name : parsed.authority.key;
  return { app: parsed.app.clientId, appName: parsed.app.name, tenant, user, uri: parsed.redirectUri };
}

function isConsented(state: IdentityState, parsed: AuthorizationRequest, user: DirectoryUser): boolean {
  return hasConsent(state, parsed.app.clientId, user, parsed.scopes);
}

function chosenUser(
  state: IdentityState,
  parsed: AuthorizationRequest,
  query: URLSearchParams,
): DirectoryUser | undefined {
  const chosen = query.get('simulator_account');
  if (chosen !== null) return state.users.get(chosen.toLowerCase());
  if (parsed.prompt === 'select_account') return undefined;
  return state.users.get((query.get('login_hint') ?? '').toLowerCase());
}

function samePage(request: SimRequest, extra: Record<string, string>): string {
  const next = new URLSearchParams(request.query);
  for (const [name, value] of Object.entries(extra)) next.set(name, value);
  return `${request.path}?${next.toString()}`;
}
