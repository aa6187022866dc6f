import type { Log } from '../../ports/log';
import type { LeaseToken } from '../../ports/mail-store';
import type { MailProvider } from '../../providers/provider';
import { LeaseKeeper } from '../lease';
import { runSlice, type SliceResult, type SliceSettings } from '../runner';
import { FakeMailbox } from './fake-mailbox';
import { FakeProvider, type FakeProviderOptions, stateOf } from './fake-provider';
import { InMemoryStore } from './in-memory-store';
import { settleTestPlaces, testPlaces } from './messages';
import { SeededRandom } from './rng';
import { differences, type MailboxTruth, type TruthOptions } from './truth';
import { VirtualClock } from './virtual-clock';

export const ACCOUNT = '1';
const DAY = 24 * 60 * 60_000;

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

export interface NodeOptions {
  readonly provider: MailProvider;
  readonly store: InMemoryStore;
  readonly clock: VirtualClock;
  readonly owner: string;
  readonly settings: () => SliceSettings;
  readonly log?: Log;
}

/** A worker process: claims the account's lease, runs a slice, gives the lease back, as the plugin's worker does. */
export class SyncNode {
  readonly #options: NodeOptions;
  readonly #keeper: LeaseKeeper;
  #failures = 0;
  #hadError = false;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#keeper = new LeaseKeeper({ store: options.store, clock: options.clock, owner: options.owner });
  }

  /** Null when another node has the account. */
  async slice(budgetMs = 5_000, stop: AbortSignal = new AbortController().signal): Promise<SliceResult | null> {
    const result = await this.#keeper.withLease(ACCOUNT, stop, (lease, signal) => this.run(lease, budgetMs, signal));
    if (!result) return null;
    this.#failures = result.error ? this.#failures + 1 : 0;
    this.#hadError = result.error !== null;
    return result;
  }

  run(lease: LeaseToken, budgetMs: number, stop: AbortSignal): Promise<SliceResult> {
    const { provider, store, clock, settings, log } = this.#options;
    return runSlice({
      accountId: ACCOUNT,
      provider,
      store,
      lease,
      clock,
      log: log ?? silent,
      budgetMs,
      stop,
      settings: settings(),
      failures: this.#failures,
      hadError: this.#hadError,
      random: new SeededRandom(1),
    });
  }
}

/** Runs slices until nothing is left to do, moving the clock to whatever the engine waits for. */
export async function settle(node: SyncNode, clock: VirtualClock, maxSlices = 400): Promise<SliceResult> {
  for (let turn = 0; turn < maxSlices; turn += 1) {
    const result = await node.slice();
    if (!result) {
      // Somebody else holds the lease: dead or alive, a TTL later we know.
      clock.advance(11_000);
      continue;
    }
    if (result.status === 'idle') return result;
    if (result.nextAt === null) throw new Error(`The account waits for a person: ${result.status}.`);
    clock.advance(Math.max(0, result.nextAt - clock.now()));
  }
  throw new Error(`The sync did not come to rest in ${maxSlices} slices.`);
}

/** A mailbox, a provider over it, a store and one node: the stage of the stories with the hand-written provider. */
export function fakeWorld(options: Partial<FakeProviderOptions> & { readonly syncFromDays?: number | null } = {}) {
  const clock = new VirtualClock();
  const mailbox = new FakeMailbox();
  const store = new InMemoryStore({ settlePlaces: settleTestPlaces });
  const provider = new FakeProvider(mailbox, { clock, ...options });
  const days = options.syncFromDays === undefined ? 90 : options.syncFromDays;
  const settings: { -readonly [K in keyof SliceSettings]: SliceSettings[K] } = {
    syncFrom: days === null ? null : clock.now() - days * DAY,
    placesMaxAgeMs: 0,
  };
  const nodeNamed = (owner: string) => new SyncNode({ provider, store, clock, owner, settings: () => settings });
  const node = nodeNamed('node-1');

  const truth = (): MailboxTruth => {
    const places = testPlaces([...mailbox.labels.keys()]);
    return {
      messages: [...mailbox.messages.values()].map((message) => ({
        ...stateOf(message),
        subject: message.subject,
        receivedAt: message.receivedAt,
      })),
      places: [
        ...places.folders.map(({ remoteId, name }) => ({ remoteId, name })),
        ...[...mailbox.labels].map(([remoteId, name]) => ({ remoteId, name })),
      ],
    };
  };
  return {
    clock,
    mailbox,
    store,
    provider,
    settings,
    node,
    nodeNamed,
    settle: (maxSlices?: number) => settle(node, clock, maxSlices),
    /** What is wrong with the rows; see differences. */
    wrong: (over: Partial<TruthOptions> = {}) =>
      differences(store.snapshot(ACCOUNT), truth(), {
        settle: settleTestPlaces,
        syncFrom: settings.syncFrom,
        pending: (remoteId) => store.pendingEffects(ACCOUNT, remoteId),
        subjects: true,
        ...over,
      }),
    /** `count` messages, one every `everyDays` back from now; some threads have several messages. */
    seed: (count: number, everyDays = 1) =>
      Array.from({ length: count }, (_, index) =>
        mailbox.deliver(clock.now() - index * everyDays * DAY, {
          ...(index % 5 === 3 ? { thread: `shared${index - 3}` } : index % 5 === 0 ? { thread: `shared${index}` } : {}),
          places: index % 7 === 0 ? ['INBOX', 'L1'] : index % 11 === 0 ? ['SPAM'] : ['INBOX'],
          isRead: index % 3 === 0,
        }),
      ),
  };
}
