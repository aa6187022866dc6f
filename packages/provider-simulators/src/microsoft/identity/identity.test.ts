import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_MICROSOFT_CLIENT } from '../simulator';
import { PERSONAL_TENANT } from '../state';
import { ANN, REDIRECT, SCOPES, START, WORK_ANN, backAt, createTestSignIn } from '../test-client';
import type { SignInAnswer, TestSignIn } from '../test-client';
import { AADSTS } from './aadsts';
import { CONTOSO_TENANT, DEFAULT_SECRET_ID } from './directory';

const { clientId } = DEFAULT_MICROSOFT_CLIENT;
const DAY_MS = 24 * 3600_000;

let t: TestSignIn;

beforeEach(() => {
  t = createTestSignIn();
});

async function newCode(query: Record<string, string> = {}, tenant?: string): Promise<string> {
  return (await t.consent(query, tenant)).searchParams.get('code') ?? '';
}

async function signedIn(query: Record<string, string> = {}, tenant?: string): Promise<SignInAnswer> {
  return t.exchange(await newCode(query, tenant), {}, tenant);
}

const codeOf = (answer: SignInAnswer) => (answer.json as { error_codes: number[] }).error_codes[0];

const WORK = { login_hint: WORK_ANN };

describe('the sign-in page', () => {
  test.each([
    ['an unknown app', { client_id: '00000000-0000-4000-8000-000000000000' }, 'common', 'AADSTS700016'],
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/cb' }, 'common', 'AADSTS50011'],
    ['an unknown tenant', {}, 'nowhere.example', 'AADSTS90002'],
    ['an unknown response mode', { response_mode: 'pigeon' }, 'common', 'AADSTS70007'],
    ['no app at all', { client_id: '' }, 'common', 'AADSTS900144'],
    ['a person of another tenant', { login_hint: ANN }, CONTOSO_TENANT, 'AADSTS50020'],
    ['a personal account at organizations', { login_hint: ANN }, 'organizations', 'AADSTS50020'],
    ['a work account at consumers', { login_hint: WORK_ANN }, 'consumers', 'AADSTS50020'],
  ])('%s ends on a page of no return', async (_, query, tenant, code) => {
    const response = await t.open(query, tenant);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain(`<strong>${code}</strong>`);
  });

  test.each([
    ['AzureADMyOrg', 'common', 'AADSTS50194'],
    ['AzureADMyOrg', 'consumers', 'AADSTS700016'],
    ['AzureADMultipleOrgs', 'consumers', 'AADSTS9002346'],
    ['PersonalMicrosoftAccount', 'common', 'AADSTS9002331'],
  ] as const)('an app for %s refuses the address of %s', async (audience, tenant, code) => {
    t.microsoft.control.setClient({ clientId, audience });
    expect(await (await t.open({}, tenant)).text()).toContain(`<strong>${code}</strong>`);
    const token = await t.exchange('any', {}, tenant);
    expect(codeOf(token)).toBe(Number(code.slice('AADSTS'.length)));
  });

  test('an app for organisations only takes no personal account at common', async () => {
    t.microsoft.control.setClient({ clientId, audience: 'AzureADMultipleOrgs' });
    expect(await (await t.open({ login_hint: ANN })).text()).toContain('AADSTS50020');
    expect(await (await t.open(WORK)).text()).toContain('id="accept"');
  });

  test.each([
    ['an unknown scope', { scope: 'openid Mail.Everything' }, 'invalid_scope', 70011],
    ['scopes of two resources', { scope: 'Mail.Read https://outlook.office.com/SMTP.Send' }, 'invalid_scope', 28000],
    ['an unknown resource', { scope: 'https://nothing.example/Mail.Read' }, 'invalid_resource', 500011],
    ['no scope', { scope: '' }, 'invalid_request', 900144],
    ['a token response', { response_type: 'token' }, 'unsupported_response_type', 700054],
    ['an unknown prompt', { prompt: 'maybe' }, 'invalid_request', 90023],
    ['a short PKCE challenge', { code_challenge: 'abc', code_challenge_method: 'S256' }, 'invalid_request', 501491],
    [
      'an unknown PKCE method',
      { code_challenge: 'a'.repeat(43), code_challenge_method: 'MD5' },
      'invalid_request',
      50149,
    ],
  ])('%s is told to the app', async (_, query, error, code) => {
    const back = backAt(await t.open({ ...query, state: 's' }));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error, state: 's' });
    expect(back.searchParams.get('error_description')).toMatch(
      new RegExp(
        `^AADSTS${code}: .+ Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: 2026-11-02 12:00:00Z$`,
      ),
    );
  });

  test('lists every account, and goes on to the permissions of the chosen one', async () => {
    const chooser = await (await t.open({ prompt: 'select_account', login_hint: ANN })).text();
    const link = /data-account="ann@outlook\.example" href="([^"]+)"/.exec(chooser)?.[1]?.replace(/&amp;/g, '&') ?? '';
    expect(chooser).toContain(`data-account="${WORK_ANN}"`);
    const consent = await (await t.fetch(`https://login.microsoftonline.com${link}`)).text();
    for (const scope of SCOPES.split(' ').slice(3)) expect(consent).toContain(`data-scope="${scope}"`);
    expect(consent).not.toContain('type="checkbox"');
  });

  test('declining comes back as access_denied with 65004', async () => {
    const back = backAt(await t.press('cancel', { login_hint: ANN, state: 's' }));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: 's' });
    expect(back.searchParams.get('error_description')).toContain('AADSTS65004');
  });

  test('an old consent spares the page, unless consent is demanded or more is asked', async () => {
    await signedIn({ login_hint: ANN });
    expect((await t.open({ login_hint: ANN })).status).toBe(302);
    expect((await t.open({ login_hint: ANN, prompt: 'consent' })).status).toBe(200);
    expect((await t.open({ login_hint: ANN, scope: `${SCOPES} Contacts.Read` })).status).toBe(200);
  });

  test('prompt=none comes back with login_required or consent_required', async () => {
    expect(backAt(await t.open({ prompt: 'none' })).searchParams.get('error')).toBe('login_required');
    const unasked = backAt(await t.open({ prompt: 'none', login_hint: ANN }));
    expect(unasked.searchParams.get('error')).toBe('consent_required');
    await signedIn({ login_hint: ANN });
    expect(backAt(await t.open({ prompt: 'none', login_hint: ANN })).searchParams.has('code')).toBe(true);
  });

  test('response_mode form_post posts code and state by a page, fragment puts them behind the #', async () => {
    const page = await (await t.press('accept', { login_hint: ANN, state: '"><x', response_mode: 'form_post' })).text();
    expect(page).toContain(`action="${REDIRECT}"`);
    expect(page).toMatch(/name="code" value="M\.C5/);
    expect(page).toContain('value="&quot;&gt;&lt;x"');
    const back = backAt(await t.press('accept', { login_hint: ANN, response_mode: 'fragment' }));
    expect(back.hash).toContain('code=');
    expect(back.search).toBe('');
  });

  test('registered redirect URIs are compared exactly, but for the port of localhost', async () => {
    t.microsoft.control.setClient({
      clientId,
      anyLoopbackRedirect: false,
      redirectUris: ['https://crm.example/oauth2', 'http://localhost/oauth2'],
    });
    const refused = async (redirect_uri: string) =>
      (await (await t.open({ redirect_uri })).text()).includes('AADSTS50011');
    expect(await refused('https://crm.example/oauth2')).toBe(false);
    expect(await refused('https://crm.example/oauth2/')).toBe(true);
    expect(await refused('https://crm.example:444/oauth2')).toBe(true);
    expect(await refused('http://localhost:13000/oauth2')).toBe(false);
    expect(await refused('http://127.0.0.1:13000/oauth2')).toBe(true);
  });

  test('a scripted error comes back to the app once, or ends on a page', async () => {
    t.microsoft.control.failNextSignIn({ code: 53003 });
    const back = backAt(await t.open({ login_hint: ANN }));
    expect(back.searchParams.get('error')).toBe('interaction_required');
    t.microsoft.control.failNextSignIn({ code: 50105, page: true });
    expect(await (await t.open({ login_hint: ANN })).text()).toContain('<strong>AADSTS50105</strong>');
    expect((await t.open({ login_hint: ANN })).headers.get('location')).toBeNull();
    expect(await (await t.open({ login_hint: ANN })).text()).toContain('id="accept"');
  });
});

