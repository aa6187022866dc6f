import { afterEach, describe, expect, it } from 'vitest';
import type { OutboxItem, OutboxPatch } from '../../model/outbox';
import type { OutboxStore } from '../../ports/outbox-store';

/** What a store's author provides, so that the contract can be told to any database. */
export interface OutboxHarness {
  readonly store: OutboxStore;
  /** Two accounts that exist and have no mail on its way. */
  readonly accountId: string;
  readonly otherAccountId: string;
  /** A new row: `queued`, no attempt, nobody's; its message has the subject `Hello`. Gives the row's id. */
  queue(accountId: string, extra: { readonly sendAt: number; readonly recipients?: number }): Promise<string>;
  close(): Promise<void>;
}

const NOW = Date.UTC(2026, 10, 2, 12);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const DRAFT = { draftRemoteId: 'r-1', remoteId: '18c', threadRemoteId: null, internetMessageId: '<a@b.test>' };
const RECEIPT = { remoteId: '18d', threadRemoteId: '18d', internetMessageId: '<CAx@mail.test>' };
const STEP = { at: NOW, attempt: 1, kind: 'claimed', code: null } as const;

/** The contract of OutboxStore as tests. Run it against every store: in memory, on SQLite, on PostgreSQL. */
export function describeOutboxStore(name: string, makeStore: () => Promise<OutboxHarness>): void {
  describe(`OutboxStore contract: ${name}`, () => {
    let opened: OutboxHarness | null = null;
    afterEach(async () => {
      await opened?.close();
      opened = null;
    });

    async function open() {
      const harness = await makeStore();
      opened = harness;
      const { store } = harness;
      const id = await harness.queue(harness.accountId, { sendAt: NOW });
      const row = async (of = id): Promise<OutboxItem> => {
        const item = await store.read(of);
        if (item === null) throw new Error('The row is gone.');
        return item;
      };
      const write = async (patch: OutboxPatch, of = id): Promise<boolean> => {
        const { state, attempt } = await row(of);
        return store.write({ id: of, state, attempt }, patch);
      };
      const submit = async (of: string, at: number): Promise<void> => {
        const { attempt } = await row(of);
        await write({ state: 'claimed', attempt: attempt + 1, owner: 'one' }, of);
        await write({ state: 'submitting', submittedAt: at, submits: 1 }, of);
      };
      return { harness, store, id, row, write, submit };
    }

    it('a new row, or its content, is not what was queued', async () => {
      const { store, id, row } = await open();
      expect(await row()).toMatchObject({ state: 'queued', attempt: 0, owner: null, submits: 0, sendAt: NOW });
      expect(await row()).toMatchObject({ draft: null, receipt: null, error: null, history: [], needsPerson: false });
      expect(await store.message(id)).toMatchObject({ subject: 'Hello', markerId: (await row()).markerId });
      expect((await row()).markerId).toMatch(/^[A-Za-z0-9-]{1,100}$/);
    });

    it('a field does not come back as it was written', async () => {
      const { row, write } = await open();
      const claimed = { state: 'claimed', attempt: 1, owner: 'one', notBefore: NOW + 123, draft: DRAFT } as const;
      expect(await write({ ...claimed, history: [STEP] })).toBe(true);
      expect(await row()).toMatchObject({ ...claimed, history: [STEP] });
      const submitted = { state: 'submitting', submits: 1, submittedAt: NOW + 7 } as const;
      await write(submitted);
      const error = { code: 'SEND_UNCERTAIN', message: 'Nobody knows.' };
      await write({ state: 'uncertain', owner: null, notBefore: null, needsPerson: true, error });
      expect(await row()).toMatchObject({
        submits: 1,
        submittedAt: NOW + 7,
        owner: null,
        notBefore: null,
        needsPerson: true,
        error,
      });
      await write({ state: 'sent', receipt: RECEIPT, error: null, draft: null, needsPerson: false });
      expect(await row()).toMatchObject({
        state: 'sent',
        receipt: RECEIPT,
        error: null,
        draft: null,
        needsPerson: false,
      });
    });

    it('a worker that lost the row still writes', async () => {
      const { store, id, row, write } = await open();
      await write({ state: 'claimed', attempt: 1, owner: 'one' });
      await write({ state: 'queued', attempt: 2, owner: null });
      await write({ state: 'claimed', attempt: 3, owner: 'two' });
      const before = await row();
      const patch = { state: 'submitting', submittedAt: NOW, submits: 1 } as const;
      for (const stale of [
        { id, state: 'claimed', attempt: 1 },
        { id, state: 'queued', attempt: 3 },
        { id, state: 'claimed', attempt: 3, beat: before.beat + 1 },
        { id: `${id}0`, state: 'claimed', attempt: 3 },
      ] as const) {
        expect(await store.write(stale, patch)).toBe(false);
        expect(await row()).toEqual(before);
      }
      expect(await store.renew({ id, state: 'claimed', attempt: 1 })).toBe(false);
      expect((await row()).beat).toBe(before.beat);
    });

    it('a living worker looks dead', async () => {
      const { store, id, row, write } = await open();
      await write({ state: 'claimed', attempt: 1, owner: 'one' });
      const { beat } = await row();
      expect(await store.renew({ id, state: 'claimed', attempt: 1 })).toBe(true);
      expect((await row()).beat).toBe(beat + 1);
      // Whoever wanted to take it over had seen the older beat.
      expect(await store.write({ id, state: 'claimed', attempt: 1, beat }, { state: 'queued', attempt: 2 })).toBe(
        false,
      );
      await write({ draft: DRAFT });
      expect((await row()).beat).toBe(beat + 2);
    });

    it('several workers claim the same mail', async () => {
      const { store, id, row } = await open();
      const owners = ['a', 'b', 'c', 'd', 'e', 'f'];
      const claims = await Promise.all(
        owners.map((owner) =>
          store.write({ id, state: 'queued', attempt: 0 }, { state: 'claimed', attempt: 1, owner }),
        ),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect((await row()).owner).toBe(owners[claims.indexOf(true)]);
    });

    it('a mail becomes what it cannot become', async () => {
      const { write, row } = await open();
      const before = await row();
      await expect(write({ state: 'submitting', submittedAt: NOW })).rejects.toThrow();
      await expect(write({ state: 'sent', receipt: RECEIPT })).rejects.toThrow();
      expect(await row()).toEqual(before);
    });

    it('a worker is not told of what is due, or told of what is not', async () => {
      const { harness, store, id, write, submit } = await open();
      const queue = (sendAt: number) => harness.queue(harness.otherAccountId, { sendAt });
      const early = await queue(NOW - MINUTE);
      await queue(NOW + MINUTE);
      const paced = await queue(NOW);
      await write({ notBefore: NOW + MINUTE }, paced);
      const claimed = await queue(NOW + 1);
      await write({ state: 'claimed', attempt: 1, owner: 'one' }, claimed);
      const submitting = await queue(NOW + 2);
      await submit(submitting, NOW);
      const uncertain = await queue(NOW + 3);
      await submit(uncertain, NOW);
      await write({ state: 'uncertain' }, uncertain);
      const undecided = await queue(NOW);
      await submit(undecided, NOW);
      await write({ state: 'uncertain', needsPerson: true }, undecided);
      const held = await queue(NOW);
      await write({ state: 'held' }, held);
      const cancelled = await queue(NOW);
      await write({ state: 'cancelled' }, cancelled);
      expect(await store.due(NOW, 100)).toEqual([early, id, claimed, submitting, uncertain]);
      expect(await store.due(NOW, 2)).toEqual([early, id]);
    });

    it('the limits of a mailbox are counted wrongly', async () => {
      const { harness, store, id, write, submit } = await open();
      const { accountId, otherAccountId } = harness;
      expect(await store.usage(accountId, NOW)).toEqual({
        lastMinute: [],
        dayMessages: 0,
        dayRecipients: 0,
        dayOldest: null,
      });
      await submit(id, NOW - 1_000);
      await write({ state: 'failed' });
      for (const [at, recipients] of [
        [NOW - DAY - 1, 50],
        [NOW - DAY + MINUTE, 3],
        [NOW - 30_000, 4],
      ] as const) {
        await submit(await harness.queue(accountId, { sendAt: NOW, recipients }), at);
      }
      await submit(await harness.queue(otherAccountId, { sendAt: NOW, recipients: 9 }), NOW);
      expect(await store.usage(accountId, NOW)).toEqual({
        lastMinute: [NOW - 30_000, NOW - 1_000],
        dayMessages: 3,
        dayRecipients: 8,
        dayOldest: NOW - DAY + MINUTE,
      });
    });

    it('a mail that does not exist is an error', async () => {
      const { store, id } = await open();
      expect(await store.read(`${id}0`)).toBeNull();
      expect(await store.message(`${id}0`)).toBeNull();
    });
  });
}
