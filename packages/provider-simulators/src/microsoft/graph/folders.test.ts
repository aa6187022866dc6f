import { describe, expect, test } from 'vitest';
import { ANN, createTestGraph } from './test-graph';
import type { TestGraph } from './test-graph';
import { WELL_KNOWN_NAMES } from './folders';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const names = (value: any[]) => value.map((f) => f.displayName);

async function folder(g: TestGraph, id: string): Promise<{ status: number; json: Record<string, string | number> }> {
  return g.call('GET', `/me/mailFolders/${id}`);
}

describe('lists', () => {
  test('show the children of the root only, ten at a time, without hidden ones', async () => {
    const g = createTestGraph({ account: { messages: 60 } });
    for (let i = 0; i < 5; i++) g.control.createFolder({ account: ANN, name: `Folder ${i}` });
    const first = (await g.call('GET', '/me/mailFolders')).json;
    expect(first.value).toHaveLength(10);
    const { items } = await g.all('/me/mailFolders');
    expect(names(items)).toContain('Projects');
    expect(names(items)).not.toContain('Alpha');
    expect(names(items)).not.toContain('Sync Issues');
    const withHidden = await g.all('/me/mailFolders?includeHiddenFolders=true&$top=3');
    expect(names(withHidden.items)).toEqual(expect.arrayContaining(['Sync Issues', 'Conversation Action Settings']));
    const projects = items.find((f) => f.displayName === 'Projects');
    expect(projects.childFolderCount).toBe(2);
    const children = await g.call('GET', `/me/mailFolders/${projects.id}/childFolders`);
    expect(names(children.json.value)).toEqual(['Alpha', 'Бета']);
    expect(children.json.value[0].parentFolderId).toBe(projects.id);
    const filtered = await g.call('GET', "/me/mailFolders?$filter=displayName eq 'Projects'&$expand=childFolders");
    expect(names(filtered.json.value[0].childFolders)).toEqual(['Alpha', 'Бета']);
  });

  test('have counts that follow what happens to mail', async () => {
    const g = createTestGraph({ account: { messages: 100 } });
    g.control.newMail({ account: ANN, count: 4 });
    g.control.markRead({ account: ANN, count: 2 });
    g.control.move({ account: ANN, count: 3, to: 'archive' });
    g.control.deleteForever({ account: ANN, count: 2, folder: 'archive' });
    const truth = g.control.truth({ account: ANN });
    for (const [id, expected] of Object.entries(truth.folders)) {
      const messages = Object.values(truth.messages).filter((m) => m.parentFolderId === id);
      expect(expected.totalItemCount).toBe(messages.length);
      expect(expected.unreadItemCount).toBe(messages.filter((m) => !m.isRead).length);
      expect((await folder(g, id)).json).toMatchObject({
        displayName: expected.displayName,
        totalItemCount: expected.totalItemCount,
        unreadItemCount: expected.unreadItemCount,
      });
    }
  });
});

describe('well-known names', () => {
  test('stand for ids everywhere, in any case, and are no property of a folder', async () => {
    const g = createTestGraph({ account: { messages: 30 } });
    const { json } = await folder(g, 'inbox');
    expect((await folder(g, 'Inbox')).json['id']).toBe(json['id']);
    expect((await folder(g, String(json['id']))).json).toEqual(json);
    expect(Object.keys(json)).not.toContain('wellKnownName');
    expect((await g.call('GET', '/me/mailFolders/inbox?$select=wellKnownName')).json.error.code).toBe(
      'RequestBroker--ParseUri',
    );
    expect((await g.call('GET', "/me/mailFolders('inbox')/messages?$top=1")).status).toBe(200);
    expect((await folder(g, 'postbox')).status).toBe(400);
  });

  test('may stand for a folder that this mailbox lacks', async () => {
    const g = createTestGraph({ account: { lacks: ['archive'] } });
    const found = await Promise.all(WELL_KNOWN_NAMES.map(async (name) => [name, (await folder(g, name)).status]));
    expect(found.filter(([, status]) => status === 404).map(([name]) => name)).toEqual([
      'archive',
      'clutter',
      'scheduled',
    ]);
    expect(found.every(([, status]) => status === 200 || status === 404)).toBe(true);
  });

  test('are the only way to find a folder that is called otherwise', async () => {
    const g = createTestGraph({ account: { language: 'uk' } });
    expect((await folder(g, 'inbox')).json['displayName']).toBe('Вхідні');
    expect((await folder(g, 'sentitems')).json['displayName']).toBe('Надіслані');
  });
});

