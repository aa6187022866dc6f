import { describe, expect, test } from 'vitest';
import { ANN, IMMUTABLE, createTestGraph, settle } from './test-graph';
import type { TestGraph } from './test-graph';

const SELECT = '$select=isRead,categories,flag,parentFolderId,receivedDateTime';
const INBOX = `/me/mailFolders/inbox/messages/delta?${SELECT}`;

const paged = (size: number) => ({ prefer: `IdType="ImmutableId", odata.maxpagesize=${size}` });

function inboxIds(g: TestGraph, immutable = true): string[] {
  return [...g.mailbox.folders.required('inbox').messages.newestFirst()]
    .map((m) => g.mailbox.idOf(m, immutable))
    .sort();
}

function inboxStates(g: TestGraph): Map<string, boolean> {
  const messages = [...g.mailbox.folders.required('inbox').messages.newestFirst()];
  return new Map(messages.map((m) => [g.mailbox.idOf(m, true), m.isRead]));
}

describe('a first round', () => {
  test('gives every message of the folder, with empty pages and repeated items in between', async () => {
    const g = createTestGraph({ account: { messages: 400 } });
    const round = await g.all(INBOX, paged(7));
    expect([...settle(new Map(), round.items).keys()].sort()).toEqual(inboxIds(g));
    expect(round.items.length).toBeGreaterThan(inboxIds(g).length);
    expect(round.pages).toBeGreaterThan(Math.ceil(inboxIds(g).length / 7));
    expect(round.deltaLink).toMatch(
      /^https:\/\/graph\.microsoft\.com\/v1\.0\/me\/mailFolders\/inbox\/messages\/delta\?/,
    );
  });

  test('has pages of ten without a preference, and of what is preferred with one', async () => {
    const g = createTestGraph({ account: { messages: 200 } });
    expect((await g.call('GET', INBOX)).json.value).toHaveLength(10);
    const page = await g.call('GET', INBOX, { headers: paged(25) });
    expect(page.json.value).toHaveLength(25);
    expect(page.headers['preference-applied']).toContain('odata.maxpagesize=25');
  });

  test('$top caps the whole round, not the page', async () => {
    const g = createTestGraph({ account: { messages: 200 } });
    const round = await g.all(`${INBOX}&$top=15`, paged(10));
    expect(settle(new Map(), round.items).size).toBe(15);
    const next = await g.all(round.deltaLink);
    expect(next.items).toEqual([]);
  });

  test('takes a filter by date of receipt and nothing else, and sorts newest first or refuses', async () => {
    const g = createTestGraph({ account: { messages: 200 } });
    const [newest] = [...g.mailbox.folders.required('inbox').messages.newestFirst()];
    const since = new Date((newest?.receivedAt ?? 0) - 30 * 24 * 3600_000).toISOString();
    const round = await g.all(
      `${INBOX}&$filter=receivedDateTime ge ${since}&$orderby=receivedDateTime desc`,
      paged(50),
    );
    const dates = round.items.map((i) => i.receivedDateTime);
    expect(dates.length).toBeGreaterThan(3);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(dates.every((d) => Date.parse(d) >= Date.parse(since))).toBe(true);
    for (const wrong of [
      '$filter=isRead eq false',
      '$filter=receivedDateTime lt 2026-01-01T00:00:00Z',
      '$orderby=receivedDateTime asc',
      '$orderby=subject desc',
      '$search="x"',
      '$count=true',
      '$skip=5',
      'changeType=moved',
    ]) {
      const answer = await g.call('GET', `${INBOX}&${wrong}`);
      expect([wrong, answer.status, answer.json.error.code]).toEqual([wrong, 400, 'ErrorInvalidUrlQuery']);
    }
  });

  test('gives no more than 5,000 items with a filter', async () => {
    const g = createTestGraph({
      account: { messages: 0 },
      switches: { deltaEmptyPageEvery: null, deltaRepeatEvery: null },
    });
    g.control.newMail({ account: ANN, count: 5100 });
    const filtered = await g.all(`${INBOX}&$filter=receivedDateTime ge 2020-01-01T00:00:00Z`, paged(1000));
    expect(filtered.items).toHaveLength(5000);
    expect((await g.all(INBOX, paged(1000))).items).toHaveLength(5100);
  });

  test('is expandable by extended properties', async () => {
    const g = createTestGraph({ account: { messages: 300 } });
    const ids = "id eq 'String 0x1042' or id eq 'String 0x1039'";
    const round = await g.all(`${INBOX}&$expand=singleValueExtendedProperties($filter=${ids})`, paged(100));
    const replies = round.items.filter((i) => i.singleValueExtendedProperties);
    expect(replies.length).toBeGreaterThan(0);
    expect(replies.length).toBeLessThan(round.items.length);
  });
});

