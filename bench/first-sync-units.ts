/**
 * A first sync of one mailbox in Gmail's own currency, on virtual time: what it costs beside the cheapest mix of
 * thread and message gets, how much of the allowed units it uses while work remains, and how often it is refused.
 */
import { createGmailProvider } from '@email-manager/mail-engine/providers/gmail/provider';
import { GMAIL_QUOTAS, type GmailQuotaName } from '@email-manager/mail-engine/providers/gmail/quota';
import { Pacer } from '@email-manager/mail-engine/providers/pacer';
import { settlePlaces } from '@email-manager/mail-engine/providers/gmail/labels';
import { InMemoryStore } from '@email-manager/mail-engine/sync/testing/in-memory-store';
import { VirtualClock } from '@email-manager/mail-engine/sync/testing/virtual-clock';
import { ACCOUNT, SyncNode } from '@email-manager/mail-engine/sync/testing/world';
import { createGoogleFetch, createGoogleSimulator } from '@email-manager/provider-simulators/google/simulator';
import { report, type Row } from './lib/table';

const ADDRESS = 'bench@gmail.example';
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 5_000);
const LATENCY_MS = 80;
const WINDOW_MS = 60_000;

async function firstSync(table: GmailQuotaName, messages: number) {
  const clock = new VirtualClock();
  const google = createGoogleSimulator({
    clock,
    sleep: (ms) => clock.sleep(ms),
    latencyMs: LATENCY_MS,
    quota: { table, enforced: true },
    accounts: [{ address: ADDRESS, messages, profile: 'tiny', seed: 7 }],
  });
  const { accessToken } = google.control.issueTokens({ account: ADDRESS });
  const quota = GMAIL_QUOTAS[table];
  const pacer = new Pacer({ clock, unitsPerWindow: quota.unitsPerMinute });
  const provider = createGmailProvider({
    http: createGoogleFetch(google),
    tokens: { accessToken: async () => accessToken, replaceRefused: async () => accessToken },
    pacer,
    clock,
    quota,
  });
  const store = new InMemoryStore({ settlePlaces });
  const node = new SyncNode({ provider, store, clock, owner: 'bench', settings: () => ({ syncFrom: null }) });

  google.control.resetCounters();
  const started = clock.now();
  let workEndedAt = started;
  for (let slice = 0; slice < 10_000; slice += 1) {
    const result = await node.slice();
    if (!result) throw new Error('The bench lost its lease.');
    if (result.status === 'idle') break;
    workEndedAt = clock.now();
    if (result.nextAt === null) throw new Error(`The sync waits for a person: ${result.status}.`);
    clock.advance(Math.max(0, result.nextAt - clock.now()));
  }
  const counters = google.control.counters();
  const truth = google.control.truth({ account: ADDRESS });
  const here = store.snapshot(ACCOUNT).messages.length;
  if (here !== Object.keys(truth.messages).length) throw new Error(`Only ${here} messages are here.`);

  const sizes = new Map<string, number>();
  for (const { threadId } of Object.values(truth.messages)) sizes.set(threadId, (sizes.get(threadId) ?? 0) + 1);
  let cheapest = 0;
  for (const size of sizes.values()) {
    cheapest += Math.min(size * quota.costs['messages.get'], quota.costs['threads.get']);
  }
  return {
    counters,
    units: counters.unitsByUser[ADDRESS] ?? 0,
    cheapest,
    here,
    threads: sizes.size,
    minutes: (workEndedAt - started) / WINDOW_MS,
  };
}

const rows: Row[] = [];
for (const table of ['2026', 'old'] as const) {
  const { counters, units, cheapest, here, threads, minutes } = await firstSync(
    table,
    table === '2026' ? MESSAGES : MESSAGES * 8,
  );
  const limit = GMAIL_QUOTAS[table].unitsPerMinute;
  // The window slides: a run may spend one whole window at once, and then as much as each further moment frees.
  const allowed = limit * (1 + minutes);
  rows.push(
    { figure: `${table}: messages (conversations)`, measured: `${here} (${threads})` },
    { figure: `${table}: units, beside the cheapest gets`, measured: units, target: '≤ 1.03 ×', limit: cheapest },
    { figure: `${table}: units / cheapest`, measured: units / cheapest, target: '≤ 1.03', limit: 1 },
    {
      figure: `${table}: messages per 1,000 units`,
      measured: (here / units) * 1000,
      ...(table === '2026' ? { target: '≥ 100' } : {}),
      limit: (here / cheapest) * 1000,
    },
    {
      figure: `${table}: minutes (virtual, ${LATENCY_MS} ms a call)`,
      measured: minutes,
      limit: Math.max(0, units / limit - 1),
    },
    {
      figure: `${table}: allowed units used while work remains, %`,
      measured: (units / allowed) * 100,
      target: '≥ 95 %',
    },
    { figure: `${table}: answers that are 429 or 403, %`, measured: counters.refusedShare * 100, target: '≤ 1 %' },
  );
}
report('first-sync-units', "A first sync in Gmail's units", rows);
