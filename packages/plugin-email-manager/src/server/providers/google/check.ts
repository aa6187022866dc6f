import { checkClient, type ClientCheck } from '@email-manager/mail-engine/oauth/flow';
import type { CheckLine } from '../../../shared/api';
import { checkLine, reachableLine, redirectLine, storedSecretLine } from '../check-lines';
import type { CheckInput, ProviderFacts } from '../provider-module';
import { publicRedirectShape } from '../redirect-uri';

const CONSOLE = 'https://console.cloud.google.com';
const CLIENTS = `${CONSOLE}/auth/clients`;
const SEVEN_DAYS_SECONDS = 7 * 86_400;

/** Asks Google's token endpoint once, with a code that cannot exist; everything else is known here. */
export async function checkGoogle(input: CheckInput): Promise<CheckLine[]> {
  const { stored, secret } = input;
  const probe = input.context(secret.state === 'present' ? secret.value : 'not-a-secret');
  const answer = await checkClient(
    { ...probe, client: { ...probe.client, clientId: stored.clientId ?? 'not-a-client' } },
    input.redirectUri,
  );
  const shape = answer.redirectUri === 'refused' ? 'REDIRECT_REFUSED' : publicRedirectShape(input.redirectUri);
  return [
    reachableLine('reachable', answer.reachable, probe.endpoints.tokenUrl, input),
    storedSecretLine(input, CLIENTS) ?? secretLine(answer),
    redirectLine(input, shape, CLIENTS),
    apiLine(stored.facts),
    testingLine(stored.facts),
  ];
}

function secretLine(answer: ClientCheck): CheckLine {
  if (answer.secret === 'valid') return checkLine('secret', 'ok', 'SECRET_VALID', { link: CLIENTS });
  if (answer.secret === 'unknown') return checkLine('secret', 'unknown', 'SECRET_UNKNOWN', { link: CLIENTS });
  const params = { providerCode: answer.providerCode ?? '' };
  return checkLine('secret', 'error', 'SECRET_INVALID', { params, link: CLIENTS });
}

function apiLine({ apiEnabled }: ProviderFacts): CheckLine {
  const link = `${CONSOLE}/apis/library/gmail.googleapis.com`;
  if (apiEnabled === undefined) return checkLine('apiEnabled', 'unknown', 'API_UNKNOWN', { link });
  return apiEnabled
    ? checkLine('apiEnabled', 'ok', 'API_ENABLED')
    : checkLine('apiEnabled', 'error', 'API_DISABLED', { link });
}

function testingLine(facts: ProviderFacts): CheckLine {
  const link = `${CONSOLE}/auth/audience`;
  const lifetime = facts.grantLifetimeSeconds;
  if ((lifetime !== undefined && lifetime <= SEVEN_DAYS_SECONDS) || (facts.diedAfterSevenDays ?? 0) > 0) {
    const days = Math.max(1, Math.round((lifetime ?? SEVEN_DAYS_SECONDS) / 86_400));
    return checkLine('testingMode', 'warning', 'TESTING_SUSPECTED', { params: { days }, link });
  }
  return facts.apiEnabled === undefined
    ? checkLine('testingMode', 'unknown', 'TESTING_UNKNOWN', { link })
    : checkLine('testingMode', 'ok', 'TESTING_NOT_SUSPECTED');
}