describe('a tenant that keeps consent to its administrators', () => {
  beforeEach(() => t.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'blocked' }));

  const adminConsent = (query: Record<string, string>, form?: Record<string, string>, tenant = CONTOSO_TENANT) =>
    t.fetch(
      `https://login.microsoftonline.com/${tenant}/v2.0/adminconsent?${new URLSearchParams({ client_id: clientId, redirect_uri: REDIRECT, scope: SCOPES, ...query }).toString()}`,
      form ? { method: 'POST', body: new URLSearchParams(form) } : {},
    );

  test('shows "Need admin approval", and the person goes back with 90094', async () => {
    const page = await (await t.open(WORK)).text();
    expect(page).toContain('Need admin approval');
    expect(page).not.toContain('id="accept"');
    const back = backAt(await t.press('return', { ...WORK, state: 's' }));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: 's' });
    expect(back.searchParams.get('error_description')).toContain('AADSTS90094');
    // Pressing a button that the page does not have changes nothing.
    expect(backAt(await t.press('accept', WORK)).searchParams.get('error')).toBe('access_denied');
  });

  test('with approval requests the person can ask, and comes back with 90095', async () => {
    t.microsoft.control.setTenant({ id: CONTOSO_TENANT, approvalRequests: true });
    expect(await (await t.open(WORK)).text()).toContain('id="request-approval"');
    expect(await (await t.press('ask', WORK)).text()).toContain('Request sent');
    expect(backAt(await t.press('return', WORK)).searchParams.get('error_description')).toContain('AADSTS90095');
  });

  test('leaves personal accounts alone, and lets people agree to a mere sign-in', async () => {
    expect(await (await t.open({ login_hint: ANN })).text()).toContain('id="accept"');
    expect(await (await t.open({ ...WORK, scope: 'openid User.Read' })).text()).toContain('id="accept"');
  });

  test('an old grant goes on', async () => {
    t.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'allowed' });
    const { json } = await signedIn(WORK);
    t.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'blocked' });
    expect((await t.refresh(json.refresh_token)).status).toBe(200);
    expect((await t.open(WORK)).status).toBe(302);
  });

  test('an administrator agrees for everybody on a page of their own, until it is taken back', async () => {
    expect(await (await adminConsent({})).text()).toContain('id="accept"');
    const back = backAt(await adminConsent({ state: 's' }, { decision: 'accept' }));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      admin_consent: 'True',
      tenant: CONTOSO_TENANT,
      state: 's',
    });
    const signIn = await t.open(WORK);
    expect(signIn.status).toBe(302);
    const { json } = await t.exchange(backAt(signIn).searchParams.get('code') ?? '');
    expect(json.scope).toContain('https://graph.microsoft.com/Mail.ReadWrite');
    // The trap: asking for consent again shows people a wall although the administrator agreed.
    expect(await (await t.open({ ...WORK, prompt: 'consent' })).text()).toContain('Need admin approval');
    t.microsoft.control.revokeAdminConsent({ tenant: CONTOSO_TENANT });
    expect(codeOf(await t.refresh(json.refresh_token))).toBe(65001);
  });

  test('the administrator may cancel, has to say which tenant, and needs a registered address', async () => {
    const back = backAt(await adminConsent({}, { decision: 'cancel' }));
    expect(back.searchParams.get('error')).toBe('permission_denied');
    expect(await (await adminConsent({}, undefined, 'organizations')).text()).toContain(
      `data-tenant="${CONTOSO_TENANT}"`,
    );
    expect(await (await adminConsent({ redirect_uri: 'https://evil.example' })).text()).toContain('AADSTS50011');
    expect(await (await adminConsent({}, undefined, 'consumers')).text()).toContain('AADSTS90002');
    expect((await t.open(WORK)).status).toBe(200);
  });

  test('auto-approval does not get around the policy', async () => {
    expect((await t.consent(WORK)).searchParams.get('error_description')).toContain('AADSTS90094');
  });
});

