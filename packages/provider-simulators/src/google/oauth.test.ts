import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { ANN, REDIRECT, createTestGoogle } from './test-client';
import type { TestGoogle } from './test-client';
import { DEFAULT_CLIENT } from './simulator';

const MODIFY = 'https://www.googleapis.com/auth/gmail.modify';
const LABELS = 'https://www.googleapis.com/auth/gmail.labels';
const CLIENT = { client_id: DEFAULT_CLIENT.clientId, client_secret: DEFAULT_CLIENT.clientSecret };

let t: TestGoogle;

beforeEach(() => {
  t = createTestGoogle({ messages: 0 });
  t.google.control.revokeConsent({ account: ANN });
});

function exchange(code: string, more: Record<string, string> = {}) {
  return t.postForm('/token', { grant_type: 'authorization_code', ...CLIENT, code, redirect_uri: REDIRECT, ...more });
}

async function newCode(parameters?: Record<string, string>): Promise<string> {
  return (await t.consent(parameters)).searchParams.get('code') ?? '';
}

function authPage(query: Record<string, string>): Promise<Response> {
  return t.fetch(`https://accounts.google.com/o/oauth2/v2/auth?${new URLSearchParams(query).toString()}`);
}

const GOOD_QUERY = {
  client_id: DEFAULT_CLIENT.clientId,
  redirect_uri: REDIRECT,
  response_type: 'code',
  scope: `${MODIFY} ${LABELS}`,
  access_type: 'offline',
};

describe('authorization page', () => {
  test.each([
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/cb' }, 400, 'redirect_uri_mismatch'],
    ['a token response type', { response_type: 'token' }, 400, 'unsupported_response_type'],
    ['an unknown scope', { scope: 'https://www.googleapis.com/auth/nothing' }, 400, 'invalid_scope'],
    ['a short PKCE challenge', { code_challenge: 'abc', code_challenge_method: 'S256' }, 400, 'invalid_request'],
    ['prompt none together with consent', { prompt: 'none consent' }, 400, 'invalid_request'],
  ])('%s ends on a page of no return', async (_, change, status, code) => {
    const response = await authPage({ ...GOOD_QUERY, ...change });
    expect(response.status).toBe(status);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain(`Error ${status}: ${code}`);
  });

  test('a client with exact redirect URIs takes no other loopback address', async () => {
    t.google.control.setClient({ clientId: CLIENT.client_id, redirectUris: [REDIRECT], anyLoopbackRedirect: false });
    expect((await authPage(GOOD_QUERY)).status).toBe(200);
    expect(await (await authPage({ ...GOOD_QUERY, redirect_uri: `${REDIRECT}/` })).text()).toContain(
      'redirect_uri_mismatch',
    );
  });

  test('unticking a scope shows in the token response', async () => {
    const response = await t.fetch(
      `https://accounts.google.com/o/oauth2/v2/auth?${new URLSearchParams({ ...GOOD_QUERY, simulator_account: ANN }).toString()}`,
      { method: 'POST', body: new URLSearchParams({ decision: 'allow', scope: LABELS }) },
    );
    const code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '';
    expect((await exchange(code)).json.scope).toBe(LABELS);
  });

  test('denying, or unticking everything, comes back as access_denied with the state', async () => {
    for (const form of [{ decision: 'deny' }, { decision: 'allow' }]) {
      const response = await t.fetch(
        `https://accounts.google.com/o/oauth2/v2/auth?${new URLSearchParams({ ...GOOD_QUERY, state: 's', simulator_account: ANN }).toString()}`,
        { method: 'POST', body: new URLSearchParams(form) },
      );
      const back = new URL(response.headers.get('location') ?? '');
      expect([back.searchParams.get('error'), back.searchParams.get('state')]).toEqual(['access_denied', 's']);
    }
  });

  test('in testing mode a person who is no test user is refused, and a tester’s token dies after seven days', async () => {
    t.google.control.setClient({ clientId: CLIENT.client_id, publishing: 'testing', testUsers: [] });
    expect((await t.consent()).searchParams.get('error')).toBe('access_denied');
    t.google.control.setClient({ clientId: CLIENT.client_id, testUsers: [ANN] });
    const { json } = await exchange(await newCode());
    expect(json.refresh_token_expires_in).toBe(7 * 24 * 3600);
    t.clock.advance(7 * 24 * 3600_000);
    const refreshed = await t.postForm('/token', {
      grant_type: 'refresh_token',
      ...CLIENT,
      refresh_token: json.refresh_token,
    });
    expect(refreshed).toEqual({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    });
  });

  test('an unverified app has to be opened by the Advanced link first', async () => {
    t.google.control.setClient({ clientId: CLIENT.client_id, unverified: true });
    const page = await (await authPage({ ...GOOD_QUERY, simulator_account: ANN })).text();
    expect(page).toContain('continue-unverified');
    expect(page).not.toContain('id="allow"');
  });

  test('a login hint spares the choice of the account, and an old consent spares the page', async () => {
    const page = await (await authPage({ ...GOOD_QUERY, login_hint: ANN })).text();
    expect(page).toContain('id="allow"');
    await exchange(await newCode({ scope: GOOD_QUERY.scope }));
    t.google.control.setAutoApprove(null);
    const again = await authPage({ ...GOOD_QUERY, login_hint: ANN });
    expect(again.status).toBe(302);
    const code = new URL(again.headers.get('location') ?? '').searchParams.get('code') ?? '';
    expect((await exchange(code)).json.refresh_token).toBeUndefined();
    expect((await authPage({ ...GOOD_QUERY, login_hint: ANN, prompt: 'consent' })).status).toBe(200);
  });

  test('prompt=none without a consent comes back with consent_required', async () => {
    const response = await authPage({ ...GOOD_QUERY, prompt: 'none', login_hint: ANN });
    expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe('consent_required');
  });
});