describe('changes', () => {
  test('a folder is made, renamed, moved, deleted into Deleted Items and from there for good', async () => {
    const g = createTestGraph();
    const made = await g.call('POST', '/me/mailFolders', { body: { displayName: 'Trips' } });
    expect(made.status).toBe(201);
    const { id } = made.json;
    const child = await g.call('POST', `/me/mailFolders/${id}/childFolders`, { body: { displayName: '2026' } });
    expect(child.json.parentFolderId).toBe(id);
    const renamed = await g.call('PATCH', `/me/mailFolders/${id}`, { body: { displayName: 'Journeys' } });
    expect(renamed.json).toMatchObject({ id, displayName: 'Journeys', childFolderCount: 1 });
    const [message] = g.control.newMail({ account: ANN, folder: 'Journeys/2026' });
    expect((await g.call('POST', `/me/mailFolders/${id}/move`, { body: { destinationId: 'archive' } })).status).toBe(
      201,
    );
    expect((await g.call('DELETE', `/me/mailFolders/${id}`)).status).toBe(204);
    expect((await folder(g, id)).json['parentFolderId']).toBe((await folder(g, 'deleteditems')).json['id']);
    expect((await g.call('GET', `/me/messages/${message}`)).status).toBe(200);
    expect((await g.call('DELETE', `/me/mailFolders/${id}`)).status).toBe(204);
    expect((await folder(g, id)).status).toBe(404);
    expect((await g.call('GET', `/me/messages/${message}`)).status).toBe(404);
  });

  test.each([
    ['POST', '/me/mailFolders', { displayName: 'inbox' }, 409, 'ErrorFolderExists'],
    ['POST', '/me/mailFolders', { displayName: ' ' }, 400, 'ErrorInvalidRequest'],
    ['POST', '/me/mailFolders', { displayName: 'A', colour: 'red' }, 400, 'RequestBodyRead'],
    ['POST', '/me/mailFolders', {}, 400, 'RequestBodyRead'],
    ['PATCH', '/me/mailFolders/inbox', { displayName: 'Mine' }, 403, 'ErrorAccessDenied'],
    ['DELETE', '/me/mailFolders/inbox', undefined, 403, 'ErrorDeleteDistinguishedFolder'],
    ['PUT', '/me/mailFolders/inbox', { displayName: 'x' }, 405, 'Request_BadRequest'],
  ])('%s %s %j is refused', async (verb, path, body, status, code) => {
    const g = createTestGraph();
    const answer = await g.call(verb, path, body === undefined ? {} : { body });
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  });

  test('a folder does not move below itself, nor onto a folder of the same name', async () => {
    const g = createTestGraph();
    const outer = g.control.createFolder({ account: ANN, name: 'Outer' });
    const inner = g.control.createFolder({ account: ANN, name: 'Inner', parent: 'Outer' });
    const top = g.control.createFolder({ account: ANN, name: 'Inner' });
    const move = async (id: string, to: string) =>
      (await g.call('POST', `/me/mailFolders/${id}/move`, { body: { destinationId: to } })).json.error?.code;
    expect(await move(outer.id, inner.id)).toBe('ErrorMoveCopyFailed');
    expect(await move(top.id, outer.id)).toBe('ErrorFolderExists');
    expect(await move(top.id, 'archive')).toBeUndefined();
  });
});

describe('folders that people do not look into', () => {
  test('a search folder shows messages of others, which keep their own folder', async () => {
    const g = createTestGraph({ account: { messages: 50 } });
    g.control.flag({ account: ANN, count: 2 });
    const { id } = g.control.createSearchFolder({ account: ANN, name: 'Flagged', shows: 'flagged' });
    const truth = g.control.truth({ account: ANN });
    const flagged = Object.entries(truth.messages).filter(([, m]) => m.flagged);
    const { json } = await folder(g, id);
    expect(json).toMatchObject({ '@odata.type': '#microsoft.graph.mailSearchFolder', totalItemCount: flagged.length });
    const { items } = await g.all(`/me/mailFolders/${id}/messages?$select=parentFolderId`);
    expect(items.map((i) => [i.id, i.parentFolderId]).sort()).toEqual(
      flagged.map(([key, m]) => [key, m.parentFolderId]).sort(),
    );
    expect(truth.searchFolders).toEqual({ [id]: 'Flagged' });
    expect(Object.keys(truth.folders)).not.toContain(id);
  });

  test('mail in hidden folders is in the list of all mail, but apart in the truth', async () => {
    const g = createTestGraph();
    g.control.createFolder({ account: ANN, name: 'Hidden', hidden: true });
    const [hidden] = g.control.newMail({ account: ANN, folder: 'Hidden' });
    const [seen] = g.control.newMail({ account: ANN });
    const { items } = await g.all('/me/messages?$select=isRead');
    expect(items.map((i) => i.id).sort()).toEqual([hidden, seen].sort());
    const truth = g.control.truth({ account: ANN });
    expect(Object.keys(truth.messages)).toEqual([seen]);
    expect(Object.keys(truth.unseenMessages)).toEqual([hidden]);
  });
});

describe('categories', () => {
  test('of the master list can be listed and made; messages keep those that are not in it', async () => {
    const g = createTestGraph();
    const made = await g.call('POST', '/me/outlook/masterCategories', {
      body: { displayName: 'Travel', color: 'preset5' },
    });
    expect(made.status).toBe(201);
    const again = await g.call('POST', '/me/outlook/masterCategories', { body: { displayName: 'travel' } });
    expect(again.status).toBe(409);
    const wrong = await g.call('POST', '/me/outlook/masterCategories', {
      body: { displayName: 'X', color: 'preset25' },
    });
    expect(wrong.status).toBe(400);
    const [id] = g.control.newMail({ account: ANN, categories: ['Travel'] });
    const path = `/me/outlook/masterCategories/${made.json.id}`;
    expect((await g.call('PATCH', path, { body: { color: 'none' } })).json.color).toBe('none');
    expect((await g.call('DELETE', path)).status).toBe(204);
    const listed = (await g.call('GET', '/me/outlook/masterCategories')).json.value;
    expect(listed).toHaveLength(6);
    expect((await g.call('GET', `/me/messages/${id}?$select=categories`)).json.categories).toEqual(['Travel']);
  });
});
