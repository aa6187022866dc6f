import { createMicrosoftFetch } from '@email-manager/provider-simulators/microsoft/simulator';
import { describe, expect, it } from 'vitest';
import { GRAPH_URL } from '../../providers/outlook/client';
import { createOutlookProvider } from '../../providers/outlook/provider';
import { outlookWorld } from '../testing/outlook-world';
import { ACCOUNT, settle } from '../testing/world';

const MINUTE = 60_000;

async function synced(options: Parameters<typeof outlookWorld>[0] = {}) {
  const world = outlookWorld(options);
  await world.settle();
  expect(world.wrong()).toEqual([]);
  const ids = Object.keys(world.mail.truth({ account: world.account }).messages);
  const id = (index: number) => ids[index] ?? '';
  return { ...world, ids, id };
}

describe('a first sync of Outlook', () => {
  it('leaves rows that differ from the truth', async () => {
    const world = outlookWorld({ messages: 400, syncFromDays: 30 });
    expect((await world.settle()).status).toBe('idle');
    expect(world.wrong()).toEqual([]);
  });

  it('leaves bodies that differ from what Outlook gives', async () => {
    const world = await synced({ messages: 60, syncFromDays: null });
    const graph = createMicrosoftFetch(world.simulator);
    const { accessToken } = world.control.issueTokens({ account: world.account });
    const prefer = 'IdType="ImmutableId", outlook.allow-unsafe-html';
    const rows = world.store.snapshot(ACCOUNT).messages;
    expect(rows.length).toBeGreaterThan(50);
    for (const { remoteId, html, text } of rows) {
      const url = `${GRAPH_URL}/me/messages/${encodeURIComponent(remoteId)}?$select=body`;
      const answer = await graph(url, { headers: { authorization: `Bearer ${accessToken}`, prefer } });
      const { body } = (await answer.json()) as { body: { contentType: string; content: string } };
      expect(body.contentType === 'html' ? html : text).toBe(body.content);
    }
  });

  it('keeps people waiting for the first messages until every folder was read', async () => {
    const world = outlookWorld({ messages: 600, syncFromDays: null });
    let here = 0;
    let enoughAt = Infinity;
    const commit = world.store.commit.bind(world.store);
    world.store.commit = async (lease, write) => {
      await commit(lease, write);
      here += write.messages?.length ?? 0;
      if (here >= 75) enoughAt = Math.min(enoughAt, world.clock.monotonic());
    };
    await world.node.slice(5_000);
    // 80 messages by 4 at once and 80 ms each are 1,600 ms; the rest is folders, listing and lists of attachments.
    expect(enoughAt).toBeLessThanOrEqual(2_500);
  });

  it('loses what changed or went while the folders were still being read', async () => {
    const world = outlookWorld({ messages: 300, syncFromDays: null });
    const { account, mail } = world;
    for (let turn = 0; turn < 12; turn += 1) {
      await world.node.slice(300);
      mail.deleteForever({ account, count: 2 });
      mail.moveThereAndBack({ account, count: 2 });
      mail.move({ account, count: 2, to: turn % 2 ? 'archive' : `New ${turn}` });
      mail.markRead({ account, count: 3 });
      mail.newMail({ account, count: 1, folder: turn % 3 ? 'inbox' : 'junkemail' });
    }
    await world.settle();
    world.clock.advance(5 * MINUTE);
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });
});

