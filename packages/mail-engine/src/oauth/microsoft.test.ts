import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailError } from '../errors';
import type { HttpClient } from '../ports/http-client';
import { VirtualClock } from '../sync/testing/virtual-clock';
import { classifyMicrosoftRedirect, provesMicrosoftClient, ruleOfProviderCode, type Actor } from './aadsts';
import { authorizationUrl, checkClient, exchangeCode, refreshTokens, revokeToken, type OAuthContext } from './flow';
import {
  isTenantChoice,
  MICROSOFT_LOGIN_URL,
  MICROSOFT_SCOPES,
  microsoftAdminConsentUrl,
  microsoftAuthorizationExtras,
  microsoftConsentPage,
  microsoftEndpoints,
  missingMicrosoftScopes,
  PERSONAL_TENANT,
  tenantOfIdentity,
} from './microsoft';
import { createTokenSource, type Grant, type GrantStore } from './refresh-token';

const CLIENT = '22222222-3333-4444-8555-666666666666';
const CONTOSO = '11111111-2222-4333-8444-555555555555';
const REDIRECT = 'https://crm.example.com/admin/settings/mail/oauth2';
const clock = new VirtualClock();

function answering(status: number, body: unknown) {
  const seen: { url: string; body: URLSearchParams }[] = [];
  const http: HttpClient = (url, init) => {
    seen.push({ url, body: new URLSearchParams(String(init.body)) });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return Promise.resolve(new Response(text, { status, headers: { 'content-type': 'application/json' } }));
  };
  return { http, seen };
}

function context(http: HttpClient, tenant = 'common'): OAuthContext {
  const endpoints = microsoftEndpoints(MICROSOFT_LOGIN_URL, tenant);
  return { http, clock, endpoints, client: { clientId: CLIENT, clientSecret: 's3cret~value' } };
}

