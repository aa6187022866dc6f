import { classifyMicrosoftTokenAnswer } from './aadsts';
import type { IdentityClaims, OAuthEndpoints } from './provider-oauth';

export const MICROSOFT_LOGIN_URL = 'https://login.microsoftonline.com';

/** The tenant that all personal accounts (outlook.com, hotmail.com, live.com) are in. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Everything from the first consent on, so that later features need no second one. */
export const MICROSOFT_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'offline_access',
  'User.Read',
  'Mail.ReadWrite',
  'Mail.Send',
  'MailboxSettings.ReadWrite',
];

const GRAPH_PREFIX = 'https://graph.microsoft.com/';
/** All that the application itself may do at Graph: nothing, unless somebody gave it permissions of its own. */
export const MICROSOFT_APP_SCOPE = `${GRAPH_PREFIX}.default`;
/** Graph in all of Microsoft's clouds, as it stands before a permission's name. */
const ANY_GRAPH =
  /^https:\/\/(graph\.microsoft\.(com|us|de)|dod-graph\.microsoft\.us|microsoftgraph\.chinacloudapi\.cn)\//;
/** Asked for, but not repeated in the token answer's `scope`. */
const NOT_ECHOED: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access']);
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

export const isGuid = (text: string): boolean => GUID.test(text);

/** Whether this names a single organisation, by its id or a domain of it. */
export const isOneTenant = (text: string): boolean => GUID.test(text) || DOMAIN.test(text);

/** Who may sign in: any account, any organisation, personal accounts only, or one tenant by its id or a domain of it. */
export function isTenantChoice(text: string): boolean {
  return ['common', 'organizations', 'consumers'].includes(text) || isOneTenant(text);
}

/**
 * Endpoints of one tenant; a code and a refresh token are redeemed at the tenant they were issued for (else
 * AADSTS700005). There is no revocation endpoint: people end a consent on a page, see microsoftConsentPage.
 */
export function microsoftEndpoints(loginUrl: string, tenant: string): OAuthEndpoints {
  const base = `${loginUrl.replace(/\/+$/, '')}/${encodeURIComponent(tenant)}`;
  return {
    issuer: `${base}/v2.0`,
    authorizationUrl: `${base}/oauth2/v2.0/authorize`,
    tokenUrl: `${base}/oauth2/v2.0/token`,
    revokeUrl: null,
    classify: classifyMicrosoftTokenAnswer,
    isOwnIssuer,
  };
}

/** Each tenant is an issuer of its own (`…/<tid>/v2.0`), whatever tenant the request was sent to. */
function isOwnIssuer(claims: IdentityClaims): boolean {
  const { iss, tid } = claims;
  return typeof iss === 'string' && typeof tid === 'string' && GUID.test(tid) && iss.endsWith(`/${tid}/v2.0`);
}

/** The tenant of whoever signed in, to be kept with the grant; null when the answer had no identity token. */
export function tenantOfIdentity(claims: IdentityClaims | undefined): string | null {
  const tid = claims?.['tid'];
  return typeof tid === 'string' && GUID.test(tid) ? tid.toLowerCase() : null;
}

/** Needed scopes that were not granted. Answers write them short or as Graph's URLs, in any case. */
export function missingMicrosoftScopes(granted: readonly string[], needed: readonly string[]): string[] {
  const has = new Set(granted.map(shortScope));
  return needed.filter((scope) => !NOT_ECHOED.has(scope) && !has.has(shortScope(scope)));
}

function shortScope(scope: string): string {
  return scope.toLowerCase().replace(ANY_GRAPH, '');
}

/**
 * Parameters that only Microsoft knows. The person chooses the account even when one is signed in already. `consent`
 * forces the consent page: where only administrators may consent that page is a dead end, so it is asked for only when
 * a consent is known to be missing. `claims` is the challenge that the sign-in has to satisfy.
 */
export function microsoftAuthorizationExtras(options: {
  consent: boolean;
  claims?: string | null;
}): Record<string, string> {
  return {
    response_mode: 'query',
    prompt: options.consent ? 'consent' : 'select_account',
    ...(options.claims ? { claims: options.claims } : {}),
  };
}

/**
 * The page on which an administrator of an organisation allows the application for everybody in it. It comes back to
 * the redirect URI with `admin_consent=True&tenant=…` and the state. `consumers` has no administrators: null.
 */
export function microsoftAdminConsentUrl(
  loginUrl: string,
  request: { tenant: string; clientId: string; redirectUri: string; scopes: readonly string[]; state?: string },
): string | null {
  if (request.tenant === 'consumers' || request.tenant === PERSONAL_TENANT) return null;
  // An administrator is always of one organisation; the service takes this word for "whoever signs in".
  const tenant = request.tenant === 'common' ? 'organizations' : request.tenant;
  const url = new URL(`${loginUrl.replace(/\/+$/, '')}/${encodeURIComponent(tenant)}/v2.0/adminconsent`);
  const scopes = request.scopes.map((scope) => (NOT_ECHOED.has(scope) ? scope : `${GRAPH_PREFIX}${scope}`));
  url.searchParams.set('client_id', request.clientId);
  url.searchParams.set('scope', scopes.join(' '));
  url.searchParams.set('redirect_uri', request.redirectUri);
  if (request.state !== undefined) url.searchParams.set('state', request.state);
  return url.href;
}

/** Where a person takes the application's access away; the API cannot. Null when the tenant is not known. */
export function microsoftConsentPage(tenant: string | null): string | null {
  if (tenant === null) return null;
  return tenant === PERSONAL_TENANT || tenant === 'consumers'
    ? 'https://account.live.com/consent/Manage'
    : 'https://myapps.microsoft.com';
}
