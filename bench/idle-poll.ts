/**
 * What a mailbox costs in which nothing happens: calls to the provider and SQL statements of one poll, and the CPU of two hundred
 * such mailboxes at the usual interval. All polls are made back to back, as fast as the worker takes them.
 */
import { BENCH_PROVIDERS, benchProvider } from './lib/providers';
import { machine, openMailBench, sleep, type Counters } from './lib/mail-bench';
import { report } from './lib/table';

const ACCOUNTS = Number(process.env.BENCH_ACCOUNTS ?? 200);
const PROVIDER = benchProvider();
const { domain, title, withoutLimits, poll, callsPerPoll } = BENCH_PROVIDERS[PROVIDER];
const INTERVAL_S = 300;
/** How often the worker reads its list of mailboxes, whatever the interval is. */
const REFRESH_S = 15;
const QUIET_S = 30;
const ROUNDS = 3;

const addresses = Array.from({ length: ACCOUNTS }, (_, index) => `idle${index}@${domain}`);
const bench = await openMailBench({
  provider: PROVIDER,
  simulator: ['--mailboxes', addresses.map((address) => `${address}=20`).join(), '--profile', 'tiny', '--quota', 'off'],
  env: { ...withoutLimits, EMAIL_MANAGER_SYNC_INTERVAL_SECONDS: '86400' },
});

const isTransactionControl = (sql: string) =>
  /^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SET TRANSACTION)/i.test(sql);
const isRunLog = (sql: string) => sql.includes('mailSyncRuns');

async function polls(): Promise<number> {
  const { calls } = await bench.simulator.control<Counters>('counters');
  return calls[poll] ?? 0;
}

/** The administrator saves the settings: every mailbox is looked at once. */
async function pollAll(): Promise<void> {
  await bench.call('POST', `mailProviders:update?filterByTk=${PROVIDER}`, bench.rootToken, {
    syncIntervalSeconds: 86_400,
  });
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 300_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await sleep(500);
  }
}

try {
  const { app, simulator } = bench;
  const before = machine();
  for (const address of addresses) await bench.connect(address);
  await until('the first syncs', async () => {
    const accounts = await bench.call<{ progress: { phase: string }; lastSyncedAt: string | null }[]>(
      'GET',
      'mailAccounts:list',
      bench.token,
    );
    return accounts.every((account) => account.progress.phase === 'done' && account.lastSyncedAt !== null);
  });
  // What the last slices left to do is no part of an idle round.
  let seen = -1;
  await until('quiet', async () => {
    const last = seen;
    seen = (await simulator.control<Counters>('counters')).apiRequests;
    if (seen !== last) await sleep(3_000);
    return seen === last;
  });

  const quietBefore = await app.usage();
  await app.statements();
  await sleep(QUIET_S * 1000);
  const quiet = ((await app.usage()).cpuMs - quietBefore.cpuMs) / 1000 / QUIET_S;
  const quietStatements = (await app.statements()).reduce((sum, [, times]) => sum + times, 0);

  await simulator.control('resetCounters');
  await app.statements();
  const cpuBefore = await app.usage();
  const began = performance.now();
  for (let round = 1; round <= ROUNDS; round += 1) {
    await pollAll();
    await until('all polls', async () => (await polls()) >= ACCOUNTS * round);
    await sleep(1_000);
  }
  const seconds = (performance.now() - began) / 1000;
  const cpu = ((await app.usage()).cpuMs - cpuBefore.cpuMs) / 1000;
  const counters = await simulator.control<Counters>('counters');
  const statements = await app.statements();
  const made = counters.calls[poll] ?? 0;

  // Less often than in every twentieth poll: the saving of the settings and the worker's own look at the rows.
  const ofPolls = statements.filter(([, times]) => times >= made / 20);
  const counted = ofPolls.filter(([sql]) => !isTransactionControl(sql) && !isRunLog(sql));
  const perPoll = counted.reduce((sum, [, times]) => sum + times, 0) / made;
  for (const [sql, times] of ofPolls)
    console.log(`${(times / made).toFixed(2)} × ${sql.replace(/\s+/g, ' ').slice(0, 150)}`);
  const share = (seconds: number) => (seconds / INTERVAL_S) * 100;
  const pollCpu = (Math.max(0, cpu - quiet * seconds) / made) * ACCOUNTS;
  report(
    PROVIDER === 'google' ? 'idle-poll' : `idle-poll-${PROVIDER}`,
    `${title}: mailboxes in which nothing happens (${before})`,
    [
      { figure: 'idle mailboxes', measured: ACCOUNTS },
      { figure: 'HTTP calls per poll', measured: counters.apiRequests / made, target: callsPerPoll, limit: 1 },
      { figure: 'SQL statements per poll', measured: perPoll, target: '≤ 3', limit: 1 },
      { figure: 'CPU ms per poll', measured: (pollCpu / ACCOUNTS) * 1000 },
      {
        figure: `CPU of ${ACCOUNTS} polls every ${INTERVAL_S} s, % of a core`,
        measured: share(pollCpu),
        target: '≤ 5 %',
      },
      { figure: 'CPU between polls (NocoBase and the worker), % of a core', measured: quiet * 100 },
      { figure: `SQL statements between polls, per ${REFRESH_S} s`, measured: (quietStatements / QUIET_S) * REFRESH_S },
    ],
  );
} finally {
  await bench.stop();
}