describe('a later round', () => {
  test('gives what changed and nothing else, and no two links are equal', async () => {
    const g = createTestGraph({ account: { messages: 100 } });
    const known = settle(new Map(), (await g.all(INBOX)).items);
    const first = (await g.all(INBOX)).deltaLink;
    const idle = await g.all(first);
    expect(idle.items).toEqual([]);
    expect(idle.pages).toBe(1);
    expect(idle.deltaLink).not.toBe(first);

    g.control.newMail({ account: ANN, count: 3 });
    g.control.markUnread({ account: ANN, count: 5 });
    g.control.markRead({ account: ANN, count: 4 });
    g.control.flag({ account: ANN, count: 2 });
    const round = await g.all(idle.deltaLink);
    expect(round.items.length).toBeLessThanOrEqual(8);
    settle(known, round.items);
    expect(new Map([...known].map(([id, item]) => [id, item.isRead]))).toEqual(inboxStates(g));
    // A link can be asked again: the answer is the same.
    expect((await g.all(idle.deltaLink)).items).toEqual(round.items);
  });

  test('shows a move out of the folder as a deletion, and a deletion too', async () => {
    const g = createTestGraph({ account: { messages: 100 } });
    const { deltaLink } = await g.all(INBOX);
    const [moved] = g.control.move({ account: ANN, count: 1, to: 'archive' });
    const [deleted] = g.control.deleteForever({ account: ANN, count: 1 });
    const { items } = await g.all(deltaLink);
    expect(items.map((i) => [i.id, i['@removed']])).toEqual([
      [moved, { reason: 'deleted' }],
      [deleted, { reason: 'deleted' }],
    ]);
    expect((await g.call('GET', `/me/messages/${moved}?$select=parentFolderId`)).json.parentFolderId).toBe(
      (await g.call('GET', '/me/mailFolders/archive?$select=id')).json.id,
    );
    expect((await g.call('GET', `/me/messages/${deleted}`)).status).toBe(404);
    g.state.switches.movedReason = 'changed';
    expect((await g.all(deltaLink)).items.map((i) => i['@removed'].reason)).toEqual(['changed', 'deleted']);
  });

  test('a message that went and came back shows as removed only, and never comes back into the feed', async () => {
    const g = createTestGraph({ account: { messages: 100 } });
    const { deltaLink } = await g.all(INBOX);
    const [id] = g.control.moveThereAndBack({ account: ANN });
    const round = await g.all(deltaLink);
    expect(round.items.map((i) => [i.id, i['@removed']])).toEqual([[id, { reason: 'deleted' }]]);
    expect((await g.all(round.deltaLink)).items).toEqual([]);
    expect((await g.call('GET', `/me/messages/${id}`)).status).toBe(200);

    g.state.switches.deltaAbaFault = false;
    const repaired = await g.all(deltaLink);
    expect(repaired.items.map((i) => [i.id, i['@removed']])).toEqual([[id, undefined]]);
  });

  test('with default ids a message that came back has a new id, and the old one is removed', async () => {
    const g = createTestGraph({ account: { messages: 100 } });
    const { deltaLink } = await g.all(INBOX, {});
    const before = inboxIds(g, false);
    g.control.moveThereAndBack({ account: ANN });
    const round = await g.all(deltaLink, {});
    const removed = round.items.filter((i) => i['@removed']).map((i) => i.id);
    const present = round.items.filter((i) => !i['@removed']).map((i) => i.id);
    expect(removed).toHaveLength(1);
    expect(before).toContain(removed[0]);
    expect(present).toHaveLength(1);
    expect(inboxIds(g, false)).toContain(present[0]);
    expect(before).not.toContain(present[0]);
  });

  test('gives changes in pages, each message once, with a full picture at the end', async () => {
    const g = createTestGraph({ account: { messages: 300 } });
    const first = await g.all(INBOX);
    const known = settle(new Map(), first.items);
    const count = known.size;
    g.control.markUnread({ account: ANN, count: 60 });
    g.control.move({ account: ANN, count: 20, to: 'archive' });
    g.control.newMail({ account: ANN, count: 30 });
    g.control.markRead({ account: ANN, count: 10 });
    const { items, pages } = await g.all(first.deltaLink, paged(8));
    expect(pages).toBeGreaterThan(10);
    settle(known, items);
    expect(known.size).toBe(count + 10);
    expect(new Map([...known].map(([id, item]) => [id, item.isRead]))).toEqual(inboxStates(g));
  });

  test('what happens during a round is not lost', async () => {
    const g = createTestGraph({ account: { messages: 300 } });
    const known = new Map();
    let link: string | undefined = INBOX;
    let deltaLink = '';
    for (let page = 0; link !== undefined; page++) {
      const { json } = await g.call('GET', link, { headers: paged(10) });
      settle(known, json.value);
      link = json['@odata.nextLink'];
      deltaLink = json['@odata.deltaLink'] ?? '';
      if (page % 2 === 0) g.control.newMail({ account: ANN });
      else g.control.move({ account: ANN, count: 2, to: 'archive' });
      g.control.markRead({ account: ANN, count: 3 });
    }
    settle(known, (await g.all(deltaLink)).items);
    expect([...known.keys()].sort()).toEqual(inboxIds(g));
    expect(new Map([...known].map(([id, item]) => [id, item.isRead]))).toEqual(inboxStates(g));
  });

  test('can be narrowed to one kind of change', async () => {
    const g = createTestGraph({ account: { messages: 60 } });
    const links = new Map<string, string>();
    for (const type of ['created', 'updated', 'deleted']) {
      links.set(type, (await g.all(`${INBOX}&changeType=${type}`)).deltaLink);
    }
    g.control.flag({ account: ANN, count: 1 });
    const [created] = g.control.newMail({ account: ANN, subject: 'Something new' });
    const [deleted] = g.control.trash({ account: ANN, ids: g.control.newMail({ account: ANN }) });
    const idsOf = async (type: string) => (await g.all(links.get(type) ?? '')).items.map((i) => i.id);
    expect(await idsOf('created')).toEqual([created]);
    expect(await idsOf('updated')).toHaveLength(1);
    expect(await idsOf('deleted')).toEqual([deleted]);
  });

  test('says of a message that was only read no more than that, unless all is wanted', async () => {
    const g = createTestGraph({ account: { messages: 60 } });
    const [id] = g.control.newMail({ account: ANN });
    const { deltaLink } = await g.all(INBOX);
    const blind = await g.all('/me/mailFolders/inbox/messages/delta?$select=subject');
    const before = (await g.call('GET', `/me/messages/${id}`)).json;
    g.clock.advance(60_000);
    g.control.markRead({ account: ANN, ids: [id ?? ''] });
    const [item] = (await g.all(deltaLink)).items;
    expect(Object.keys(item).sort()).toEqual(['@odata.etag', '@odata.type', 'id', 'isRead', 'parentFolderId']);
    expect((await g.all(blind.deltaLink)).items).toEqual([]);
    const after = (await g.call('GET', `/me/messages/${id}`)).json;
    expect([after.isRead, after.lastModifiedDateTime]).toEqual([true, before.lastModifiedDateTime]);
    g.control.flag({ account: ANN, ids: [id ?? ''] });
    expect(Object.keys((await g.all(deltaLink)).items[0])).toContain('categories');
    g.control.flag({ account: ANN, ids: [id ?? ''], status: 'notFlagged' });
    g.state.switches.deltaUpdates = 'full';
    expect(Object.keys((await g.all(blind.deltaLink)).items[0])).toContain('subject');
  });

  test('may give the changed properties only', async () => {
    const g = createTestGraph({ account: { messages: 60 }, switches: { deltaUpdates: 'changed' } });
    const { deltaLink } = await g.all(INBOX);
    g.control.categorise({ account: ANN, add: ['Later'] });
    const [item] = (await g.all(deltaLink)).items;
    expect(Object.keys(item).sort()).toEqual(['@odata.etag', '@odata.type', 'categories', 'id']);
  });
});

