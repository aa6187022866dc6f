import { MailError } from '../../errors';
import type { ChangeEvent, ChangePage, ListEntry, ListPage } from '../../model/change';
import type { HydratedMessage, MessageState } from '../../model/message';
import type { OrganiseOp, StateEffect } from '../../model/operation';
import type { Places } from '../../model/place';
import type { Clock } from '../../ports/clock';
import type {
  Capabilities,
  CheckOutcome,
  FetchOutcome,
  ListRequest,
  MailboxProfile,
  MailProvider,
} from '../../providers/provider';
import type { FakeMailbox, FakeMessage } from './fake-mailbox';
import { settleTestPlaces, testMessage, testPlaces } from './messages';

export type FakeCall = 'profile' | 'places' | 'list' | 'fetch' | 'check' | 'changes' | 'organise';

export interface FakeProviderOptions {
  readonly clock: Clock;
  readonly latencyMs?: number;
  readonly listPage?: number;
  readonly changesPage?: number;
  readonly fetchBatch?: number;
  readonly fetchConcurrency?: number;
  readonly organiseBatch?: number;
}

/**
 * A provider over a FakeMailbox with pages, per-id errors, a call log and accidents. `before` runs ahead of each call
 * and may throw (the call fails) or change the mailbox; `after` runs when the work was done and its answer may be lost.
 */
export class FakeProvider implements MailProvider {
  readonly capabilities: Capabilities;
  readonly log: { readonly call: FakeCall; readonly ids: readonly string[] }[] = [];
  before: (call: FakeCall, ids: readonly string[]) => void = () => {};
  after: (call: FakeCall, ids: readonly string[]) => void = () => {};
  /** Ids whose own answer is broken, and how. */
  readonly poison = new Map<string, MailError | 'garbage'>();
  /** Ids that are listed and do not exist. */
  readonly zombies: ListEntry[] = [];
  /** Ids that the search index does not know yet: a listing from a date leaves them out. */
  readonly notIndexed = new Set<string>();
  /** Ids that exist and that no listing shows. */
  readonly unlisted = new Set<string>();
  /** Ids whose change is refused for good. */
  readonly refused = new Set<string>();
  /** Cuts, repeats and reorders the events of a round; given all of them, returns its pages. */
  scramble: ((events: readonly ChangeEvent[]) => readonly (readonly ChangeEvent[])[]) | null = null;
  /** Page tokens given out before this moment are refused. */
  tokenEpoch = 0;
  readonly #rounds = new Map<string, { pages: readonly (readonly ChangeEvent[])[]; head: number }>();
  readonly #options: FakeProviderOptions;

  constructor(
    readonly mailbox: FakeMailbox,
    options: FakeProviderOptions,
  ) {
    this.#options = options;
    this.capabilities = {
      fetchBatch: options.fetchBatch ?? 10,
      fetchConcurrency: options.fetchConcurrency ?? 3,
      organiseBatch: options.organiseBatch ?? 5,
      settlePlaces: settleTestPlaces,
      skippableFolders: [],
      unitsPerMessage: 20,
      unitsPerMinute: 6_000,
    };
  }