function refusal(code: number, more: object = {}) {
  return {
    error: 'invalid_grant',
    error_description: `AADSTS${code}: Something. Trace ID: 1 Correlation ID: 2 Timestamp: now`,
    error_codes: [code],
    ...more,
  };
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

const refresh = async (body: object, status = 400) =>
  failing(refreshTokens(context(answering(status, body).http), 'rt'));
const exchange = (http: HttpClient, tenant?: string) =>
  exchangeCode(context(http, tenant), { code: 'abc', redirectUri: REDIRECT, codeVerifier: 'v'.repeat(43) });

describe('an AADSTS code at a refresh', () => {
  const table: [number, MailError['kind'], Actor][] = [
    [65001, 'needsReauth', 'owner'],
    [90094, 'blocked', 'organisation'],
    [90095, 'blocked', 'organisation'],
    [70008, 'needsReauth', 'owner'],
    [700082, 'needsReauth', 'owner'],
    [50173, 'needsReauth', 'owner'],
    [70000, 'needsReauth', 'owner'],
    [70043, 'needsReauth', 'owner'],
    [50076, 'needsReauth', 'owner'],
    [50079, 'needsReauth', 'owner'],
    [50074, 'needsReauth', 'owner'],
    [50078, 'needsReauth', 'owner'],
    [53000, 'needsReauth', 'owner'],
    [53001, 'needsReauth', 'owner'],
    [53002, 'needsReauth', 'owner'],
    [53003, 'needsReauth', 'owner'],
    [530032, 'needsReauth', 'owner'],
    [50057, 'blocked', 'organisation'],
    [50034, 'blocked', 'organisation'],
    [50105, 'blocked', 'organisation'],
    [50055, 'blocked', 'organisation'],
    [700003, 'needsReauth', 'owner'],
    [700084, 'needsReauth', 'administrator'],
    [7000215, 'misconfigured', 'administrator'],
    [7000222, 'misconfigured', 'administrator'],
    [7000218, 'misconfigured', 'administrator'],
    [700016, 'misconfigured', 'administrator'],
    [50194, 'misconfigured', 'administrator'],
    [500011, 'misconfigured', 'administrator'],
    [90002, 'misconfigured', 'administrator'],
    [50011, 'misconfigured', 'administrator'],
    [50196, 'throttled', 'nobody'],
    [90033, 'unavailable', 'nobody'],
    [90006, 'unavailable', 'nobody'],
    [90024, 'unavailable', 'nobody'],
    [50033, 'unavailable', 'nobody'],
  ];
  it.each(table)('AADSTS%i is %s, and the %s acts', async (code, kind, actor) => {
    const error = await refresh(refusal(code));
    expect([error.kind, error.providerCode]).toEqual([kind, `AADSTS${code}`]);
    expect(ruleOfProviderCode(error.providerCode)?.actor).toBe(actor);
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('s3cret');
  });

  it.each([7000215, 7000222, 7000218, 700016, 50194, 90002, 500011])(
    'AADSTS%i never condemns a mailbox, whatever word of OAuth comes with it',
    async (code) => {
      for (const error of ['invalid_client', 'invalid_grant', 'unauthorized_client', 'invalid_request']) {
        expect((await refresh(refusal(code, { error }), 401)).kind).toBe('misconfigured');
      }
    },
  );

  it('is read from the description when the list of numbers is missing, and picks the one that is known', async () => {
    expect((await refresh({ ...refusal(7000222), error_codes: undefined })).providerCode).toBe('AADSTS7000222');
    expect((await refresh({ ...refusal(50173), error_codes: [1234567, 50173] })).providerCode).toBe('AADSTS50173');
  });

  it('that nobody knows keeps its number and is decided by the word of OAuth', async () => {
    const grant = await refresh(refusal(999_999));
    expect([grant.kind, grant.providerCode]).toEqual(['needsReauth', 'AADSTS999999']);
    const client = await refresh(refusal(999_999, { error: 'invalid_client' }), 401);
    expect(client.kind).toBe('misconfigured');
    expect((await refresh({ error: 'interaction_required' })).kind).toBe('needsReauth');
    expect((await refresh({ error: 'invalid_grant', suberror: 'consent_required' })).kind).toBe('needsReauth');
    expect((await refresh({ error: 'server_error' }, 500)).kind).toBe('unavailable');
  });

  it('brings the challenge that the person has to satisfy', async () => {
    const claims = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}';
    const error = await refresh(refusal(50076, { error: 'interaction_required', suberror: 'basic_action', claims }));
    expect(error).toMatchObject({ kind: 'needsReauth', claims });
  });

  it.each([54005, 70008, 50076, 65001, 501481, 700005])(
    'at a code exchange AADSTS%i only ends this sign-in',
    async (code) => {
      expect((await failing(exchange(answering(400, refusal(code)).http))).kind).toBe('refused');
    },
  );
});

