import { provesMicrosoftClient, ruleOfProviderCode } from '@email-manager/mail-engine/oauth/aadsts';
import { checkClient, checkClientCredentials, type ClientCheck } from '@email-manager/mail-engine/oauth/flow';
import { isOneTenant, MICROSOFT_APP_SCOPE } from '@email-manager/mail-engine/oauth/microsoft';
import type { CheckCode, CheckLine } from '../../../shared/api';
import { microsoftUrls } from '../../env';
import { checkLine, reachableLine, redirectLine, storedSecretLine } from '../check-lines';
import type { CheckInput } from '../provider-module';
import { httpsRedirectShape } from '../redirect-uri';
import { daysUntil, secretWarning } from './secret-expiry';
import { tenantChoice } from './settings';

const PORTAL = 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade';
const TIMEOUT_MS = 20_000;
/** What no secret is: asked with when none is stored, and to see whether secrets are looked at before codes. */
const NO_SECRET = 'certainly-not-the-secret';

/**
 * Asks Microsoft's sign-in service for the tenant, and its token endpoint with a code that cannot exist; Graph is only
 * asked whether it answers. The rest is known from sign-ins that were tried.
 */
export async function checkMicrosoft(input: CheckInput): Promise<CheckLine[]> {
  const { stored } = input;
  const { loginUrl, graphUrl } = microsoftUrls();
  const choice = tenantChoice(stored);
  const [tenantStatus, graphStatus] = await Promise.all([
    status(input, `${loginUrl}/${encodeURIComponent(choice)}/v2.0/.well-known/openid-configuration`),
    status(input, `${graphUrl}/me`),
  ]);
  const client = stored.clientId === null || tenantStatus !== 200 ? null : await probeClient(input);
  const missing = storedSecretLine(input, page(stored.clientId, 'Credentials'));
  return [
    reachableLine('reachable', tenantStatus !== null, loginUrl, input),
    reachableLine('reachableApi', graphStatus !== null && graphStatus < 500, graphUrl, input),
    tenantLine(choice, tenantStatus, client, input),
    ...(stored.clientId === null ? [] : [clientLine(choice, client, stored.clientId)]),
    missing ?? secretLine(client, stored.clientId),
    expiryLine(input),
    redirectLine(input, httpsRedirectShape(input.redirectUri), page(stored.clientId, 'Authentication')),
    platformLine(input),
    await adminConsentLine(choice, input),
  ];
}

