import {
  createGoogleFetch,
  createGoogleSimulator,
  DEFAULT_CLIENT,
} from '@email-manager/provider-simulators/google/simulator';
import { describe, expect, it } from 'vitest';
import type { HttpClient } from '../ports/http-client';
import { VirtualClock } from '../sync/testing/virtual-clock';
import {
  authorizationUrl,
  checkClient,
  exchangeCode,
  newCodeVerifier,
  newState,
  refreshTokens,
  revokeToken,
} from './flow';
import { GOOGLE_SCOPE_MODIFY, googleAuthorizationExtras, missingGoogleScopes } from './google';
import type { OAuthClientConfig } from './provider-oauth';

const ADDRESS = 'ann@example.test';
const REDIRECT = 'http://127.0.0.1:13000/admin/settings/mail/oauth2';
const BASE = 'http://127.0.0.1:4000';

function simulatedGoogle(client: OAuthClientConfig = DEFAULT_CLIENT) {
  const clock = new VirtualClock();
  const simulator = createGoogleSimulator({ clock, accounts: [{ address: ADDRESS }] });
  const fetchGoogle = createGoogleFetch(simulator);
  const http: HttpClient = (url, init) => fetchGoogle(url, init as RequestInit);
  const endpoints = {
    issuer: 'https://accounts.google.com',
    authorizationUrl: `${BASE}/o/oauth2/v2/auth`,
    tokenUrl: `${BASE}/token`,
    revokeUrl: `${BASE}/revoke`,
  };
  const context = { http, clock, endpoints, client };
  /** The person's part: follows the consent page's address and gives what comes back. */
  const consent = async (forceConsent = false) => {
    const codeVerifier = newCodeVerifier();
    const state = newState();
    const url = await authorizationUrl(endpoints, client.clientId, {
      redirectUri: REDIRECT,
      scopes: [GOOGLE_SCOPE_MODIFY, 'https://www.googleapis.com/auth/gmail.labels'],
      state,
      codeVerifier,
      extras: googleAuthorizationExtras({ forceConsent }),
    });
    const response = await fetchGoogle(url, { redirect: 'manual' });
    const back = new URL(response.headers.get('location') ?? 'about:blank').searchParams;
    expect(back.get('state')).toBe(state);
    return { code: back.get('code') ?? '', error: back.get('error'), codeVerifier };
  };
  const exchange = ({ code, codeVerifier }: { code: string; codeVerifier: string }) =>
    exchangeCode(context, { code, codeVerifier, redirectUri: REDIRECT });
  return { simulator, context, consent, exchange, control: simulator.control };
}

describe('the whole way through the simulated Google', () => {
  it('gives a refresh token at the first consent only, and again when consent is forced', async () => {
    const { control, consent, exchange } = simulatedGoogle();
    control.setAutoApprove({ account: ADDRESS });
    const first = await exchange(await consent());
    expect(first.refreshToken).not.toBeNull();
    expect(missingGoogleScopes(first.scopes ?? [], [GOOGLE_SCOPE_MODIFY])).toEqual([]);
    expect((await exchange(await consent())).refreshToken).toBeNull();
    expect((await exchange(await consent(true))).refreshToken).not.toBeNull();
  });

  it('refuses a code that was used, or that comes with another verifier', async () => {
    const { control, consent, exchange } = simulatedGoogle();
    control.setAutoApprove({ account: ADDRESS });
    const given = await consent();
    await exchange(given);
    await expect(exchange(given)).rejects.toMatchObject({ kind: 'refused', providerCode: 'invalid_grant' });
    await expect(exchange({ ...(await consent()), codeVerifier: newCodeVerifier() })).rejects.toMatchObject({
      kind: 'refused',
    });
  });

  it('shows which scope was unticked, and a denial', async () => {
    const { control, consent, exchange } = simulatedGoogle();
    control.setAutoApprove({ account: ADDRESS, untick: [GOOGLE_SCOPE_MODIFY] });
    const tokens = await exchange(await consent());
    expect(missingGoogleScopes(tokens.scopes ?? [], [GOOGLE_SCOPE_MODIFY])).toEqual([GOOGLE_SCOPE_MODIFY]);
    control.setAutoApprove({ account: ADDRESS, deny: true });
    expect((await consent()).error).toBe('access_denied');
  });

  it('tells a dead grant from a service that is down', async () => {
    const { control, context, consent, exchange } = simulatedGoogle();
    control.setAutoApprove({ account: ADDRESS });
    const { refreshToken } = await exchange(await consent());
    const refresh = () => refreshTokens(context, refreshToken ?? '');
    expect((await refresh()).refreshToken).toBeNull();
    control.accident({ kind: 'status', method: 'token', status: 503 });
    await expect(refresh()).rejects.toMatchObject({ kind: 'unavailable' });
    control.accident({ kind: 'drop', method: 'token' });
    await expect(refresh()).rejects.toMatchObject({ kind: 'unavailable' });
    control.accident({ kind: 'invalidRapt', method: 'token' });
    await expect(refresh()).rejects.toMatchObject({ kind: 'needsReauth', providerCode: 'invalid_rapt' });
    await refresh();
    await revokeToken(context, refreshToken ?? '');
    await expect(refresh()).rejects.toMatchObject({ kind: 'needsReauth' });
    await revokeToken(context, refreshToken ?? '');
  });

  it('tells a right secret from a wrong one and an unknown client', async () => {
    expect(await checkClient(simulatedGoogle().context, REDIRECT)).toMatchObject({ reachable: true, secret: 'valid' });
    const wrong = simulatedGoogle({ clientId: DEFAULT_CLIENT.clientId, clientSecret: 'wrong' });
    expect(await checkClient(wrong.context, REDIRECT)).toMatchObject({
      secret: 'invalid',
      providerCode: 'invalid_client',
    });
    const unknown = simulatedGoogle({ clientId: 'nobody', clientSecret: 'wrong' });
    expect(await checkClient(unknown.context, REDIRECT)).toMatchObject({ secret: 'invalid' });
  });
});
