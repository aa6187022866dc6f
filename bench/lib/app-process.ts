/**
 * A real NocoBase with the built plugin in a process of its own, so that what it costs is measured apart from whoever
 * measures. Started by mail-bench.ts, which asks it over Node's own channel.
 */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { bootApp, type TestApp } from '../../packages/plugin-email-manager/test-support/boot-app';
import { requireFromHost } from '../../packages/plugin-email-manager/test-support/host-modules';

export interface AppProcessOptions {
  dialect: 'sqlite' | 'postgres';
  env: Record<string, string>;
}

export interface Usage {
  /** CPU of all threads of the process since its start, milliseconds. */
  cpuMs: number;
}

/** Bytes, after garbage collections. */
export interface Memory {
  resident: number;
  heap: number;
}

export interface LoopDelay {
  /** Milliseconds; an idle loop shows the sampling interval of 10 ms. */
  p50: number;
  p99: number;
  max: number;
}

export interface Turns {
  /** What the host's transactions waited for their turn. */
  hostWaited: number[];
  /** How long the plugin's background transactions held the writer, commit included. */
  pluginHeld: number[];
}

/** What can be asked of the process. */
export interface AppProcessCalls {
  usage(): Usage;
  memory(): Promise<Memory>;
  /** What was seen since the last call; the first call begins. */
  loopDelay(): LoopDelay;
  /** SQL statements by text since the last call; the first call begins. */
  statements(): [text: string, times: number][];
  /** How often the SQLite driver answered SQLITE_BUSY since the start, retried or not. */
  busy(): number;
  /** Milliseconds of the transactions since the last call; the first call begins. */
  turns(): Turns;
  createUser(name: string): Promise<{ id: number; token: string }>;
  login(): Promise<string>;
  stop(): Promise<void>;
}

function countBusy(): () => number {
  let busy = 0;
  const { Database, Statement } = requireFromHost('sqlite3');
  for (const [prototype, methods] of [
    [Database.prototype, ['run', 'all', 'get', 'exec']],
    [Statement.prototype, ['run', 'all', 'get']],
  ] as const) {
    for (const method of methods) {
      const original = prototype[method];
      prototype[method] = function (this: unknown, ...args: unknown[]) {
        const answer = args.at(-1);
        if (typeof answer === 'function') {
          args[args.length - 1] = function (this: unknown, ...values: unknown[]) {
            if ((values[0] as { code?: string } | null)?.code === 'SQLITE_BUSY') busy += 1;
            return answer.apply(this, values);
          };
        }
        return original.apply(this, args);
      };
    }
  }
  return () => busy;
}

function countStatements(app: TestApp): () => [string, number][] {
  let counts: Map<string, number> | null = null;
  const { sequelize } = app.db;
  const query = sequelize.query.bind(sequelize) as (...args: unknown[]) => Promise<unknown>;
  sequelize.query = ((...args: unknown[]) => {
    const [text] = args as [string | { query: string }];
    const sql = typeof text === 'string' ? text : text.query;
    counts?.set(sql, (counts.get(sql) ?? 0) + 1);
    return query(...args);
  }) as never;
  return () => {
    const seen = [...(counts ?? [])].sort(([, a], [, b]) => b - a);
    counts = new Map();
    return seen;
  };
}

/** V8 gives freed pages back in the background: a few collections with time between them show what is really held. */
async function memory(): Promise<Memory> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss, heap: heapUsed };
}

function watchTurns(app: TestApp): () => Turns {
  let turns: Turns | null = null;
  const { sequelize } = app.db;
  const transaction = sequelize.transaction.bind(sequelize) as (...args: unknown[]) => Promise<unknown>;
  sequelize.transaction = ((...args: unknown[]) => {
    const [options] = args as [Record<string, unknown> | undefined];
    const run = args.find((arg): arg is (transaction: unknown) => Promise<unknown> => typeof arg === 'function');
    const asked = performance.now();
    if (options?.transaction) return transaction(...args);
    const isBackground = options?.emailManagerBackground === true;
    if (!run) {
      return transaction(...args).then((begun) => {
        turns?.hostWaited.push(performance.now() - asked);
        return begun;
      });
    }
    let began = asked;
    const timed = (begun: unknown) => {
      began = performance.now();
      if (!isBackground) turns?.hostWaited.push(began - asked);
      return run(begun);
    };
    return transaction(...args.map((arg) => (arg === run ? timed : arg))).finally(() => {
      if (isBackground) turns?.pluginHeld.push(performance.now() - began);
    });
  }) as never;
  return () => {
    const seen = turns ?? { hostWaited: [], pluginHeld: [] };
    turns = { hostWaited: [], pluginHeld: [] };
    return seen;
  };
}

function watchLoop(): () => LoopDelay {
  let histogram: IntervalHistogram | null = null;
  return () => {
    const old = histogram;
    old?.disable();
    histogram = monitorEventLoopDelay({ resolution: 10 });
    histogram.enable();
    const ms = (value: number) => value / 1e6;
    return { p50: ms(old?.percentile(50) ?? 0), p99: ms(old?.percentile(99) ?? 0), max: ms(old?.max ?? 0) };
  };
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as AppProcessOptions;
  const busy = options.dialect === 'sqlite' ? countBusy() : () => 0;
  const app = await bootApp({ dialect: options.dialect, env: options.env });
  const calls: AppProcessCalls = {
    usage() {
      const { user, system } = process.cpuUsage();
      return { cpuMs: (user + system) / 1000 };
    },
    memory,
    loopDelay: watchLoop(),
    statements: countStatements(app),
    busy,
    turns: watchTurns(app),
    createUser: (name) => app.createUser(name),
    login: () => app.login(),
    stop: () => app.stop(),
  };
  process.on('message', ({ id, name, args }: { id: number; name: keyof AppProcessCalls; args: [string] }) => {
    const answer = (value: object) => process.send?.({ id, ...value });
    Promise.resolve()
      .then(() => (calls[name] as (...args: unknown[]) => unknown)(...args))
      .then((value) => answer({ value: value ?? null }))
      .catch((error: unknown) => answer({ error: String(error) }))
      // NocoBase leaves timers behind.
      .finally(() => name === 'stop' && setImmediate(() => process.exit(0)));
  });
  process.on('disconnect', () => process.exit(1));
  process.send?.({ ready: { baseUrl: app.baseUrl, storageDir: app.storageDir, database: databaseOf(app) } });
}

function databaseOf(app: TestApp): string {
  const { database } = app.db.sequelize.config as unknown as { database?: string };
  return database ?? '';
}

void main();
