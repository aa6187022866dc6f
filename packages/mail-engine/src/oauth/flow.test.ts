import { describe, expect, it } from 'vitest';
import { MailError } from '../errors';
import type { Clock } from '../ports/clock';
import type { HttpClient } from '../ports/http-client';
import { authorizationUrl, checkClient, exchangeCode, refreshTokens, revokeToken, type OAuthContext } from './flow';
import {
  GOOGLE_ENDPOINTS,
  GOOGLE_SCOPE_FULL,
  GOOGLE_SCOPE_MODIFY,
  googleAuthorizationExtras,
  missingGoogleScopes,
} from './google';

const NOW = Date.UTC(2026, 10, 22);
const clock: Clock = { now: () => NOW, monotonic: () => 0, sleep: () => Promise.resolve() };
const REDIRECT = 'https://crm.example.com/admin/settings/mail/oauth2';

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const seen: { url: string; body: URLSearchParams }[] = [];
  const http: HttpClient = (url, init) => {
    seen.push({ url, body: new URLSearchParams(String(init.body)) });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return Promise.resolve(new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } }));
  };
  return { http, seen };
}

function context(http: HttpClient, endpoints = GOOGLE_ENDPOINTS): OAuthContext {
  return { http, clock, endpoints, client: { clientId: 'client-1', clientSecret: 's3cret' } };
}

const failing = (run: Promise<unknown>): Promise<MailError> =>
  run.then(
    () => {
      throw new Error('expected a refusal');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(MailError);
      return error as MailError;
    },
  );

describe('the consent page address', () => {
  const request = { redirectUri: REDIRECT, scopes: [GOOGLE_SCOPE_MODIFY], state: 'st', codeVerifier: 'v'.repeat(43) };

  it('carries PKCE, state and offline access, and does not force consent unless asked', async () => {
    const quiet = new URL(
      await authorizationUrl(GOOGLE_ENDPOINTS, 'client-1', {
        ...request,
        extras: googleAuthorizationExtras({ forceConsent: false }),
      }),
    );
    expect(Object.fromEntries(quiet.searchParams)).toMatchObject({
      client_id: 'client-1',
      response_type: 'code',
      access_type: 'offline',
      include_granted_scopes: 'true',
      code_challenge_method: 'S256',
      redirect_uri: REDIRECT,
      scope: GOOGLE_SCOPE_MODIFY,
      state: 'st',
    });
    expect(quiet.searchParams.has('prompt')).toBe(false);
    expect(quiet.searchParams.get('code_challenge')).not.toBe(request.codeVerifier);
    const forced = await authorizationUrl(GOOGLE_ENDPOINTS, 'client-1', {
      ...request,
      loginHint: 'ann@example.com',
      extras: googleAuthorizationExtras({ forceConsent: true }),
    });
    expect(new URL(forced).searchParams.get('prompt')).toBe('consent');
    expect(new URL(forced).searchParams.get('login_hint')).toBe('ann@example.com');
  });

  it('refuses plain http to anything but this machine', async () => {
    const open = { ...GOOGLE_ENDPOINTS, authorizationUrl: 'http://accounts.example.com/auth' };
    expect((await failing(authorizationUrl(open, 'c', request))).kind).toBe('misconfigured');
    const local = { ...GOOGLE_ENDPOINTS, authorizationUrl: 'http://127.0.0.1:4000/auth' };
    await expect(authorizationUrl(local, 'c', request)).resolves.toContain('http://127.0.0.1:4000/auth?');
  });
});

describe('the code exchange', () => {
  it('sends secret and verifier in the body and reads scopes and lifetimes', async () => {
    const { http, seen } = answering(200, {
      access_token: 'at',
      expires_in: 3599,
      refresh_token: 'rt',
      refresh_token_expires_in: 604_800,
      scope: `${GOOGLE_SCOPE_MODIFY} openid`,
      token_type: 'Bearer',
    });
    const tokens = await exchangeCode(context(http), {
      code: 'abc',
      redirectUri: REDIRECT,
      codeVerifier: 'v'.repeat(43),
    });
    expect(tokens).toEqual({
      accessToken: 'at',
      refreshToken: 'rt',
      accessTokenExpiresAt: NOW + 3_599_000,
      refreshTokenExpiresAt: NOW + 604_800_000,
      scopes: [GOOGLE_SCOPE_MODIFY, 'openid'],
    });
    expect(seen[0]?.url).toBe(GOOGLE_ENDPOINTS.tokenUrl);
    expect(Object.fromEntries(seen[0]?.body ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'abc',
      redirect_uri: REDIRECT,
      code_verifier: 'v'.repeat(43),
      client_id: 'client-1',
      client_secret: 's3cret',
    });
  });

  it('never lets the secret travel over plain http to another machine', async () => {
    const { http, seen } = answering(200, {});
    const open = { ...GOOGLE_ENDPOINTS, tokenUrl: 'http://oauth.example.com/token' };
    const error = await failing(
      exchangeCode(context(http, open), { code: 'a', redirectUri: REDIRECT, codeVerifier: 'v'.repeat(43) }),
    );
    expect(error.kind).toBe('misconfigured');
    expect(seen).toHaveLength(0);
  });

  it('says that the code is used up instead of blaming the mailbox', async () => {
    const { http } = answering(400, { error: 'invalid_grant', error_description: 'Malformed auth code.' });
    const error = await failing(
      exchangeCode(context(http), { code: 'a', redirectUri: REDIRECT, codeVerifier: 'v'.repeat(43) }),
    );
    expect([error.kind, error.providerCode]).toEqual(['refused', 'invalid_grant']);
  });

  it.each([
    ['an HTML page', 200, '<html>busy</html>'],
    ['a body that is no object', 200, '[]'],
    ['no access token', 200, '{"token_type":"Bearer"}'],
    ['garbage', 200, '{"access_token":'],
  ])('calls %s malformed', async (_name, status, body) => {
    const { http } = answering(status, body);
    const error = await failing(
      exchangeCode(context(http), { code: 'a', redirectUri: REDIRECT, codeVerifier: 'v'.repeat(43) }),
    );
    expect(error.kind).toBe('malformed');
  });
});

