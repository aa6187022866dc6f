import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../../model/change';
import type { MessageState } from '../../model/message';
import type { HttpClient } from '../../ports/http-client';
import { plan } from '../../sync/plan';
import { SeededRandom } from '../../sync/testing/rng';
import type { MailProvider } from '../provider';
import { settlePlaces } from './places';
import { createOutlookProvider } from './provider';
import { ADDRESS, simulatedMailbox } from './testing/simulated-mailbox';

const account = ADDRESS;
const ARCHIVE = 'archive';

/** Pages of another size, and the calls of a batch in another order: nothing that Graph promises. */
function shuffled(http: HttpClient, pageSize: number, random: SeededRandom): HttpClient {
  return (url, init) => {
    const headers = Object.fromEntries(Object.entries(init.headers).map(([name, value]) => [name, resized(value)]));
    if (!url.endsWith('/$batch')) return http(url, { ...init, headers });
    const { requests } = JSON.parse(resized(String(init.body))) as { requests: unknown[] };
    const order = requests.map((request) => ({ request, at: random.next() })).sort((a, b) => a.at - b.at);
    return http(url, { ...init, headers, body: JSON.stringify({ requests: order.map(({ request }) => request) }) });
  };
  function resized(text: string): string {
    return text.replace(/odata\.maxpagesize=\d+/g, `odata.maxpagesize=${pageSize}`);
  }
}

/** What a copy knows: the feed's events, merged as the engine merges them, and answers to what it asks by id. */
class Copy {
  readonly known = new Map<string, MessageState>();
  private events: ChangeEvent[] = [];
  private mustRelist = false;

  constructor(
    private readonly provider: MailProvider,
    public cursor: string,
  ) {}

  /** Reads on, and merges what a whole round has told when it is over; gives the events of that round. */
  async round(maxPages = 500): Promise<ChangeEvent[]> {
    let done = false;
    for (let pages = 0; pages < maxPages && !done; pages += 1) {
      const page = await this.provider.changes(this.cursor);
      expect(page.done || page.cursor !== this.cursor).toBe(true);
      this.events.push(...page.events);
      this.mustRelist ||= page.relist ?? false;
      this.cursor = page.cursor;
      ({ done } = page);
    }
    if (!done) return [];
    const { events, mustRelist: relist } = this;
    this.events = [];
    this.mustRelist = false;
    const planned = plan(events, this.known, settlePlaces);
    for (const state of planned.states) this.known.set(state.remoteId, state);
    await this.ask([...planned.hydrate.map(({ remoteId }) => remoteId), ...planned.check]);
    if (relist) await this.relist();
    return events;
  }

  async ask(ids: readonly string[]): Promise<void> {
    for (const outcome of await this.provider.check(ids)) {
      if (outcome.kind === 'state') this.known.set(outcome.state.remoteId, outcome.state);
      else if (outcome.kind === 'gone') this.known.delete(outcome.remoteId);
    }
  }

  private async relist(): Promise<void> {
    const listed = new Set<string>();
    for (let pageToken: string | null = null; ;) {
      const page = await this.provider.list({ since: null, pageToken });
      for (const { remoteId, state } of page.entries) {
        listed.add(remoteId);
        if (state) this.known.set(remoteId, state);
      }
      if ((pageToken = page.nextPageToken) === null) break;
    }
    await this.ask([...this.known.keys()].filter((id) => !listed.has(id)));
  }
}

type World = ReturnType<typeof simulatedMailbox>;

function truthOf({ mail }: World): Record<string, unknown> {
  const { messages } = mail.truth({ account });
  return Object.fromEntries(
    Object.entries(messages).map(([id, message]) => [
      id,
      {
        remoteId: id,
        threadRemoteId: message.conversationId,
        isRead: message.isRead,
        isStarred: message.flagged,
        isDraft: message.isDraft,
        places: [
          message.parentFolderId,
          ...message.categories.map((name) => `category:${name}`),
          `tab:${message.inferenceClassification}`,
        ].sort(),
      },
    ]),
  );
}

const folder = fc.constantFrom('inbox', 'inbox', ARCHIVE, 'deleteditems', 'Made', 'Made/Below', 'Hidden');
const count = fc.integer({ min: 1, max: 4 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('move' as const), folder, to: folder, count }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('newMail' as const), folder, count }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom('moveThereAndBack', 'markRead', 'markUnread', 'flag', 'deleteForever'),
      folder,
      count,
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('deleteFolder', 'expire'), folder }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('read' as const), pages: fc.constantFrom(1, 2, 5, 500) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function happens({ mail }: World, step_: Step): void {
  const args = 'folder' in step_ ? { account, folder: step_.folder, count: 'count' in step_ ? step_.count : 1 } : null;
  if (args === null) return;
  try {
    mail.move({ account, folder: args.folder, count: 0, to: 'inbox' });
  } catch {
    return; // The folder does not exist (any more).
  }
  switch (step_.what) {
    case 'move':
      mail.move({ ...args, to: step_.to });
      return;
    case 'deleteFolder':
      if (args.folder.startsWith('Made')) mail.deleteFolder({ ...args, forever: true });
      return;
    case 'expire':
      mail.expireDelta(args);
      return;
    case 'read':
      return;
    default:
      mail[step_.what](args);
  }
}

