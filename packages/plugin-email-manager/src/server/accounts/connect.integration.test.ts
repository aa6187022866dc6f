import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { trusted } from '../guard/trusted';
import { bootMailApp, consentPage, type MailApp, type TestUser } from '../testing/mail-app';

const ANN = 'ann@gmail.example';
const BEN = 'ben@gmail.example';

describeOnEachDatabase('connecting a Gmail mailbox', (dialect) => {
  let app: MailApp;
  let ann: TestUser;
  let ben: TestUser;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      google: {
        accounts: [
          { address: ANN, name: 'Ann', messages: 40, seed: 1, profile: 'tiny' },
          { address: BEN, name: 'Ben', messages: 20, seed: 2, profile: 'tiny' },
          { address: 'nomail@gmail.example', name: 'No mail', withoutMailbox: true },
        ],
      },
    });
    ann = await app.createUser('Ann');
    ben = await app.createUser('Ben');
  });
  afterAll(() => app?.stop());
  beforeEach(() => consentPage());

  const start = (token: string, body: object) => app.post('mailOAuth:start', token, { origin: app.baseUrl, ...body });
  const callback = (token: string, body: object) => app.post('mailOAuth:callback', token, body);
  const refusal = (code: string, status: number) => ({
    status,
    body: {
      errors: [
        expect.objectContaining({ code, message: expect.stringMatching(/\.$/), action: expect.stringMatching(/\.$/) }),
      ],
    },
  });
  const accountsOf = async (user: TestUser) => (await app.get('mailAccounts:list', user.token)).body.data as unknown[];

  it('is refused with a sentence while no client is configured', async () => {
    expect(await start(ann.token, { provider: 'google' })).toMatchObject(refusal('PROVIDER_NOT_CONFIGURED', 409));
  });

  it('is refused for an unknown provider, and for one that nobody configured', async () => {
    expect(await start(ann.token, { provider: 'yahoo' })).toMatchObject(refusal('PROVIDER_UNKNOWN', 404));
    expect(await start(ann.token, { provider: 'microsoft' })).toMatchObject(refusal('PROVIDER_NOT_CONFIGURED', 409));
  });

  it('does not mark anything with a wrong secret: the administrator is to act', async () => {
    await app.configure({ clientSecret: 'GOCSPX-this-is-wrong' });
    const answer = await app.consent(ann.token, ANN);
    expect(await callback(ann.token, answer)).toMatchObject(refusal('OAUTH_CLIENT_INVALID', 409));
    expect(await accountsOf(ann)).toEqual([]);
    await app.configure();
  });

  it('refuses an origin that Google would not send people back to', async () => {
    expect(await start(ann.token, { provider: 'google', origin: 'http://intranet.example' })).toMatchObject(
      refusal('OAUTH_ORIGIN_INVALID', 400),
    );
  });

  it('refuses a state that is forged, somebody else’s, or used already', async () => {
    expect(await callback(ann.token, { code: 'x', state: 'forged' })).toMatchObject(
      refusal('OAUTH_STATE_INVALID', 400),
    );
    const answer = await app.consent(ann.token, ANN);
    expect(await callback(ben.token, answer)).toMatchObject(refusal('OAUTH_STATE_INVALID', 400));
    // Ben's try must not have used up Ann's sign-in.
    expect((await callback(ann.token, answer)).status).toBe(200);
    expect(await callback(ann.token, answer)).toMatchObject(refusal('OAUTH_STATE_INVALID', 400));
    expect(await accountsOf(ann)).toHaveLength(1);
    expect(await accountsOf(ben)).toEqual([]);
  });

  it('refuses a state that is older than ten minutes', async () => {
    const answer = await app.consent(ben.token, BEN);
    await trusted('test', () =>
      app.db
        .getModel('mailOAuthStates')
        .update({ expiresAt: new Date(Date.now() - 1_000) }, { where: { usedAt: null } }),
    );
    expect(await callback(ben.token, answer)).toMatchObject(refusal('OAUTH_STATE_INVALID', 400));
  });

  it('says what a denial may mean', async () => {
    consentPage({ deny: true });
    const answer = await app.consent(ben.token, BEN);
    expect(answer).toMatchObject({ error: 'access_denied' });
    expect(await callback(ben.token, answer)).toMatchObject({
      body: { errors: [{ code: 'OAUTH_DENIED', message: expect.stringContaining('test users') }] },
    });
  });

  it('notices that less was granted than was asked for', async () => {
    const answer = await app.consent(ben.token, BEN, {}, (url) =>
      url.searchParams.set('scope', 'https://www.googleapis.com/auth/gmail.readonly'),
    );
    const refused = await callback(ben.token, answer);
    expect(refused).toMatchObject(refusal('OAUTH_SCOPE_MISSING', 403));
    expect(await accountsOf(ben)).toEqual([]);
  });

  it('refuses a Google account without a mailbox', async () => {
    const answer = await app.consent(ben.token, 'nomail@gmail.example');
    expect(await callback(ben.token, answer)).toMatchObject(refusal('ACCOUNT_HAS_NO_MAILBOX', 422));
    expect(await accountsOf(ben)).toEqual([]);
  });

  it('says that the Gmail API is switched off, and knows it in the check', async () => {
    const { clientId } = (await app.get('mailProviders:get?filterByTk=google', await app.login())).body.data;
    app.google.control.setClient({ clientId, apiEnabled: false });
    const answer = await app.consent(ben.token, BEN);
    expect(await callback(ben.token, answer)).toMatchObject(refusal('PROVIDER_API_DISABLED', 409));
    const check = await app.post('mailProviders:check?filterByTk=google', await app.login());
    expect(check.body.data.checks).toContainEqual(expect.objectContaining({ code: 'API_DISABLED', state: 'error' }));
    app.google.control.setClient({ clientId, apiEnabled: true });
  });

  it('connects, and reconnects in place only the same mailbox of the same person', async () => {
    const account = await app.connect(ben.token, BEN);
    expect(account).toMatchObject({ address: BEN, status: 'active', role: 'owner', provider: 'google' });
    const again = await app.consent(ben.token, ANN, { accountId: account.id });
    expect(await callback(ben.token, again)).toMatchObject(refusal('ACCOUNT_MISMATCH', 409));
    const taken = await app.consent(ben.token, ANN);
    expect(await callback(ben.token, taken)).toMatchObject(refusal('ACCOUNT_TAKEN', 409));
    const same = await app.connect(ben.token, BEN, { accountId: account.id });
    expect(same.id).toBe(account.id);
    expect(await accountsOf(ben)).toHaveLength(1);
    expect(await start(ann.token, { provider: 'google', accountId: account.id })).toMatchObject(
      refusal('ACCOUNT_NOT_FOUND', 404),
    );
    // Neither refusal may have ended the grants that are in use.
    await app.synced(ben.token, account.id);
  });

  it('asks for consent only when no refresh token is stored', async () => {
    const [account] = (await accountsOf(ben)) as { id: string }[];
    const fresh = new URL((await start(ben.token, { provider: 'google' })).body.data.url);
    const known = new URL((await start(ben.token, { provider: 'google', accountId: account?.id })).body.data.url);
    expect(fresh.searchParams.get('prompt')).toBe('consent');
    expect(known.searchParams.get('prompt')).toBeNull();
    expect(known.searchParams.get('access_type')).toBe('offline');
    expect(known.searchParams.get('code_challenge_method')).toBe('S256');
    expect(known.searchParams.get('redirect_uri')).toBe(`${app.baseUrl}/admin/settings/mail/oauth2`);
  });

  it('tells of a start that was not answered until it is dismissed', async () => {
    const { pendingId } = (await start(ann.token, { provider: 'google' })).body.data;
    const pending = await app.get('mailOAuth:pending', ann.token);
    expect(pending.body.data).toMatchObject({ pendingId, provider: 'google' });
    expect((await app.post('mailOAuth:dismiss', ben.token, { pendingId })).body.data).toEqual({ dismissed: false });
    expect((await app.post('mailOAuth:dismiss', ann.token, { pendingId })).body.data).toEqual({ dismissed: true });
    expect((await app.get('mailOAuth:pending', ann.token)).body.data?.pendingId).not.toBe(pendingId);
  });
});
