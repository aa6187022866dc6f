/**
 * A first sync of one Outlook mailbox under Outlook's limits, on virtual time: how much of the four slots is busy while
 * work remains, how often Graph says "too many", and what an idle poll of a mailbox with thirty folders costs.
 */
import { createOutlookProvider } from '@email-manager/mail-engine/providers/outlook/provider';
import { outlookPace } from '@email-manager/mail-engine/providers/outlook/quota';
import { settlePlaces } from '@email-manager/mail-engine/providers/outlook/places';
import { Pacer } from '@email-manager/mail-engine/providers/pacer';
import { InMemoryStore } from '@email-manager/mail-engine/sync/testing/in-memory-store';
import { VirtualClock } from '@email-manager/mail-engine/sync/testing/virtual-clock';
import { ACCOUNT, SyncNode } from '@email-manager/mail-engine/sync/testing/world';
import { addMicrosoftAccount } from '@email-manager/provider-simulators/microsoft/graph/accounts';
import { MailControl } from '@email-manager/provider-simulators/microsoft/graph/mail-control';
import { createMicrosoftFetch, createMicrosoftSimulator } from '@email-manager/provider-simulators/microsoft/simulator';
import { report } from './lib/table';

const ADDRESS = 'bench@outlook.example';
const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 5_000);
const FOLDERS = 30;
const LATENCY_MS = 80;
const SLOTS = 4;

const clock = new VirtualClock();
const microsoft = createMicrosoftSimulator({
  clock,
  sleep: (ms) => clock.sleep(ms),
  latencyMs: LATENCY_MS,
  accounts: [],
});
addMicrosoftAccount(microsoft.state, { address: ADDRESS, messages: MESSAGES, profile: 'tiny', seed: 7 });
const mail = new MailControl(microsoft.state);
const foldersThere = () => Object.keys(mail.truth({ account: ADDRESS }).folders).length;
for (let number = foldersThere(); number < FOLDERS; number += 1)
  mail.createFolder({ account: ADDRESS, name: `Folder ${number}` });

const { accessToken } = microsoft.control.issueTokens({ account: ADDRESS });
const provider = createOutlookProvider({
  http: createMicrosoftFetch(microsoft),
  tokens: { accessToken: async () => accessToken, replaceRefused: async () => accessToken },
  pacer: new Pacer({ clock, ...outlookPace() }),
  clock,
});
const store = new InMemoryStore({ settlePlaces, splitThreads: true });
const node = new SyncNode({ provider, store, clock, owner: 'bench', settings: () => ({ syncFrom: null }) });

microsoft.control.resetCounters();
const started = clock.now();
let workEndedAt = started;
const commit = store.commit.bind(store);
store.commit = async (lease, write) => {
  await commit(lease, write);
  if (write.messages?.length) workEndedAt = clock.now();
};
for (let slice = 0; slice < 10_000; slice += 1) {
  const result = await node.slice();
  if (!result) throw new Error('The bench lost its lease.');
  if (result.status === 'idle') break;
  if (result.nextAt === null) throw new Error(`The sync waits for a person: ${result.status}.`);
  clock.advance(Math.max(0, result.nextAt - clock.now()));
}
const seconds = (workEndedAt - started) / 1000;
const counters = microsoft.control.counters();
const here = store.snapshot(ACCOUNT).messages.length;
const there = Object.keys(mail.truth({ account: ADDRESS }).messages).length;
if (here !== there) throw new Error(`Only ${here} of ${there} messages are here.`);
const limits = counters.limits[ADDRESS];
if (!limits) throw new Error('The simulator has counted nothing.');
const requests = counters.requestsByAccount[ADDRESS] ?? 0;
const afterTheFirstMinute = Object.entries(counters.refusedPerMinute)
  .filter(([at]) => Date.parse(at) >= started + 60_000)
  .reduce((sum, [, refused]) => sum + refused, 0);
// At full speed a window's requests are spent long before it ends: then nothing frees until ten minutes after the first.
const WINDOW = { requests: 10_000, seconds: 600 };
const windows = Math.floor((requests - 1) / WINDOW.requests);
const fastest = windows * WINDOW.seconds + (((requests - windows * WINDOW.requests) / SLOTS) * LATENCY_MS) / 1000;

microsoft.control.resetCounters();
store.calls.length = 0;
if ((await node.slice())?.status !== 'idle') throw new Error('The mailbox does not come to rest.');
const idle = microsoft.control.counters();

report('outlook-limits', 'Outlook: a first sync under the limits', [
  { figure: 'messages (folders)', measured: `${here} (${foldersThere()})` },
  { figure: `seconds (virtual, ${LATENCY_MS} ms a request)`, measured: seconds, limit: fastest },
  {
    figure: 'busy share of the four slots while work remains, %',
    measured: (limits.busySlotMs / (seconds * 1000 * SLOTS)) * 100,
    // Where the ten minutes' requests are spent, the slots have to stand idle.
    ...(windows === 0 ? { target: '≥ 95 %' } : {}),
    limit: (((requests / SLOTS) * LATENCY_MS) / 1000 / fastest) * 100,
  },
  { figure: 'requests per message', measured: requests / here, limit: 1 },
  { figure: 'answers with 429 after the first minute', measured: afterTheFirstMinute, target: '0', limit: 0 },
  { figure: 'answers with 429 in the first minute', measured: counters.answers[429] ?? 0, limit: 0 },
  {
    figure: `HTTP calls per idle poll, ${foldersThere()} folders`,
    measured: idle.apiRequests,
    target: '≤ 2',
    limit: 2,
  },
  { figure: 'statements of the store per idle poll', measured: store.calls.length, target: '≤ 3', limit: 1 },
]);