describe('a refresh that fails', () => {
  it.each([
    [
      400,
      { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      'needsReauth',
      'invalid_grant',
    ],
    [
      400,
      {
        error: 'invalid_grant',
        error_description: 'reauth related error (invalid_rapt)',
        error_subtype: 'invalid_rapt',
      },
      'needsReauth',
      'invalid_rapt',
    ],
    [
      401,
      { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
      'misconfigured',
      'invalid_client',
    ],
    [401, { error: 'unauthorized_client' }, 'misconfigured', 'unauthorized_client'],
    [400, { error: 'admin_policy_enforced' }, 'blocked', 'admin_policy_enforced'],
    [429, { error: 'rate_limit_exceeded' }, 'throttled', 'rate_limit_exceeded'],
    [500, { error: 'internal_failure' }, 'unavailable', null],
    [503, 'Service Unavailable', 'unavailable', null],
    [400, { error: 'constructor' }, 'refused', 'constructor'],
  ] as const)('with %i %j is %s', async (status, body, kind, code) => {
    const { http } = answering(status, body, { 'www-authenticate': 'Bearer' });
    const error = await failing(refreshTokens(context(http), 'rt'));
    expect([error.kind, error.providerCode]).toEqual([kind, code]);
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('s3cret');
  });

  it('because nobody answers does not condemn the grant', async () => {
    const error = await failing(
      refreshTokens(
        context(() => Promise.reject(new TypeError('fetch failed'))),
        'rt',
      ),
    );
    expect(error.kind).toBe('unavailable');
  });

  it('keeps the stored refresh token when Google sends none', async () => {
    const { http } = answering(200, {
      access_token: 'at2',
      expires_in: 3599,
      token_type: 'Bearer',
      scope: GOOGLE_SCOPE_MODIFY,
    });
    expect((await refreshTokens(context(http), 'rt')).refreshToken).toBeNull();
  });
});

describe('revoking', () => {
  it('takes a token that is already dead as revoked, and nothing else', async () => {
    await revokeToken(context(answering(200, '{}').http), 'rt');
    await revokeToken(context(answering(400, { error: 'invalid_token' }).http), 'rt');
    expect((await failing(revokeToken(context(answering(503, '').http), 'rt'))).kind).toBe('unavailable');
  });
});

describe('checking the client', () => {
  it.each([
    [400, { error: 'invalid_grant', error_description: 'Malformed auth code.' }, true, 'valid'],
    [401, { error: 'invalid_client', error_description: 'The provided client secret is invalid.' }, true, 'invalid'],
    [400, { error: 'redirect_uri_mismatch' }, true, 'valid'],
    [503, 'busy', true, 'unknown'],
  ] as const)('tells a wrong secret from a right one: %i %j', async (status, body, reachable, secret) => {
    expect(await checkClient(context(answering(status, body).http), REDIRECT)).toMatchObject({ reachable, secret });
  });

  it('says that the service cannot be reached rather than that the secret is wrong', async () => {
    const check = await checkClient(
      context(() => Promise.reject(new TypeError('fetch failed'))),
      REDIRECT,
    );
    expect(check).toMatchObject({ reachable: false, secret: 'unknown' });
  });
});

describe('granted scopes', () => {
  it('pass when they are more than what is needed, and fail when one was unticked', () => {
    expect(missingGoogleScopes([GOOGLE_SCOPE_FULL], [GOOGLE_SCOPE_MODIFY])).toEqual([]);
    expect(missingGoogleScopes([GOOGLE_SCOPE_MODIFY, 'openid'], [GOOGLE_SCOPE_MODIFY])).toEqual([]);
    expect(missingGoogleScopes(['openid'], [GOOGLE_SCOPE_MODIFY])).toEqual([GOOGLE_SCOPE_MODIFY]);
    expect(missingGoogleScopes([GOOGLE_SCOPE_MODIFY], [GOOGLE_SCOPE_FULL])).toEqual([GOOGLE_SCOPE_FULL]);
    expect(missingGoogleScopes([GOOGLE_SCOPE_MODIFY], ['https://www.googleapis.com/auth/gmail.readonly'])).toEqual([]);
  });
});
