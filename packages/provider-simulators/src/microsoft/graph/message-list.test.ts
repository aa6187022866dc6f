import { describe, expect, test } from 'vitest';
import { ANN, createTestGraph } from './test-graph';
import type { TestGraph } from './test-graph';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const list = async (g: TestGraph, query: string): Promise<any[]> =>
  (await g.call('GET', `/me/messages?$top=1000&${query}`)).json.value;

async function refusal(g: TestGraph, path: string): Promise<[number, string]> {
  const { status, json } = await g.call('GET', path);
  return [status, json.error?.code];
}

describe('pages', () => {
  test('have ten messages, newest first, and lead through all folders but Recoverable Items', async () => {
    const g = createTestGraph({ account: { messages: 95 } });
    const ids = g.control.newMail({ account: ANN, count: 2 });
    for (const id of [ids[0], ids[0]]) await g.call('DELETE', `/me/messages/${id}`);
    expect((await g.call('GET', '/me/messages')).json.value).toHaveLength(10);
    const { items, pages } = await g.all('/me/messages?$select=receivedDateTime');
    expect(pages).toBe(10);
    const dates = items.map((i) => i.receivedDateTime);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(items.map((i) => i.id).sort()).toEqual(Object.keys(g.control.truth({ account: ANN }).messages).sort());
  });

  test('shift when mail comes or goes, unless they go by position', async () => {
    const g = createTestGraph({ account: { messages: 60 } });
    const { json } = await g.call('GET', '/me/messages?$top=5&$select=isRead');
    g.control.newMail({ account: ANN, count: 2 });
    const shifted = (await g.call('GET', json['@odata.nextLink'])).json.value;
    expect(shifted[0].id).toBe(json.value[3].id);
    g.state.switches.listPaging = 'position';
    const first = (await g.call('GET', '/me/messages?$top=5&$select=isRead')).json;
    g.control.newMail({ account: ANN, count: 2 });
    const all = await g.all(first['@odata.nextLink']);
    expect(all.items.length).toBe(60 + 2 - 5);
    expect(all.items.map((i) => i.id)).not.toContain(first.value[4].id);
  });

  test('count, with and without a filter', async () => {
    const g = createTestGraph({ account: { messages: 80 } });
    const truth = Object.values(g.control.truth({ account: ANN }).messages);
    const all = (await g.call('GET', '/me/messages?$count=true&$top=1')).json;
    expect([all['@odata.count'], all.value.length]).toEqual([80, 1]);
    const unread = (await g.call('GET', '/me/messages?$count=true&$top=1&$filter=isRead eq false')).json;
    expect(unread['@odata.count']).toBe(truth.filter((t) => !t.isRead).length);
    expect((await g.call('GET', '/me/messages/$count')).text).toBe('80');
  });

  test('refuse what Graph refuses', async () => {
    const g = createTestGraph({ account: { messages: 3 } });
    expect(await refusal(g, '/me/messages?$top=1001')).toEqual([400, 'ErrorInvalidUrlQuery']);
    expect(await refusal(g, '/me/messages?$top=0')).toEqual([400, 'ErrorInvalidUrlQuery']);
    expect(await refusal(g, '/me/messages?$top=ten')).toEqual([400, 'ErrorInvalidUrlQuery']);
    expect(await refusal(g, '/me/messages?$skip=-1')).toEqual([400, 'ErrorInvalidUrlQuery']);
    expect(await refusal(g, '/me/messages?$limit=10')).toEqual([400, 'ErrorInvalidUrlQuery']);
    expect(await refusal(g, '/me/messages?pageSize=10')).toEqual([400, 'ErrorInvalidUrlQuery']);
    expect(await refusal(g, '/me/messages?$select=subject,colour')).toEqual([400, 'RequestBroker--ParseUri']);
    expect(await refusal(g, '/me/messages?$expand=folder')).toEqual([400, 'RequestBroker--ParseUri']);
    expect(await refusal(g, '/me/messages?$top=5&$top=6')).toEqual([400, 'BadRequest']);
    expect(await refusal(g, '/me/messages?$expand=singleValueExtendedProperties')).toEqual([
      400,
      'ErrorInvalidUrlQueryFilter',
    ]);
  });
});

