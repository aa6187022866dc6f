import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type TestHost } from '../packages/plugin-email-manager/test-support/boot-host';
import { requireFromHost } from '../packages/plugin-email-manager/test-support/host-modules';
import type { Account, OAuthStart, ThreadLine } from '../packages/plugin-email-manager/src/shared/api';
import { simulatorControl } from './simulator-control';

const WAIT = { timeout: 40_000 };
const ROOT = { email: 'admin@nocobase.com', password: 'admin123' };

interface Socket {
  on(event: 'open' | 'message', listener: (data: Buffer) => void): void;
  send(text: string): void;
  close(): void;
}

/** One of the applications in the host's process, by the header that NocoBase's gateway chooses it by. */
function application(host: TestHost, name: string) {
  const headers = { 'X-App': name };
  const call = (method: string, url: string, token?: string, body?: unknown) =>
    host.api.call(method, url, { token, body, headers });
  const ok = async (method: string, url: string, token?: string, body?: unknown) => {
    const answer = await call(method, url, token, body);
    if (answer.status !== 200) throw new Error(`${name}: ${method} ${url} answered ${JSON.stringify(answer.body)}`);
    return (answer.body as unknown as { data: any }).data;
  };
  const login = async (account: string, password: string): Promise<string> =>
    (await ok('POST', '/api/auth:signIn', undefined, { account, password })).token;
  return { name, headers, call, ok, login };
}

type Application = ReturnType<typeof application>;

interface Owner {
  app: Application;
  id: number;
  token: string;
  accountId: string;
}

