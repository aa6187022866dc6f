import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CONTOSO_TENANT,
  DEFAULT_MICROSOFT_CLIENT,
  DEFAULT_SECRET_ID,
} from '@email-manager/provider-simulators/microsoft/identity/directory';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { CheckLine } from '../../shared/api';
import { trusted } from '../guard/trusted';
import { bootMailApp, type MailApp } from '../testing/mail-app';

const { clientId, clientSecret } = DEFAULT_MICROSOFT_CLIENT;
const DAY_MS = 86_400_000;
const dayAfter = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

describeOnEachDatabase('Email settings of Microsoft', (dialect) => {
  let app: MailApp;
  let root: string;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      enabledByHand: true,
      plugins: ['notification-manager', 'notification-in-app-message'],
      google: { accounts: [] },
      microsoft: { accounts: [{ address: 'ann@contoso.example', name: 'Ann', messages: 3 }] },
    });
    root = await app.login();
  });
  afterAll(() => app?.stop());

  const update = (body: object) => app.post('mailProviders:update?filterByTk=microsoft', root, body);
  const read = async () => (await app.get('mailProviders:get?filterByTk=microsoft', root)).body.data;
  const check = async () =>
    (await app.post('mailProviders:check?filterByTk=microsoft', root)).body.data.checks as CheckLine[];
  const line = async (id: CheckLine['id']) => (await check()).find((candidate) => candidate.id === id);
  const code = async (id: CheckLine['id']) => (await line(id))?.code;
  const setClient = (change: object) => app.microsoft.control.setClient({ clientId, ...change });

  it.each([
    ['clientId', 'my-application', 'CLIENT_ID_INVALID'],
    ['clientSecret', DEFAULT_SECRET_ID, 'CLIENT_SECRET_IS_ID'],
    ['clientSecret', 'has space in it', 'CLIENT_SECRET_INVALID'],
    ['tenant', 'contoso', 'TENANT_INVALID'],
    ['tenant', '../common', 'TENANT_INVALID'],
    ['secretExpiresAt', '31.05.2027', 'SECRET_EXPIRY_INVALID'],
    ['scopeChoice', 'gmail.modify', 'INPUT_INVALID'],
  ])('refuse a wrong shape at its field: %s = %j', async (field, value, expected) => {
    const answer = await update({ [field]: value });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: expected, field }] } });
    expect(answer.body.errors[0].message).toMatch(/\.$/);
  });

  it('say first what is missing, then what Microsoft says', async () => {
    expect([await code('secret'), await code('tenant'), await code('client')]).toEqual([
      'CLIENT_ID_MISSING',
      'TENANT_UNKNOWN',
      undefined,
    ]);
    await update({ clientId: clientId.toUpperCase() });
    expect((await read()).clientId).toBe(clientId);
    expect([await code('secret'), await code('client')]).toEqual(['SECRET_MISSING', 'CLIENT_KNOWN']);
    await update({ clientSecret: 'certainly~wrong' });
    expect([await code('secret'), await code('client')]).toEqual(['SECRET_INVALID', 'CLIENT_KNOWN']);
    await update({ clientSecret });
    expect(JSON.stringify(await read())).not.toContain(clientSecret);
  });

  it.each([false, true])(
    'tell a right secret from a wrong and an expired one, whatever Microsoft looks at first (grant first: %s)',
    async (grantCheckedFirst) => {
      app.microsoft.control.setSwitches({ grantCheckedFirst });
      await update({ clientSecret });
      expect(await line('secret')).toMatchObject(
        // Where the code is refused first, no secret can be told from another.
        grantCheckedFirst ? { code: 'SECRET_UNKNOWN', state: 'unknown' } : { code: 'SECRET_VALID', state: 'ok' },
      );
      app.microsoft.control.expireSecret();
      expect(await code('secret')).toBe(grantCheckedFirst ? 'SECRET_UNKNOWN' : 'SECRET_EXPIRED');
      // One tenant's endpoint tells all the same.
      await update({ tenant: CONTOSO_TENANT });
      expect(await code('secret')).toBe('SECRET_EXPIRED');
      app.microsoft.control.expireSecret({ at: null });
      expect([await code('secret'), await code('client')]).toEqual(['SECRET_VALID', 'CLIENT_KNOWN']);
      app.microsoft.control.setSwitches({ grantCheckedFirst: false });
      await update({ tenant: 'common' });
    },
  );

  it('compare the tenant with Microsoft, and the choice with the registration', async () => {
    await update({ tenant: '99999999-aaaa-4bbb-8ccc-dddddddddddd' });
    expect(await line('tenant')).toMatchObject({ code: 'TENANT_NOT_FOUND', state: 'error' });
    await update({ tenant: 'contoso.example' });
    expect(await line('tenant')).toMatchObject({ code: 'TENANT_OK', state: 'ok' });
    setClient({ audience: 'AzureADMyOrg' });
    expect(await code('tenant')).toBe('TENANT_OK');
    await update({ tenant: 'common' });
    expect(await line('tenant')).toMatchObject({ code: 'TENANT_SINGLE_ONLY', params: { providerCode: 'AADSTS50194' } });
    setClient({ audience: 'PersonalMicrosoftAccount' });
    expect(await code('tenant')).toBe('TENANT_PERSONAL_ONLY');
    await update({ tenant: 'consumers' });
    expect(await code('tenant')).toBe('TENANT_OK');
    expect(await code('adminConsent')).toBe('ADMIN_CONSENT_NOT_NEEDED');
    setClient({ audience: 'AzureADMultipleOrgs' });
    expect(await code('tenant')).toBe('TENANT_NO_PERSONAL');
    setClient({ audience: 'AzureADandPersonalMicrosoftAccount' });
    await update({ tenant: 'common', clientId: '12345678-1234-4234-8234-123456789012' });
    expect(await line('client')).toMatchObject({ code: 'CLIENT_UNKNOWN', params: { providerCode: 'AADSTS700016' } });
    await update({ clientId });
  });

  it('know that both services answer, and say which does not', async () => {
    expect([await code('reachable'), await code('reachableApi')]).toEqual(['REACHABLE', 'REACHABLE']);
    process.env.EMAIL_MANAGER_MICROSOFT_LOGIN_URL = 'http://127.0.0.1:9';
    expect(await check()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 'reachable', code: 'UNREACHABLE', params: { host: '127.0.0.1:9' } }),
        expect.objectContaining({ id: 'reachableApi', code: 'REACHABLE' }),
        expect.objectContaining({ id: 'secret', code: 'SECRET_UNKNOWN' }),
      ]),
    );
    process.env.EMAIL_MANAGER_MICROSOFT_LOGIN_URL = app.microsoft.url;
  });

  it('take any https address as redirect URI, and know after a sign-in which platform it is registered for', async () => {
    await update({ publicUrl: 'https://192.168.1.7' });
    expect(await code('redirectUri')).toBe('REDIRECT_OK');
    await update({ publicUrl: 'http://mail.acme.org' });
    expect(await code('redirectUri')).toBe('REDIRECT_NOT_HTTPS');
    await update({ publicUrl: '', enabled: true });
    expect([await code('redirectUri'), await code('platform')]).toEqual(['REDIRECT_LOOPBACK', 'PLATFORM_UNKNOWN']);

    const { redirectUri } = (await app.post('mailOAuth:start', root, { provider: 'microsoft', origin: app.baseUrl }))
      .body.data;
    setClient({ redirectUris: [], spaRedirectUris: [redirectUri], anyLoopbackRedirect: false });
    app.microsoft.control.setSwitches({ spaNeedsOrigin: true });
    const answer = await app.consent(root, 'ann@contoso.example', { provider: 'microsoft' });
    expect(await app.post('mailOAuth:callback', root, answer)).toMatchObject({
      status: 409,
      body: { errors: [{ code: 'OAUTH_CLIENT_INVALID', message: expect.stringContaining('wrong platform') }] },
    });
    expect(await line('platform')).toMatchObject({ code: 'PLATFORM_SPA', state: 'error' });
    setClient({ redirectUris: [redirectUri], spaRedirectUris: [] });
    await app.connect(root, 'ann@contoso.example', { provider: 'microsoft' });
    expect([await code('platform'), await code('adminConsent')]).toEqual(['PLATFORM_WEB', 'ADMIN_CONSENT_NOT_NEEDED']);
  });

  it('forget what was learnt about another application', async () => {
    await update({ clientId: '12345678-1234-4234-8234-123456789012' });
    await update({ clientId });
    expect([await code('platform'), await code('adminConsent')]).toEqual(['PLATFORM_UNKNOWN', 'ADMIN_CONSENT_UNKNOWN']);
    expect(new URL((await line('adminConsent'))?.link ?? '').searchParams.get('state')).toBeTruthy();
  });

  it('warn of the secret’s end on the page and tell the administrators, once for each threshold', async () => {
    const notices = async () => {
      const rows = await trusted('test', () =>
        app.db.getRepository('notificationInAppMessages').find({ filter: { 'title.$includes': 'client secret' } }),
      );
      return (rows as { get(name: string): unknown }[]).map((row) => String(row.get('content')));
    };
    const run = async () => {
      const plugin = app.app.pm.get('email-manager') as unknown as {
        services: { secretWatch: { run(): Promise<void> } };
      };
      await plugin.services.secretWatch.run();
    };
    await update({ secretExpiresAt: dayAfter(60) });
    await run();
    expect([(await read()).secretWarning, await notices(), await code('secretExpiry')]).toEqual([
      null,
      [],
      'SECRET_EXPIRY_OK',
    ]);
    await update({ secretExpiresAt: dayAfter(20) });
    await run();
    await run();
    expect(await read()).toMatchObject({ secretExpiresAt: dayAfter(20), secretWarning: { level: '30days' } });
    expect(await notices()).toEqual([expect.stringContaining(`expires on ${dayAfter(20)}`)]);
    expect(await code('secretExpiry')).toBe('SECRET_EXPIRY_SOON');
    await update({ secretExpiresAt: dayAfter(-1) });
    await run();
    await run();
    expect(await notices()).toHaveLength(2);
    expect(await line('secretExpiry')).toMatchObject({ code: 'SECRET_EXPIRY_OVER', state: 'error' });
    await update({ secretExpiresAt: null });
    expect([(await read()).secretExpiresAt, await code('secretExpiry')]).toEqual([null, 'SECRET_EXPIRY_UNKNOWN']);
  });

  it('tell the choice of a tenant in the diagnostics, and no id', async () => {
    await update({ tenant: CONTOSO_TENANT });
    const { text } = (await app.get('mailHealth:diagnostics', root)).body.data;
    expect(text).toContain('microsoft tenant one tenant');
    expect(text).not.toContain(CONTOSO_TENANT);
  });
});