describe('the exchange of a code', () => {
  test('gives what Microsoft gives: scopes by kind of account, an identity, long tokens', async () => {
    const personal = (await signedIn({ nonce: 'n-1' })).json;
    expect(personal.scope).toBe('User.Read Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite');
    const claims = JSON.parse(Buffer.from(personal.id_token.split('.')[1], 'base64url').toString()) as object;
    expect(claims).toMatchObject({
      tid: PERSONAL_TENANT,
      oid: t.microsoft.state.accounts.get(ANN)?.objectId,
      preferred_username: ANN,
      aud: clientId,
      nonce: 'n-1',
      iss: `https://login.microsoftonline.com/${PERSONAL_TENANT}/v2.0`,
      exp: START / 1000 + 3599,
    });
    const work = (await signedIn(WORK)).json;
    expect(work.scope.split(' ')).toContain('https://graph.microsoft.com/Mail.Send');
    expect(work.scope).not.toContain('offline_access');
    expect(work.access_token.length).toBeGreaterThan(1000);
    expect(work.refresh_token.length).toBeGreaterThan(255);
  });

  test('a work token has all that was ever granted, a personal one what was asked', async () => {
    for (const hint of [{}, WORK]) await signedIn({ ...hint, scope: `${SCOPES} Contacts.Read` });
    expect((await signedIn(WORK)).json.scope).toContain('Contacts.Read');
    expect((await signedIn()).json.scope).not.toContain('Contacts.Read');
  });

  test('without offline_access there is no refresh token, without openid no identity', async () => {
    const { json } = await signedIn({ scope: 'Mail.ReadWrite' });
    expect(Object.keys(json)).not.toContain('refresh_token');
    expect(Object.keys(json)).not.toContain('id_token');
  });

  test('works once', async () => {
    const code = await newCode();
    expect((await t.exchange(code)).status).toBe(200);
    const second = await t.exchange(code);
    expect(second).toMatchObject({ status: 400, json: { error: 'invalid_grant', error_codes: [54005] } });
    expect(Object.keys(second.json).sort()).toEqual(
      ['correlation_id', 'error', 'error_codes', 'error_description', 'error_uri', 'timestamp', 'trace_id'].sort(),
    );
    expect(second.json.timestamp).toBe('2026-11-02 12:00:00Z');
  });

  test('works for ten minutes', async () => {
    const code = await newCode();
    t.clock.advance(10 * 60_000);
    expect(codeOf(await t.exchange(code))).toBe(70008);
  });

  test.each([
    ['common', 'consumers'],
    ['consumers', 'common'],
  ])('got at %s is refused at %s', async (at, elsewhere) => {
    const code = await newCode({}, at);
    expect(codeOf(await t.exchange(code, {}, elsewhere))).toBe(700005);
    expect((await t.exchange(code, {}, at)).status).toBe(200);
  });

  test('takes a tenant by its id or by its domain', async () => {
    const code = await newCode(WORK, 'contoso.example');
    expect((await t.exchange(code, {}, CONTOSO_TENANT)).status).toBe(200);
  });

  test('PKCE: the verifier must fit, must be there, and must not be there without a challenge', async () => {
    const verifier = 'v'.repeat(50);
    const challenge = {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    const code = await newCode(challenge);
    expect(codeOf(await t.exchange(code, { code_verifier: 'w'.repeat(50) }))).toBe(501481);
    expect(codeOf(await t.exchange(code))).toBe(501481);
    expect(codeOf(await t.exchange(await newCode(), { code_verifier: verifier }))).toBe(501481);
    expect((await t.exchange(code, { code_verifier: verifier })).status).toBe(200);
  });

  test('another redirect URI than at the sign-in is refused', async () => {
    expect(codeOf(await t.exchange(await newCode(), { redirect_uri: 'http://localhost:1/' }))).toBe(500112);
  });

  test.each([
    ['a code that is none', {}, 'common', 400, 'invalid_grant', 9002313],
    ['an unknown app', { client_id: 'nobody' }, 'common', 400, 'unauthorized_client', 700016],
    ['an unknown tenant', {}, 'nowhere.example', 400, 'invalid_request', 90002],
    ['another grant type', { grant_type: 'password' }, 'common', 400, 'unsupported_grant_type', 70003],
    ['no grant type', { grant_type: '' }, 'common', 400, 'invalid_request', 900144],
    ['no secret', { client_secret: '' }, 'common', 401, 'invalid_client', 7000218],
    ['a wrong secret', { client_secret: 'wrong' }, 'common', 401, 'invalid_client', 7000215],
    ['the id of the secret', { client_secret: DEFAULT_SECRET_ID }, 'common', 401, 'invalid_client', 7000215],
  ])('%s gets its own error', async (_, form, tenant, status, error, code) => {
    const answer = await t.exchange('dummy', form, tenant);
    expect(answer).toMatchObject({ status, json: { error, error_codes: [code] } });
    if (code === 7000215) expect(answer.json.error_description).toContain('not the client secret ID');
  });
});

describe('secrets', () => {
  test('several are good at once, each until its own end', async () => {
    const next = t.microsoft.control.addSecret({ expiresInMs: 30 * DAY_MS });
    const { json } = await signedIn();
    const use = (client_secret: string) => t.refresh(json.refresh_token, { client_secret });
    expect((await use(next.value)).status).toBe(200);
    t.microsoft.control.expireSecret();
    expect(await use(DEFAULT_MICROSOFT_CLIENT.clientSecret)).toMatchObject({
      status: 401,
      json: { error: 'invalid_client', error_codes: [7000222] },
    });
    t.clock.advance(30 * DAY_MS - 1);
    expect((await use(next.value)).status).toBe(200);
    t.clock.advance(1);
    expect(codeOf(await use(next.value))).toBe(7000222);
  });

  test('a secret with signs that a form has to encode arrives as it is', async () => {
    const { value } = t.microsoft.control.addSecret({ value: 'a+b/c=d&e ~ü' });
    expect((await t.exchange(await newCode(), { client_secret: value })).status).toBe(200);
  });

  test('the app’s own token needs the tenant’s address', async () => {
    const own = {
      grant_type: 'client_credentials',
      client_id: clientId,
      scope: 'https://graph.microsoft.com/.default',
    };
    const form = { ...own, client_secret: DEFAULT_MICROSOFT_CLIENT.clientSecret };
    const answer = await t.token(form, CONTOSO_TENANT);
    expect(answer.status).toBe(200);
    expect((await t.graph('', answer.json.access_token)).json.error.code).toBe('BadRequest');
    expect(codeOf(await t.token(form, 'common'))).toBe(50059);
    expect(codeOf(await t.token({ ...form, client_secret: 'x' }, CONTOSO_TENANT))).toBe(7000215);
  });

  test('a switch lets the grant be looked at before the secret', async () => {
    t.microsoft.control.setSwitches({ grantCheckedFirst: true });
    expect(codeOf(await t.exchange('dummy', { client_secret: 'wrong' }))).toBe(9002313);
    expect(codeOf(await t.exchange(await newCode(), { client_secret: 'wrong' }))).toBe(7000215);
  });
});

describe('refresh tokens', () => {
  test('rotate, and the old one stays good', async () => {
    const first = (await signedIn()).json.refresh_token;
    const second = (await t.refresh(first)).json.refresh_token;
    const third = (await t.refresh(first)).json.refresh_token;
    expect(new Set([first, second, third]).size).toBe(3);
    expect((await t.refresh(second)).status).toBe(200);
    const grant = t.microsoft.state.identity.grants.find(clientId, ANN);
    expect(grant?.refreshTokens[3]?.token).toBe(first);
  });

  test('are good once where the switch says so', async () => {
    t.microsoft.control.setSwitches({ oneTimeRefreshTokens: true });
    const first = (await signedIn()).json.refresh_token;
    const second = (await t.refresh(first)).json.refresh_token;
    expect((await t.refresh(first)).json.error).toBe('invalid_grant');
    expect((await t.refresh(second)).status).toBe(200);
  });

  test.each([
    [ANN, 70000],
    [WORK_ANN, 700082],
  ])('of %s die after 90 days without use, and slide when they are used', async (address, code) => {
    const first = (await signedIn({ login_hint: address })).json.refresh_token;
    t.clock.advance(89 * DAY_MS);
    const second = (await t.refresh(first)).json.refresh_token;
    t.clock.advance(DAY_MS);
    expect(codeOf(await t.refresh(first))).toBe(code);
    t.clock.advance(88 * DAY_MS);
    expect((await t.refresh(second)).status).toBe(200);
  });

  test('of a single-page redirect die after 24 hours, refreshed or not', async () => {
    const spaRedirectUris = ['http://localhost:13000/oauth2'];
    t.microsoft.control.setClient({ clientId, redirectUris: [], spaRedirectUris, anyLoopbackRedirect: false });
    const first = (await signedIn()).json.refresh_token;
    t.clock.advance(23 * 3600_000);
    const second = (await t.refresh(first)).json.refresh_token;
    t.clock.advance(3600_000);
    const answer = await t.refresh(second);
    expect([codeOf(answer), answer.json.error]).toEqual([700084, 'invalid_grant']);
    t.microsoft.control.setSwitches({ spaNeedsOrigin: true });
    expect(codeOf(await signedIn())).toBe(9002327);
  });

  test.each([
    [ANN, 70000, 70000],
    [WORK_ANN, 65001, 50173],
  ])('of %s are refused with the reason of their end', async (address, afterConsent, afterSessions) => {
    const first = (await signedIn({ login_hint: address })).json;
    t.microsoft.control.revokeConsent({ account: address });
    expect(codeOf(await t.refresh(first.refresh_token))).toBe(afterConsent);
    expect((await t.graph('', first.access_token)).status).toBe(401);
    const second = (await signedIn({ login_hint: address })).json;
    t.microsoft.control.revokeSessions({ account: address, keepAccessTokens: true });
    expect(codeOf(await t.refresh(second.refresh_token))).toBe(afterSessions);
    expect((await t.graph('', second.access_token)).status).not.toBe(401);
    // A new consent does not bring old tokens back.
    await signedIn({ login_hint: address });
    expect((await t.refresh(first.refresh_token)).status).toBe(400);
  });

  test('are refused at another tenant, for another app, and when they are none', async () => {
    const { refresh_token } = (await signedIn(WORK)).json;
    expect(codeOf(await t.refresh(refresh_token, {}, 'consumers'))).toBe(50020);
    expect((await t.refresh(refresh_token, {}, 'contoso.example')).status).toBe(200);
    t.microsoft.control.addClient({ clientId: 'other', clientSecret: 'other-secret' });
    const other = { client_id: 'other', client_secret: 'other-secret' };
    expect(codeOf(await t.refresh(refresh_token, other))).toBe(9002313);
    expect(codeOf(await t.refresh('garbage'))).toBe(9002313);
  });

  test('give fewer scopes when fewer are asked, and none that were not granted', async () => {
    const { refresh_token } = (await signedIn()).json;
    expect((await t.refresh(refresh_token, { scope: 'mail.send' })).json.scope).toBe('Mail.Send');
    expect(codeOf(await t.refresh(refresh_token, { scope: 'Contacts.Read' }))).toBe(65001);
    expect(codeOf(await t.refresh(refresh_token, { scope: 'Mail.Nothing' }))).toBe(70011);
  });

  test('die by control, all or all but the newest', async () => {
    const first = (await signedIn(WORK)).json.refresh_token;
    const second = (await t.refresh(first)).json.refresh_token;
    t.microsoft.control.expireRefreshTokens({ account: WORK_ANN, which: 'older' });
    expect(codeOf(await t.refresh(first))).toBe(700082);
    expect((await t.refresh(second)).status).toBe(200);
    t.microsoft.control.expireRefreshTokens({ account: WORK_ANN });
    expect(codeOf(await t.refresh(second))).toBe(700082);
  });
});

describe('claims challenges', () => {
  const challengeOf = (answer: SignInAnswer) =>
    Buffer.from(/claims="([^"]+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1] ?? '', 'base64').toString();

  test('a revoked token meets 401 with claims, and a newer token passes', async () => {
    const { json } = await signedIn(WORK);
    const { claims } = t.microsoft.control.challengeClaims({ account: WORK_ANN });
    const refused = await t.graph('', json.access_token);
    expect(refused.status).toBe(401);
    expect(challengeOf(refused)).toBe(claims);
    t.clock.advance(1000);
    const again = await t.refresh(json.refresh_token, { claims });
    expect((await t.graph('', again.json.access_token)).status).not.toBe(401);
  });

  test('one that needs the person is answered by a sign-in with the claims, and by nothing less', async () => {
    const { json } = await signedIn(WORK);
    const { claims } = t.microsoft.control.challengeClaims({ account: WORK_ANN, interactive: true });
    t.clock.advance(1000);
    expect(await t.refresh(json.refresh_token)).toMatchObject({
      status: 400,
      json: { error: 'interaction_required', suberror: 'basic_action', claims, error_codes: [50076] },
    });
    const without = await signedIn(WORK);
    expect((await t.graph('', without.json.access_token)).status).toBe(401);
    const withClaims = await signedIn({ ...WORK, claims });
    expect((await t.graph('', withClaims.json.access_token)).status).not.toBe(401);
    expect((await t.refresh(json.refresh_token)).status).toBe(200);
  });
});

