import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import type { Operation, OrganiseOp, StateEffect } from '../../model/operation';
import { batchOperations } from '../operations';
import { CrashError } from '../testing/in-memory-store';
import { ACCOUNT, fakeWorld, settle } from '../testing/world';

async function synced(options: Parameters<typeof fakeWorld>[0] = {}, count = 20) {
  const world = fakeWorld(options);
  const ids = world.seed(count, 1);
  await world.settle();
  expect(world.wrong()).toEqual([]);
  const id = (index: number) => ids[index] ?? '';
  const click = (index: number, op: OrganiseOp, effect: StateEffect) =>
    world.store.operate(ACCOUNT, id(index), op, effect, world.clock.now());
  const row = (index: number) =>
    world.store.snapshot(ACCOUNT).messages.find((message) => message.remoteId === id(index));
  const operations = () => world.store.snapshot(ACCOUNT).operations;
  return { ...world, ids, id, click, row, operations };
}

describe('a click', () => {
  it('is flipped back by a sync that brings the contrary', async () => {
    const world = await synced();
    world.mailbox.change(world.id(1), { isRead: true });
    world.mailbox.change(world.id(1), { isRead: false });
    world.click(1, 'markRead', { isRead: true });
    world.provider.before = (call) => {
      if (call === 'changes') expect(world.row(1)?.isRead).toBe(true);
    };
    await world.settle();
    expect(world.row(1)?.isRead).toBe(true);
    expect(world.mailbox.messages.get(world.id(1))?.isRead).toBe(true);
    expect(world.wrong()).toEqual([]);
  });

  it('covers for ever what somebody else changes afterwards', async () => {
    const world = await synced();
    world.click(1, 'markRead', { isRead: true });
    // Somebody marks it unread elsewhere right after it was pushed, before the feed is read.
    world.provider.after = (call) => {
      if (call === 'organise') world.mailbox.change(world.id(1), { isRead: false });
    };
    await world.settle();
    expect(world.row(1)?.isRead).toBe(false);
    expect(world.wrong()).toEqual([]);
    expect(world.operations()).toEqual([]);
  });

  it('covers for ever what comes on an early page of a long round', async () => {
    const world = await synced({ changesPage: 500 }, 30);
    world.click(1, 'markRead', { isRead: true });
    world.provider.after = (call) => {
      if (call === 'organise') {
        world.mailbox.change(world.id(1), { isRead: false });
        for (let turn = 0; turn < 12_000; turn += 1)
          world.mailbox.change(world.id(2 + (turn % 9)), { isRead: turn % 4 < 2 });
      }
      // The slice's time is up after each page: the round is committed in parts.
      if (call === 'changes') world.clock.advance(6_000);
    };
    await world.settle();
    // Fewer events would be committed as one.
    expect(world.mailbox.history.length).toBeGreaterThan(5_500);
    expect(world.row(1)?.isRead).toBe(false);
    expect(world.wrong()).toEqual([]);
  });

  it('covers what was changed in a gap of the history', async () => {
    const world = await synced();
    world.click(1, 'star', { isStarred: true });
    world.provider.after = (call) => {
      if (call !== 'organise') return;
      world.mailbox.change(world.id(1), { isStarred: false });
      world.mailbox.expireHistory();
    };
    await world.settle();
    expect(world.row(1)?.isStarred).toBe(false);
    expect(world.wrong()).toEqual([]);
  });

  it('that is refused stays on the screen, or holds up the others', async () => {
    const world = await synced();
    world.provider.refused.add(world.id(2));
    for (const index of [1, 2, 3, 4]) world.click(index, 'archive', { remove: ['INBOX'] });
    expect(world.row(2)?.places).toEqual(['ARCHIVE']);
    await world.settle();
    expect(world.row(2)?.places).toEqual(['INBOX']);
    expect(world.row(3)?.places).toEqual(['ARCHIVE']);
    expect(world.wrong()).toEqual([]);
    expect(world.operations()).toMatchObject([{ remoteId: world.id(2), status: 'conflicted' }]);
  });

  it('on a message that was deleted elsewhere is tried for ever, or brings it back', async () => {
    const world = await synced();
    world.click(3, 'star', { isStarred: true });
    world.mailbox.destroy(world.id(3));
    await world.settle();
    expect(world.row(3)?.hidden).toBe(true);
    expect(world.wrong()).toEqual([]);
  });

  it('whose answer is lost is forgotten', async () => {
    const world = await synced();
    world.click(3, 'star', { isStarred: true });
    let lost = 0;
    world.provider.after = (call) => {
      if (call === 'organise' && ++lost === 1) throw new MailError('unavailable', 'The connection was cut.');
    };
    const result = await world.node.slice();
    expect(result?.status).toBe('unavailable');
    expect(world.row(3)?.isStarred).toBe(true);
    await world.settle();
    expect(world.row(3)?.isStarred).toBe(true);
    expect(world.wrong()).toEqual([]);
  });

  it('is lost in a crash between the provider and the store', async () => {
    const world = await synced();
    world.click(3, 'star', { isStarred: true });
    world.store.crashAt = { write: world.store.writes + 2, when: 'before' };
    await expect(world.settle()).rejects.toBeInstanceOf(CrashError);
    expect(world.mailbox.messages.get(world.id(3))?.isStarred).toBe(true);
    world.store.revive();
    await settle(world.nodeNamed('node-2'), world.clock);
    expect(world.wrong()).toEqual([]);
    expect(world.row(3)?.isStarred).toBe(true);
  });

  it('that gets answers nobody understands is tried for ever', async () => {
    const world = await synced();
    world.click(3, 'star', { isStarred: true });
    world.click(4, 'star', { isStarred: true });
    world.provider.before = (call, wanted) => {
      if (call === 'organise' && wanted.includes(world.id(3))) throw new MailError('malformed', 'This is not JSON.');
    };
    for (let turn = 0; turn < 6; turn += 1) {
      await world.node.slice();
      world.clock.advance(60_000);
    }
    expect(world.row(3)?.isStarred).toBe(false);
    expect(world.row(4)?.isStarred).toBe(true);
    expect(world.wrong()).toEqual([]);
  });

  it('by the hundred makes a hundred calls, or clicks of one message overtake each other', async () => {
    const world = await synced({ organiseBatch: 50 }, 120);
    for (let index = 0; index < 60; index += 1) world.click(index, 'markRead', { isRead: true });
    for (let index = 0; index < 60; index += 1) world.click(index, 'addLabel', { add: ['L3'] });
    for (let index = 0; index < 60; index += 2) world.click(index, 'markUnread', { isRead: false });
    await world.settle();
    expect(world.provider.calls('organise')).toBe(5);
    expect(world.row(0)?.isRead).toBe(false);
    expect(world.row(1)?.isRead).toBe(true);
    expect(world.wrong()).toEqual([]);
  });
});

describe('batches of operations', () => {
  const operation = (id: string, remoteId: string, isRead: boolean): Operation => ({
    id,
    remoteId,
    op: isRead ? 'markRead' : 'markUnread',
    effect: { isRead },
    status: 'applied',
    createdAt: 0,
    pushedAt: null,
    attempts: 0,
  });

  it('let a later change of a message overtake an earlier one', () => {
    const batches = batchOperations(
      [operation('1', 'a', true), operation('2', 'b', false), operation('3', 'a', false), operation('4', 'b', true)],
      10,
    );
    const order = batches.map((batch) => batch.operations.map(({ id }) => id));
    expect(order).toEqual([['1'], ['2', '3'], ['4']]);
  });

  it('hold more messages than the provider takes', () => {
    const many = Array.from({ length: 25 }, (_, index) => operation(String(index), `m${index}`, true));
    expect(batchOperations(many, 10).map((batch) => batch.operations.length)).toEqual([10, 10, 5]);
  });
});