describe('filters', () => {
  test('find what they say', async () => {
    const g = createTestGraph({ account: { messages: 120 } });
    g.control.categorise({ account: ANN, count: 3, add: ['Later'] });
    const truth = Object.entries(g.control.truth({ account: ANN }).messages);
    const inbox = (await g.call('GET', '/me/mailFolders/inbox')).json.id;
    const [, someone] = truth.find(([, t]) => t.subject !== '') ?? truth[0] ?? [];
    const since = '2026-09-01T00:00:00Z';
    const cases: [string, (t: (typeof truth)[number][1]) => boolean][] = [
      [`receivedDateTime ge ${since}`, (t) => t.receivedDateTime >= since],
      [`receivedDateTime lt ${since}`, (t) => t.receivedDateTime < since],
      [`receivedDateTime ge ${since} and isRead eq false`, (t) => t.receivedDateTime >= since && !t.isRead],
      [`isRead eq false or flag/flagStatus eq 'flagged'`, (t) => !t.isRead || t.flagged],
      [`not (isRead eq true)`, (t) => !t.isRead],
      [`parentFolderId eq '${inbox}'`, (t) => t.parentFolderId === inbox],
      [
        `internetMessageId eq '${someone?.internetMessageId}'`,
        (t) => t.internetMessageId === someone?.internetMessageId,
      ],
      [`categories/any(c:c eq 'Later')`, (t) => t.categories.includes('Later')],
      [`inferenceClassification eq 'other'`, (t) => t.inferenceClassification === 'other'],
      [`startswith(subject,'re:')`, (t) => t.subject.toLowerCase().startsWith('re:')],
      [`isDraft ne true and receivedDateTime le ${since}`, (t) => !t.isDraft && t.receivedDateTime <= since],
    ];
    for (const [filter, matches] of cases) {
      const found = (await list(g, `$select=isRead&$filter=${encodeURIComponent(filter)}`)).map((m) => m.id).sort();
      const expected = truth
        .filter(([, t]) => matches(t))
        .map(([id]) => id)
        .sort();
      expect([filter, expected.length > 0, found]).toEqual([filter, true, expected]);
    }
  });

  test('find own markers by extended property', async () => {
    const g = createTestGraph({ account: { messages: 5 } });
    const [id] = g.control.newMail({ account: ANN });
    const message = g.mailbox.message(5);
    const property = 'String {0a0b0c0d-0000-4000-8000-00000000abcd} Name outboxId';
    if (message) g.mailbox.setExtras(message, { extended: new Map([[property, 'x-1']]) });
    const find = (name: string) =>
      list(g, `$filter=singleValueExtendedProperties/Any(ep: ep/id eq '${name}' and ep/value eq 'x-1')`);
    expect((await find(property)).map((m) => m.id)).toEqual([id]);
    expect(await find(property.replace('outboxId', 'OUTBOXID'))).toEqual([]);
    expect(
      (
        await find(
          property.toLowerCase().replace('string', 'String').replace('name', 'Name').replace('outboxid', 'outboxId'),
        )
      ).length,
    ).toBe(1);
  });

  test('page like everything else', async () => {
    const g = createTestGraph({ account: { messages: 150 } });
    const unread = Object.values(g.control.truth({ account: ANN }).messages).filter((t) => !t.isRead);
    const { items } = await g.all('/me/messages?$filter=isRead eq false&$top=4&$select=isRead');
    expect(new Set(items.map((i) => i.id)).size).toBe(unread.length);
    expect(items).toHaveLength(unread.length);
  });

  test('with an order need its properties first, in the same order', async () => {
    const g = createTestGraph({ account: { messages: 20 } });
    const inefficient = [400, 'InefficientFilter'];
    const since = 'receivedDateTime ge 2020-01-01T00:00:00Z';
    expect(await refusal(g, '/me/messages?$filter=isRead eq false&$orderby=receivedDateTime desc')).toEqual(
      inefficient,
    );
    expect(await refusal(g, `/me/messages?$filter=isRead eq true and ${since}&$orderby=receivedDateTime`)).toEqual(
      inefficient,
    );
    expect(
      await refusal(g, `/me/messages?$filter=${since} and isRead eq true&$orderby=isRead,receivedDateTime`),
    ).toEqual(inefficient);
    const good = await g.call('GET', `/me/messages?$filter=${since} and isRead eq true&$orderby=receivedDateTime`);
    const dates = good.json.value.map((m: { receivedDateTime: string }) => m.receivedDateTime);
    expect(dates.length).toBeGreaterThan(1);
    expect(dates).toEqual([...dates].sort());
    const bySubject = (await list(g, '$orderby=subject')).map((m) => m.subject);
    expect(bySubject).toEqual([...bySubject].sort());
  });

  test.each([
    ['subject eq 5', 'BadRequest'],
    ["receivedDateTime ge '2020-01-01T00:00:00Z'", 'BadRequest'],
    ['colour eq true', 'RequestBroker--ParseUri'],
    ['isRead eq false and', 'BadRequest'],
    ['isRead is false', 'BadRequest'],
    ["subject eq 'unfinished", 'BadRequest'],
    ["matches(subject,'x')", 'BadRequest'],
    ["toRecipients/any(r:r/emailAddress/address eq 'a@b.c')", 'RequestBroker--ParseUri'],
  ])('refuse %s', async (filter, code) => {
    const g = createTestGraph({ account: { messages: 3 } });
    expect(await refusal(g, `/me/messages?$filter=${encodeURIComponent(filter)}`)).toEqual([400, code]);
  });
});

describe('$search', () => {
  test('finds words and properties, and nothing that the index does not know yet', async () => {
    const g = createTestGraph({ account: { messages: 50 } });
    const [id] = g.control.newMail({
      account: ANN,
      subject: 'Zeppelin',
      from: 'Eve <eve@airship.example>',
      text: 'aloft',
    });
    const find = async (text: string) => (await list(g, `$search=${encodeURIComponent(`"${text}"`)}`)).map((m) => m.id);
    for (const text of ['zeppelin', 'aloft', 'subject:Zeppelin', 'from:airship zeppelin']) {
      expect([text, await find(text)]).toEqual([text, [id]]);
    }
    expect(await find('subject:aloft')).toEqual([]);
    g.state.switches.searchLagMs = 60_000;
    expect(await find('zeppelin')).toEqual([]);
    g.clock.advance(60_000);
    expect(await find('zeppelin')).toEqual([id]);
  });

  test('stands alone', async () => {
    const g = createTestGraph({ account: { messages: 3 } });
    expect(await refusal(g, '/me/messages?$search="x"&$filter=isRead eq true')).toEqual([400, 'SearchWithFilter']);
    expect(await refusal(g, '/me/messages?$search="x"&$orderby=subject')).toEqual([400, 'SearchWithOrderBy']);
    expect(await refusal(g, '/me/messages?$search=x')).toEqual([400, 'BadRequest']);
  });
});