describe('the feeds of all folders together', () => {
  it('give another result when pages, folders or items come otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 30, size: 'max' }),
        fc.record({
          pageSize: fc.constantFrom(1, 2, 3, 7, 500),
          deltaEmptyPageEvery: fc.constantFrom(null, 2, 3),
          deltaRepeatEvery: fc.constantFrom(null, 2, 3),
          deltaUpdates: fc.constantFrom('live' as const, 'full' as const, 'changed' as const),
          seed: fc.nat(),
        }),
        async (steps, { pageSize, seed, ...switches }) => {
          const world = simulatedMailbox({ messages: 12, switches });
          world.mail.createFolder({ account, name: 'Hidden', hidden: true });
          const http = shuffled(world.options.http, pageSize, new SeededRandom(seed));
          const provider = createOutlookProvider({ ...world.options, http });
          const copy = new Copy(provider, (await provider.profile()).cursor);
          for (const one of steps) {
            if (one.what === 'read') await copy.round(one.pages);
            else happens(world, one);
          }
          // What one round missed because the mailbox changed under it, the next ones tell.
          for (let quiet = 0; quiet < 4; quiet += 1) await copy.round();
          expect(Object.fromEntries(copy.known)).toEqual(truthOf(world));
          const { cursor } = copy;
          expect(await copy.round()).toEqual([]);
          expect(copy.cursor).toBe(cursor);
        },
      ),
      { numRuns: Number(process.env['CAMPAIGN_RUNS'] ?? 25), seed: Number(process.env['CAMPAIGN_SEED'] ?? 20_261_122) },
    );
  }, 60_000);

  it('hold back what a folder says behind a page that is empty', async () => {
    const world = simulatedMailbox({ switches: { deltaEmptyPageEvery: 2 } });
    const http = shuffled(world.options.http, 1, new SeededRandom(1));
    const provider = createOutlookProvider({ ...world.options, http });
    const copy = new Copy(provider, (await provider.profile()).cursor);
    await copy.round();
    const ids = world.mail.newMail({ account, count: 5 });
    await copy.round();
    expect([...copy.known.keys()].sort()).toEqual([...ids].sort());
  });

  it('lose that a message went between two pages of one round', async () => {
    const world = simulatedMailbox();
    const http = shuffled(world.options.http, 1, new SeededRandom(1));
    const provider = createOutlookProvider({ ...world.options, http });
    const copy = new Copy(provider, (await provider.profile()).cursor);
    const ids = world.mail.newMail({ account, count: 4 });
    await copy.round();
    world.mail.flag({ account, ids });
    await copy.round(1);
    world.mail.deleteForever({ account, ids });
    await copy.round();
    expect([...copy.known.keys()]).toEqual([]);
  });

  it('take an earlier sight of a message for its presence after it left that very folder', async () => {
    const state = { remoteId: 'm', threadRemoteId: 't', isRead: true, isStarred: false, isDraft: false };
    const seen = (seq: string, place: string): ChangeEvent => ({
      kind: 'state',
      seq,
      ...state,
      places: [place],
      receivedAt: 0,
      baseline: false,
    });
    const left = (seq: string, place: string): ChangeEvent => ({ kind: 'left', seq, remoteId: 'm', place });
    const checked = (...events: ChangeEvent[]) => plan(events, new Map(), settlePlaces).check;
    expect(checked(seen('1', 'A'), left('2', 'A'))).toEqual(['m']);
    expect(checked(left('2', 'A'), seen('1', 'A'))).toEqual(['m']);
    expect(checked(seen('1', 'A'), left('2', 'A'), seen('3', 'A'))).toEqual([]);
    expect(checked(seen('1', 'B'), left('2', 'A'))).toEqual([]);
  });
});

describe('the cursor', () => {
  it.each(['', 'x', '{}', '[]', 'null', '{"version":2}', '{"version":1,"seq":0,"folders":{"a":{}}}'])(
    '%j is expired, and never an empty page',
    async (cursor) => {
      const { provider, requests } = simulatedMailbox();
      await expect(provider.changes(cursor)).rejects.toMatchObject({ kind: 'cursorExpired' });
      expect(provider.inBaseline?.(cursor)).toBe(false);
      expect(requests).toEqual([]);
    },
  );

  it('whose link leads elsewhere is not followed', async () => {
    const { provider, requests } = simulatedMailbox();
    const { cursor } = await provider.profile();
    const forged = JSON.parse(cursor) as { folders: Record<string, { link: string }> };
    for (const feed of Object.values(forged.folders)) feed.link = '@evil.example/v1.0/me';
    const sent = requests.length;
    await expect(provider.changes(JSON.stringify(forged))).rejects.toMatchObject({ providerCode: 'LINK_NOT_ALLOWED' });
    expect(requests.length).toBe(sent);
  });

  it('is in its baseline until every folder was read, and tells that old mail is old', async () => {
    const { provider, mail } = simulatedMailbox({ messages: 5 });
    const { cursor } = await provider.profile();
    expect(provider.inBaseline?.(cursor)).toBe(true);
    const first = await provider.changes(cursor);
    expect(first.events.every((event) => event.kind === 'state' && event.baseline)).toBe(true);
    expect(first).toMatchObject({ baseline: true, done: false, relist: true });
    expect(provider.inBaseline?.(first.cursor)).toBe(false);
    mail.newMail({ account });
    const second = await provider.changes(first.cursor);
    expect(second).toMatchObject({ done: true, events: [{ kind: 'state', baseline: false }] });
    expect(second.baseline ?? false).toBe(false);
  });
});
