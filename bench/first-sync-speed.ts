/**
 * A first sync as fast as it goes, quota off, by the whole plugin in a real NocoBase: messages a second, the CPU that it
 * costs, what memory grows by, and what the rows take, on SQLite and on PostgreSQL. The simulator's CPU stands apart.
 */
import { BENCH_PROVIDERS, benchProvider } from './lib/providers';
import { machine, openMailBench, type Dialect } from './lib/mail-bench';
import { measureTables } from './lib/table-sizes';
import { report, type Row } from './lib/table';

const PROVIDER = benchProvider();
const { domain, title, withoutLimits } = BENCH_PROVIDERS[PROVIDER];
const ADDRESS = `bench@${domain}`;
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 10_000);
const DIALECTS = (process.env.BENCH_DIALECTS ?? 'sqlite,postgres').split(',') as Dialect[];
const MEGABYTE = 1024 * 1024;

async function firstSync(dialect: Dialect): Promise<Row[]> {
  const bench = await openMailBench({
    dialect,
    provider: PROVIDER,
    simulator: ['--mailboxes', `${ADDRESS}=${MESSAGES}`, '--profile', 'bench', '--quota', 'off'],
    env: withoutLimits,
  });
  try {
    const { app, simulator } = bench;
    const before = machine();
    const memoryBefore = await app.memory();
    const usageBefore = await app.usage();
    const simulatorBefore = simulator.cpuSeconds();
    await app.loopDelay();
    const account = await bench.connect(ADDRESS);
    await bench.call('POST', `mailAccounts:update?filterByTk=${account.id}`, bench.token, { syncFrom: null });
    const began = performance.now();
    const { progress } = await bench.synced(account.id, 1_000);
    const seconds = (performance.now() - began) / 1000;
    const delay = await app.loopDelay();
    const usage = await app.usage();
    const simulatorAfter = simulator.cpuSeconds();
    const memory = await app.memory();
    const messages = progress.hydrated;
    if (messages < MESSAGES) throw new Error(`Only ${messages} messages are here.`);

    const { sizes, plain } = await measureTables(bench);
    const cpu = (usage.cpuMs - usageBefore.cpuMs) / messages;
    const simulatorCpu = simulatorBefore === null || simulatorAfter === null ? null : simulatorAfter - simulatorBefore;
    const on = dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL';
    const largest = sizes.byTable
      .slice(0, 4)
      .map(([name, bytes]) => `${name} ${Math.round((bytes / sizes.total) * 100)} %`)
      .join(', ');
    return [
      { figure: `${on}: messages (machine before)`, measured: `${messages.toLocaleString('en-US')} (${before})` },
      {
        figure: `${on}: messages/s (limit: a bare copy of the same rows)`,
        measured: messages / seconds,
        limit: messages / plain.seconds,
      },
      {
        figure: `${on}: rows/s`,
        measured: plain.rows / seconds,
        limit: plain.rows / plain.seconds,
      },
      {
        figure: `${on}: CPU s per 1,000 messages, NocoBase with the plugin`,
        measured: cpu,
      },
      ...(simulatorCpu === null
        ? []
        : [{ figure: `${on}: CPU s per 1,000 messages, simulator`, measured: (simulatorCpu / messages) * 1000 }]),
      {
        figure: `${on}: memory growth after collections, MB (resident; the target is for 50,000)`,
        measured: (memory.resident - memoryBefore.resident) / MEGABYTE,
        target: '≤ 120 MB',
      },
      { figure: `${on}: memory growth, MB (heap)`, measured: (memory.heap - memoryBefore.heap) / MEGABYTE },
      { figure: `${on}: event-loop delay p99, ms`, measured: delay.p99 },
      { figure: `${on}: bytes per message in the database`, measured: Math.round(sizes.total / messages) },
      { figure: `${on}: the indexes' share, %`, measured: (sizes.indexes / sizes.total) * 100 },
      { figure: `${on}: largest tables`, measured: largest },
    ];
  } finally {
    await bench.stop();
  }
}

const rows: Row[] = [];
for (const dialect of DIALECTS) rows.push(...(await firstSync(dialect)));
report(
  PROVIDER === 'google' ? 'first-sync-speed' : `first-sync-speed-${PROVIDER}`,
  `${title}: a first sync at full speed, limits off`,
  rows,
);