describe('the tokens', () => {
  const idToken = (claims: object) =>
    ['{"alg":"RS256","typ":"JWT"}', JSON.stringify(claims), 'sig']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  const now = () => Math.floor(Date.now() / 1000);
  const answer = (claims: object) => ({
    token_type: 'Bearer',
    access_token: 'opaque',
    expires_in: 4_000,
    refresh_token: 'rt2',
    scope: 'https://graph.microsoft.com/Mail.ReadWrite',
    id_token: idToken({ aud: CLIENT, sub: 's', iat: now(), nbf: now(), exp: now() + 3_600, ...claims }),
  });
  const iss = (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`;

  it('name the tenant, although the sign-in went to another address than the tenant’s own', async () => {
    const { http, seen } = answering(200, answer({ tid: CONTOSO, iss: iss(CONTOSO) }));
    const tokens = await exchange(http, 'common');
    expect(tenantOfIdentity(tokens.identity)).toBe(CONTOSO);
    expect(tokens).toMatchObject({ refreshToken: 'rt2', accessToken: 'opaque' });
    expect(seen[0]?.url).toBe('https://login.microsoftonline.com/common/oauth2/v2.0/token');
  });

  it('are refused when the identity is another issuer’s, another client’s, or old', async () => {
    const wrong = [
      { tid: CONTOSO, iss: 'https://evil.example/v2.0' },
      { tid: CONTOSO, iss: iss(PERSONAL_TENANT) },
      { tid: CONTOSO, iss: iss(CONTOSO), aud: 'other' },
      { tid: CONTOSO, iss: iss(CONTOSO), exp: now() - 1_000 },
    ];
    for (const claims of wrong)
      expect((await failing(exchange(answering(200, answer(claims)).http))).kind).toBe('malformed');
  });

  it('are refreshed at the grant’s tenant, with the challenge', async () => {
    const { http, seen } = answering(200, answer({ tid: CONTOSO, iss: iss(CONTOSO) }));
    await refreshTokens(context(http, CONTOSO), 'rt1', '{"access_token":{}}');
    expect(seen[0]?.url).toBe(`https://login.microsoftonline.com/${CONTOSO}/oauth2/v2.0/token`);
    expect(Object.fromEntries(seen[0]?.body ?? [])).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'rt1',
      claims: '{"access_token":{}}',
    });
  });

  it('cannot be revoked, and nobody is asked to', async () => {
    const { http, seen } = answering(500, '');
    await revokeToken(context(http), 'rt');
    expect(seen).toEqual([]);
  });

  it('tell the granted scopes in any spelling, without those that are not echoed', () => {
    const granted = [
      'https://graph.microsoft.com/Mail.ReadWrite',
      'mail.send',
      'USER.READ',
      'MailboxSettings.ReadWrite',
    ];
    expect(missingMicrosoftScopes(granted, MICROSOFT_SCOPES)).toEqual([]);
    expect(missingMicrosoftScopes(granted.slice(1), MICROSOFT_SCOPES)).toEqual(['Mail.ReadWrite']);
    expect(missingMicrosoftScopes(['https://outlook.office.com/Mail.Send'], ['Mail.Send'])).toEqual(['Mail.Send']);
    expect(missingMicrosoftScopes(['https://graph.microsoft.us/Mail.Send'], ['Mail.Send'])).toEqual([]);
  });
});

describe('the sign-in page', () => {
  it('is the tenant’s, lets the person choose, and repeats a challenge', async () => {
    const build = async (extras: { consent: boolean; claims?: string }) =>
      new URL(
        await authorizationUrl(microsoftEndpoints('https://login.microsoftonline.us/', CONTOSO), CLIENT, {
          redirectUri: REDIRECT,
          scopes: MICROSOFT_SCOPES,
          state: 'st',
          codeVerifier: 'v'.repeat(43),
          loginHint: 'ann@contoso.example',
          extras: microsoftAuthorizationExtras(extras),
        }),
      );
    const url = await build({ consent: false, claims: '{"a":1}' });
    expect(url.origin + url.pathname).toBe(`https://login.microsoftonline.us/${CONTOSO}/oauth2/v2.0/authorize`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_mode: 'query',
      prompt: 'select_account',
      login_hint: 'ann@contoso.example',
      claims: '{"a":1}',
      code_challenge_method: 'S256',
      scope: 'openid profile offline_access User.Read Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite',
    });
    expect((await build({ consent: true })).searchParams.get('prompt')).toBe('consent');
  });

  it('of an administrator’s consent is an organisation’s, never that of personal accounts', () => {
    const ask = (tenant: string) =>
      microsoftAdminConsentUrl(MICROSOFT_LOGIN_URL, {
        tenant,
        clientId: CLIENT,
        redirectUri: REDIRECT,
        scopes: MICROSOFT_SCOPES,
        state: 'st',
      });
    const url = new URL(ask(CONTOSO) ?? '');
    expect(url.pathname).toBe(`/${CONTOSO}/v2.0/adminconsent`);
    expect(url.searchParams.get('scope')).toContain('https://graph.microsoft.com/Mail.ReadWrite');
    expect(url.searchParams.get('state')).toBe('st');
    expect(new URL(ask('common') ?? '').pathname).toBe('/organizations/v2.0/adminconsent');
    expect([ask('consumers'), ask(PERSONAL_TENANT)]).toEqual([null, null]);
  });

  it('takes only tenants that Microsoft knows the shape of', () => {
    for (const good of ['common', 'organizations', 'consumers', CONTOSO, 'contoso.onmicrosoft.com']) {
      expect([good, isTenantChoice(good)]).toEqual([good, true]);
    }
    for (const bad of ['', 'Common ', 'contoso', '../common', 'https://x.example', 'a b.example', `${CONTOSO}x`]) {
      expect([bad, isTenantChoice(bad)]).toEqual([bad, false]);
    }
  });

  it('sends people who take the application’s access away to the right page', () => {
    expect(microsoftConsentPage(PERSONAL_TENANT)).toContain('account.live.com');
    expect(microsoftConsentPage(CONTOSO)).toContain('myapps.microsoft.com');
    expect(microsoftConsentPage(null)).toBeNull();
  });

  it.each([
    ['access_denied', 'AADSTS65004: User declined to consent to access the app.', 'cancel', 'consentDeclined', 'owner'],
    ['access_denied', 'AADSTS90094: The grant requires admin permission.', 'cancel', 'adminConsent', 'organisation'],
    ['access_denied', 'the user canceled the authentication', 'cancel', 'consentDeclined', 'owner'],
    ['consent_required', 'AADSTS90095: Admin consent is required.', null, 'adminConsent', 'organisation'],
    ['consent_required', 'AADSTS65001: not consented', null, 'consentMissing', 'owner'],
    ['interaction_required', 'AADSTS50076: MFA', null, 'signInRule', 'owner'],
    ['login_required', 'AADSTS50058', null, 'signInRule', 'owner'],
    ['permission_denied', 'The admin canceled the request', null, 'consentDeclined', 'owner'],
    ['unauthorized_client', 'AADSTS700016: not found', null, 'clientUnknown', 'administrator'],
    ['temporarily_unavailable', '', null, 'busy', 'nobody'],
    ['something_new', '', null, null, null],
  ] as const)('that ends with %s (%s) says who has to act', (error, description, subcode, reason, actor) => {
    expect(classifyMicrosoftRedirect(error, description, subcode)).toMatchObject({ reason, actor });
  });
});

