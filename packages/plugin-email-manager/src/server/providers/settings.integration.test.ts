import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_CLIENT } from '@email-manager/provider-simulators/google/simulator';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { CheckLine } from '../../shared/api';
import { trusted } from '../guard/trusted';
import { bootMailApp, type MailApp, type TestUser } from '../testing/mail-app';

describeOnEachDatabase('Email settings', (dialect) => {
  let app: MailApp;
  let manager: TestUser;
  let member: TestUser;

  beforeAll(async () => {
    app = await bootMailApp({ dialect, env: { LOGGER_LEVEL: 'info' }, google: { accounts: [] } });
    const root = await app.login();
    const role = { name: 'mail-manager', title: 'Mail manager', snippets: ['pm.email-manager', '!ui.*'] };
    expect((await app.post('roles:create', root, role)).status).toBe(200);
    manager = await app.createUser('Mia', ['mail-manager']);
    member = await app.createUser('Max');
  });
  afterAll(() => app?.stop());

  const update = (body: object, token = manager.token) =>
    app.post('mailProviders:update?filterByTk=google', token, body);
  const check = async () =>
    (await app.post(`mailProviders:check?filterByTk=google`, manager.token)).body.data.checks as CheckLine[];
  const code = async (id: CheckLine['id']) => (await check()).find((line) => line.id === id)?.code;

  it('are for holders of the role snippet, root or not, and for nobody else', async () => {
    for (const name of ['list', 'get?filterByTk=google', 'update?filterByTk=google', 'check?filterByTk=google']) {
      expect([name, (await app.post(`mailProviders:${name}`, member.token)).status]).toEqual([name, 403]);
    }
    expect((await app.get('mailProviders:list', '')).status).toBe(401);
    expect((await app.get('mailProviders:list', manager.token)).status).toBe(200);
    expect((await app.get('mailAccounts:adminList', manager.token)).status).toBe(200);
    expect((await app.get('mailAccounts:adminList', member.token)).status).toBe(403);
    expect((await app.get('mailProviders:list', await app.login())).status).toBe(200);
  });

  it.each([
    ['clientId', 'my-project', 'CLIENT_ID_INVALID'],
    ['clientSecret', 'has space in it', 'CLIENT_SECRET_INVALID'],
    ['clientSecret', DEFAULT_CLIENT.clientId, 'CLIENT_SECRET_INVALID'],
    ['clientSecretReference', 'not a name', 'SECRET_REFERENCE_UNKNOWN'],
    ['publicUrl', 'nocobase.example.org', 'PUBLIC_URL_INVALID'],
    ['publicUrl', 'https://x.example/?a=1', 'PUBLIC_URL_INVALID'],
    ['syncIntervalSeconds', 1, 'SYNC_INTERVAL_INVALID'],
    ['unknownField', 1, 'INPUT_INVALID'],
  ])('refuse a wrong shape at its field: %s = %j', async (field, value, expected) => {
    const answer = await update({ [field]: value });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: expected, field }] } });
    expect(answer.body.errors[0].message).toMatch(/\.$/);
  });

  it('know no other provider than Google and Microsoft', async () => {
    const unknown = await app.get('mailProviders:get?filterByTk=yahoo', manager.token);
    expect(unknown).toMatchObject({ status: 404, body: { errors: [{ code: 'PROVIDER_UNKNOWN' }] } });
    const microsoft = await app.get('mailProviders:get?filterByTk=microsoft', manager.token);
    expect(microsoft.body.data).toMatchObject({ available: true, configured: false, tenant: 'common' });
  });

  it('tell a missing, a wrong and a right secret apart', async () => {
    expect(await code('secret')).toBe('CLIENT_ID_MISSING');
    await update({ clientId: DEFAULT_CLIENT.clientId });
    expect(await code('secret')).toBe('SECRET_MISSING');
    await update({ clientSecret: 'GOCSPX-certainly-wrong' });
    expect(await code('secret')).toBe('SECRET_INVALID');
    await update({ clientSecret: DEFAULT_CLIENT.clientSecret });
    expect(await code('secret')).toBe('SECRET_VALID');
    expect(await code('reachable')).toBe('REACHABLE');
    expect(await code('apiEnabled')).toBe('API_UNKNOWN');
    expect(await code('redirectUri')).toBe('REDIRECT_LOOPBACK');
  });

  it('give the secret to nobody: no answer, no row in the clear, no log line', async () => {
    const read = await app.get('mailProviders:get?filterByTk=google', manager.token);
    expect(read.body.data).toMatchObject({ hasClientSecret: true, clientId: DEFAULT_CLIENT.clientId });
    expect(JSON.stringify(read.body)).not.toContain(DEFAULT_CLIENT.clientSecret);
    const rows = await trusted('test', () => app.db.getModel('mailProviderSecrets').findAll({ raw: true }));
    expect(JSON.stringify(rows)).toContain('v1:');
    expect(JSON.stringify(rows)).not.toContain(DEFAULT_CLIENT.clientSecret);
    const logs = path.join(app.storageDir, 'logs');
    const lines = (fs.readdirSync(logs, { recursive: true }) as string[])
      .map((file) => path.join(logs, file))
      .filter((file) => fs.statSync(file).isFile())
      .map((file) => fs.readFileSync(file, 'utf8'))
      .join('\n');
    expect(lines).toContain('mailProviders:update');
    expect(lines).not.toContain(DEFAULT_CLIENT.clientSecret);
    expect(lines).not.toContain('certainly-wrong');
  });

  it('take the secret from a NocoBase variable or secret by name', async () => {
    await update({ clientSecretReference: 'GOOGLE_SECRET' });
    expect(await code('secret')).toBe('SECRET_REFERENCE_UNKNOWN');
    app.app.environment.setVariable('GOOGLE_SECRET', DEFAULT_CLIENT.clientSecret);
    expect(await code('secret')).toBe('SECRET_VALID');
    app.app.environment.removeVariable('GOOGLE_SECRET');
    await update({ clientSecretReference: null });
    expect(await code('secret')).toBe('SECRET_VALID');
  });

  it('judge the redirect URI as Google would, and show exactly the one that is used', async () => {
    await update({ publicUrl: 'https://mail.acme.org/sub/' });
    const { redirectUri } = (await app.get('mailProviders:get?filterByTk=google', manager.token)).body.data;
    expect(redirectUri).toBe('https://mail.acme.org/sub/admin/settings/mail/oauth2');
    expect(await code('redirectUri')).toBe('REDIRECT_OK');
    await update({ enabled: true });
    const started = await app.post('mailOAuth:start', member.token, { provider: 'google', origin: app.baseUrl });
    expect(started.body.data).toMatchObject({ redirectUri, originDiffers: true });
    await update({ publicUrl: 'https://192.168.1.7' });
    expect(await code('redirectUri')).toBe('REDIRECT_RAW_IP');
    await update({ publicUrl: '' });
    expect(await code('redirectUri')).toBe('REDIRECT_LOOPBACK');
  });

  it('keep the rest when one field is changed, and forget the secret when it is emptied', async () => {
    await update({ syncIntervalSeconds: 60 });
    await update({ scopeChoice: 'mail.google.com' });
    expect((await app.get('mailProviders:get?filterByTk=google', manager.token)).body.data).toMatchObject({
      syncIntervalSeconds: 60,
      scopes: ['https://mail.google.com/'],
      hasClientSecret: true,
      configured: true,
    });
    await update({ clientSecret: '' });
    expect((await app.get('mailProviders:get?filterByTk=google', manager.token)).body.data).toMatchObject({
      hasClientSecret: false,
      configured: false,
    });
  });
});