describe('links', () => {
  test.each([
    ['gone', 410, 'SyncStateNotFound'],
    ['goneWithLocation', 410, 'SyncStateNotFound'],
    ['syncStateNotFound', 400, 'syncStateNotFound'],
    ['resyncRequired', 400, 'resyncRequired'],
  ] as const)('an expired link is refused (%s)', async (expiredDelta, status, code) => {
    const g = createTestGraph({ account: { messages: 60 }, switches: { expiredDelta } });
    const inbox = await g.all(INBOX);
    const archive = await g.all('/me/mailFolders/archive/messages/delta');
    g.control.expireDelta({ account: ANN, folder: 'inbox' });
    const answer = await g.call('GET', inbox.deltaLink);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    expect(answer.headers['location'] !== undefined).toBe(expiredDelta === 'goneWithLocation');
    expect((await g.call('GET', archive.deltaLink)).status).toBe(200);
    expect((await g.call('GET', (await g.all(INBOX)).deltaLink)).status).toBe(200);
  });

  test('expire for all folders and the tree at once', async () => {
    const g = createTestGraph({ account: { messages: 60 } });
    const links = [await g.all(INBOX), await g.all('/me/mailFolders/delta')].map((r) => r.deltaLink);
    g.control.expireDelta({ account: ANN });
    for (const link of links) expect((await g.call('GET', link)).status).toBe(410);
  });

  test('carry the options, and refuse to be given others, another folder or another text', async () => {
    const g = createTestGraph({ account: { messages: 100 } });
    const { json } = await g.call('GET', INBOX);
    const next = json['@odata.nextLink'] as string;
    const page = (await g.call('GET', next)).json.value;
    expect(Object.keys(page[0])).not.toContain('subject');
    for (const wrong of [
      `${next}&$select=subject`,
      next.replace('/inbox/', '/archive/'),
      next.replace('skiptoken', 'deltatoken'),
      next.replace(/skiptoken=.*/, 'skiptoken=nonsense'),
      next.replace(/skiptoken=.*/, 'deltatoken=latest'),
    ]) {
      expect((await g.call('GET', wrong)).status).toBe(400);
    }
  });

  test('of a folder that was deleted lead nowhere', async () => {
    const g = createTestGraph();
    const { id } = g.control.createFolder({ account: ANN, name: 'Short-lived' });
    const path = `/me/mailFolders/${id}/messages/delta`;
    const { deltaLink } = await g.all(path);
    g.control.deleteFolder({ account: ANN, folder: id, forever: true });
    for (const link of [path, deltaLink]) {
      const answer = await g.call('GET', link, { headers: IMMUTABLE });
      expect([answer.status, answer.json.error.code]).toEqual([404, 'ErrorItemNotFound']);
    }
  });

  test('do not exist for the whole mailbox, nor for search folders', async () => {
    const g = createTestGraph();
    expect((await g.call('GET', '/me/messages/delta')).json.error.code).toBe('ErrorInvalidIdMalformed');
    const { id } = g.control.createSearchFolder({ account: ANN, name: 'Unread', shows: 'unread' });
    expect((await g.call('GET', `/me/mailFolders/${id}/messages/delta`)).status).toBe(400);
  });
});