describe('Outlook alone, told to the simulated Graph', () => {
  it('an idle poll of 30 folders costs more than two requests, or writes anything', async () => {
    const world = outlookWorld();
    const { account, mail } = world;
    const have = Object.keys(mail.truth({ account }).folders).length;
    for (let i = have; i < 30; i += 1) mail.createFolder({ account, name: `Folder ${i}` });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).places.filter(({ remoteId }) => remoteId.startsWith('AAMk'))).toHaveLength(30);
    world.settings.placesMaxAgeMs = 60 * MINUTE;
    const cursor = await world.store.cursor(ACCOUNT, 'changes');
    for (let poll = 0; poll < 3; poll += 1) {
      world.requests.length = 0;
      world.store.calls.length = 0;
      expect(await world.node.slice()).toMatchObject({ status: 'idle' });
      expect(world.requests.length).toBeLessThanOrEqual(2);
      expect(world.store.calls).toEqual(['lease.take', 'overview', 'lease.release']);
    }
    expect(await world.store.cursor(ACCOUNT, 'changes')).toBe(cursor);
  });

  for (const movedReason of ['deleted', 'changed'] as const) {
    it(`a move between folders passes for a deletion (${movedReason})`, async () => {
      const world = await synced({ switches: { movedReason } });
      const rowIds = () => world.store.snapshot(ACCOUNT).messages.map((row) => [row.remoteId, row.rowId]).sort(); // prettier-ignore
      const before = rowIds();
      world.mail.move({ account: world.account, count: 9, to: 'archive' });
      world.mail.move({ account: world.account, count: 3, to: 'Made for it/Below' });
      await world.settle();
      expect(world.wrong()).toEqual([]);
      expect(rowIds()).toEqual(before);
    });
  }

  for (const expiredDelta of ['gone', 'goneWithLocation', 'syncStateNotFound', 'resyncRequired'] as const) {
    it(`a folder whose feed expired wipes mail or misses the gap (${expiredDelta})`, async () => {
      const world = await synced({ messages: 150, switches: { expiredDelta } });
      const { account, mail } = world;
      mail.deleteForever({ account, count: 4 });
      mail.newMail({ account, count: 2 });
      mail.move({ account, count: 3, to: 'archive' });
      mail.expireDelta({ account, folder: 'inbox' });
      await world.settle();
      expect(world.wrong()).toEqual([]);
      mail.deleteForever({ account, count: 2, folder: 'archive' });
      mail.expireDelta({ account });
      await world.settle();
      expect(world.wrong()).toEqual([]);
    });
  }

  it('a feed that expires at once, again and again, keeps the mailbox listing', async () => {
    const world = await synced();
    world.settings.placesMaxAgeMs = 60 * MINUTE;
    world.control.accident({ kind: 'status', status: 410, method: 'messages.delta', times: null });
    world.requests.length = 0;
    for (let poll = 0; poll < 12; poll += 1) {
      world.clock.advance(5 * MINUTE);
      await world.settle();
    }
    expect(world.requests.filter(({ url }) => url.includes('/me/messages?')).length).toBeLessThanOrEqual(20);
    world.control.clearAccidents();
    world.mail.deleteForever({ account: world.account, count: 2 });
    for (let poll = 0; poll < 40; poll += 1) {
      world.clock.advance(20 * MINUTE);
      await world.settle();
    }
    expect(world.wrong()).toEqual([]);
  });

  it('a folder that is renamed, moved, emptied or deleted keeps its old place', async () => {
    const world = await synced();
    const { account, mail } = world;
    mail.createFolder({ account, name: 'One' });
    mail.createFolder({ account, name: 'Below', parent: 'One' });
    mail.move({ account, count: 5, to: 'One/Below' });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    mail.renameFolder({ account, folder: 'One', name: 'Renamed' });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    mail.moveFolder({ account, folder: 'Renamed/Below', to: 'archive' });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    mail.deleteFolder({ account, folder: 'Renamed' });
    mail.deleteFolder({ account, folder: 'archive/Below', forever: true });
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('a folder that is deleted while it is listed stops the mailbox', async () => {
    const world = outlookWorld({ messages: 100, syncFromDays: null });
    const { account, mail } = world;
    const { id } = mail.createFolder({ account, name: 'Doomed' });
    for (let i = 0; i < 30; i += 1) mail.newMail({ account, folder: 'Doomed' });
    const provider = createOutlookProvider({
      ...world.options,
      http: async (url, init) => {
        const answer = await world.options.http(url, init);
        const isListing = url.includes('/me/messages?') || String(init.body).includes(encodeURIComponent(id));
        if (isListing && world.mail.truth({ account }).folders[id]) {
          mail.deleteFolder({ account, folder: 'Doomed', forever: true });
        }
        return answer;
      },
    });
    const node = world.nodeNamed('node-2', provider);
    await settle(node, world.clock);
    world.clock.advance(5 * MINUTE);
    await settle(node, world.clock);
    expect(world.wrong()).toEqual([]);
    expect(world.mail.truth({ account }).folders[id]).toBeUndefined();
  });

  it('a link to another host is followed, with the token', async () => {
    const world = outlookWorld({ messages: 560, syncFromDays: null });
    world.control.foreignLink({ method: 'messages.list', account: world.account });
    world.control.foreignLink({ method: 'messages.delta', account: world.account });
    world.control.foreignLink({ method: 'mailFolders.delta', account: world.account });
    await world.settle();
    world.clock.advance(5 * MINUTE);
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(new Set(world.requests.map(({ url }) => new URL(url).host))).toEqual(new Set(['graph.microsoft.com']));
  });

  it('one folder that cannot be read keeps the others from being followed', async () => {
    const world = await synced();
    const { account, mail } = world;
    const { folders } = mail.truth({ account });
    const archive = Object.entries(folders).find(([, { wellKnownName }]) => wellKnownName === 'archive')?.[0] ?? '';
    world.control.accident({ kind: 'malformed', method: 'messages.delta', messageId: archive, times: null });
    for (let poll = 0; poll < 5; poll += 1) {
      mail.newMail({ account });
      mail.markRead({ account, count: 2 });
      world.clock.advance(5 * MINUTE);
      await world.settle();
      const newest = Object.entries(mail.truth({ account }).messages)[0]?.[0] ?? '';
      expect(world.row(newest)).toMatchObject({ hidden: false });
    }
    mail.newMail({ account, folder: 'archive' });
    world.control.clearAccidents();
    for (let poll = 0; poll < 20; poll += 1) {
      world.clock.advance(30 * MINUTE);
      await world.settle();
    }
    expect(world.wrong()).toEqual([]);
  });

  it('folders that a person leaves out stay, or do not come back', async () => {
    const world = await synced({ messages: 150 });
    const { account, mail } = world;
    mail.trash({ account, count: 5 });
    mail.move({ account, count: 5, to: 'deleteditems/Old' });
    await world.settle();
    for (const skipped of [['spam', 'trash'], ['spam'], []] as const) {
      world.skip(skipped);
      const node = world.nodeNamed(`node ${skipped.join()}`, world.providerWith({ skipFolders: skipped }));
      await settle(node, world.clock);
      expect(world.wrong()).toEqual([]);
      mail.trash({ account, count: 2 });
      mail.restore({ account, count: 1 });
      await settle(node, world.clock);
      expect(world.wrong()).toEqual([]);
    }
  });

  it('mail in hidden folders, search folders and Recoverable Items shows up', async () => {
    const world = await synced();
    const { account, mail } = world;
    const hidden = mail.createFolder({ account, name: 'Hidden', hidden: true });
    mail.createSearchFolder({ account, name: 'Unread mail', shows: 'unread' });
    mail.newMail({ account, count: 2, folder: hidden.id });
    mail.move({ account, count: 3, to: hidden.id });
    mail.deleteForever({ account, count: 2 });
    await world.settle();
    expect(world.wrong()).toEqual([]);
  });

  it('categories outside of the master list, tabs and flags are not followed', async () => {
    const world = await synced();
    const { account, mail } = world;
    mail.categorise({ account, count: 4, add: ['Only on messages'] });
    mail.classify({ account, count: 3, as: 'other' });
    mail.flag({ account, count: 2 });
    mail.flag({ account, count: 1, status: 'complete' });
    await world.settle();
    expect(world.wrong()).toEqual([]);
    expect(world.store.snapshot(ACCOUNT).places.map(({ remoteId }) => remoteId)).toContain('category:Only on messages');
  });

  it('clicks are not written to Outlook, or flip back', async () => {
    const world = await synced();
    const { account, mail } = world;
    const [a, b, c, d] = world.store
      .snapshot(ACCOUNT)
      .messages.filter((row) => !row.isDraft)
      .map((row) => row.remoteId) as [string, string, string, string];
    world.click(a, 'markRead');
    world.click(b, 'archive');
    world.click(c, 'trash');
    world.click(d, 'addLabel', 'category:Clicked');
    world.click(a, 'star');
    expect(world.wrong()).toEqual([]);
    await world.settle();
    expect(world.wrong({ pending: () => [] })).toEqual([]);
    const { messages, folders } = mail.truth({ account });
    expect(messages[a]).toMatchObject({ isRead: true, flagged: true });
    expect(folders[messages[b]?.parentFolderId ?? '']?.wellKnownName).toBe('archive');
    expect(folders[messages[c]?.parentFolderId ?? '']?.wellKnownName).toBe('deleteditems');
    expect(messages[d]?.categories).toContain('Clicked');
  });

  it('conversations of one subject are shown as one thread', async () => {
    const world = await synced();
    const { account, mail } = world;
    const raw = (id: string, references = '') =>
      `From: a@arrivals.example\r\nSubject: Invoice\r\nMessage-ID: <${id}@x.example>\r\n${references}\r\n\r\nText ${id}\r\n`;
    const [first] = mail.newMail({ account, raw: raw('first') }) as [string];
    const conversationId = mail.truth({ account }).messages[first]?.conversationId ?? '';
    const [stranger] = mail.newMail({ account, raw: raw('stranger'), conversationId }) as [string];
    const reference = 'In-Reply-To: <first@x.example>\r\nReferences: <first@x.example>';
    const [reply] = mail.newMail({ account, raw: raw('reply', reference), conversationId }) as [string];
    await world.settle();
    expect(world.wrong()).toEqual([]);
    const threadOf = (id: string) => world.row(id)?.thread;
    expect(threadOf(reply)).toBe(threadOf(first));
    expect(threadOf(stranger)).not.toBe(threadOf(first));
  });
});