describe('two applications of one process, made by the manager of applications', () => {
  let host: TestHost;
  let control: ReturnType<typeof simulatorControl>;
  let main: Owner;
  let sub: Owner;

  const subjects = async ({ app, token }: Owner): Promise<string[]> =>
    ((await app.ok('GET', '/api/mailThreads:list?pageSize=100', token)) as ThreadLine[]).map(({ subject }) => subject);

  /** What an application's socket tells this user about mail. */
  async function listen({ app, token }: Owner): Promise<{ heard: string[]; close(): void }> {
    const { WebSocket } = requireFromHost('ws') as { WebSocket: new (url: string, options: object) => Socket };
    const socket = new WebSocket(`${host.baseUrl.replace('http', 'ws')}/ws`, { headers: app.headers });
    const heard: string[] = [];
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.includes('"mail:')) heard.push(text);
    });
    await new Promise<void>((resolve) => socket.on('open', () => resolve()));
    socket.send(JSON.stringify({ type: 'auth:token', payload: { token, authenticator: 'basic' } }));
    return { heard, close: () => socket.close() };
  }

  /** Enables and configures the plugin, makes a person and links a mailbox for them. */
  async function settle(app: Application, person: string, address: string): Promise<Owner> {
    const root = await app.login(ROOT.email, ROOT.password);
    await app.ok('POST', '/api/pm:enable?filterByTk=email-manager&awaitResponse=true', root);
    const { clientId, clientSecret } = host.simulator.client;
    await app.ok('POST', '/api/mailProviders:update?filterByTk=google', root, {
      clientId,
      clientSecret,
      enabled: true,
    });
    const email = `${person}@example.com`;
    const { id } = await app.ok('POST', '/api/users:create', root, {
      ...{ username: person, nickname: person, email, password: 'secret-123' },
      roles: ['member'],
    });
    const token = await app.login(email, 'secret-123');
    const start = (await app.ok('POST', '/api/mailOAuth:start', token, {
      ...{ provider: 'google', origin: host.baseUrl, returnTo: '/admin/mail' },
    })) as OAuthStart;
    await control('setAutoApprove', { account: address });
    const answer = await fetch(start.url, { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? 'about:blank');
    const { account } = (await app.ok(
      'POST',
      '/api/mailOAuth:callback',
      token,
      Object.fromEntries(back.searchParams),
    )) as { account: Account };
    const owner = { app, id, token, accountId: account.id };
    await expect
      .poll(async () => ((await app.ok('GET', '/api/mailAccounts:list', token)) as Account[])[0]?.progress.phase, WAIT)
      .toBe('done');
    return owner;
  }

  const sync = ({ app, token, accountId }: Owner) =>
    app.ok('POST', `/api/mailAccounts:sync?filterByTk=${accountId}`, token, {});

  beforeAll(async () => {
    host = await bootHost({
      simulator: ['--mailboxes', 'main@gmail.example=6,sub@gmail.example=6', '--quota', 'off'],
      env: { EMAIL_MANAGER_GOOGLE_QUOTA: 'off' },
      withoutEmailManager: true,
    });
    control = simulatorControl(host.simulator.url);
    await host.api.enablePlugin(host.rootToken, 'multi-app-manager');
    await host.api.expectOk('POST', '/api/applications:create', {
      token: host.rootToken,
      body: { name: 'branch', displayName: 'Branch', options: { autoStart: true } },
    });
  });
  afterAll(() => host?.stop());

  it('each have the plugin, a person of the same number, and a mailbox', async () => {
    const branch = application(host, 'branch');
    await expect
      .poll(async () => (await branch.call('GET', '/api/__health_check')).status, { timeout: 120_000 })
      .toBe(200);
    sub = await settle(branch, 'berta', 'sub@gmail.example');
    main = await settle(application(host, 'main'), 'anton', 'main@gmail.example');
    expect(sub.id).toBe(main.id);
  });

  it('do not have each other’s mail, with whatever token they are asked', async () => {
    const accountsOf = async ({ app, token }: Owner) =>
      ((await app.ok('GET', '/api/mailAccounts:list', token)) as Account[]).map(({ address }) => address);
    expect(await accountsOf(main)).toEqual(['main@gmail.example']);
    expect(await accountsOf(sub)).toEqual(['sub@gmail.example']);
    // NocoBase signs the tokens of all applications of a process with one key and takes them by the user's number, so
    // a token says nothing about the application; which mail there is must be decided by the application asked.
    for (const [asked, stranger] of [
      [main, sub],
      [sub, main],
    ] as const) {
      const found = await asked.app.call('GET', `/api/mailAccounts:get?filterByTk=${stranger.accountId}`, asked.token);
      expect(found.status).toBe(404);
      const mail = await asked.app.ok('GET', '/api/mailMessages:list', stranger.token);
      expect(JSON.stringify(mail)).not.toContain(stranger.accountId);
    }
  });

  it('keep their contexts apart when both are asked at once', async () => {
    const marks = { main: await subjects(main), sub: await subjects(sub) };
    expect(marks.main).not.toEqual(marks.sub);
    const asked = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const owner = index % 2 === 0 ? main : sub;
        return [owner === main ? 'main' : 'sub', await subjects(owner)] as const;
      }),
    );
    for (const [name, found] of asked) expect(found).toEqual(marks[name]);
  });

  it('tell news to their own people only, though these have the same number', async () => {
    const [ofMain, ofSub] = [await listen(main), await listen(sub)];
    await control('newMail', { account: 'sub@gmail.example', subject: 'For the branch', text: 'Words.' });
    await expect
      .poll(async () => {
        await sync(sub);
        return ofSub.heard.length;
      }, WAIT)
      .toBeGreaterThan(0);
    await control('newMail', { account: 'main@gmail.example', subject: 'For the main office', text: 'Words.' });
    await expect
      .poll(async () => {
        await sync(main);
        return ofMain.heard.length;
      }, WAIT)
      .toBeGreaterThan(0);
    await expect.poll(() => subjects(sub), WAIT).toContain('For the branch');
    await expect.poll(() => subjects(main), WAIT).toContain('For the main office');
    expect(await subjects(main)).not.toContain('For the branch');
    expect(ofMain.heard.join()).not.toContain(sub.accountId);
    expect(ofSub.heard.join()).not.toContain(main.accountId);
    ofMain.close();
    ofSub.close();
  });

  it('end alone: the timers of one stop with it, and the other goes on', async () => {
    await host.api.expectOk('POST', '/api/applications:stop?filterByTk=branch', { token: host.rootToken, body: {} });
    const status = async () => {
      const [branch] = await host.api.expectOk('GET', '/api/applications:list', { token: host.rootToken });
      return branch?.status;
    };
    await expect.poll(status, WAIT).not.toBe('running');
    await control('newMail', { account: 'sub@gmail.example', subject: 'While the branch was closed', text: 'Words.' });
    await control('newMail', { account: 'main@gmail.example', subject: 'The main office is open', text: 'Words.' });
    const units = async () =>
      ((await control('counters', {})) as { unitsByUser: Record<string, number> }).unitsByUser['sub@gmail.example'];
    const before = await units();
    await sync(main);
    await expect.poll(() => subjects(main), WAIT).toContain('The main office is open');
    expect(await units()).toBe(before);
  });
});
