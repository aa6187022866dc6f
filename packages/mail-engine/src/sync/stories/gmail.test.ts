import { describe, expect, it } from 'vitest';
import { gmailWorld } from '../testing/gmail-world';
import { ACCOUNT } from '../testing/world';

async function synced(options: Parameters<typeof gmailWorld>[0] = {}) {
  const world = gmailWorld(options);
  await world.settle();
  expect(world.wrong()).toEqual([]);
  const ids = world.ids();
  const id = (index: number) => ids[index] ?? '';
  return { ...world, id };
}

describe('Gmail alone, told to the simulated Google', () => {
  it('an idle poll costs more than one call', async () => {
    const world = await synced();
    world.settings.placesMaxAgeMs = 60_000;
    world.requests.length = 0;
    world.store.calls.length = 0;
    expect(await world.node.slice()).toMatchObject({ status: 'idle' });
    expect(world.requests).toHaveLength(1);
    expect(world.requests[0]?.url).toContain('/history?');
    expect(world.store.calls).toEqual(['lease.take', 'overview', 'lease.release']);
  });

  it('an expired history, also twice at once, wipes mail, misses the gap or loops', async () => {
    const world = await synced({ messages: 120 });
    world.control.markUnread({ account: world.account, count: 5 });
    world.control.star({ account: world.account, count: 3 });
    world.control.archive({ account: world.account, count: 4 });
    world.control.deleteForever({ account: world.account, count: 6 });
    world.control.newMail({ account: world.account, count: 5 });
    world.control.expireHistory({ account: world.account });
    const profile = world.provider.profile.bind(world.provider);
    let pins = 0;
    world.provider.profile = async () => {
      const pinned = await profile();
      if (++pins <= 3) {
        world.control.markRead({ account: world.account, count: 1 });
        world.control.expireHistory({ account: world.account });
      }
      return pinned;
    };
    for (let poll = 0; poll < 6; poll += 1) await world.settle();
    expect(pins).toBe(4);
    expect(world.wrong()).toEqual([]);
  });

  it('draft autosaves leave copies', async () => {
    const world = await synced();
    const { draftId } = world.control.saveDraft({ account: world.account, text: 'One' });
    await world.settle();
    const before = world.store.snapshot(ACCOUNT).messages.find((row) => row.draftRemoteId === draftId);
    for (const text of ['Two', 'Three', 'Four']) {
      world.control.saveDraft({ account: world.account, draftId, text });
      if (text === 'Three') await world.settle();
    }
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const drafts = world.store.snapshot(ACCOUNT).messages.filter((row) => row.draftRemoteId === draftId);
    expect(drafts).toMatchObject([{ rowId: before?.rowId, hidden: false, isDraft: true }]);
    expect(drafts[0]?.text).toContain('Four');
  });

  for (const labelDeletionInHistory of [true, false]) {
    it(`a label renamed and one deleted in mid-sync stay (history says so: ${labelDeletionInHistory})`, async () => {
      const world = gmailWorld({ messages: 120, switches: { labelDeletionInHistory } });
      const one = world.control.createLabel({ account: world.account, name: 'One' });
      const two = world.control.createLabel({ account: world.account, name: 'Two' });
      world.control.changeLabels({ account: world.account, count: 30, add: [one.id, two.id] });
      await world.node.slice(200);
      world.control.renameLabel({ account: world.account, id: one.id, name: 'Renamed' });
      world.control.deleteLabel({ account: world.account, id: two.id });
      await world.settle();
      expect(world.wrong()).toEqual([]);
    });
  }

  it('a search index that lags hides the newest mail', async () => {
    const world = gmailWorld({ messages: 100, switches: { searchLagMs: 60 * 60_000 } });
    world.control.newMail({ account: world.account, count: 3 });
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });
});