describe('scripted refusals', () => {
  test.each(Object.keys(AADSTS).map(Number))('AADSTS%i is refused with its own words, once', async (code) => {
    const { refresh_token } = (await signedIn()).json;
    t.microsoft.control.failNextToken({ code });
    const answer = await t.refresh(refresh_token);
    const entry = AADSTS[code];
    expect(answer.status).toBe(entry?.status ?? 400);
    expect(answer.json).toMatchObject({ error: entry?.error, error_codes: [code] });
    expect(answer.json.error_description).toMatch(new RegExp(`^AADSTS${code}: [^{}]+ Trace ID: `));
    expect(answer.json.suberror).toBe(entry?.suberror);
    expect('claims' in answer.json).toBe(entry?.claims ?? false);
    expect((await t.refresh(refresh_token)).status).toBe(200);
  });

  test('hit only the account they name, and as often as they say', async () => {
    const ann = (await signedIn()).json.refresh_token;
    const work = (await signedIn(WORK)).json.refresh_token;
    t.microsoft.control.failNextToken({ code: 90033, account: ANN, times: 2 });
    expect((await t.refresh(work)).status).toBe(200);
    expect((await t.refresh(ann)).status).toBe(503);
    expect((await t.refresh(ann)).status).toBe(503);
    expect((await t.refresh(ann)).status).toBe(200);
  });

  test('a lost answer of a refresh has rotated the token all the same', async () => {
    const { refresh_token } = (await signedIn()).json;
    t.microsoft.control.accident({ kind: 'drop', method: 'token' });
    await expect(t.refresh(refresh_token)).rejects.toThrow('fetch failed');
    expect(t.microsoft.state.identity.grants.find(clientId, ANN)?.refreshTokens).toHaveLength(2);
    expect((await t.refresh(refresh_token)).status).toBe(200);
  });

  test('a page of trouble is no JSON', async () => {
    t.microsoft.control.accident({ kind: 'status', status: 503, method: 'token' });
    await expect(t.exchange('dummy')).rejects.toBeInstanceOf(SyntaxError);
    expect(codeOf(await t.exchange('dummy'))).toBe(9002313);
  });
});

describe('discovery', () => {
  const configuration = async (tenant: string) => {
    const response = await t.fetch(`https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration`);
    // The tests look into answers of every kind.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    return { status: response.status, json: (await response.json()) as any };
  };

  test('tells a tenant that exists from one that does not', async () => {
    const known = await configuration('contoso.example');
    expect(known.json.issuer).toBe(`https://login.microsoftonline.com/${CONTOSO_TENANT}/v2.0`);
    expect((await configuration('common')).json.issuer).toBe('https://login.microsoftonline.com/{tenantid}/v2.0');
    const unknown = await configuration('00000000-1111-4222-8333-444444444444');
    expect(unknown).toMatchObject({ status: 400, json: { error: 'invalid_tenant', error_codes: [90002] } });
  });
});
