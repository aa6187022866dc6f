import { DEFAULT_CLIENT } from '@email-manager/provider-simulators/google/simulator';
import { startGoogleSimulator, type RunningGoogleSimulator } from '@email-manager/provider-simulators/google/server';
import { DEFAULT_MICROSOFT_CLIENT } from '@email-manager/provider-simulators/microsoft/simulator';
import {
  startMicrosoftSimulator,
  type MicrosoftServerOptions,
  type RunningMicrosoftSimulator,
} from '@email-manager/provider-simulators/microsoft/server';
import { bootApp, type TestApp, type TestUser } from '../../../test-support/boot-app';
import type { Dialect } from '../../../test-support/database';
import type { Account, OAuthStart } from '../../shared/api';

type SimulatorOptions = Parameters<typeof startGoogleSimulator>[0];

/** A real NocoBase with the plugin, and Google (and Microsoft, where a test asks for it) beside it. */
export interface MailApp extends TestApp {
  readonly google: RunningGoogleSimulator;
  /** Of an application that was booted with `microsoft`. */
  readonly microsoft: RunningMicrosoftSimulator;
  /** Configures Google with the simulator's client, as the administrator. */
  configure(change?: Record<string, unknown>): Promise<void>;
  /** The same with Microsoft and its simulator's client. */
  configureMicrosoft(change?: Record<string, unknown>): Promise<void>;
  post(path: string, token: string, body?: unknown): ReturnType<TestApp['call']>;
  get(path: string, token: string): ReturnType<TestApp['call']>;
  /** Starts a sign-in and walks through the consent page by itself; what Google sends back to the browser. */
  consent(
    token: string,
    address: string,
    request?: Record<string, unknown>,
    change?: (url: URL) => void,
  ): Promise<Record<string, string>>;
  /** The whole sign-in. @returns the connected account */
  connect(token: string, address: string, request?: Record<string, unknown>): Promise<Account>;
  /** Asks until the account has everything that it should have. */
  synced(token: string, accountId: string): Promise<Account>;
}

export async function bootMailApp(options: {
  dialect: Dialect;
  google?: SimulatorOptions;
  microsoft?: MicrosoftServerOptions;
  env?: Record<string, string>;
  plugins?: string[];
  /** Enable the plugin as an administrator does, instead of listing it with the application's own. */
  enabledByHand?: boolean;
}): Promise<MailApp> {
  const google = await startGoogleSimulator({ quota: { table: '2026', enforced: false }, ...options.google });
  const microsoft = options.microsoft ? await startMicrosoftSimulator(options.microsoft) : null;
  const test = await bootApp({
    dialect: options.dialect,
    ...(options.plugins ? { plugins: options.plugins } : {}),
    ...(options.enabledByHand ? { withoutEmailManager: true } : {}),
    env: { ...google.environment, ...microsoft?.environment, EMAIL_MANAGER_GOOGLE_QUOTA: 'off', ...options.env },
  });
  if (options.enabledByHand) await test.app.pm.enable('email-manager');
  const post: MailApp['post'] = (path, token, body) =>
    test.call('POST', `/api/${path}`, { token, body: (body ?? {}) as never });
  const get: MailApp['get'] = (path, token) => test.call('GET', `/api/${path}`, { token });

  const additions = {
    google,
    get microsoft(): RunningMicrosoftSimulator {
      if (!microsoft) throw new Error('This application was booted without Microsoft.');
      return microsoft;
    },
    post,
    get,
    async configure(change: Record<string, unknown> = {}) {
      const token = await test.login();
      const answer = await post('mailProviders:update?filterByTk=google', token, {
        clientId: DEFAULT_CLIENT.clientId,
        clientSecret: DEFAULT_CLIENT.clientSecret,
        enabled: true,
        ...change,
      });
      if (answer.status !== 200) throw new Error(`Configuring Google answered ${JSON.stringify(answer.body)}`);
    },
    async configureMicrosoft(change: Record<string, unknown> = {}) {
      const answer = await post('mailProviders:update?filterByTk=microsoft', await test.login(), {
        clientId: DEFAULT_MICROSOFT_CLIENT.clientId,
        clientSecret: DEFAULT_MICROSOFT_CLIENT.clientSecret,
        enabled: true,
        ...change,
      });
      if (answer.status !== 200) throw new Error(`Configuring Microsoft answered ${JSON.stringify(answer.body)}`);
    },
    async consent(
      token: string,
      address: string,
      request: Record<string, unknown> = {},
      change: (url: URL) => void = () => {},
    ): Promise<Record<string, string>> {
      const started = await post('mailOAuth:start', token, {
        provider: 'google',
        origin: test.baseUrl,
        returnTo: '/admin/mail',
        ...request,
      });
      if (started.status !== 200) throw new Error(`mailOAuth:start answered ${JSON.stringify(started.body)}`);
      const url = new URL((started.body.data as OAuthStart).url);
      change(url);
      google.control.setAutoApprove({ account: address, ...approval });
      microsoft?.control.setAutoApprove({ account: address, ...approval });
      const answer = await fetch(url, { redirect: 'manual' });
      return returnedAnswer(answer.headers.get('location'));
    },
    async connect(token: string, address: string, request: Record<string, unknown> = {}): Promise<Account> {
      const answer = await additions.consent(token, address, request);
      const connected = await post('mailOAuth:callback', token, answer);
      if (connected.status !== 200) throw new Error(`mailOAuth:callback answered ${JSON.stringify(connected.body)}`);
      return connected.body.data.account as Account;
    },
    async synced(token: string, accountId: string): Promise<Account> {
      let last: Account | undefined;
      await eventually(
        `account ${accountId} to be synchronised`,
        async () => {
          const answer = await get(`mailAccounts:get?filterByTk=${accountId}`, token);
          last = answer.body.data as Account;
          return (
            last.progress.phase === 'done' &&
            last.progress.hydrated === last.progress.total &&
            last.lastSyncedAt !== null
          );
        },
        () => JSON.stringify(last),
      );
      return last as Account;
    },
    async stop() {
      await test.stop();
      await google.close();
      await microsoft?.close();
    },
  };
  // `app`, `db` and `baseUrl` change with a restart: they are read through, not copied.
  return Object.create(test, Object.getOwnPropertyDescriptors(additions)) as MailApp;
}

/** What the redirect page hands to the server of the address that the provider sent the browser back to. */
export function returnedAnswer(location: string | null): Record<string, string> {
  const back = Object.fromEntries(new URL(location ?? 'about:blank').searchParams);
  return {
    ...back,
    ...(back['error_description'] ? { errorDescription: back['error_description'] } : {}),
    ...(back['error_subcode'] ? { errorSubcode: back['error_subcode'] } : {}),
  };
}

let approval: Record<string, unknown> = {};

/** How the consent page behaves in what follows: `untick` scopes or `deny`. Nothing of it by default. */
export function consentPage(behaviour: { untick?: string[]; deny?: boolean } = {}): void {
  approval = behaviour;
}

/** Polls a condition; fails with what was waited for and the last thing seen. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean> | boolean,
  seen: () => string = () => '',
  timeoutMs = 40_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}. ${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export type { TestUser };
