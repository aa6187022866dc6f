import * as oauth from 'oauth4webapi';
import { MailError } from '../errors';
import type { Clock } from '../ports/clock';
import type { HttpClient } from '../ports/http-client';
import { decodeIdentity } from './identity-token';
import type { IdentityClaims, OAuthClientConfig, OAuthEndpoints, TokenSet } from './provider-oauth';
import { allowsPlainHttp, toMailError, tokenEndpointOptions } from './transport';

export interface OAuthContext {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly endpoints: OAuthEndpoints;
  readonly client: OAuthClientConfig;
}

export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly codeVerifier: string;
  /** The address that the person wants to connect, when it is known. */
  readonly loginHint?: string;
  /** The provider's own parameters, see googleAuthorizationExtras. */
  readonly extras?: Readonly<Record<string, string>>;
}

/** 43 characters of a cryptographic random source, for `state`. */
export const newState = (): string => oauth.generateRandomState();
/** A PKCE code verifier; it stays on the server until the code comes back. */
export const newCodeVerifier = (): string => oauth.generateRandomCodeVerifier();

/** The address of the consent page (authorisation code with PKCE S256). */
export async function authorizationUrl(
  endpoints: OAuthEndpoints,
  clientId: string,
  request: AuthorizationRequest,
): Promise<string> {
  allowsPlainHttp(endpoints.authorizationUrl);
  const url = new URL(endpoints.authorizationUrl);
  const parameters: Record<string, string> = {
    ...request.extras,
    ...(request.loginHint ? { login_hint: request.loginHint } : {}),
    response_type: 'code',
    client_id: clientId,
    redirect_uri: request.redirectUri,
    scope: request.scopes.join(' '),
    state: request.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(request.codeVerifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/**
 * Exchanges a code that came back with the expected state (the caller has consumed the state).
 * @throws MailError refused (code used, old or foreign) | misconfigured | unavailable | malformed
 */
export async function exchangeCode(
  context: OAuthContext,
  request: { readonly code: string; readonly redirectUri: string; readonly codeVerifier: string },
): Promise<TokenSet> {
  const { server, client, authentication, options } = prepare(context);
  try {
    // The state was checked against the store by whoever consumed it; here it only has to be the same twice.
    const parameters = oauth.validateAuthResponse(
      server,
      client,
      new URLSearchParams({ code: request.code }),
      oauth.expectNoState,
    );
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      request.redirectUri,
      request.codeVerifier,
      options,
    );
    const issuer = await issuerOf(context.endpoints, response);
    const answer = await oauth.processAuthorizationCodeResponse({ ...server, issuer }, client, response);
    return toTokenSet(answer, context.clock.now());
  } catch (error) {
    throw toMailError(error, 'exchange', context.endpoints.classify);
  }
}

/**
 * A fresh access token. Google does not rotate refresh tokens; Microsoft does at each refresh. `claims` is a challenge
 * that the fresh token has to satisfy; when only a person can, the error (needsReauth) carries what they have to.
 * @throws MailError needsReauth (the grant is dead) | misconfigured | blocked | throttled | unavailable | malformed
 */
export async function refreshTokens(
  context: OAuthContext,
  refreshToken: string,
  claims: string | null = null,
): Promise<TokenSet> {
  const { server, client, authentication, options } = prepare(context);
  try {
    const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, {
      ...options,
      ...(claims === null ? {} : { additionalParameters: { claims } }),
    });
    const issuer = await issuerOf(context.endpoints, response);
    const answer = await oauth.processRefreshTokenResponse({ ...server, issuer }, client, response);
    return toTokenSet(answer, context.clock.now());
  } catch (error) {
    throw toMailError(error, 'refresh', context.endpoints.classify);
  }
}

/** Ends a grant at the provider. A grant that is already dead counts as revoked. */
export async function revokeToken(context: OAuthContext, token: string): Promise<void> {
  if (context.endpoints.revokeUrl === null) return;
  const { server, client, authentication } = prepare(context);
  try {
    const options = tokenEndpointOptions(context.http, context.endpoints.revokeUrl);
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authentication, token, options),
    );
  } catch (error) {
    // Google answers 400 invalid_token for a token it no longer knows: that is what was wanted.
    if (error instanceof oauth.ResponseBodyError && /^invalid_(token|grant|request)$/.test(error.error)) return;
    throw toMailError(error, 'revoke', context.endpoints.classify);
  }
}