/** The HTTP status of an answer, or null when there is none. */
async function status({ http }: CheckInput, url: string): Promise<number | null> {
  try {
    const answer = await http(url, { method: 'GET', headers: {}, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}

/**
 * Microsoft may refuse the code before it looks at the secret. Then the same is asked with a wrong secret: if that is
 * refused for the secret's sake, the stored one was accepted. If it is not, one tenant's endpoint can still be asked for
 * a token of the application itself.
 */
async function probeClient(input: CheckInput): Promise<ClientCheck> {
  const probe = (secret: string) => checkClient(input.context(secret), input.redirectUri, provesMicrosoftClient);
  const answer = await probe(input.secret.state === 'present' ? input.secret.value : NO_SECRET);
  if (input.secret.state !== 'present' || answer.secret !== 'unknown' || answer.providerCode !== 'AADSTS9002313') {
    return answer;
  }
  const control = await probe(NO_SECRET);
  if (reasonOf(control) === 'secretWrong') return { ...answer, secret: 'valid' };
  return isOneTenant(tenantChoice(input.stored))
    ? checkClientCredentials(input.context(input.secret.value), MICROSOFT_APP_SCOPE)
    : answer;
}

function reasonOf(client: ClientCheck | null) {
  return ruleOfProviderCode(client?.providerCode ?? null)?.reason ?? null;
}

function tenantLine(
  choice: string,
  tenantStatus: number | null,
  client: ClientCheck | null,
  { stored }: CheckInput,
): CheckLine {
  const providerCode = client?.providerCode ?? '';
  const link = page(stored.clientId, 'Authentication');
  const line = (state: CheckLine['state'], code: CheckCode, params: Record<string, string> = {}) =>
    checkLine('tenant', state, code, { params: { tenant: choice, ...params }, ...(state === 'ok' ? {} : { link }) });
  const reason = reasonOf(client);
  if (tenantStatus === 400 || tenantStatus === 404 || reason === 'tenantUnknown')
    return line('error', 'TENANT_NOT_FOUND');
  if (tenantStatus !== 200) return line('unknown', 'TENANT_UNKNOWN');
  if (reason === 'tenantSingle') return line('error', 'TENANT_SINGLE_ONLY', { providerCode });
  if (reason === 'tenantKind') {
    return line('error', choice === 'consumers' ? 'TENANT_NO_PERSONAL' : 'TENANT_PERSONAL_ONLY', { providerCode });
  }
  return client === null || client.secret === 'unknown' ? line('unknown', 'TENANT_UNKNOWN') : line('ok', 'TENANT_OK');
}

function clientLine(choice: string, client: ClientCheck | null, clientId: string): CheckLine {
  const reason = reasonOf(client);
  if (reason === 'clientUnknown' || reason === 'clientDisabled') {
    const params = { tenant: choice, providerCode: client?.providerCode ?? '' };
    return checkLine('client', 'error', 'CLIENT_UNKNOWN', { params, link: page(clientId, 'Overview') });
  }
  const isKnown = client !== null && (client.secret === 'valid' || isAboutSecret(client));
  return isKnown ? checkLine('client', 'ok', 'CLIENT_KNOWN') : checkLine('client', 'unknown', 'CLIENT_UNCHECKED');
}

/** A refusal of the secret shows at least that the application is known. */
function isAboutSecret(client: ClientCheck): boolean {
  return ['secretWrong', 'secretExpired', 'secretMissing'].includes(reasonOf(client) ?? '');
}

function secretLine(client: ClientCheck | null, clientId: string | null): CheckLine {
  const link = page(clientId, 'Credentials');
  if (client?.secret === 'valid') return checkLine('secret', 'ok', 'SECRET_VALID', { link });
  if (client === null || !isAboutSecret(client)) return checkLine('secret', 'unknown', 'SECRET_UNKNOWN', { link });
  const params = { providerCode: client.providerCode ?? '' };
  const code = reasonOf(client) === 'secretExpired' ? 'SECRET_EXPIRED' : 'SECRET_INVALID';
  return checkLine('secret', 'error', code, { params, link });
}

function expiryLine({ stored, now }: CheckInput): CheckLine {
  const link = page(stored.clientId, 'Credentials');
  const date = stored.secretExpiresAt;
  if (date === null) return checkLine('secretExpiry', 'unknown', 'SECRET_EXPIRY_UNKNOWN', { link });
  const params = { date, days: daysUntil(date, now) };
  const warning = secretWarning(date, now);
  if (warning === null) return checkLine('secretExpiry', 'ok', 'SECRET_EXPIRY_OK', { params });
  return warning.level === 'expired'
    ? checkLine('secretExpiry', 'error', 'SECRET_EXPIRY_OVER', { params: { date }, link })
    : checkLine('secretExpiry', 'warning', 'SECRET_EXPIRY_SOON', { params, link });
}

function platformLine({ stored }: CheckInput): CheckLine {
  const link = page(stored.clientId, 'Authentication');
  const { platform } = stored.facts;
  if (platform === 'web') return checkLine('platform', 'ok', 'PLATFORM_WEB');
  return platform === 'spa'
    ? checkLine('platform', 'error', 'PLATFORM_SPA', { params: { providerCode: 'AADSTS700084' }, link })
    : checkLine('platform', 'unknown', 'PLATFORM_UNKNOWN', { link });
}

async function adminConsentLine(choice: string, input: CheckInput): Promise<CheckLine> {
  const { adminConsent, adminConsentTenant } = input.stored.facts;
  if (choice === 'consumers' || adminConsent === 'notNeeded') {
    return checkLine('adminConsent', 'ok', 'ADMIN_CONSENT_NOT_NEEDED');
  }
  if (adminConsent === 'given') {
    const params = { tenant: adminConsentTenant ?? choice };
    return checkLine('adminConsent', 'ok', 'ADMIN_CONSENT_GIVEN', { params });
  }
  const link = (await input.adminConsentUrl()) ?? undefined;
  const more = { params: { tenant: choice }, ...(link === undefined ? {} : { link }) };
  return adminConsent === 'needed'
    ? checkLine('adminConsent', 'warning', 'ADMIN_CONSENT_NEEDED', more)
    : checkLine('adminConsent', 'unknown', 'ADMIN_CONSENT_UNKNOWN', more);
}

/** A page of the application in the Entra admin centre. */
function page(clientId: string | null, blade: 'Authentication' | 'Credentials' | 'Overview'): string {
  if (clientId === null) return 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps';
  return `${PORTAL}/~/${blade}/appId/${clientId}`;
}
