/**
 * What a NocoBase on SQLite feels of a first sync at full speed: four ordinary writes a second by HTTP, beside it the
 * event loop, and every SQLITE_BUSY that the driver answered, retried or not.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { machine, openMailBench, percentile, sleep } from './lib/mail-bench';
import { report } from './lib/table';

const ADDRESS = 'bench@gmail.example';
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 5_000);
const PERIOD_MS = 250;
/** Writes without a sync, for comparison. */
const QUIET_WRITES = 40;

const bench = await openMailBench({
  simulator: ['--mailboxes', `${ADDRESS}=${MESSAGES}`, '--profile', 'bench', '--quota', 'off'],
  env: { EMAIL_MANAGER_GOOGLE_QUOTA: 'off' },
});

/** One write every 250 ms whether or not the one before was answered, until `until` says so. */
async function writeToCore(until: (writes: number) => boolean): Promise<{ ms: number[]; failed: string[] }> {
  const ms: number[] = [];
  const failed: string[] = [];
  const open: Promise<void>[] = [];
  for (let writes = 0; !until(writes); writes += 1) {
    const due = performance.now() + PERIOD_MS;
    const began = performance.now();
    open.push(
      bench
        .call('POST', 'users:update?filterByTk=1', bench.rootToken, { nickname: `Root ${writes}` })
        .then(() => void ms.push(performance.now() - began))
        .catch((error: unknown) => void failed.push(String(error))),
    );
    await sleep(Math.max(0, due - performance.now()));
  }
  await Promise.all(open);
  return { ms, failed };
}

try {
  const { app } = bench;
  const before = machine();
  await app.loopDelay();
  const quiet = await writeToCore((writes) => writes >= QUIET_WRITES);
  const quietDelay = await app.loopDelay();

  // An idle process feels only the rest of the machine: what it shows is no fault of the plugin.
  const idle = monitorEventLoopDelay({ resolution: 10 });
  idle.enable();
  const busyBefore = await app.busy();
  const account = await bench.connect(ADDRESS);
  await bench.call('POST', `mailAccounts:update?filterByTk=${account.id}`, bench.token, { syncFrom: null });
  const began = performance.now();
  await app.loopDelay();
  await app.turns();
  let done = false;
  const syncing = bench.synced(account.id, 2_000).finally(() => (done = true));
  const { ms, failed } = await writeToCore(() => done);
  const { progress } = await syncing;
  const seconds = (performance.now() - began) / 1000;
  const delay = await app.loopDelay();
  const busy = (await app.busy()) - busyBefore;
  const { hostWaited, pluginHeld } = await app.turns();
  idle.disable();
  if (failed.length > 0) console.error([...new Set(failed)].slice(0, 3).join('\n'));
  report('sqlite-beside-core', `A first sync on SQLite beside NocoBase's own work (${before})`, [
    { figure: 'messages', measured: progress.hydrated },
    { figure: 'messages/s meanwhile', measured: progress.hydrated / seconds },
    { figure: 'SQLITE_BUSY from the driver', measured: busy, target: '0', limit: 0 },
    { figure: 'core writes that failed', measured: failed.length, target: '0', limit: 0 },
    { figure: 'core writes', measured: ms.length },
    {
      figure: 'core write p50, ms (limit: without a sync)',
      measured: percentile(ms, 0.5),
      limit: percentile(quiet.ms, 0.5),
    },
    {
      figure: 'core write p95, ms',
      measured: percentile(ms, 0.95),
      target: '≤ 200 ms',
      limit: percentile(quiet.ms, 0.95),
    },
    { figure: 'core write, slowest, ms', measured: Math.max(...ms), limit: Math.max(...quiet.ms) },
    { figure: 'a core transaction waits for its turn, p50 ms', measured: percentile(hostWaited, 0.5) },
    { figure: 'a core transaction waits for its turn, p95 ms', measured: percentile(hostWaited, 0.95) },
    { figure: 'core transactions per write', measured: hostWaited.length / ms.length },
    { figure: "the plugin's transactions, p50 ms", measured: percentile(pluginHeld, 0.5) },
    { figure: "the plugin's transactions, p95 ms", measured: percentile(pluginHeld, 0.95), target: '≤ 50 ms' },
    { figure: 'event-loop delay p99, ms', measured: delay.p99, target: '≤ 100 ms', limit: quietDelay.p99 },
    { figure: 'event-loop delay, longest, ms', measured: delay.max, limit: quietDelay.max },
    { figure: 'event-loop delay p99 of an idle process beside it, ms', measured: idle.percentile(99) / 1e6 },
  ]);
} finally {
  await bench.stop();
}
