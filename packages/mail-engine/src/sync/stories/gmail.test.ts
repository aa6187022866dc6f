import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import { readAudit } from '../audit';
import { CrashError } from '../testing/in-memory-store';
import { gmailWorld } from '../testing/gmail-world';
import { ACCOUNT, settle } from '../testing/world';

async function synced(options: Parameters<typeof gmailWorld>[0] = {}) {
  const world = gmailWorld(options);
  await world.settle();
  expect(world.wrong()).toEqual([]);
  const ids = world.ids();
  const id = (index: number) => ids[index] ?? '';
  return { ...world, id };
}

describe('Gmail, told to the simulated Google', () => {
  it('a first sync leaves out messages, labels or flags', async () => {
    for (const syncFromDays of [30, 90, null]) {
      const world = gmailWorld({ messages: 200, syncFromDays });
      await world.settle();
      expect(world.wrong()).toEqual([]);
      const { inventory } = world.store.snapshot(ACCOUNT);
      expect(inventory.map((row) => row.remoteId).sort()).toEqual([...world.ids()].sort());
    }
  });

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

  it('an expiry during the first listing loses what happened before', async () => {
    const world = gmailWorld({ messages: 150 });
    let calls = 0;
    const list = world.provider.list.bind(world.provider);
    world.provider.list = async (request) => {
      if (++calls === 2) {
        const [first = '', second = ''] = world.ids();
        world.control.star({ account: world.account, ids: [first] });
        world.control.deleteForever({ account: world.account, ids: [second] });
        world.control.newMail({ account: world.account, count: 2 });
        world.control.expireHistory({ account: world.account });
      }
      return list(request);
    };
    const fetch = world.provider.fetch.bind(world.provider);
    world.provider.fetch = async (wanted) => {
      await world.clock.sleep(6_000);
      return fetch(wanted);
    };
    await world.settle();
    await world.settle();
    expect(calls).toBeGreaterThan(3);
    expect(world.wrong()).toEqual([]);
  });

  it('a crash at any commit loses or doubles something', async () => {
    let write = 1;
    for (; ; write += 1) {
      const world = gmailWorld({ messages: 40 });
      world.store.crashAt = { write, when: write % 2 === 0 ? 'before' : 'after' };
      let crashed = false;
      try {
        await world.node.slice();
        world.control.newMail({ account: world.account });
        world.control.move({ account: world.account, count: 2 });
        world.control.saveDraft({ account: world.account });
        world.control.deleteForever({ account: world.account, count: 2 });
        await world.settle();
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        crashed = true;
      }
      world.store.revive();
      await settle(world.nodeNamed('node-2'), world.clock);
      expect({ write, wrong: world.wrong() }).toEqual({ write, wrong: [] });
      if (!crashed) break;
    }
    expect(write).toBeGreaterThan(12);
  });

  it('a move to a label and back, and a removal here with a presence there, lose the message', async () => {
    const world = await synced();
    const ids = [world.id(1)];
    world.control.move({ account: world.account, ids, to: 'Projects' });
    world.control.changeLabels({ account: world.account, ids, add: ['INBOX'], remove: ['Projects'] });
    world.control.changeLabels({ account: world.account, ids: [world.id(2)], add: ['TRASH'], remove: ['INBOX'] });
    world.control.changeLabels({ account: world.account, ids: [world.id(3)], add: ['SPAM'], remove: ['INBOX'] });
    world.control.archive({ account: world.account, ids: [world.id(4)] });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.row(world.id(1))?.hidden).toBe(false);
  });

  it('a throttling in mid-batch strikes messages or is not obeyed', async () => {
    const world = gmailWorld({ messages: 300 });
    await world.node.slice(1_000);
    world.control.throttle({ account: world.account, seconds: 50 });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    world.control.quotaBurst({ account: world.account, units: 5_900 });
    world.control.newMail({ account: world.account, count: 30 });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).work).toEqual([]);
  });

  for (const how of ['status', 'malformed'] as const) {
    it(`a message that always answers with ${how} stops the others, or is tried for ever`, async () => {
      const world = gmailWorld({ messages: 80 });
      const poisoned = world.ids()[5] ?? '';
      world.control.poison({ messageId: poisoned, how });
      await world.settle();
      expect(world.wrong({ quarantined: new Set([poisoned]) })).toEqual([]);
      expect(world.store.snapshot(ACCOUNT).work).toMatchObject([{ remoteId: poisoned, status: 'quarantined' }]);
      world.control.newMail({ account: world.account, count: 3 });
      await world.settle();
      expect(world.wrong({ quarantined: new Set([poisoned]) })).toEqual([]);
      world.control.clearAccidents();
      world.settings.verify = 'v';
      await world.settle();
      world.settings.repair = 'r';
      await world.settle();
      expect(world.wrong()).toEqual([]);
      expect((await readAudit(world.store, ACCOUNT))?.result?.missing).toBe(0);
    });
  }

  it('a consent that is revoked in the middle of a run loses what was listed', async () => {
    const world = gmailWorld({ messages: 400, syncFromDays: null });
    let calls = 0;
    const fetch = world.provider.fetch.bind(world.provider);
    let revoked = false;
    world.provider.fetch = async (wanted) => {
      if (++calls === 3) revoked = true;
      return fetch(wanted);
    };
    for (const method of ['fetch', 'changes', 'list', 'places'] as const) {
      const original = world.provider[method].bind(world.provider) as (...args: never[]) => Promise<never>;
      Object.assign(world.provider, {
        [method]: (...args: never[]) =>
          revoked ? Promise.reject(new MailError('needsReauth', 'The grant was revoked.')) : original(...args),
      });
    }
    await expect(world.settle()).rejects.toThrow('waits for a person: needsReauth');
    expect(world.store.snapshot(ACCOUNT).account.error).toMatchObject({ kind: 'needsReauth' });
    expect(world.store.snapshot(ACCOUNT).work.filter((work) => work.attempts > 0)).toEqual([]);
    calls = 100;
    revoked = false;
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).account.error).toBeNull();
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

  it('mail that arrives during the first sync waits for its end', async () => {
    const world = gmailWorld({ messages: 2_000, syncFromDays: null });
    await world.node.slice(1_000);
    const [arrived = ''] = world.control.newMail({ account: world.account });
    world.clock.advance(5_000);
    await world.node.slice(1_000);
    expect(world.row(arrived)).toMatchObject({ hidden: false });
    expect(world.store.snapshot(ACCOUNT).work.length).toBeGreaterThan(100);
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('a search index that lags hides the newest mail', async () => {
    const world = gmailWorld({ messages: 100, switches: { searchLagMs: 60 * 60_000 } });
    world.control.newMail({ account: world.account, count: 3 });
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('pages that are repeated or reordered give other rows', async () => {
    const world = gmailWorld({ messages: 150 });
    for (const method of ['messages.list', 'history.list']) {
      world.control.accident({ kind: 'duplicatePage', method, times: null });
      world.control.accident({ kind: 'reorderPage', method, times: null });
    }
    await world.settle();
    expect(world.wrong()).toEqual([]);
    for (let turn = 0; turn < 3; turn += 1) {
      for (let event = 0; event < 40; event += 1) {
        const account = world.account;
        if (event % 3 === 0) world.control.markRead({ account, count: 1 });
        if (event % 3 === 1) world.control.move({ account, count: 1, to: `To ${event % 4}` });
        if (event % 3 === 2) world.control.star({ account, count: 2 });
        if (event % 10 === 0) world.control.deleteForever({ account, count: 1 });
        if (event % 11 === 0) world.control.newMail({ account });
      }
      await world.settle();
      expect(world.wrong()).toEqual([]);
    }
  });

  it('a message that is listed and not found stays as work, or is called missing', async () => {
    const world = gmailWorld({ messages: 60 });
    const ghost = world.ids()[4] ?? '';
    const { number } = world.control.accident({ kind: 'ghost', messageId: ghost, times: null });
    await world.settle();
    expect(world.wrong({ quarantined: new Set([ghost]) })).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).work).toEqual([]);
    world.control.removeAccident({ number });
    // It was lost at the provider for a while, and nobody said so when it came back: a verification finds it.
    world.settings.verify = 'v';
    await world.settle();
    world.settings.repair = 'r';
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('answers that are damaged on the way lose mail', async () => {
    const world = gmailWorld({ messages: 120 });
    const methods = [
      'messages.list',
      'messages.get',
      'threads.get',
      'history.list',
      'labels.list',
      'getProfile',
      'batch',
    ];
    for (const [index, method] of methods.entries()) {
      for (const kind of ['malformed', 'cut', 'drop', 'status', 'reset'] as const) {
        world.control.accident({ kind, method, times: 1, skip: index % 2, status: 503 });
      }
    }
    await world.settle();
    world.control.newMail({ account: world.account, count: 5 });
    world.control.star({ account: world.account, count: 5 });
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('a wall clock that jumps by a day or a year stops the sync', async () => {
    for (const jump of [26, -26, 24 * 365, -24 * 365]) {
      const world = await synced({ messages: 60 });
      world.control.newMail({ account: world.account, count: 3 });
      world.control.throttle({ account: world.account, seconds: 20 });
      await world.node.slice();
      world.clock.jump(jump * 60 * 60_000);
      world.control.clearAccidents();
      world.control.star({ account: world.account, count: 2 });
      world.clock.advance(10 * 60_000);
      const settled = await world.settle();
      expect(settled.status).toBe('idle');
      expect(world.wrong()).toEqual([]);
    }
  });

  it('a click while the sync brings the contrary is flipped back', async () => {
    const world = await synced();
    const id = world.id(0);
    world.control.markRead({ account: world.account, ids: [id] });
    await world.settle();
    world.control.markUnread({ account: world.account, ids: [id] });
    world.click(id, 'markRead');
    const inbox = world.store.snapshot(ACCOUNT).messages.find((row) => row.places.includes('INBOX'));
    const archived = inbox?.remoteId ?? '';
    world.click(archived, 'archive');
    world.click(world.id(2), 'star');
    await world.settle();
    expect(world.row(id)?.isRead).toBe(true);
    expect(world.row(archived)?.places).toContain('ARCHIVE');
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).operations).toEqual([]);
  });

  it('hostile messages stop the sync, or lose their harmless neighbours', async () => {
    const world = await synced({ messages: 30 });
    const wired = new Set<string>();
    for (const name of world.control.specimenNames()) {
      const { id } = world.control.deliverSpecimen({ account: world.account, name });
      // These arrive as broken JSON: whatever can be read of them may be here, the rest is quarantined.
      if (name.startsWith('json-')) wired.add(id);
    }
    world.control.newMail({ account: world.account, count: 2 });
    await world.settle();
    expect(world.wrong({ quarantined: wired })).toEqual([]);
    const quarantined = world.store.snapshot(ACCOUNT).work.map((work) => work.remoteId);
    expect(quarantined.filter((id) => !wired.has(id))).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).messages.length).toBeGreaterThan(50);
  });

  it('a mailbox that is verified is called wrong, or a wrong one right', async () => {
    const world = await synced({ messages: 200, syncFromDays: null });
    world.store.deleteRowsByHand(ACCOUNT, world.ids().slice(10, 35));
    world.settings.verify = 'v';
    await world.settle();
    const report = await readAudit(world.store, ACCOUNT);
    const provider = world.ids().length;
    expect(report?.result).toEqual({ provider, here: provider - 25, missing: 25, extra: 0, older: 0 });
    world.settings.repair = 'r';
    await world.settle();
    expect((await readAudit(world.store, ACCOUNT))?.result).toMatchObject({ missing: 0, extra: 0, here: provider });
    expect(world.wrong()).toEqual([]);
  });
});
