import type { Page } from 'playwright-core';
import { bootHost, type HostUser, type TestHost } from '../../packages/plugin-email-manager/test-support/boot-host';
import { openSqliteFile, type Row } from '../../packages/plugin-email-manager/test-support/sqlite-file';
import type { Account, OAuthStart } from '../../packages/plugin-email-manager/src/shared/api';
import { waitUntil } from '../../scripts/lib/processes.mjs';
import { launchBrowser, openSession, type Session, type SessionOptions } from '../browser';
import { simulatorControl } from '../simulator-control';

export const WAIT = { timeout: 30_000 };

/** Who has how many messages at the provider; each subject has mailboxes of its own. */
const MAILBOXES = {
  'dora@gmail.example': 90,
  'emil@gmail.example': 12,
  'fred@gmail.example': 25,
  'gina@gmail.example': 600,
  'hans@gmail.example': 1,
  'ivan@gmail.example': 8,
  'jane@gmail.example': 8,
  'lena@gmail.example': 8,
} as const;

export type Mailbox = keyof typeof MAILBOXES;

/** One NocoBase with a configured Google for all stories about the life of a mailbox. */
export interface World {
  readonly host: TestHost;
  readonly control: ReturnType<typeof simulatorControl>;
  /** A person of NocoBase whose name is the mailbox's, with a page of their own. */
  person(mailbox: Mailbox, options?: Partial<SessionOptions>): Promise<Person>;
  session(user: HostUser, options?: Partial<SessionOptions>): Promise<Session>;
  /** Rows of the running host's database file, as an administrator with a database tool has them. */
  sql(statement: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export interface Person {
  readonly user: HostUser;
  readonly address: Mailbox;
  readonly session: Session;
  readonly page: Page;
  /** Links the mailbox without a look at the consent page, which other tests look at. */
  link(): Promise<Account>;
  account(): Promise<Account>;
  /** Links the mailbox, waits until everything since the start date is here, and opens the mail centre. */
  settled(): Promise<Account>;
  openMail(): Promise<void>;
  /** Mail arrives at the provider and, by a press of the button, here. */
  receive(mail: { subject?: string; text?: string; raw?: string }): Promise<void>;
  /** The card of this mailbox in the opened settings. */
  card(): Promise<ReturnType<Page['getByTestId']>>;
}

export async function bootWorld(): Promise<World> {
  const mailboxes = Object.entries(MAILBOXES).map(([address, messages]) => `${address}=${messages}`);
  const [host, browser] = await Promise.all([
    bootHost({
      simulator: ['--mailboxes', mailboxes.join(','), '--quota', 'off'],
      env: { EMAIL_MANAGER_GOOGLE_QUOTA: 'off' },
    }),
    launchBrowser(),
  ]);
  const control = simulatorControl(host.simulator.url);
  const { clientId, clientSecret } = host.simulator.client;
  await host.api.expectOk('POST', '/api/mailProviders:update?filterByTk=google', {
    token: host.rootToken,
    body: { clientId, clientSecret, enabled: true },
  });
  const session: World['session'] = (user, options = {}) =>
    openSession(browser, { baseUrl: host.baseUrl, token: user.token, ...options });
  const world: World = {
    host,
    control,
    session,
    person: (mailbox, options) => createPerson(world, mailbox, options),
    async sql(statement, values) {
      const database = await openSqliteFile(`${host.storageDir}/nocobase.sqlite`);
      try {
        return await database.all(statement, values);
      } finally {
        await database.close();
      }
    },
    async stop() {
      await browser.close();
      await host.stop();
    },
  };
  return world;
}

async function createPerson(world: World, address: Mailbox, options?: Partial<SessionOptions>): Promise<Person> {
  const { host, control } = world;
  const name = address.split('@')[0] ?? address;
  const user = await host.createUser(`${name.charAt(0).toUpperCase()}${name.slice(1)}`);
  const session = await world.session(user, options);
  const { token } = user;
  const person: Person = {
    user,
    address,
    session,
    page: session.page,
    async link() {
      const start = (await host.api.expectOk('POST', '/api/mailOAuth:start', {
        token,
        body: { provider: 'google', origin: host.baseUrl, returnTo: '/admin/mail' },
      })) as OAuthStart;
      await control('setAutoApprove', { account: address });
      const answer = await fetch(start.url, { redirect: 'manual' });
      await control('setAutoApprove', null);
      const back = new URL(answer.headers.get('location') ?? 'about:blank');
      const linked = await host.api.expectOk('POST', '/api/mailOAuth:callback', {
        token,
        body: Object.fromEntries(back.searchParams),
      });
      return linked.account as Account;
    },
    async account() {
      const accounts = (await host.api.expectOk('GET', '/api/mailAccounts:list', { token })) as Account[];
      const found = accounts.find((account) => account.address === address);
      if (!found) throw new Error(`${address} is not connected.`);
      return found;
    },
    async settled() {
      await person.link();
      await waitUntil(async () => (await person.account()).progress.phase === 'done', {
        process: undefined,
        what: `The first sync of ${address}`,
        timeoutMs: WAIT.timeout,
      });
      await person.openMail();
      return person.account();
    },
    async openMail() {
      await session.open('', '/admin/mail');
      await session.page.getByTestId('mail-nav').getByText(address).waitFor(WAIT);
    },
    async receive(mail) {
      await control('newMail', { account: address, ...mail });
      await session.page.getByRole('button', { name: /Sync emails/ }).click();
    },
    async card() {
      const card = session.page.getByTestId('account-card').filter({ hasText: address });
      if (!(await card.isVisible())) await session.page.getByRole('button', { name: 'Mail settings' }).click(WAIT);
      await card.waitFor(WAIT);
      return card;
    },
  };
  return person;
}

/** Chooses an action from the menu of the mailbox's card. */
export async function choose(person: Person, action: string): Promise<void> {
  const card = await person.card();
  await card.getByRole('button', { name: `Actions for ${person.address}` }).click();
  await person.page.getByRole('menuitem', { name: action }).click();
}