describe('the check of client and secret', () => {
  const check = (status: number, body: object) =>
    checkClient(context(answering(status, body).http), REDIRECT, provesMicrosoftClient);

  it.each([
    [400, refusal(70000), 'valid'],
    [400, refusal(54005), 'valid'],
    [400, refusal(9002313), 'unknown'],
    [401, refusal(7000215, { error: 'invalid_client' }), 'invalid'],
    [401, refusal(7000222, { error: 'invalid_client' }), 'invalid'],
    [503, refusal(90033, { error: 'temporarily_unavailable' }), 'unknown'],
  ] as const)('tells from %i %j that the secret is %s', async (status, body, secret) => {
    expect(await check(status, body)).toMatchObject({ reachable: true, secret });
  });
});

/** Microsoft rotates at every refresh and leaves the older tokens valid (facts sheet, "Refresh rotates"). */
class RotatingMicrosoft {
  readonly issued = new Set(['rt0']);

  refresh(token: string) {
    if (!this.issued.has(token)) throw new MailError('needsReauth', 'unknown', { providerCode: 'AADSTS70000' });
    const refreshToken = `rt${this.issued.size}`;
    this.issued.add(refreshToken);
    return {
      accessToken: `at-${refreshToken}`,
      refreshToken,
      accessTokenExpiresAt: clock.now() + 3_600_000,
      refreshTokenExpiresAt: null,
      scopes: null,
    };
  }
}

/** One grant's row with compare and swap, as the database keeps it. */
class GrantRow {
  grant: Grant = {
    version: 1,
    refreshToken: 'rt0',
    previousRefreshToken: null,
    accessToken: null,
    accessTokenExpiresAt: 0,
  };

  holder: { owner: string; since: number } | null = null;

  store(): GrantStore {
    return {
      read: () => Promise.resolve({ ...this.grant }),
      beginRefresh: (version, owner, staleMs) => {
        const held = this.holder && this.holder.owner !== owner && clock.now() - this.holder.since < staleMs;
        if (version !== this.grant.version || held) return Promise.resolve(false);
        this.holder = { owner, since: clock.now() };
        return Promise.resolve(true);
      },
      commitRefresh: (version, owner, tokens) => {
        if (version !== this.grant.version || this.holder?.owner !== owner) return Promise.resolve(false);
        this.grant = { ...tokens, version: version + 1 };
        this.holder = null;
        return Promise.resolve(true);
      },
      endRefresh: (version, owner) => {
        if (version === this.grant.version && this.holder?.owner === owner) this.holder = null;
        return Promise.resolve();
      },
    };
  }
}

