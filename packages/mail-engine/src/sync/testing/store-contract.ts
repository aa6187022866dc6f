import { afterEach, describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../errors';
import type { OrganiseOp, StateEffect } from '../../model/operation';
import { PRIORITY_LIVE, STRIKES, type NewWork } from '../../model/work';
import type { LeaseToken, MailStore, StoreRules } from '../../ports/mail-store';
import { settleTestPlaces, testMessage, testPlaces } from './messages';
import type { MessageRow, StoreSnapshot, WorkRow } from './snapshot';

/** What a store's author provides, so that the contract can be told to any database. */
export interface StoreHarness {
  readonly store: MailStore;
  /** Two accounts that exist and have no rows yet. */
  readonly accountId: string;
  readonly otherAccountId: string;
  /** Takes the lease of the account whoever has it: all earlier tokens of it are stale from now on. */
  takeLease(accountId: string): Promise<LeaseToken>;
  /** What the organise action does for one message; returns the operation's id. */
  operate(accountId: string, remoteId: string, op: OrganiseOp, effect: StateEffect): Promise<string>;
  /** What a person with a database tool does: the rows of these messages are gone, and nothing else knows. */
  deleteRowsByHand(accountId: string, remoteIds: readonly string[]): Promise<void>;
  snapshot(accountId: string): Promise<StoreSnapshot>;
  close(): Promise<void>;
}

const NOW = Date.UTC(2026, 10, 2, 12);
const LATER = NOW + 60_000;

function hydrate(remoteId: string, priority = 0, threadRemoteId = `t-${remoteId}`): NewWork {
  return { kind: 'hydrate', remoteId, threadRemoteId, priority };
}

/**
 * The contract of MailStore as tests. Run it against every store: in memory, on SQLite, on PostgreSQL.
 * The rules given to `makeStore` are those of a mailbox shaped like Gmail's (see settleTestPlaces).
 */
export function describeMailStore(name: string, makeStore: (rules: StoreRules) => Promise<StoreHarness>): void {
  describe(`MailStore contract: ${name}`, () => {
    let opened: StoreHarness | null = null;

    afterEach(async () => {
      await opened?.close();
      opened = null;
    });

    async function open(rules: Partial<StoreRules> = {}) {
      const harness = await makeStore({ settlePlaces: settleTestPlaces, ...rules });
      opened = harness;
      const { store, accountId } = harness;
      const lease = await harness.takeLease(accountId);
      await store.commit(lease, { places: testPlaces() });
      const row = async (remoteId: string): Promise<MessageRow | undefined> =>
        (await harness.snapshot(accountId)).messages.find((message) => message.remoteId === remoteId);
      const work = async (remoteId: string, kind = 'hydrate'): Promise<WorkRow | undefined> =>
        (await harness.snapshot(accountId)).work.find((item) => item.remoteId === remoteId && item.kind === kind);
      return { harness, store, accountId, lease, row, work };
    }

    const ids = (items: readonly { readonly remoteId: string }[]) => items.map((item) => item.remoteId).sort();

    it('a commit under a stale fence writes nothing', async () => {
      const { harness, store, accountId, lease } = await open();
      const newer = await harness.takeLease(accountId);
      const write = { cursors: [{ name: 'changes', value: '7' }], messages: [testMessage('a')] } as const;
      await expect(store.commit(lease, write)).rejects.toBeInstanceOf(LeaseLostError);
      await expect(store.claimWork(lease, 'hydrate', 1, NOW)).rejects.toBeInstanceOf(LeaseLostError);
      await expect(store.recoverWork(lease)).rejects.toBeInstanceOf(LeaseLostError);
      expect(await store.cursor(accountId, 'changes')).toBeNull();
      expect((await harness.snapshot(accountId)).messages).toEqual([]);
      await store.commit(newer, write);
      expect(await store.cursor(accountId, 'changes')).toBe('7');
    });

    it('rows of one account are seen in another', async () => {
      const { harness, store, accountId, lease } = await open();
      const other = harness.otherAccountId;
      await store.commit(lease, {
        cursors: [{ name: 'changes', value: '7' }],
        messages: [testMessage('a')],
        work: [hydrate('b')],
        inventory: { run: 1, entries: [{ remoteId: 'b', threadRemoteId: 't-b' }] },
      });
      expect(await store.cursor(other, 'changes')).toBeNull();
      expect(await store.presentIds(other, ['a'])).toEqual(new Set());
      expect(await store.messageIds(other, null, 10)).toEqual([]);
      expect((await store.workCounts(other, NOW)).pending).toBe(0);
      expect(await store.inventoryNotSeenIn(other, 9, null, 10)).toEqual([]);
      expect(await store.claimWork(await harness.takeLease(other), 'hydrate', 9, NOW)).toEqual([]);
      expect(await store.presentIds(accountId, ['a'])).toEqual(new Set(['a']));
    });

    it('cursors are not kept, removed or listed', async () => {
      const { store, accountId, lease } = await open();
      await store.commit(lease, {
        cursors: [
          { name: 'changes', value: '1' },
          { name: 'listing', value: 'x'.repeat(20_000) },
          { name: 'audit:3', value: 'page' },
          { name: 'folder:AAA', value: 'delta' },
        ],
      });
      await store.commit(lease, { cursors: [{ name: 'changes', value: '2' }] });
      const { cursors } = await store.overview(accountId, NOW);
      expect([...cursors.keys()].sort()).toEqual(['changes', 'folder:AAA', 'listing']);
      expect(cursors.get('changes')).toBe('2');
      expect(cursors.get('listing')).toHaveLength(20_000);
      expect(await store.cursor(accountId, 'audit:3')).toBe('page');
      await store.commit(lease, { cursors: [{ name: 'audit:3', value: null }] });
      expect(await store.cursor(accountId, 'audit:3')).toBeNull();
    });

    it('the same write twice makes other rows than once', async () => {
      const { harness, store, accountId, lease } = await open();
      const write = {
        cursors: [{ name: 'changes', value: '9' }],
        inventory: { run: 2, entries: ['a', 'b', 'a'].map((id) => ({ remoteId: id, threadRemoteId: `t-${id}` })) },
        messages: [testMessage('a'), testMessage('c', { places: ['L1', 'SENT'], isRead: true })],
        work: [hydrate('b', -1), hydrate('b', -1)],
      } as const;
      await store.commit(lease, write);
      const once = await harness.snapshot(accountId);
      await store.commit(lease, write);
      expect(sorted(await harness.snapshot(accountId))).toEqual(sorted(once));
      expect(ids(once.messages)).toEqual(['a', 'c']);
      expect(ids(once.inventory)).toEqual(['a', 'b', 'c']);
      expect(once.work).toHaveLength(1);
    });

    it('a message loses its content, its flags or its places on the way', async () => {
      const { store, accountId, lease, row } = await open();
      const message = {
        ...testMessage('a', { places: ['INBOX', 'L1', 'L2'], isStarred: true, subject: 'Grüße, 世界 🙂' }),
        attachments: [
          {
            partId: '2',
            fileName: '../x.pdf',
            mimeType: 'application/pdf',
            sizeBytes: 10,
            contentId: null,
            isInline: false,
          },
        ],
      };
      await store.commit(lease, { messages: [message] });
      expect(await row('a')).toMatchObject({
        threadRemoteId: 't-a',
        hidden: false,
        isRead: false,
        isStarred: true,
        isDraft: false,
        places: ['INBOX', 'L1', 'L2'],
        subject: 'Grüße, 世界 🙂',
        html: '<p>Hello</p>',
        text: 'Hello',
        attachments: ['2'],
      });
      const states = await store.states(accountId, ['a', 'nowhere']);
      expect([...states.keys()]).toEqual(['a']);
      expect(states.get('a')).toEqual({
        remoteId: 'a',
        threadRemoteId: 't-a',
        places: ['INBOX', 'L1', 'L2'],
        isRead: false,
        isStarred: true,
        isDraft: false,
      });
    });

    it('hostile sizes and texts break a commit', async () => {
      const { store, lease, row } = await open();
      const to = Array.from({ length: 2_000 }, (_, index) => ({
        name: `P ${index}`,
        address: `p${index}@example.org`,
      }));
      const hostile = testMessage('a', {
        to,
        subject: `__proto__ ${'x'.repeat(5_000)} \u0000 \ud800`,
        from: null,
        internetMessageId: 'm'.repeat(5_000),
        references: Array.from({ length: 500 }, (_, index) => `<${index}@x>`),
        sentAt: null,
        sizeBytes: 4_000_000_000,
        receivedAt: Date.UTC(9999, 11, 31),
      });
      const oldest = testMessage('b', { receivedAt: Date.UTC(1970, 0, 1), sentAt: Date.UTC(1970, 0, 1) });
      await store.commit(lease, { messages: [hostile, oldest] });
      expect((await row('a'))?.subject.startsWith('__proto__')).toBe(true);
      expect((await row('b'))?.hidden).toBe(false);
    });

    it('a state of an unknown id invents a message, or one of a known id is not applied', async () => {
      const { store, lease, row } = await open();
      await store.commit(lease, { messages: [testMessage('a')] });
      const state = {
        remoteId: 'a',
        threadRemoteId: 't-a',
        places: ['L2'],
        isRead: true,
        isStarred: true,
        isDraft: false,
      };
      await store.commit(lease, { states: [state, { ...state, remoteId: 'ghost' }] });
      expect(await row('a')).toMatchObject({ places: ['L2'], isRead: true, isStarred: true });
      expect(await row('ghost')).toBeUndefined();
    });

    it('gone leaves the message visible, its placements, its inventory or its work', async () => {
      const { harness, store, accountId, lease, row } = await open();
      await store.commit(lease, {
        messages: [testMessage('a'), testMessage('b')],
        inventory: { run: 1, entries: [{ remoteId: 'a', threadRemoteId: 't-a' }] },
        work: [hydrate('a'), { ...hydrate('a'), kind: 'check' }, hydrate('never-fetched')],
      });
      await store.commit(lease, { gone: ['a', 'never-fetched', 'never-heard-of'] });
      expect(await row('a')).toMatchObject({ hidden: true, places: [] });
      expect(await row('b')).toMatchObject({ hidden: false });
      expect(await store.presentIds(accountId, ['a', 'b'])).toEqual(new Set(['b']));
      expect(await store.messageIds(accountId, null, 10)).toEqual(['b']);
      expect((await store.states(accountId, ['a'])).size).toBe(0);
      const snapshot = await harness.snapshot(accountId);
      expect(snapshot.work).toEqual([]);
      expect(ids(snapshot.inventory)).toEqual(['b']);
    });

    it('a hidden message that is present again stays hidden, or becomes a second row', async () => {
      const { store, lease, row } = await open();
      await store.commit(lease, { messages: [testMessage('a')] });
      const before = await row('a');
      await store.commit(lease, { gone: ['a'] });
      await store.commit(lease, { messages: [testMessage('a', { places: ['L1'] })] });
      expect(await row('a')).toMatchObject({ rowId: before?.rowId, hidden: false, places: ['L1'] });
    });

    it('what the same commit says is gone comes back through its messages', async () => {
      const { store, lease, row } = await open();
      await store.commit(lease, { messages: [testMessage('a')], gone: ['a'] });
      expect((await row('a'))?.hidden ?? true).toBe(true);
    });

    it('an edited draft becomes a second row', async () => {
      const { harness, store, accountId, lease, row } = await open();
      const draft = { isDraft: true, places: ['DRAFT'], draftRemoteId: 'r-1' };
      await store.commit(lease, { messages: [testMessage('m1', { ...draft, subject: 'First' })] });
      const first = await row('m1');
      await store.commit(lease, { gone: ['m1'], work: [hydrate('m2')] });
      await store.commit(lease, { messages: [testMessage('m2', { ...draft, subject: 'Second' })] });
      expect(await row('m2')).toMatchObject({
        rowId: first?.rowId,
        hidden: false,
        subject: 'Second',
        places: ['DRAFT'],
      });
      expect(await row('m1')).toBeUndefined();
      // Without an intermediate gone, the row moves on just the same, and the old id is nobody's.
      await store.commit(lease, { messages: [testMessage('m3', { ...draft, subject: 'Third' })] });
      expect((await harness.snapshot(accountId)).messages.map((message) => message.remoteId)).toEqual(['m3']);
      await store.commit(lease, { gone: ['m2'] });
      expect(await row('m3')).toMatchObject({ rowId: first?.rowId, hidden: false });
    });

    describe('a conversation of unrelated messages', () => {
      const conversation = { threadRemoteId: 'conv' };
      const minute = (index: number) => ({ ...conversation, receivedAt: Date.UTC(2026, 1, 1, 0, index) });
      const answer = (remoteId: string) => ({ inReplyTo: `<${remoteId}@example.org>` });
      async function threads(harness: StoreHarness): Promise<Record<string, string[]>> {
        const { messages } = await harness.snapshot(harness.accountId);
        const groups: Record<string, string[]> = {};
        for (const { remoteId, thread, hidden } of messages) {
          if (!hidden) (groups[thread === 'conv' ? 'conv' : 'other'] ??= []).push(`${remoteId}`);
        }
        for (const group of Object.values(groups)) group.sort();
        return groups;
      }

      it('is split where the provider keeps conversations apart, or is not where it does not', async () => {
        const messages = [testMessage('a', minute(1)), testMessage('b', minute(2))];
        const whole = await open();
        await whole.store.commit(whole.lease, { messages });
        expect(await threads(whole.harness)).toEqual({ conv: ['a', 'b'] });
        await whole.harness.close();
        const { harness, store, lease } = await open({ splitThreads: true });
        await store.commit(lease, { messages });
        expect(await threads(harness)).toEqual({ conv: ['a'], other: ['b'] });
      });

      it('is joined by what links it, and falls apart again without', async () => {
        const { harness, store, lease } = await open({ splitThreads: true });
        await store.commit(lease, { messages: [testMessage('b', minute(2))] });
        expect(await threads(harness)).toEqual({ conv: ['b'] });
        await store.commit(lease, { messages: [testMessage('a', minute(1))] });
        expect(await threads(harness)).toEqual({ conv: ['a'], other: ['b'] });
        const link = testMessage('c', { ...minute(3), references: ['<a@example.org>', '<b@example.org>'] });
        await store.commit(lease, { messages: [link] });
        expect(await threads(harness)).toEqual({ conv: ['a', 'b', 'c'] });
        await store.commit(lease, { gone: ['c'] });
        expect(await threads(harness)).toEqual({ conv: ['a'], other: ['b'] });
        await store.commit(lease, { gone: ['a'] });
        expect(await threads(harness)).toEqual({ conv: ['b'] });
        await store.commit(lease, { messages: [link, testMessage('a', minute(1))], gone: ['b'] });
        expect(await threads(harness)).toEqual({ conv: ['a', 'c'] });
      });

      it('loses a message that is put into another conversation, or a draft that becomes an answer', async () => {
        const { harness, store, lease, row } = await open({ splitThreads: true });
        const draft = { ...minute(4), isDraft: true, draftRemoteId: 'r-1', internetMessageId: null };
        await store.commit(lease, {
          messages: [
            testMessage('a', minute(1)),
            testMessage('b', { ...minute(2), ...answer('a') }),
            testMessage('x', minute(3)),
          ],
        });
        await store.commit(lease, { messages: [testMessage('d', draft)] });
        expect(await threads(harness)).toEqual({ conv: ['a', 'b'], other: ['d', 'x'] });
        await store.commit(lease, {
          messages: [testMessage('e', { ...minute(4), draftRemoteId: 'r-1', ...answer('b') })],
        });
        expect(await threads(harness)).toEqual({ conv: ['a', 'b', 'e'], other: ['x'] });
        const state = { places: ['INBOX'], isRead: true, isStarred: false, isDraft: false };
        await store.commit(lease, { states: [{ ...state, remoteId: 'a', threadRemoteId: 'elsewhere' }] });
        expect(await row('a')).toMatchObject({ threadRemoteId: 'elsewhere', thread: 'elsewhere' });
        // The two answers still name each other.
        expect(await threads(harness)).toEqual({ conv: ['b', 'e'], other: ['a', 'x'] });
      });
    });

    it('a place that does not exist any more keeps its messages', async () => {
      const { harness, store, accountId, lease, row } = await open();
      await store.commit(lease, { messages: [testMessage('a', { places: ['INBOX', 'L1', 'L2'] })] });
      await store.commit(lease, { places: testPlaces(['L2', 'L9']) });
      expect(await row('a')).toMatchObject({ places: ['INBOX', 'L2'] });
      const places = (await harness.snapshot(accountId)).places.map((place) => place.remoteId);
      expect(places).toContain('L9');
      expect(places).not.toContain('L1');
      await store.commit(lease, {
        states: [
          {
            remoteId: 'a',
            threadRemoteId: 't-a',
            places: ['INBOX', 'L1', 'L9'],
            isRead: true,
            isStarred: false,
            isDraft: false,
          },
        ],
      });
      expect(await row('a')).toMatchObject({ places: ['INBOX', 'L9'] });
    });

    it('a renamed place becomes another one', async () => {
      const { harness, store, accountId, lease, row } = await open();
      await store.commit(lease, { messages: [testMessage('a', { places: ['INBOX', 'L1'] })] });
      const renamed = testPlaces();
      await store.commit(lease, {
        places: { ...renamed, labels: renamed.labels.map((label) => ({ ...label, name: `New ${label.name}` })) },
      });
      const { places } = await harness.snapshot(accountId);
      expect(places.find((place) => place.remoteId === 'L1')?.name).toBe('New Label L1');
      expect(await row('a')).toMatchObject({ places: ['INBOX', 'L1'] });
    });

    it('a run number is lowered, or a repeated id counted twice', async () => {
      const { store, accountId, lease } = await open();
      const entry = (remoteId: string) => ({ remoteId, threadRemoteId: `t-${remoteId}` });
      await store.commit(lease, { inventory: { run: 3, entries: [entry('a'), entry('b'), entry('a')] } });
      await store.commit(lease, { inventory: { run: 2, entries: [entry('b'), entry('c')] } });
      await store.commit(lease, { messages: [testMessage('b'), testMessage('z')] });
      expect(await store.inventoryTotals(accountId, 3)).toEqual({ listed: 2, here: 1 });
      expect(await store.inventoryTotals(accountId, 2)).toEqual({ listed: 3, here: 1 });
      expect(await store.inventoryTotals(accountId, 0)).toEqual({ listed: 4, here: 2 });
      expect([...(await store.inventoryNotSeenIn(accountId, 3, null, 10))].sort()).toEqual(['c', 'z']);
    });

    it('a message that was stored is forgotten with its row, or one that never was is missed', async () => {
      const { harness, store, accountId, lease } = await open();
      const entry = (remoteId: string) => ({ remoteId, threadRemoteId: `t-${remoteId}` });
      const all = ['never', 'here', 'lost', 'unlisted', 'gone', 'nowhere'];
      await store.commit(lease, { inventory: { run: 1, entries: [entry('never'), entry('here'), entry('lost')] } });
      await store.commit(lease, { messages: ['here', 'lost', 'unlisted', 'gone'].map((id) => testMessage(id)) });
      await store.commit(lease, { gone: ['gone'] });
      expect(await store.lostIds(accountId, all, 5)).toEqual(new Set(['gone']));
      await harness.deleteRowsByHand(accountId, ['lost', 'unlisted']);
      expect(await store.lostIds(accountId, all, 5)).toEqual(new Set(['lost', 'unlisted', 'gone']));
      expect(await store.lostIds(accountId, ['lost'], 5)).toEqual(new Set(['lost']));
      expect(await store.lostIds(harness.otherAccountId, all, 5)).toEqual(new Set());
      // What the run itself has seen is noted already.
      await store.commit(lease, { inventory: { run: 5, entries: [entry('never'), entry('lost')] } });
      expect(await store.lostIds(accountId, all, 5)).toEqual(new Set(['unlisted', 'gone']));
      expect(await store.lostIds(accountId, all, 6)).toEqual(new Set(['lost', 'unlisted', 'gone']));
      await store.commit(lease, { messages: [testMessage('lost'), testMessage('unlisted')] });
      expect(await store.lostIds(accountId, all, 6)).toEqual(new Set(['gone']));
    });

    it('paging over ids loses one or repeats one', async () => {
      const { store, accountId, lease } = await open();
      const all = ['Zz', 'aa', 'AA', 'b1', 'B1', '10', '9', 'a', 'é'];
      await store.commit(lease, { messages: all.map((id) => testMessage(id)) });
      const walk = async (next: (after: string | null) => Promise<readonly string[]>) => {
        const seen: string[] = [];
        for (let after: string | null = null; ; after = seen.at(-1) ?? null) {
          const found = await next(after);
          if (found.length === 0) return seen;
          seen.push(...found);
        }
      };
      expect((await walk((after) => store.messageIds(accountId, after, 2))).sort()).toEqual([...all].sort());
      expect((await walk((after) => store.inventoryNotSeenIn(accountId, 1, after, 2))).sort()).toEqual([...all].sort());
    });

    it('ids that differ only in case are taken for one', async () => {
      const { store, accountId, lease } = await open();
      await store.commit(lease, { messages: [testMessage('AAa'), testMessage('AAA')] });
      expect(await store.presentIds(accountId, ['AAa', 'AAA', 'aaa'])).toEqual(new Set(['AAa', 'AAA']));
    });

    it('hundreds of ids at once are too many', async () => {
      const { store, accountId, lease } = await open();
      const many = Array.from({ length: 1_200 }, (_, index) => `id${index}`);
      await store.commit(lease, {
        inventory: { run: 1, entries: many.map((id) => ({ remoteId: id, threadRemoteId: 't' })) },
        work: many.map((id, index) => hydrate(id, -index)),
      });
      await store.commit(lease, { messages: many.slice(0, 30).map((id) => testMessage(id)) });
      expect((await store.presentIds(accountId, many)).size).toBe(30);
      expect((await store.states(accountId, many)).size).toBe(30);
      expect((await store.idsWithOperations(accountId, many)).size).toBe(0);
      expect((await store.workCounts(accountId, NOW)).pending).toBe(1_200);
      await store.commit(lease, { gone: many });
      expect(await store.inventoryTotals(accountId, 0)).toEqual({ listed: 0, here: 0 });
    });

    describe('work', () => {
      it('is claimed in another order than newest first', async () => {
        const { store, lease } = await open();
        await store.commit(lease, { work: [hydrate('old', -9), hydrate('new', -1), hydrate('live', PRIORITY_LIVE)] });
        expect((await store.claimWork(lease, 'hydrate', 1, NOW))[0]).toEqual({
          kind: 'hydrate',
          remoteId: 'live',
          threadRemoteId: 't-live',
          priority: PRIORITY_LIVE,
          attempts: 1,
        });
        expect(ids(await store.claimWork(lease, 'hydrate', 1, NOW))).toEqual(['new']);
        expect(ids(await store.claimWork(lease, 'check', 9, NOW))).toEqual([]);
      });

      it('is claimed twice', async () => {
        const { store, accountId, lease } = await open();
        await store.commit(lease, { work: ['a', 'b', 'c'].map((id) => hydrate(id)) });
        expect(await store.claimWork(lease, 'hydrate', 2, NOW)).toHaveLength(2);
        expect(await store.claimWork(lease, 'hydrate', 2, NOW)).toHaveLength(1);
        expect(await store.claimWork(lease, 'hydrate', 2, NOW)).toHaveLength(0);
        expect(await store.workCounts(accountId, NOW)).toMatchObject({ pending: 0, running: 3 });
      });

      it('leaves the rest of a thread behind', async () => {
        const { store, lease } = await open();
        await store.commit(lease, {
          work: [hydrate('a1', 0, 'A'), hydrate('b1', -1, 'B'), hydrate('c1', -2, 'C'), hydrate('a2', -50, 'A')],
        });
        expect(ids(await store.claimWork(lease, 'hydrate', 2, NOW))).toEqual(['a1', 'a2', 'b1']);
      });

      it('with an attempt behind it runs together with innocent items', async () => {
        const { store, lease } = await open();
        await store.commit(lease, { work: [hydrate('bad', 9, 'T'), hydrate('good', 1, 'T'), hydrate('fine', 0, 'T')] });
        await store.claimWork(lease, 'hydrate', 1, NOW);
        await store.recoverWork(lease);
        expect(ids(await store.claimWork(lease, 'hydrate', 10, NOW))).toEqual(['bad']);
      });

      it('added again doubles, forgets its attempts or loses its higher priority', async () => {
        const { store, lease, work } = await open();
        await store.commit(lease, { work: [hydrate('a', 5)] });
        await store.claimWork(lease, 'hydrate', 1, NOW);
        await store.recoverWork(lease);
        await store.commit(lease, { work: [hydrate('a', 1)] });
        expect(await work('a')).toMatchObject({ status: 'pending', attempts: 1, priority: 5 });
        await store.commit(lease, { work: [hydrate('a', 70)] });
        expect(await work('a')).toMatchObject({ priority: 70 });
      });

      it('that is done stays', async () => {
        const { harness, store, accountId, lease } = await open();
        await store.commit(lease, { work: [hydrate('a'), { ...hydrate('a'), kind: 'check' }] });
        await store.claimWork(lease, 'hydrate', 1, NOW);
        await store.commit(lease, { workDone: [hydrate('a'), hydrate('unknown')] });
        expect((await harness.snapshot(accountId)).work).toMatchObject([{ kind: 'check', remoteId: 'a' }]);
      });

      it('fails for ever without being quarantined, or is quarantined for what is not its fault', async () => {
        const { store, accountId, lease, work } = await open();
        await store.commit(lease, { work: [hydrate('a')] });
        const fail = async (notItsFault: boolean, now: number) => {
          expect(ids(await store.claimWork(lease, 'hydrate', 9, now))).toEqual(['a']);
          await store.commit(lease, {
            workFailed: [
              { ...hydrate('a'), error: 'unavailable', message: 'It failed.', notItsFault, notBefore: now + 1_000 },
            ],
          });
        };
        let now = NOW;
        for (let turn = 0; turn < STRIKES + 2; turn += 1) await fail(true, (now += 5_000));
        expect(await work('a')).toMatchObject({ status: 'pending', attempts: 0 });
        expect(await store.claimWork(lease, 'hydrate', 9, now + 999)).toEqual([]);
        expect((await store.workCounts(accountId, now)).nextNotBefore).toBe(now + 1_000);
        expect((await store.overview(accountId, now + 1_000)).work.nextNotBefore).toBeNull();
        for (let turn = 0; turn < STRIKES; turn += 1) await fail(false, (now += 5_000));
        expect(await work('a')).toMatchObject({ status: 'quarantined', attempts: STRIKES });
        expect(await store.workCounts(accountId, now)).toEqual({
          pending: 0,
          quarantined: 1,
          running: 0,
          nextNotBefore: null,
        });
        expect(await store.claimWork(lease, 'hydrate', 9, now + 1e9)).toEqual([]);
        await store.commit(lease, { work: [hydrate('a', 1)] });
        expect(await work('a')).toMatchObject({ status: 'quarantined' });
        await store.commit(lease, { work: [{ ...hydrate('a', 1), revive: true }] });
        expect(await work('a')).toMatchObject({ status: 'pending', attempts: 0 });
        expect(await store.claimWork(lease, 'hydrate', 9, now)).toHaveLength(1);
      });

      it('that kills the process is tried for ever', async () => {
        const { harness, store, accountId, lease, work } = await open();
        await store.commit(lease, { work: [hydrate('killer')] });
        let token = lease;
        for (let crash = 1; crash <= STRIKES; crash += 1) {
          expect(await store.claimWork(token, 'hydrate', 9, NOW)).toHaveLength(1);
          expect((await store.overview(accountId, NOW)).work.running).toBe(1);
          token = await harness.takeLease(accountId);
          await store.recoverWork(token);
          expect(await work('killer')).toMatchObject({ attempts: crash });
        }
        expect(await work('killer')).toMatchObject({ status: 'quarantined' });
      });
    });

    describe('operations', () => {
      it('do not show at once, or are flipped back by a state or a message', async () => {
        const { harness, store, accountId, lease, row } = await open();
        await store.commit(lease, { messages: [testMessage('a')] });
        expect((await store.overview(accountId, NOW)).hasOperations).toBe(false);
        await harness.operate(accountId, 'a', 'markRead', { isRead: true });
        await harness.operate(accountId, 'a', 'archive', { remove: ['INBOX'] });
        const effective = { isRead: true, places: ['ARCHIVE'] };
        expect(await row('a')).toMatchObject(effective);
        expect((await store.overview(accountId, NOW)).hasOperations).toBe(true);
        const provider = { remoteId: 'a', threadRemoteId: 't-a', isRead: false, isStarred: false, isDraft: false };
        await store.commit(lease, { states: [{ ...provider, places: ['INBOX'] }] });
        expect(await row('a')).toMatchObject(effective);
        expect((await store.states(accountId, ['a'])).get('a')).toMatchObject(effective);
        await store.commit(lease, { messages: [testMessage('a', { places: ['INBOX', 'L1'] })] });
        expect(await row('a')).toMatchObject({ isRead: true, places: ['ARCHIVE', 'L1'] });
      });

      it('are pushed out of order, or pushed again after they were accepted', async () => {
        const { harness, store, accountId, lease } = await open();
        await store.commit(lease, { messages: [testMessage('a'), testMessage('b')] });
        const first = await harness.operate(accountId, 'a', 'markRead', { isRead: true });
        const second = await harness.operate(accountId, 'b', 'star', { isStarred: true });
        const third = await harness.operate(accountId, 'a', 'markUnread', { isRead: false });
        const pending = await store.pendingOperations(accountId, 10);
        expect(pending.map((operation) => operation.id)).toEqual([first, second, third]);
        expect(pending[0]).toMatchObject({
          remoteId: 'a',
          op: 'markRead',
          effect: { isRead: true },
          status: 'applied',
        });
        expect(await store.pendingOperations(accountId, 1)).toHaveLength(1);
        await store.commit(lease, { operations: [{ id: first, status: 'pushed', pushedAt: NOW }] });
        const rest = await store.pendingOperations(accountId, 10);
        expect(rest.map((operation) => operation.id)).toEqual([second, third]);
      });

      it('that were pushed cover nothing, or cover for ever', async () => {
        const { harness, store, accountId, lease, row } = await open();
        await store.commit(lease, { messages: [testMessage('a')] });
        const id = await harness.operate(accountId, 'a', 'markRead', { isRead: true });
        await store.commit(lease, { operations: [{ id, status: 'pushed', pushedAt: NOW }] });
        expect(await store.idsWithOperations(accountId, ['a', 'b'])).toEqual(new Set(['a']));
        const unread = {
          remoteId: 'a',
          threadRemoteId: 't-a',
          places: ['INBOX'],
          isRead: false,
          isStarred: false,
          isDraft: false,
        };
        await store.commit(lease, { states: [unread], retireOperationsPushedBefore: NOW });
        expect(await row('a')).toMatchObject({ isRead: true });
        await store.commit(lease, { retireOperationsPushedBefore: LATER, states: [unread] });
        expect(await row('a')).toMatchObject({ isRead: false });
        expect((await harness.snapshot(accountId)).operations.filter((op) => op.status === 'pushed')).toEqual([]);
        expect(await store.idsWithOperations(accountId, ['a'])).toEqual(new Set());
      });

      it('that wait are retired with those that were pushed', async () => {
        const { harness, store, accountId, lease, row } = await open();
        await store.commit(lease, { messages: [testMessage('a')] });
        await harness.operate(accountId, 'a', 'star', { isStarred: true });
        await store.commit(lease, { retireOperationsPushedBefore: Number.MAX_SAFE_INTEGER });
        expect(await store.pendingOperations(accountId, 10)).toHaveLength(1);
        expect(await row('a')).toMatchObject({ isStarred: true });
      });

      it('that were refused go on covering what the provider says', async () => {
        const { harness, store, accountId, lease, row } = await open();
        await store.commit(lease, { messages: [testMessage('a')] });
        const id = await harness.operate(accountId, 'a', 'star', { isStarred: true });
        const state = {
          remoteId: 'a',
          threadRemoteId: 't-a',
          places: ['INBOX'],
          isRead: false,
          isStarred: false,
          isDraft: false,
        };
        await store.commit(lease, {
          operations: [{ id, status: 'conflicted', error: 'refused', attempts: 1 }],
          states: [state],
        });
        expect(await row('a')).toMatchObject({ isStarred: false });
        expect(await store.pendingOperations(accountId, 10)).toEqual([]);
        expect((await store.overview(accountId, NOW)).hasOperations).toBe(false);
      });
    });

    it('the facts of the account are not kept, or one patch erases another', async () => {
      const { harness, store, accountId, lease } = await open();
      const error = { kind: 'throttled', message: 'Google asks to wait.', providerCode: 'rateLimitExceeded' };
      await store.commit(lease, { account: { remoteTotal: 2_000, error, notBefore: LATER } });
      await store.commit(lease, { account: { lastSyncedAt: NOW } });
      expect((await harness.snapshot(accountId)).account).toEqual({
        remoteTotal: 2_000,
        error,
        notBefore: LATER,
        lastSyncedAt: NOW,
      });
      await store.commit(lease, { account: { error: null, notBefore: null } });
      expect((await harness.snapshot(accountId)).account).toMatchObject({
        remoteTotal: 2_000,
        error: null,
        notBefore: null,
      });
    });
  });
}

function sorted(snapshot: StoreSnapshot) {
  const byId = <T extends { readonly remoteId: string }>(rows: readonly T[]) =>
    [...rows].sort((a, b) => (a.remoteId < b.remoteId ? -1 : 1));
  return {
    messages: byId(snapshot.messages),
    inventory: byId(snapshot.inventory),
    work: byId(snapshot.work),
    cursors: snapshot.cursors,
  };
}