  profile(): Promise<MailboxProfile> {
    return this.#call('profile', [], () => ({
      address: 'ann@example.org',
      messagesTotal: this.mailbox.messages.size,
      cursor: String(this.mailbox.head),
    }));
  }

  places(): Promise<Places> {
    return this.#call('places', [], () => {
      const places = testPlaces([...this.mailbox.labels.keys()]);
      const labels = places.labels.map((label) => ({ ...label, name: this.mailbox.labels.get(label.remoteId) ?? '' }));
      return { ...places, labels };
    });
  }

  list({ since, pageToken }: ListRequest): Promise<ListPage> {
    return this.#call('list', [], () => {
      const [epoch = '', from = ''] = (pageToken ?? `${this.tokenEpoch}:0`).split(':');
      if (Number(epoch) !== this.tokenEpoch) throw new MailError('refused', 'Invalid page token.');
      const all: ListEntry[] = this.mailbox
        .newestFirst()
        .filter((message) => !this.unlisted.has(message.remoteId))
        .filter((message) => since === null || (message.receivedAt >= since && !this.notIndexed.has(message.remoteId)));
      const listed = [...this.zombies, ...all];
      const start = Number(from);
      const end = start + (this.#options.listPage ?? 20);
      const entries = listed.slice(start, end).map(({ remoteId, threadRemoteId }) => ({ remoteId, threadRemoteId }));
      const nextPageToken = end < listed.length ? `${this.tokenEpoch}:${end}` : null;
      return { entries, nextPageToken, estimatedTotal: listed.length };
    });
  }

  fetch(wanted: readonly ListEntry[]): Promise<readonly FetchOutcome[]> {
    const ids = wanted.map((entry) => entry.remoteId);
    return this.#call('fetch', ids, () => ids.map((remoteId) => this.#fetchOne(remoteId)));
  }

  check(remoteIds: readonly string[]): Promise<readonly CheckOutcome[]> {
    return this.#call('check', remoteIds, () =>
      remoteIds.map((remoteId): CheckOutcome => {
        const message = this.mailbox.messages.get(remoteId);
        return message ? { kind: 'state', state: stateOf(message) } : { kind: 'gone', remoteId };
      }),
    );
  }

  changes(cursor: string): Promise<ChangePage> {
    return this.#call('changes', [], () => {
      const round = /^(r\d+)\.(\d+)$/.exec(cursor);
      if (round) return this.#roundPage(round[1] ?? '', Number(round[2]));
      const from = Number(cursor);
      if (from < this.mailbox.floor) throw new MailError('cursorExpired', 'The history is too old.');
      const events = this.mailbox.history.filter((event) => Number(event.seq) > from);
      if (this.scramble && events.length > 0) {
        const id = `r${this.#rounds.size}`;
        this.#rounds.set(id, { pages: this.scramble(events), head: this.mailbox.head });
        return this.#roundPage(id, 0);
      }
      const page = events.slice(0, this.#options.changesPage ?? 50);
      const done = page.length === events.length;
      return {
        events: page,
        cursor: done ? String(this.mailbox.head) : (page.at(-1)?.seq ?? cursor),
        done,
        placesChanged: false,
      };
    });
  }

  effectOf(op: OrganiseOp, place: string | null): StateEffect {
    switch (op) {
      case 'markRead':
      case 'markUnread':
        return { isRead: op === 'markRead' };
      case 'star':
      case 'unstar':
        return { isStarred: op === 'star' };
      case 'archive':
        return { remove: ['INBOX'] };
      case 'trash':
        return { add: ['TRASH'], remove: ['INBOX'] };
      case 'untrash':
        return { add: ['INBOX'], remove: ['TRASH'] };
      case 'move':
      case 'addLabel':
        return { add: place === null ? [] : [place] };
      case 'removeLabel':
        return { remove: place === null ? [] : [place] };
    }
  }

  organise(remoteIds: readonly string[], _op: OrganiseOp, effect: StateEffect): Promise<void> {
    return this.#call('organise', remoteIds, () => {
      if (remoteIds.some((id) => this.refused.has(id))) throw new MailError('refused', 'This cannot be changed.');
      if (remoteIds.length === 1 && !this.mailbox.messages.has(remoteIds[0] ?? '')) {
        throw new MailError('notFound', 'There is no such message.');
      }
      for (const id of remoteIds) this.mailbox.change(id, effect);
    });
  }

  async attachment(): Promise<ReadableStream<Uint8Array>> {
    throw new MailError('notFound', 'There are no attachments here.');
  }

  async estimate(since: readonly (number | null)[]): Promise<readonly (number | null)[]> {
    return since.map((from) => this.mailbox.newestFirst().filter((m) => from === null || m.receivedAt >= from).length);
  }

  calls(call: FakeCall): number {
    return this.log.filter((entry) => entry.call === call).length;
  }

  async #call<T>(call: FakeCall, ids: readonly string[], work: () => T): Promise<T> {
    this.log.push({ call, ids });
    this.before(call, ids);
    await this.#options.clock.sleep(this.#options.latencyMs ?? 0);
    const answer = work();
    this.after(call, ids);
    return answer;
  }

  #roundPage(id: string, index: number): ChangePage {
    const round = this.#rounds.get(id);
    if (!round) throw new MailError('cursorExpired', 'The history is too old.');
    const done = index + 1 >= round.pages.length;
    const cursor = done ? String(round.head) : `${id}.${index + 1}`;
    return { events: round.pages[index] ?? [], cursor, done, placesChanged: false };
  }

  #fetchOne(remoteId: string): FetchOutcome {
    const poison = this.poison.get(remoteId);
    if (poison === 'garbage') throw new TypeError('Cannot read properties of undefined');
    if (poison) return { kind: 'failed', remoteId, error: poison };
    const message = this.mailbox.messages.get(remoteId);
    return message ? { kind: 'message', remoteId, message: hydrated(message) } : { kind: 'gone', remoteId };
  }
}

export function stateOf(message: FakeMessage): MessageState {
  return {
    remoteId: message.remoteId,
    threadRemoteId: message.threadRemoteId,
    places: [...message.places].sort(),
    isRead: message.isRead,
    isStarred: message.isStarred,
    isDraft: message.draftRemoteId !== null,
  };
}

function hydrated(message: FakeMessage): HydratedMessage {
  return testMessage(message.remoteId, {
    ...stateOf(message),
    subject: message.subject,
    receivedAt: message.receivedAt,
    draftRemoteId: message.draftRemoteId,
  });
}
