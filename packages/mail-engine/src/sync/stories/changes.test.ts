import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import { SeededRandom } from '../testing/rng';
import { ACCOUNT, fakeWorld } from '../testing/world';

const HOUR = 60 * 60_000;

async function synced(options: Parameters<typeof fakeWorld>[0] = {}, count = 20) {
  const world = fakeWorld(options);
  const ids = world.seed(count, 1);
  await world.settle();
  expect(world.wrong()).toEqual([]);
  const id = (index: number) => ids[index] ?? '';
  return { ...world, ids, id };
}

describe('changes', () => {
  it('mail that arrives during the first sync is lost, or waits for its end', async () => {
    const world = fakeWorld({ listPage: 10, fetchBatch: 2, fetchConcurrency: 1, latencyMs: 500 });
    world.seed(150, 0.5);
    let fetches = 0;
    let arrived = '';
    world.provider.before = (call) => {
      if (call === 'fetch' && ++fetches === 5) arrived = world.mailbox.deliver(world.clock.now());
    };
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const fetched = world.provider.log.filter((entry) => entry.call === 'fetch');
    const position = fetched.findIndex((entry) => entry.ids.includes(arrived));
    expect(position).toBeGreaterThan(4);
    expect(position).toBeLessThan(fetched.length / 2);
  });

  it('a move to another place and back loses the message', async () => {
    const world = await synced();
    world.mailbox.change(world.id(2), { remove: ['INBOX'], add: ['L3'] });
    world.mailbox.change(world.id(2), { remove: ['L3'], add: ['INBOX'] });
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('what left one listing and shows in another is taken for deleted', async () => {
    const world = await synced();
    const fetches = world.provider.calls('fetch');
    const { history } = world.mailbox;
    // As a provider with folders says it: the message left here, and was seen there.
    history.push({ kind: 'left', seq: '5000', remoteId: world.id(4) });
    world.mailbox.change(world.id(4), { remove: ['INBOX'], add: ['L2'] });
    history.push({ kind: 'left', seq: '5001', remoteId: world.id(5) });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.provider.log.filter((entry) => entry.call === 'check').map((entry) => entry.ids)).toEqual([
      [world.id(5)],
    ]);
    expect(world.provider.calls('fetch')).toBe(fetches);
  });

  it('a message that left a listing and does not exist any more stays for ever', async () => {
    const world = await synced();
    world.mailbox.messages.delete(world.id(6));
    world.mailbox.history.push({ kind: 'left', seq: '5000', remoteId: world.id(6) });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const row = world.store.snapshot(ACCOUNT).messages.find((message) => message.remoteId === world.id(6));
    expect(row?.hidden).toBe(true);
  });

  it('draft autosaves fill the mailbox with copies', async () => {
    const world = await synced();
    for (let save = 0; save < 8; save += 1) {
      world.mailbox.saveDraft(world.clock.now(), 'r-9');
      if (save % 3 === 2) await world.settle();
    }
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const drafts = world.store.snapshot(ACCOUNT).messages.filter((message) => message.draftRemoteId === 'r-9');
    expect(drafts.filter((draft) => !draft.hidden)).toHaveLength(1);
    expect(new Set(drafts.map((draft) => draft.rowId)).size).toBe(1);
  });

  it('a label that is renamed, made or deleted meanwhile stays as it was', async () => {
    const world = await synced();
    world.mailbox.renameLabel('L1', 'Renamed');
    world.mailbox.createLabel('L8');
    world.mailbox.change(world.id(1), { add: ['L8', 'L2'] });
    world.mailbox.deleteLabel('L2');
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).places).toContainEqual({ remoteId: 'L1', name: 'Renamed' });
  });

  it('a label that nobody knows yet is dropped from the messages that have it', async () => {
    const world = await synced();
    world.settings.placesMaxAgeMs = 100 * HOUR;
    world.mailbox.createLabel('L8');
    world.mailbox.change(world.id(1), { add: ['L8'] });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    world.mailbox.createLabel('L9');
    world.mailbox.change(world.mailbox.deliver(world.clock.now()), { add: ['L9'] });
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('pages that are repeated, cut and reordered give other rows', async () => {
    const world = await synced({}, 30);
    const random = new SeededRandom(7);
    world.provider.scramble = (events) => {
      const doubled = random.shuffle([...events, ...events, ...events.slice(0, 3)]);
      return [doubled.slice(0, 2), [], doubled.slice(2, 9), doubled.slice(5), doubled.slice(9)];
    };
    for (let turn = 0; turn < 15; turn += 1) {
      for (let change = 0; change < 12; change += 1) {
        const id = random.pick([...world.mailbox.messages.keys()]) ?? '';
        const label = random.pick(['L1', 'L2', 'L3', 'INBOX', 'TRASH']) ?? 'L1';
        if (random.next() < 0.5) world.mailbox.change(id, { add: [label], isRead: random.next() < 0.5 });
        else world.mailbox.change(id, { remove: [label], isStarred: random.next() < 0.5 });
        if (random.next() < 0.1) world.mailbox.deliver(world.clock.now());
        if (random.next() < 0.1) world.mailbox.destroy(id);
      }
      await world.settle();
      expect(world.wrong()).toEqual([]);
    }
  });

  it('any order, any cut and any repetition of a round give other rows', async () => {
    const cuts = fc.array(fc.nat({ max: 30 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.nat(), cuts, fc.nat({ max: 25 }), async (seed, cut, repeated) => {
        const rows = [];
        for (const scrambled of [false, true]) {
          const world = await synced({ changesPage: 500 }, 10);
          const random = new SeededRandom(seed);
          for (let change = 0; change < 25; change += 1) {
            const id = random.pick([...world.mailbox.messages.keys()]) ?? '';
            const place = random.pick(['L1', 'L2', 'INBOX', 'TRASH']) ?? 'L1';
            const flag = random.next() < 0.5 ? { isRead: random.next() < 0.5 } : { isStarred: random.next() < 0.5 };
            world.mailbox.change(id, { [random.next() < 0.5 ? 'add' : 'remove']: [place], ...flag });
            if (random.next() < 0.1) world.mailbox.destroy(id);
            if (random.next() < 0.1) world.mailbox.saveDraft(world.clock.now(), 'r-1');
            if (random.next() < 0.1) world.mailbox.deliver(world.clock.now());
          }
          if (scrambled) {
            world.provider.scramble = (events) => {
              const mixed = random.shuffle([...events, ...events.slice(0, repeated)]);
              const edges = [0, ...[...cut].sort((a, b) => a - b), mixed.length];
              return edges.slice(1).map((edge, index) => mixed.slice(edges[index], edge));
            };
          }
          await world.settle();
          expect(world.wrong()).toEqual([]);
          const { messages } = world.store.snapshot(ACCOUNT);
          rows.push(messages.map(({ rowId: _, ...row }) => row).sort((a, b) => (a.remoteId < b.remoteId ? -1 : 1)));
        }
        expect(rows[1]).toEqual(rows[0]);
      }),
      { numRuns: 100 },
    );
  });

  it('a feed that cannot be read stops everything else, or loops', async () => {
    const world = await synced();
    const arrived = world.mailbox.deliver(world.clock.now());
    let broken = 0;
    world.provider.before = (call) => {
      if (call === 'changes' && ++broken <= 3) throw new MailError('malformed', 'This is not JSON.');
    };
    const first = await world.node.slice();
    expect(first).toMatchObject({ status: 'waiting', more: false });
    expect(first?.nextAt).toBeGreaterThan(world.clock.now());
    await world.settle();
    expect(broken).toBe(4);
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).messages.some((message) => message.remoteId === arrived)).toBe(true);
  });

  it('a feed that can never be read leaves the mailbox behind for ever', async () => {
    const world = await synced();
    const stuck = String(world.mailbox.head);
    world.mailbox.deliver(world.clock.now());
    world.mailbox.change(world.id(3), { add: ['L3'], isStarred: true });
    const changes = world.provider.changes.bind(world.provider);
    world.provider.changes = (cursor) =>
      cursor === stuck ? Promise.reject(new MailError('malformed', 'This is not JSON.')) : changes(cursor);
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });
});