describe('the folder tree', () => {
  test('comes whole, nested folders included, without hidden ones', async () => {
    const g = createTestGraph({ account: { messages: 50 } });
    g.control.createFolder({ account: ANN, name: 'Hidden', hidden: true });
    const { items } = await g.all('/me/mailFolders/delta', paged(4));
    const names = items.map((i) => i.displayName);
    expect(names).toEqual(expect.arrayContaining(['Inbox', 'Projects', 'Alpha', 'Бета']));
    expect(names).not.toContain('Hidden');
    expect(new Set(items.map((i) => i.id)).size).toBe(Object.keys(g.control.truth({ account: ANN }).folders).length);
  });

  test('tells of folders made, renamed, moved and deleted, and not of mail', async () => {
    const g = createTestGraph({ account: { messages: 50 } });
    const { items, deltaLink } = await g.all('/me/mailFolders/delta');
    const known = settle(new Map(), items);
    g.control.newMail({ account: ANN, count: 3 });
    expect((await g.all(deltaLink)).items).toEqual([]);
    const { id } = g.control.createFolder({ account: ANN, name: 'New' });
    g.control.renameFolder({ account: ANN, folder: id, name: 'Newer' });
    g.control.moveFolder({ account: ANN, folder: 'Projects/Alpha', to: id });
    g.control.deleteFolder({ account: ANN, folder: 'Projects/Бета', forever: true });
    const round = await g.all(deltaLink);
    expect(round.items).toHaveLength(3);
    settle(known, round.items);
    const truth = g.control.truth({ account: ANN }).folders;
    expect(new Map([...known].map(([key, f]) => [key, f.displayName]))).toEqual(
      new Map(Object.entries(truth).map(([key, f]) => [key, f.displayName])),
    );
    const alpha = [...known.values()].find((f) => f.displayName === 'Alpha');
    expect(alpha.parentFolderId).toBe(id);
  });
});