describe('rotation', () => {
  type Accident = 'none' | 'answerLost' | 'diesBeforeSave' | 'saveFails' | 'twoAtOnce';
  const accidents = fc.array(
    fc.constantFrom<Accident>('none', 'answerLost', 'diesBeforeSave', 'saveFails', 'twoAtOnce'),
    { minLength: 1, maxLength: 12 },
  );

  it('never leaves a mailbox with a token that Microsoft does not take, whatever happens between answer and save', async () => {
    await fc.assert(
      fc.asyncProperty(accidents, async (story) => {
        const microsoft = new RotatingMicrosoft();
        const row = new GrantRow();
        for (const [turn, accident] of story.entries()) {
          clock.advance(3_600_000);
          await renewOnce(row, microsoft, accident, `process-${turn}`);
          expect(microsoft.issued.has(row.grant.refreshToken ?? '')).toBe(true);
        }
        clock.advance(3_600_000);
        await renewOnce(row, microsoft, 'none', 'last');
        expect(row.grant.accessToken).toMatch(/^at-rt\d+$/);
      }),
      { numRuns: 200 },
    );
  });

  async function renewOnce(row: GrantRow, microsoft: RotatingMicrosoft, accident: Accident, owner: string) {
    const never = new Promise<never>(() => undefined);
    const source = (name: string) => {
      const store = row.store();
      return createTokenSource({
        clock,
        owner: name,
        store: {
          ...store,
          commitRefresh: (...args) => {
            if (accident === 'diesBeforeSave') return never;
            if (accident === 'saveFails') return Promise.reject(new Error('the database is away'));
            return store.commitRefresh(...args);
          },
        },
        refresh: (token) => {
          const answer = microsoft.refresh(token);
          if (accident === 'answerLost') return Promise.reject(new MailError('unavailable', 'cut'));
          return Promise.resolve(answer);
        },
      }).accessToken();
    };
    const runs = accident === 'twoAtOnce' ? [source(`${owner}-a`), source(`${owner}-b`)] : [source(owner)];
    if (accident === 'diesBeforeSave') {
      await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    const outcomes = await Promise.allSettled(runs);
    const isCalm = accident === 'none' || accident === 'twoAtOnce';
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => (isCalm ? 'fulfilled' : 'rejected')));
    if (accident === 'twoAtOnce') {
      const [first, second] = outcomes as PromiseFulfilledResult<string>[];
      expect(first?.value).toBe(second?.value);
    }
  }

  it('goes back to the token before when the newest one was rotated away', async () => {
    const microsoft = new RotatingMicrosoft();
    const row = new GrantRow();
    row.grant = { ...row.grant, refreshToken: 'never-arrived', previousRefreshToken: 'rt0' };
    await renewOnce(row, microsoft, 'none', 'p');
    expect(row.grant).toMatchObject({ refreshToken: 'rt1', previousRefreshToken: 'rt0' });
  });
});

describe('a challenge of the API', () => {
  it('goes along with the refresh, and comes out when only the person can answer it', async () => {
    const seen: (string | null)[] = [];
    const row = new GrantRow();
    row.grant = { ...row.grant, accessToken: 'refused', accessTokenExpiresAt: clock.now() + 3_000_000 };
    const source = createTokenSource({
      clock,
      owner: 'p',
      store: row.store(),
      refresh: (_, claims) => {
        seen.push(claims);
        return Promise.reject(
          new MailError('needsReauth', 'person', { providerCode: 'AADSTS50076', claims: '{"b":2}' }),
        );
      },
    });
    await expect(source.replaceRefused('refused', '{"a":1}')).rejects.toMatchObject({
      kind: 'needsReauth',
      claims: '{"b":2}',
    });
    expect(seen).toEqual(['{"a":1}']);
  });
});