describe('token endpoint', () => {
  test('a code works once', async () => {
    const code = await newCode();
    const first = await exchange(code);
    expect(first.json).toMatchObject({ expires_in: 3599, scope: MODIFY, token_type: 'Bearer' });
    expect((await exchange(code)).json).toEqual({ error: 'invalid_grant', error_description: 'Bad Request' });
  });

  test('a code dies after ten minutes', async () => {
    const code = await newCode();
    t.clock.advance(10 * 60_000);
    expect((await exchange(code)).json.error).toBe('invalid_grant');
  });

  test.each([
    ['a dummy code with the right secret', {}, 400, 'invalid_grant', 'Malformed auth code.'],
    [
      'a dummy code with a wrong secret',
      { client_secret: 'wrong' },
      401,
      'invalid_client',
      'The provided client secret is invalid.',
    ],
    ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client', 'The OAuth client was not found.'],
    ['no secret', { client_secret: '' }, 400, 'invalid_request', 'client_secret is missing.'],
    ['another grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type', 'Invalid grant_type: password'],
  ])('%s gets its own error', async (_, change, status, error, error_description) => {
    expect(await exchange('dummy', change)).toEqual({ status, json: { error, error_description } });
  });

  test('PKCE: the verifier must fit, must be there, and must not be there without a challenge', async () => {
    const verifier = 'v'.repeat(50);
    const challenge = {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    const wrong = await exchange(await newCode(challenge), { code_verifier: 'w'.repeat(50) });
    expect(wrong.json).toEqual({ error: 'invalid_grant', error_description: 'Invalid code verifier.' });
    expect((await exchange(await newCode(challenge))).json.error).toBe('invalid_grant');
    expect((await exchange(await newCode(), { code_verifier: verifier })).json.error).toBe('invalid_grant');
    expect((await exchange(await newCode(challenge), { code_verifier: verifier })).status).toBe(200);
  });

  test('another redirect URI than at consent is refused', async () => {
    const answer = await exchange(await newCode(), { redirect_uri: 'http://localhost:1/other' });
    expect(answer).toMatchObject({ status: 400, json: { error: 'redirect_uri_mismatch' } });
  });

  test('a refresh token comes with the first consent and with prompt=consent only', async () => {
    expect((await exchange(await newCode({ access_type: 'online' }))).json.refresh_token).toBeUndefined();
    expect((await exchange(await newCode())).json.refresh_token).toBeDefined();
    expect((await exchange(await newCode())).json.refresh_token).toBeUndefined();
    expect((await exchange(await newCode({ prompt: 'consent' }))).json.refresh_token).toBeDefined();
  });

  test('include_granted_scopes adds what was granted before', async () => {
    await exchange(await newCode({ scope: LABELS }));
    const { json } = await exchange(await newCode({ scope: MODIFY, include_granted_scopes: 'true' }));
    expect(json.scope.split(' ').sort()).toEqual([LABELS, MODIFY]);
  });

  test('a refresh gives no new refresh token, and an access token ends after its time', async () => {
    const { json } = await exchange(await newCode());
    const refreshed = await t.postForm('/token', {
      grant_type: 'refresh_token',
      ...CLIENT,
      refresh_token: json.refresh_token,
    });
    expect(Object.keys(refreshed.json).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
    expect((await t.call('GET', 'profile', undefined, refreshed.json.access_token)).status).toBe(200);
    t.clock.advance(3599_000);
    expect((await t.call('GET', 'profile', undefined, refreshed.json.access_token)).status).toBe(401);
  });

  test('the 101st refresh token kills the oldest and nobody else', async () => {
    const tokens: string[] = [];
    for (let i = 0; i < 101; i++)
      tokens.push((await exchange(await newCode({ prompt: 'consent' }))).json.refresh_token);
    const use = (token = '') => t.postForm('/token', { grant_type: 'refresh_token', ...CLIENT, refresh_token: token });
    expect((await use(tokens[0])).json.error).toBe('invalid_grant');
    expect((await use(tokens[1])).status).toBe(200);
    expect((await use(tokens[100])).status).toBe(200);
  });

  test('a refresh token that nobody used for six months is dead', async () => {
    const { json } = await exchange(await newCode());
    t.clock.advance(183 * 24 * 3600_000);
    const answer = await t.postForm('/token', {
      grant_type: 'refresh_token',
      ...CLIENT,
      refresh_token: json.refresh_token,
    });
    expect(answer.json.error).toBe('invalid_grant');
  });

  test('revoking the access token ends the whole grant', async () => {
    const { json } = await exchange(await newCode());
    expect((await t.postForm('/revoke', { token: json.access_token })).status).toBe(200);
    const answer = await t.postForm('/token', {
      grant_type: 'refresh_token',
      ...CLIENT,
      refresh_token: json.refresh_token,
    });
    expect(answer.json.error_description).toBe('Token has been expired or revoked.');
    expect((await t.call('GET', 'profile', undefined, json.access_token)).status).toBe(401);
    expect(await t.postForm('/revoke', { token: json.access_token })).toMatchObject({
      status: 400,
      json: { error: 'invalid_token' },
    });
  });

  test('session control shows as invalid_rapt', async () => {
    const { json } = await exchange(await newCode());
    t.google.control.accident({ kind: 'invalidRapt' });
    const answer = await t.postForm('/token', {
      grant_type: 'refresh_token',
      ...CLIENT,
      refresh_token: json.refresh_token,
    });
    expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_grant', error_subtype: 'invalid_rapt' } });
    const next = await t.postForm('/token', {
      grant_type: 'refresh_token',
      ...CLIENT,
      refresh_token: json.refresh_token,
    });
    expect(next.status).toBe(200);
  });
});
