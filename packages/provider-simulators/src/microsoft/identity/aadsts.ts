import { jsonResponse } from '../../http/exchange';
import type { SimRequest, SimResponse } from '../../http/exchange';
import type { Rng } from '../../random';
import { newGuid } from './guid';

/** What one AADSTS code is at the token endpoint; `{name}` in a text is filled in. */
export interface AadstsEntry {
  error: string;
  /** 400 unless told otherwise. */
  status?: number;
  text: string;
  suberror?: string;
  /** Whether the answer carries a `claims` challenge that a new sign-in has to repeat. */
  claims?: boolean;
}

const MULTI_FACTOR =
  'Due to a configuration change made by your administrator, or because you moved to a new location, you must use ' +
  "multi-factor authentication to access '{resource}'.";

/** The codes of the facts sheet and those the endpoints need themselves. */
export const AADSTS: Readonly<Record<number, AadstsEntry>> = {
  // The grant
  65001: {
    error: 'invalid_grant',
    suberror: 'consent_required',
    text: "The user or administrator has not consented to use the application with ID '{app}' named '{appName}'. Send an interactive authorization request for this user and resource.",
  },
  65004: { error: 'access_denied', text: 'User declined to consent to access the app.' },
  70000: {
    error: 'invalid_grant',
    text: 'The user could not be authenticated as the grant is expired. The user must sign in again.',
  },
  70008: {
    error: 'invalid_grant',
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  70043: {
    error: 'invalid_grant',
    suberror: 'bad_token',
    text: 'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {issued} and the maximum allowed lifetime for this request is 3600.',
  },
  50173: {
    error: 'invalid_grant',
    suberror: 'bad_token',
    text: "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{issued}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{now}'.",
  },
  700082: {
    error: 'invalid_grant',
    text: 'The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00.',
  },
  700084: {
    error: 'invalid_grant',
    text: 'The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {issued}.',
  },
  700003: {
    error: 'invalid_grant',
    suberror: 'device_authentication_failed',
    text: "Device object was not found in the tenant '{tenant}' directory.",
  },
  // The code
  54005: {
    error: 'invalid_grant',
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  501481: {
    error: 'invalid_grant',
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  700005: {
    error: 'invalid_grant',
    text: 'Provided Authorization Code is intended to use against other tenant, thus rejected.',
  },
  9002313: { error: 'invalid_grant', text: 'Invalid request. Request is malformed or invalid.' },
  9002327: {
    error: 'invalid_request',
    text: "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  },
  // Policies that need the person
  50074: { error: 'interaction_required', suberror: 'basic_action', claims: true, text: 'Strong Authentication is required.' },
  50076: { error: 'interaction_required', suberror: 'basic_action', claims: true, text: MULTI_FACTOR },
  50078: {
    error: 'interaction_required',
    suberror: 'basic_action',
    claims: true,
    text: "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '{resource}'.",
  },
  50079: {
    error: 'interaction_required',
    suberror: 'basic_action',
    claims: true,
    text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{resource}'.",
  },
  53000: { error: 'interaction_required', suberror: 'message_only', claims: true, text: 'Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.' },
  53001: { error: 'interaction_required', suberror: 'message_only', claims: true, text: 'Device is not in required device state: domain_joined. Conditional Access policy requires a domain joined device, and the device is not domain joined.' },
  53002: { error: 'interaction_required', suberror: 'message_only', claims: true, text: "Application used is not an approved application for Conditional Access. User needs to use one of the apps from the list of approved applications to use in order to get access." },
  53003: { error: 'interaction_required', suberror: 'message_only', claims: true, text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.' },
  530032: { error: 'interaction_required', suberror: 'message_only', text: 'User blocked due to risk on home tenant.' },
  50058: { error: 'login_required', text: 'A silent sign-in request was sent but no user is signed in.' },
  // People
  50034: { error: 'invalid_grant', text: "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory." },
  50055: { error: 'invalid_grant', suberror: 'user_password_expired', text: 'The password is expired.' },
  50057: { error: 'invalid_grant', text: 'The user account is disabled.' },
  50105: { error: 'interaction_required', text: "Your administrator has configured the application {appName} ('{app}') to block users unless they are specifically granted ('assigned') access to the application. The signed-in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application." },
  50020: { error: 'invalid_grant', text: "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{app}'({appName}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account." },
  90094: { error: 'consent_required', text: 'The grant requires admin permission. {appName} needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it.' },
  90095: { error: 'consent_required', text: 'Admin consent is required for the permissions requested by this application. An admin consent request may be sent to the admin.' },
  // The app
  7000215: { error: 'invalid_client', status: 401, text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'." },
  7000222: { error: 'invalid_client', status: 401, text: "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds." },
  7000218: { error: 'invalid_client', status: 401, text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'." },
  700016: { error: 'unauthorized_client', text: "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant." },
  50194: { error: 'invalid_request', text: "Application '{app}'({appName}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant." },
  9002331: { error: 'invalid_request', text: "Application '{app}'({appName}) is configured for use by Microsoft Account users only. Please use the /consumers endpoint to serve this request." },
  9002346: { error: 'invalid_request', text: "Application '{app}'({appName}) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request." },
  50011: { error: 'invalid_request', text: "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the application '{app}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal." },
  500011: { error: 'invalid_resource', text: "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant." },
  500112: { error: 'invalid_grant', text: "The reply address '{uri}' does not match the reply address provided when requesting Authorization code." },
  90002: { error: 'invalid_request', text: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant." },
  50059: { error: 'invalid_request', text: 'No tenant-identifying information found in either the request or implied by any provided credentials.' },
  // The request
  900144: { error: 'invalid_request', text: "The request body must contain the following parameter: '{parameter}'." },
  70003: { error: 'unsupported_grant_type', text: "The app requested an unsupported grant type '{parameter}'." },
  70007: { error: 'unsupported_response_mode', text: "'{parameter}' is not a supported value of 'response_mode' when requesting a token." },
  70011: { error: 'invalid_scope', text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid." },
  28000: { error: 'invalid_scope', text: "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {scope} is not valid." },
  700054: { error: 'unsupported_response_type', text: "response_type '{parameter}' is not enabled for the application." },
  90023: { error: 'invalid_request', text: "Unsupported 'prompt' value." },
  50149: { error: 'invalid_request', text: 'Invalid Code_Challenge_method parameter.' },
  501491: { error: 'invalid_request', text: 'Invalid size of Code_Challenge parameter.' },
  // Passing trouble
  50033: { error: 'server_error', status: 500, text: 'A transient error has occurred. Please try again.' },
  50196: { error: 'invalid_grant', text: 'The server terminated an operation because it encountered a client request loop. Please contact your app vendor.' },
  90006: { error: 'server_error', status: 500, text: 'An external error happened. Please try again.' },
  90024: { error: 'temporarily_unavailable', status: 503, text: 'A transient error has occurred. Please try again.' },
  90033: { error: 'temporarily_unavailable', status: 503, text: 'A transient error has occurred. Please try again.' },
}; // prettier-ignore

/** The refusal of a sign-in request; `facts` fill the text. */
export class SignInError extends Error {
  constructor(
    readonly code: number,
    readonly facts: Readonly<Record<string, string>> = {},
    readonly more: { status?: number; error?: string; suberror?: string; claims?: string } = {},
  ) {
    super(`AADSTS${code}`);
  }

  get entry(): AadstsEntry {
    return AADSTS[this.code] ?? { error: 'invalid_request', text: 'The request was refused.' };
  }

  get text(): string {
    return this.entry.text.replace(/\{(\w+)\}/g, (_, name: string) => this.facts[name] ?? FALLBACKS[name] ?? '');
  }
}

const FALLBACKS: Readonly<Record<string, string>> = {
  resource: '00000003-0000-0000-c000-000000000000',
  tenant: 'the directory',
  user: 'the user',
  idp: 'live.com',
};

interface Trace {
  traceId: string;
  correlationId: string;
  timestamp: string;
}

/** The ids and the time that Microsoft writes into every refusal. `now` in milliseconds since the epoch. */
export function newTrace(now: number, rng: Rng, request: SimRequest): Trace {
  const given = request.headers['client-request-id'] ?? request.query.get('client-request-id') ?? '';
  const correlationId = /^[0-9a-f-]{36}$/i.test(given) ? given : newGuid(rng);
  return {
    traceId: newGuid(rng),
    correlationId,
    timestamp: `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`,
  };
}

export function describeError(error: SignInError, trace: Trace): string {
  return `AADSTS${error.code}: ${error.text} Trace ID: ${trace.traceId} Correlation ID: ${trace.correlationId} Timestamp: ${trace.timestamp}`;
}

/** The body of a refusal at the token endpoint. */
export function tokenErrorResponse(error: SignInError, trace: Trace, rng: Rng): SimResponse {
  const { entry, more } = error;
  const suberror = more.suberror ?? entry.suberror;
  const claims = more.claims ?? (entry.claims ? policyClaims(rng) : undefined);
  const response = jsonResponse(more.status ?? entry.status ?? 400, {
    error: more.error ?? entry.error,
    error_description: describeError(error, trace),
    error_codes: [error.code],
    timestamp: trace.timestamp,
    trace_id: trace.traceId,
    correlation_id: trace.correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
    ...(suberror === undefined ? {} : { suberror }),
    ...(claims === undefined ? {} : { claims }),
  });
  response.headers['cache-control'] = 'no-store, no-cache';
  response.headers['pragma'] = 'no-cache';
  return response;
}

/** The challenge of a Conditional Access policy, as text of JSON. */
export function policyClaims(rng: Rng): string {
  return JSON.stringify({ access_token: { capolids: { essential: true, values: [newGuid(rng)] } } });
}