export interface ClientCheck {
  readonly reachable: boolean;
  readonly secret: 'valid' | 'invalid' | 'unknown';
  /** `refused` when the token endpoint says that this redirect URI is not registered; it seldom says so. */
  readonly redirectUri: 'unknown' | 'refused';
  /** The provider's own code, for the diagnostics. */
  readonly providerCode: string | null;
}

/**
 * Tells a right secret from a wrong one by exchanging a code that cannot exist: a refusal of the code (`isCodeRefused`)
 * comes only after client and secret were accepted.
 */
export async function checkClient(
  context: OAuthContext,
  redirectUri: string,
  isCodeRefused: (providerCode: string | null) => boolean = (providerCode) => providerCode === 'invalid_grant',
): Promise<ClientCheck> {
  const code = `check-${newState()}`;
  try {
    await exchangeCode(context, { code, redirectUri, codeVerifier: newCodeVerifier() });
    return { reachable: true, secret: 'unknown', redirectUri: 'unknown', providerCode: 'accepted_dummy_code' };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    const providerCode = error.providerCode;
    if (isCodeRefused(providerCode)) return { reachable: true, secret: 'valid', redirectUri: 'unknown', providerCode };
    if (providerCode === 'redirect_uri_mismatch') {
      return { reachable: true, secret: 'valid', redirectUri: 'refused', providerCode };
    }
    const secret = error.kind === 'misconfigured' && error.httpStatus !== null ? 'invalid' : 'unknown';
    return { reachable: error.httpStatus !== null, secret, redirectUri: 'unknown', providerCode };
  }
}

/**
 * Tells a right secret from a wrong one by asking for a token of the application itself, which opens no mailbox and is
 * dropped. Possible where the endpoints are those of one tenant.
 */
export async function checkClientCredentials(context: OAuthContext, scope: string): Promise<ClientCheck> {
  const { server, client, authentication, options } = prepare(context);
  try {
    const request = { scope };
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, request, options);
    await oauth.processClientCredentialsResponse(server, client, response);
    return { reachable: true, secret: 'valid', redirectUri: 'unknown', providerCode: null };
  } catch (error) {
    const { kind, httpStatus, providerCode } = toMailError(error, 'check', context.endpoints.classify);
    const secret = kind === 'misconfigured' && httpStatus !== null ? 'invalid' : 'unknown';
    return { reachable: httpStatus !== null, secret, redirectUri: 'unknown', providerCode };
  }
}

function prepare(context: OAuthContext) {
  const { endpoints } = context;
  const server: oauth.AuthorizationServer = {
    issuer: endpoints.issuer,
    authorization_endpoint: endpoints.authorizationUrl,
    token_endpoint: endpoints.tokenUrl,
    ...(endpoints.revokeUrl === null ? {} : { revocation_endpoint: endpoints.revokeUrl }),
  };
  if (context.client.clientId === '' || context.client.clientSecret === '') {
    throw new MailError('misconfigured', 'The OAuth client has no identifier or no secret.', {
      providerCode: 'client_missing',
    });
  }
  return {
    server,
    client: { client_id: context.client.clientId } satisfies oauth.Client,
    authentication: oauth.ClientSecretPost(context.client.clientSecret),
    options: tokenEndpointOptions(context.http, endpoints.tokenUrl),
  };
}

/** The issuer that an identity token in this answer may name. Signatures are not looked at: it came over TLS from there. */
async function issuerOf(endpoints: OAuthEndpoints, response: Response): Promise<string> {
  if (!endpoints.isOwnIssuer) return endpoints.issuer;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const claims = decodeIdentity((body as { id_token?: unknown } | null)?.id_token);
  return claims && endpoints.isOwnIssuer(claims) ? String(claims['iss']) : endpoints.issuer;
}

/** RFC 6749 allows an answer without `expires_in`; an hour is what every provider we know gives. */
const ASSUMED_LIFETIME_SECONDS = 3600;

function toTokenSet(answer: oauth.TokenEndpointResponse, now: number): TokenSet {
  const refreshLifetime = Number(answer['refresh_token_expires_in']);
  const identity = oauth.getValidatedIdTokenClaims(answer) as IdentityClaims | undefined;
  const hasRefreshLifetime = answer['refresh_token_expires_in'] !== undefined && Number.isFinite(refreshLifetime);
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? null,
    accessTokenExpiresAt: now + (answer.expires_in ?? ASSUMED_LIFETIME_SECONDS) * 1000,
    refreshTokenExpiresAt: hasRefreshLifetime ? now + refreshLifetime * 1000 : null,
    scopes: answer.scope === undefined ? null : answer.scope.split(' ').filter((scope) => scope !== ''),
    ...(identity ? { identity } : {}),
  };
}
