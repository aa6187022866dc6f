import { checkClient, type OAuthContext } from '@email-manager/mail-engine/oauth/flow';
import type { CheckLine } from '../../shared/api';
import { redirectUriShape } from './redirect-uri';
import type { ClientSecret, GoogleSettings } from './settings-store';

const CONSOLE = 'https://console.cloud.google.com';
const SEVEN_DAYS_SECONDS = 7 * 86_400;

export interface CheckInput {
  readonly settings: GoogleSettings;
  readonly secret: ClientSecret;
  readonly redirectUri: string;
  readonly hasPublicUrl: boolean;
  readonly proxied: boolean;
  /** The OAuth client with a secret that may be a placeholder when none is stored: reachability is asked anyway. */
  context(secret: string): OAuthContext;
}

/** Asks Google's token endpoint once, with a code that cannot exist; everything else is known here. */
export async function checkGoogle(input: CheckInput): Promise<CheckLine[]> {
  const { settings, secret } = input;
  const probe = input.context(secret.state === 'present' ? secret.value : 'not-a-secret');
  const answer = await checkClient(
    { ...probe, client: { ...probe.client, clientId: settings.clientId ?? 'not-a-client' } },
    input.redirectUri,
  );
  const host = new URL(probe.endpoints.tokenUrl).host;
  return [
    answer.reachable
      ? { id: 'reachable', state: 'ok', code: 'REACHABLE', params: { host } }
      : {
          id: 'reachable',
          state: 'error',
          code: input.proxied ? 'UNREACHABLE_PROXY' : 'UNREACHABLE',
          params: { host },
        },
    secretLine(settings, secret, answer),
    redirectLine(input, answer.redirectUri === 'refused'),
    apiLine(settings),
    testingLine(settings),
  ];
}

function secretLine(
  settings: GoogleSettings,
  secret: ClientSecret,
  answer: { secret: 'valid' | 'invalid' | 'unknown'; providerCode: string | null },
): CheckLine {
  const link = `${CONSOLE}/auth/clients`;
  const line = (state: CheckLine['state'], code: CheckLine['code'], params?: CheckLine['params']): CheckLine => ({
    id: 'secret',
    state,
    code,
    link,
    ...(params ? { params } : {}),
  });
  if (settings.clientId === null) return line('error', 'CLIENT_ID_MISSING');
  if (secret.state === 'missing') return line('error', 'SECRET_MISSING');
  if (secret.state === 'unreadable') return line('error', 'SECRET_UNREADABLE');
  if (secret.state === 'unknownReference') return line('error', 'SECRET_REFERENCE_UNKNOWN', { name: secret.name });
  if (answer.secret === 'valid') return line('ok', 'SECRET_VALID');
  if (answer.secret === 'invalid') return line('error', 'SECRET_INVALID', { providerCode: answer.providerCode ?? '' });
  return line('unknown', 'SECRET_UNKNOWN');
}

function redirectLine(input: CheckInput, refused: boolean): CheckLine {
  const base = {
    id: 'redirectUri',
    params: { redirectUri: input.redirectUri },
    link: `${CONSOLE}/auth/clients`,
  } as const;
  if (refused) return { ...base, state: 'error', code: 'REDIRECT_REFUSED' };
  const code = redirectUriShape(input.redirectUri);
  if (code === 'REDIRECT_OK') {
    return input.hasPublicUrl
      ? { ...base, state: 'ok', code }
      : { ...base, state: 'warning', code: 'REDIRECT_NO_PUBLIC_URL' };
  }
  return { ...base, state: code === 'REDIRECT_LOOPBACK' ? 'warning' : 'error', code };
}

function apiLine({ facts }: GoogleSettings): CheckLine {
  const link = `${CONSOLE}/apis/library/gmail.googleapis.com`;
  if (facts.apiEnabled === undefined) return { id: 'apiEnabled', state: 'unknown', code: 'API_UNKNOWN', link };
  return facts.apiEnabled
    ? { id: 'apiEnabled', state: 'ok', code: 'API_ENABLED' }
    : { id: 'apiEnabled', state: 'error', code: 'API_DISABLED', link };
}

function testingLine({ facts }: GoogleSettings): CheckLine {
  const link = `${CONSOLE}/auth/audience`;
  const lifetime = facts.grantLifetimeSeconds;
  if ((lifetime !== undefined && lifetime <= SEVEN_DAYS_SECONDS) || (facts.diedAfterSevenDays ?? 0) > 0) {
    const days = Math.max(1, Math.round((lifetime ?? SEVEN_DAYS_SECONDS) / 86_400));
    return { id: 'testingMode', state: 'warning', code: 'TESTING_SUSPECTED', params: { days }, link };
  }
  return facts.apiEnabled === undefined
    ? { id: 'testingMode', state: 'unknown', code: 'TESTING_UNKNOWN', link }
    : { id: 'testingMode', state: 'ok', code: 'TESTING_NOT_SUSPECTED' };
}
