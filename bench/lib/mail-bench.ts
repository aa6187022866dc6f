/** The stage of the whole-plugin benchmarks: NocoBase, the providers and the one who measures, each in its own process. */
import { fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Account, OAuthStart } from '../../packages/plugin-email-manager/src/shared/api';
import { startSimulators } from '../../scripts/lib/simulator.mjs';
import { startPostgres } from '../../scripts/lib/postgres.mjs';
import type { AppProcessCalls, AppProcessOptions } from './app-process';
import type { BenchProvider } from './providers';

export type Dialect = AppProcessOptions['dialect'];

export interface Counters {
  /** HTTP requests to the mail interface; a batch is one. */
  apiRequests: number;
  calls: Record<string, number>;
}

export interface Simulator {
  readonly control: <T>(name: string, args?: object) => Promise<T>;
  /** CPU seconds of its process; null where the system does not tell. */
  cpuSeconds(): number | null;
}

type Remote = {
  [Name in keyof AppProcessCalls]: (
    ...args: Parameters<AppProcessCalls[Name]>
  ) => Promise<Awaited<ReturnType<AppProcessCalls[Name]>>>;
};

export interface MailBench {
  readonly app: Remote;
  readonly simulator: Simulator;
  readonly storageDir: string;
  /** The throw-away server and the database in it; null on SQLite. */
  readonly postgres: { host: string; port: number; user: string; password: string; database: string } | null;
  readonly rootToken: string;
  /** The person who owns the mailboxes. */
  readonly token: string;
  call<T>(method: 'GET' | 'POST', action: string, token: string, body?: object): Promise<T>;
  /** Walks through consent and gives what the browser would hand to `mailOAuth:callback`. */
  consent(address: string): Promise<object>;
  connect(address: string): Promise<Account>;
  account(id: string): Promise<Account>;
  /** Resolves when everything that the account should have is here. */
  synced(id: string, everyMs?: number): Promise<Account>;
  stop(): Promise<void>;
}

export interface MailBenchOptions {
  dialect?: Dialect;
  /** Whose mailboxes are connected; Google's by default. */
  provider?: BenchProvider;
  /** Arguments of the simulator's command. */
  simulator: string[];
  env?: Record<string, string>;
}

const appProcess = path.join(path.dirname(fileURLToPath(import.meta.url)), 'app-process.ts');

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

export async function openMailBench(options: MailBenchOptions): Promise<MailBench> {
  const { dialect = 'sqlite', provider = 'google' } = options;
  const logDir = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-bench-'));
  const ends: (() => Promise<unknown>)[] = [async () => fs.rmSync(logDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => console.error(String(error)));
  };
  try {
    const simulator = await startSimulators({
      args: options.simulator,
      logFile: path.join(logDir, 'simulator.log'),
    });
    ends.push(() => simulator.process.stop());
    const server = dialect === 'postgres' ? await startPostgres() : null;
    if (server) ends.push(server.stop);
    const started = await startApp(
      {
        dialect,
        env: {
          ...simulator.microsoft?.environment,
          ...simulator.environment,
          EMAIL_MANAGER_SYNC_INTERVAL_SECONDS: '300',
          ...options.env,
        },
      },
      server,
    );
    const { app, ready } = started;
    ends.push(() => app.stop());

    const rootToken = await app.login();
    const { token } = await app.createUser('Ann');
    const call: MailBench['call'] = async (method, action, bearer, body) => {
      const answer = await fetch(`${ready.baseUrl}/api/${action}`, {
        method,
        headers: {
          'X-Authenticator': 'basic',
          Authorization: `Bearer ${bearer}`,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${action} answered ${answer.status} ${text.slice(0, 500)}`);
      return (JSON.parse(text) as { data: never }).data;
    };
    const side = provider === 'google' ? simulator : simulator.microsoft;
    await call('POST', `mailProviders:update?filterByTk=${provider}`, rootToken, { ...side.client, enabled: true });

    const control: Simulator['control'] = async (name, args = {}) => {
      const answer = await fetch(`${side.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(args) });
      if (!answer.ok) throw new Error(`The simulator refused ${name}: ${await answer.text()}`);
      return (await answer.json()) as never;
    };
    const consent = async (address: string) => {
      const { url } = await call<OAuthStart>('POST', 'mailOAuth:start', token, {
        provider,
        origin: ready.baseUrl,
        returnTo: '/admin/mail',
      });
      await control('setAutoApprove', { account: address });
      const answer = await fetch(url, { redirect: 'manual' });
      return Object.fromEntries(new URL(answer.headers.get('location') ?? 'about:blank').searchParams);
    };
    const account = (id: string) => call<Account>('GET', `mailAccounts:get?filterByTk=${id}`, token);
    return {
      app,
      simulator: { control, cpuSeconds: () => cpuSecondsOf(simulator.process.pid) },
      storageDir: ready.storageDir,
      postgres: server ? { ...server, database: ready.database } : null,
      rootToken,
      token,
      call,
      consent,
      async connect(address) {
        const back = await consent(address);
        return (await call<{ account: Account }>('POST', 'mailOAuth:callback', token, back)).account;
      },
      account,
      async synced(id, everyMs = 500) {
        for (;;) {
          const now = await account(id);
          const { phase, hydrated, total, quarantined } = now.progress;
          if (phase === 'done' && hydrated === total && now.lastSyncedAt !== null) return now;
          if (quarantined > 0 || now.status !== 'active')
            throw new Error(`The sync stands still: ${JSON.stringify(now)}`);
          await sleep(everyMs);
        }
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ready {
  baseUrl: string;
  storageDir: string;
  database: string;
}

async function startApp(options: AppProcessOptions, postgres: object | null): Promise<{ app: Remote; ready: Ready }> {
  const child = fork(appProcess, [JSON.stringify(options)], {
    execArgv: ['--import', 'tsx', '--expose-gc', ...(process.env.BENCH_NODE_ARGS?.split(' ') ?? [])],
    env: {
      ...process.env,
      UV_THREADPOOL_SIZE: '32',
      ...(postgres ? { TEST_POSTGRES_SERVER: JSON.stringify(postgres) } : {}),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('exit', (code) => {
      const error = new Error(`The NocoBase of the benchmark ended with code ${code}.`);
      reject(error);
      for (const call of waiting.values()) call.reject(error);
    });
    child.on('message', (message: { ready?: Ready; id: number; value?: unknown; error?: string }) => {
      if (message.ready) return resolve(message.ready);
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error === undefined) call?.resolve(message.value);
      else call?.reject(new Error(message.error));
    });
  });
  const ask =
    (name: string) =>
    (...args: unknown[]) =>
      new Promise<unknown>((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, name, args });
      });
  const app = new Proxy({} as Remote, { get: (_, name) => (name === 'then' ? undefined : ask(String(name))) });
  return { app, ready };
}

/** Linux only: user and system time of a process, in the kernel's hundredths of a second. */
function cpuSecondsOf(pid: number | undefined): number | null {
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** What stands beside every figure: how busy the machine already was. */
export function machine(): string {
  const [load = 0] = os.loadavg();
  return `${os.cpus().length} cores, load ${load.toFixed(1)}`;
}