describe('an expired history', () => {
  it('wipes mail, or misses what happened in the gap', async () => {
    const world = await synced({ listPage: 7 }, 40);
    world.mailbox.change(world.id(1), { add: ['L2'], isRead: true });
    world.mailbox.destroy(world.id(2));
    const arrived = world.mailbox.deliver(world.clock.now());
    world.mailbox.change(world.id(9), { remove: ['INBOX'] });
    world.mailbox.expireHistory();
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const rows = world.store.snapshot(ACCOUNT).messages;
    expect(rows.some((row) => row.remoteId === arrived)).toBe(true);
    expect(rows.filter((row) => row.hidden).map((row) => row.remoteId)).toEqual([world.id(2)]);
  });

  it('hides messages that a listing leaves out although they exist', async () => {
    const world = await synced({ listPage: 10 }, 40);
    const list = world.provider.list.bind(world.provider);
    world.provider.list = async (request) => {
      const page = await list(request);
      return { ...page, entries: page.entries.filter((_, index) => index % 2 === 0) };
    };
    world.mailbox.expireHistory();
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).messages.filter((row) => row.hidden)).toEqual([]);
  });

  it('that expires again at once becomes a loop of full listings', async () => {
    const world = await synced({ listPage: 10 }, 30);
    let expiring = true;
    world.provider.before = (call) => {
      if (call === 'changes' && expiring) {
        world.mailbox.change(world.id(1), { isRead: world.provider.log.length % 2 === 0 });
        world.mailbox.expireHistory();
      }
    };
    world.provider.log.length = 0;
    const begin = world.clock.now();
    for (let slices = 0; slices < 1_000 && world.clock.now() < begin + 6 * HOUR; slices += 1) {
      const result = await world.node.slice();
      const wait = Math.min(result?.nextAt ?? Infinity, world.clock.now() + 5 * 60_000);
      world.clock.advance(Math.max(0, wait - world.clock.now()));
    }
    // Six hours of polls every five minutes: a full listing for each would be 70 of four pages.
    expect(world.provider.calls('list')).toBeLessThan(50);
    expect(world.clock.now()).toBeGreaterThanOrEqual(begin + 6 * HOUR);
    expiring = false;
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('in the middle of the first listing loses what was listed before', async () => {
    const world = fakeWorld({ listPage: 5, fetchBatch: 3 });
    const ids = world.seed(40, 3);
    let lists = 0;
    world.provider.before = (call) => {
      if (call === 'list' && ++lists === 4) {
        world.mailbox.change(ids[2] ?? '', { add: ['L3'] });
        world.mailbox.destroy(ids[5] ?? '');
        world.mailbox.expireHistory();
      }
      if (call === 'fetch') world.clock.advance(6_000);
    };
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });
});
