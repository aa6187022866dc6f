import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CONTOSO_TENANT } from '@email-manager/provider-simulators/microsoft/identity/directory';
import { PERSONAL_TENANT } from '@email-manager/provider-simulators/microsoft/state';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { Account } from '../../shared/api';
import { trusted } from '../guard/trusted';
import { bootMailApp, consentPage, eventually, returnedAnswer, type MailApp, type TestUser } from '../testing/mail-app';

const ANN = 'ann@outlook.example';
const BEN = 'ben@outlook.example';
const WORK = 'ann@contoso.example';
const NO_MAILBOX = 'nomail@contoso.example';
const OTHER_TENANT = '33333333-4444-4555-8666-777777777777';
const FABRIKAM = 'eve@fabrikam.example';

describeOnEachDatabase('connecting an Outlook mailbox', (dialect) => {
  let app: MailApp;
  let ann: TestUser;
  let ben: TestUser;
  let root: string;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      google: { accounts: [] },
      microsoft: {
        accounts: [
          { address: ANN, name: 'Ann', messages: 20, seed: 1 },
          { address: BEN, name: 'Ben', messages: 3, seed: 4 },
          { address: WORK, name: 'Ann at work', messages: 20, seed: 2 },
          { address: NO_MAILBOX, name: 'No mail', withoutMailbox: true },
          { address: FABRIKAM, name: 'Eve', messages: 5, seed: 3 },
        ],
        tenants: [{ id: OTHER_TENANT, name: 'Fabrikam', domains: ['fabrikam.example'] }],
      },
    });
    ann = await app.createUser('Ann');
    ben = await app.createUser('Ben');
    root = await app.login();
    await app.configureMicrosoft();
  });
  afterAll(() => app?.stop());
  beforeEach(async () => {
    consentPage();
    app.microsoft.control.clearAccidents();
    app.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'allowed', approvalRequests: false });
    await app.configureMicrosoft({ tenant: 'common' });
  });

  const start = (token: string, body: object = {}) =>
    app.post('mailOAuth:start', token, { provider: 'microsoft', origin: app.baseUrl, ...body });
  const callback = (token: string, body: object) => app.post('mailOAuth:callback', token, body);
  const consent = (user: TestUser, address: string, body: object = {}) =>
    app.consent(user.token, address, { provider: 'microsoft', ...body });
  const refusal = (code: string, status: number, words: Record<string, unknown> = {}) => ({
    status,
    body: { errors: [expect.objectContaining({ code, message: expect.stringMatching(/\.$/), ...words })] },
  });
  const grantOf = async (accountId: string) => {
    const row = await trusted('test', () => app.db.getModel('mailGrants').findByPk(accountId));
    return row?.get() as { tenant: string; version: number; claims: string | null };
  };
  const checkLine = async (id: string) => {
    const { body } = await app.post('mailProviders:check?filterByTk=microsoft', root);
    return (body.data.checks as { id: string; code: string; state: string; link?: string }[]).find((l) => l.id === id);
  };
  const accountsOf = async (user: TestUser) => (await app.get('mailAccounts:list', user.token)).body.data as Account[];

  it('is offered beside Google, with the permissions that will be asked for', async () => {
    const { data } = (await app.get('mailOAuth:options', ann.token)).body;
    expect(data).toEqual([
      expect.objectContaining({ provider: 'google', configured: false }),
      expect.objectContaining({
        provider: 'microsoft',
        available: true,
        configured: true,
        scopes: expect.arrayContaining(['Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite', 'offline_access']),
      }),
    ]);
  });

  it('goes to the tenant of the settings, and lets the person choose the account', async () => {
    const url = new URL((await start(ann.token)).body.data.url);
    expect(url.pathname).toBe('/common/oauth2/v2.0/authorize');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      prompt: 'select_account',
      response_mode: 'query',
      code_challenge_method: 'S256',
      redirect_uri: `${app.baseUrl}/admin/settings/mail/oauth2`,
    });
    await app.configureMicrosoft({ tenant: CONTOSO_TENANT });
    expect(new URL((await start(ann.token)).body.data.url).pathname).toContain(CONTOSO_TENANT);
  });

  it('says who has to act when the sign-in comes back without a code', async () => {
    consentPage({ deny: true });
    expect(await callback(ben.token, await consent(ben, ANN))).toMatchObject(refusal('OAUTH_DENIED', 403));
    consentPage();
    for (const [code, answer] of [
      [50076, 'OAUTH_INTERACTION_REQUIRED'],
      [50058, 'OAUTH_INTERACTION_REQUIRED'],
      [65001, 'OAUTH_SCOPE_MISSING'],
    ] as const) {
      app.microsoft.control.failNextSignIn({ code });
      const back = await consent(ben, ANN);
      expect([code, back.error]).toEqual([code, expect.any(String)]);
      expect(await callback(ben.token, back)).toMatchObject(refusal(answer, 403));
    }
    expect(await accountsOf(ben)).toEqual([]);
  });

  it('with approval by an administrator gives the user a text to send, and the administrator a link', async () => {
    app.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'blocked' });
    const refused = await callback(ann.token, await consent(ann, WORK));
    expect(refused).toMatchObject(refusal('OAUTH_ADMIN_CONSENT_REQUIRED', 403));
    const forUser = refused.body.errors[0].data;
    expect(forUser.adminConsentUrl).toBeNull();
    expect(forUser.message).toContain('/organizations/v2.0/adminconsent?');
    expect(forUser.message).not.toContain('state=');
    expect(await checkLine('adminConsent')).toMatchObject({ code: 'ADMIN_CONSENT_NEEDED', state: 'warning' });

    const forManager = await callback(root, await app.consent(root, WORK, { provider: 'microsoft' }));
    const { adminConsentUrl } = forManager.body.errors[0].data;
    const consentUrl = new URL(adminConsentUrl);
    consentUrl.searchParams.set('simulator_tenant', CONTOSO_TENANT);
    const accepted = await fetch(consentUrl, {
      method: 'POST',
      body: new URLSearchParams({ decision: 'accept' }),
      redirect: 'manual',
    });
    const { tenant = '', state = '', admin_consent: given } = returnedAnswer(accepted.headers.get('location'));
    expect(given).toBe('True');
    // A state is for whoever asked for it, also on this way back.
    const stolen = await callback(ben.token, { state, adminConsent: true, tenant });
    expect(stolen).toMatchObject(refusal('OAUTH_STATE_INVALID', 400));
    const recorded = await callback(root, { state, adminConsent: true, tenant });
    expect(recorded).toMatchObject({
      status: 200,
      body: { data: { account: null, adminConsent: { tenant: CONTOSO_TENANT } } },
    });
    expect(await callback(root, { state, adminConsent: true, tenant })).toMatchObject(
      refusal('OAUTH_STATE_INVALID', 400),
    );
    expect(await checkLine('adminConsent')).toMatchObject({ code: 'ADMIN_CONSENT_GIVEN', state: 'ok' });
    // Now everybody in the organisation can connect, although nobody there may consent.
    const account = await app.connect(ann.token, WORK, { provider: 'microsoft' });
    expect(account).toMatchObject({ provider: 'microsoft', address: WORK, status: 'active' });
    expect((await grantOf(account.id)).tenant).toBe(CONTOSO_TENANT);
  });

  it('gives the administrator of the product the same page, and refuses it to others and to personal accounts', async () => {
    const body = { provider: 'microsoft', origin: app.baseUrl };
    expect((await app.post('mailOAuth:adminConsent', ann.token, body)).status).toBe(403);
    const { url } = (await app.post('mailOAuth:adminConsent', root, body)).body.data;
    expect(new URL(url).pathname).toBe('/organizations/v2.0/adminconsent');
    expect((await app.get('mailOAuth:pending', root)).body.data?.provider).not.toBe('google');
    await app.configureMicrosoft({ tenant: 'consumers' });
    expect((await app.post('mailOAuth:adminConsent', root, body)).status).toBe(400);
  });

  it('connects a personal account, with its tenant, and says how the access is ended', async () => {
    const account = await app.connect(ann.token, ANN, { provider: 'microsoft' });
    expect(account).toMatchObject({
      provider: 'microsoft',
      status: 'active',
      skippableFolders: ['spam', 'trash'],
      skipFolders: [],
      consentUrl: expect.stringContaining('account.live.com'),
    });
    expect((await grantOf(account.id)).tenant).toBe(PERSONAL_TENANT);
    const again = new URL((await start(ann.token, { accountId: account.id })).body.data.url);
    expect(again.pathname).toContain(PERSONAL_TENANT);
    expect(again.searchParams.get('login_hint')).toBe(ANN);
    expect(await callback(ben.token, await consent(ben, ANN))).toMatchObject(refusal('ACCOUNT_TAKEN', 409));
    const other = await callback(ann.token, await consent(ann, BEN, { accountId: account.id }));
    expect(other).toMatchObject(refusal('ACCOUNT_MISMATCH', 409));
    expect(await accountsOf(ben)).toEqual([]);
  });

  it('refuses an account without a mailbox, and one that the tenant choice leaves out', async () => {
    const words = { message: 'This Microsoft account has no Outlook mailbox.' };
    const answer = await callback(ben.token, await consent(ben, NO_MAILBOX));
    expect(answer).toMatchObject(refusal('ACCOUNT_HAS_NO_MAILBOX', 422, words));
    const begun = await consent(ben, ANN);
    await app.configureMicrosoft({ tenant: 'organizations' });
    expect(await callback(ben.token, begun)).toMatchObject(refusal('OAUTH_TENANT_MISMATCH', 403));
    expect(await accountsOf(ben)).toEqual([]);
  });

  it('waits with an expired secret: nothing is revoked, and goes on by itself with the new one', async () => {
    const [account] = (await accountsOf(ann)).filter(({ address }) => address === WORK);
    const id = account?.id ?? '';
    const secret = app.microsoft.control.clients()[0]?.secrets[0]?.value ?? '';
    app.microsoft.control.expireSecret();
    app.microsoft.control.expireAccessTokens({});
    await app.post(`mailAccounts:sync?filterByTk=${id}`, ann.token);
    const read = async () => (await app.get(`mailAccounts:get?filterByTk=${id}`, ann.token)).body.data as Account;
    await eventually('the account to say that the secret expired', async () => (await read()).error !== null);
    expect(await read()).toMatchObject({
      status: 'active',
      health: 'misconfigured',
      error: { code: 'OAUTH_CLIENT_INVALID', message: expect.stringContaining('secret has expired') },
    });
    expect(await checkLine('secret')).toMatchObject({ code: 'SECRET_EXPIRED', state: 'error' });
    expect(await callback(ben.token, await consent(ben, FABRIKAM))).toMatchObject(refusal('OAUTH_CLIENT_INVALID', 409));
    const fresh = app.microsoft.control.addSecret({});
    await app.configureMicrosoft({ clientSecret: fresh.value });
    await eventually('the account to go on', async () => (await read()).error === null);
    app.microsoft.control.expireSecret({ secretId: fresh.id, at: null });
    app.microsoft.control.clients()[0]!.secrets[0]!.expiresAt = null;
    await app.configureMicrosoft({ clientSecret: secret });
  });

  it('is refreshed at the grant’s own tenant, and rotates its refresh token', async () => {
    const [account] = (await accountsOf(ann)).filter(({ address }) => address === WORK);
    const id = account?.id ?? '';
    // A choice that the grant does not come from must not matter for what is connected already.
    await app.configureMicrosoft({ tenant: 'consumers' });
    const before = await grantOf(id);
    app.microsoft.control.expireAccessTokens({});
    await app.post(`mailAccounts:sync?filterByTk=${id}`, ann.token);
    await eventually('a refresh', async () => (await grantOf(id)).version > before.version);
    const read = async () => (await app.get(`mailAccounts:get?filterByTk=${id}`, ann.token)).body.data as Account;
    expect(await read()).toMatchObject({ status: 'active', error: null });
  });

  it('takes a challenge to the person, who answers it by connecting again', async () => {
    const [account] = (await accountsOf(ann)).filter(({ address }) => address === WORK);
    const id = account?.id ?? '';
    const { claims } = app.microsoft.control.challengeClaims({ account: WORK, interactive: true });
    await app.post(`mailAccounts:sync?filterByTk=${id}`, ann.token);
    const read = async () => (await app.get(`mailAccounts:get?filterByTk=${id}`, ann.token)).body.data as Account;
    await eventually('the account to need its owner', async () => (await read()).status === 'needsReauth');
    expect((await read()).error).toMatchObject({
      code: 'ACCOUNT_NEEDS_REAUTH',
      message: expect.stringContaining('sign in again'),
    });
    expect((await grantOf(id)).claims).toBe(claims);
    const url = new URL((await start(ann.token, { accountId: id })).body.data.url);
    expect(url.searchParams.get('claims')).toBe(claims);
    // Its organisation lets only administrators consent: a forced consent page would be a dead end.
    app.microsoft.control.setTenant({ id: CONTOSO_TENANT, userConsent: 'blocked' });
    const connected = await app.connect(ann.token, WORK, { provider: 'microsoft', accountId: id });
    expect(connected).toMatchObject({ id, status: 'active', error: null });
    expect((await grantOf(id)).claims).toBeNull();
    await app.synced(ann.token, id);
  });

  it.each([
    [50173, 'needsReauth', 'ACCOUNT_NEEDS_REAUTH', 'password was reset'],
    [50057, 'blocked', 'ACCOUNT_BLOCKED', 'disabled'],
  ] as const)('ends with AADSTS%i as %s, and says so', async (code, status, errorCode, words) => {
    const account = await app.connect(ben.token, FABRIKAM, { provider: 'microsoft' });
    app.microsoft.control.failNextToken({ code, account: FABRIKAM, times: 5 });
    app.microsoft.control.expireAccessTokens({ account: FABRIKAM });
    await app.post(`mailAccounts:sync?filterByTk=${account.id}`, ben.token);
    const read = async () =>
      (await app.get(`mailAccounts:get?filterByTk=${account.id}`, ben.token)).body.data as Account;
    await eventually(`the account to be ${status}`, async () => (await read()).status === status);
    expect((await read()).error).toMatchObject({ code: errorCode, message: expect.stringContaining(words) });
  });

  it('leaves folders out that its owner does not want, and takes them up again', async () => {
    const [account] = (await accountsOf(ann)).filter(({ address }) => address === ANN);
    const id = account?.id ?? '';
    const update = (skipFolders: string[]) =>
      app.post(`mailAccounts:update?filterByTk=${id}`, ann.token, { skipFolders });
    const roles = async () => {
      const { body } = await app.get(`mailAccounts:get?filterByTk=${id}`, ann.token);
      return ((body.data as Account).folders ?? []).map(({ role }) => role);
    };
    await app.synced(ann.token, id);
    expect(await roles()).toContain('trash');
    expect(await update(['inbox'])).toMatchObject({ status: 400, body: { errors: [{ field: 'skipFolders' }] } });
    expect((await update(['trash', 'spam'])).body.data).toMatchObject({ skipFolders: ['spam', 'trash'] });
    await eventually(
      'the folders to leave',
      async () => !(await roles()).some((role) => role === 'trash' || role === 'spam'),
    );
    await update([]);
    await eventually('the folders to return', async () => (await roles()).includes('trash'));
  });

  it('gives the page of Microsoft on which the access is ended when it is deleted', async () => {
    const [account] = (await accountsOf(ann)).filter(({ address }) => address === WORK);
    const gone = await app.post(`mailAccounts:destroy?filterByTk=${account?.id}`, ann.token);
    expect(gone.body.data).toEqual({ status: 'deleting', consentUrl: 'https://myapps.microsoft.com' });
  });
});
