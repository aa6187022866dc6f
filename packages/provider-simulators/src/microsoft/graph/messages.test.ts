import { describe, expect, test } from 'vitest';
import { ANN, createTestGraph } from './test-graph';

const RAW = (lines: string[]) => Buffer.from(lines.join('\r\n'));

const HEAD = [
  'From: "Bea, Sales" <bea@example.com>',
  'To: ann@outlook.example',
  'Date: Mon, 02 Nov 2026 10:00:00 +0000',
];

describe('a message', () => {
  test('has all default properties, those that must be selected only when they are, and no others', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({
      account: ANN,
      raw: RAW([
        ...HEAD,
        'Cc: carl@example.com, "Dora" <dora@example.com>',
        'Subject: Hello',
        'Message-ID: <1@example.com>',
        '',
        'Text',
      ]),
    });
    const { json, headers } = await g.call('GET', `/me/messages/${id}`);
    expect(Object.keys(json).filter((k) => !k.startsWith('@odata.'))).toEqual([
      'id', 'createdDateTime', 'lastModifiedDateTime', 'changeKey', 'categories', 'receivedDateTime', 'sentDateTime',
      'hasAttachments', 'internetMessageId', 'subject', 'bodyPreview', 'importance', 'parentFolderId', 'conversationId',
      'conversationIndex', 'isDeliveryReceiptRequested', 'isReadReceiptRequested', 'isRead', 'isDraft', 'webLink',
      'inferenceClassification', 'body', 'sender', 'from', 'toRecipients', 'ccRecipients', 'bccRecipients', 'replyTo',
      'flag',
    ]); // prettier-ignore
    expect(json).toMatchObject({
      id,
      subject: 'Hello',
      internetMessageId: '<1@example.com>',
      receivedDateTime: '2026-11-02T12:00:00Z',
      sentDateTime: '2026-11-02T10:00:00Z',
      from: { emailAddress: { name: 'Bea, Sales', address: 'bea@example.com' } },
      ccRecipients: [
        { emailAddress: { name: 'carl@example.com', address: 'carl@example.com' } },
        { emailAddress: { name: 'Dora', address: 'dora@example.com' } },
      ],
      isRead: false,
      flag: { flagStatus: 'notFlagged' },
      bodyPreview: 'Text',
    });
    expect(headers['etag']).toBe(`W/"${json.changeKey}"`);
    const selected = await g.call('GET', `/me/messages/${id}?$select=internetMessageHeaders,subject`);
    expect(Object.keys(selected.json).sort()).toEqual(
      ['@odata.context', '@odata.etag', 'id', 'internetMessageHeaders', 'subject'].sort(),
    );
    expect(selected.json.internetMessageHeaders).toContainEqual({ name: 'Message-ID', value: '<1@example.com>' });
  });

  test('that was sent has no transport headers, but its references as extended properties', async () => {
    const g = createTestGraph();
    const [parent] = g.control.newMail({ account: ANN, subject: 'Question' });
    const parentId = (await g.call('GET', `/me/messages/${parent}?$select=internetMessageId`)).json.internetMessageId;
    const lines = [
      ...HEAD,
      'Subject: Re: Question',
      `In-Reply-To: ${parentId}`,
      `References: <0@x> ${parentId}`,
      '',
      'Answer',
    ];
    const [id] = g.control.newMail({ account: ANN, raw: RAW(lines), isOutgoing: true });
    const properties = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x1042' or id eq 'Text 0x1039')";
    const wrongType = await g.call('GET', `/me/messages/${id}?${properties}`);
    expect(wrongType.status).toBe(400);
    const query = `$select=internetMessageHeaders&${properties.replace('Text', 'String')}`;
    const { json } = await g.call('GET', `/me/messages/${id}?${query}`);
    expect(json.internetMessageHeaders).toBeUndefined();
    expect(json.singleValueExtendedProperties).toEqual([
      { id: 'String 0x1042', value: parentId },
      { id: 'String 0x1039', value: `<0@x> ${parentId}` },
    ]);
    const plain = await g.call('GET', `/me/messages/${parent}?${query}`);
    expect(plain.json.singleValueExtendedProperties).toBeUndefined();
  });

  test('shows its body as HTML by default, as text when preferred, and defused unless unsafe HTML is wanted', async () => {
    const g = createTestGraph();
    const html = '<p onclick="x()">Hi <a href="javascript:y()">you</a></p><script>z()</script>';
    const [id] = g.control.newMail({ account: ANN, subject: 's', text: 'plain words', html });
    const body = async (prefer: string, of = id) =>
      (await g.call('GET', `/me/messages/${of}?$select=body`, { headers: { prefer } })).json.body;
    expect(await body('')).toEqual({
      contentType: 'html',
      content:
        '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>' +
        '<p>Hi <a href="y()">you</a></p></body></html>',
    });
    expect((await body('outlook.allow-unsafe-html')).content).toContain(html);
    expect(await body('outlook.body-content-type="text"')).toEqual({ contentType: 'text', content: 'plain words' });
    const [textOnly] = g.control.newMail({ account: ANN, subject: 's', text: 'a < b\r\nnext' });
    expect((await body('', textOnly)).content).toContain('<div class="PlainText">a &lt; b<br>\r\nnext</div>');
    g.state.switches.textBodies = 'text';
    expect(await body('', textOnly)).toEqual({ contentType: 'text', content: 'a < b\r\nnext' });
  });

  test('comes as MIME bytes', async () => {
    const g = createTestGraph();
    const raw = RAW([...HEAD, 'Subject: Raw', '', 'Bytes: \u00e4']);
    const [id] = g.control.newMail({ account: ANN, raw });
    const answer = await g.raw('GET', `/me/messages/${id}/$value`);
    expect(answer.headers['content-type']).toBe('text/plain');
    expect(Buffer.compare(answer.body as Buffer, raw)).toBe(0);
  });

  test('of a meeting has its own type', async () => {
    const g = createTestGraph();
    const calendar = ['Subject: Meeting', 'Content-Type: text/calendar; method=REQUEST', '', 'BEGIN:VCALENDAR'];
    const [id] = g.control.newMail({ account: ANN, raw: RAW([...HEAD, ...calendar]) });
    const { json } = await g.call('GET', `/me/messages/${id}`);
    expect(json['@odata.type']).toBe('#microsoft.graph.eventMessageRequest');
  });
});

describe('ids', () => {
  test('default ids change with every move, immutable ids do not, and both kinds are taken', async () => {
    const g = createTestGraph({ account: { messages: 40 } });
    const [first] = (await g.call('GET', '/me/mailFolders/inbox/messages?$top=1', { headers: {} })).json.value;
    const [immutable] = (await g.call('GET', '/me/mailFolders/inbox/messages?$top=1')).json.value;
    expect(immutable.id).not.toBe(first.id);
    const body = { destinationId: 'archive' };
    const moved = await g.call('POST', `/me/messages/${first.id}/move`, { body, headers: {} });
    expect(moved.status).toBe(201);
    expect(moved.json.id).not.toBe(first.id);
    const old = await g.call('GET', `/me/messages/${first.id}`);
    expect([old.status, old.json.error.code]).toEqual([404, 'ErrorItemNotFound']);
    expect((await g.call('GET', `/me/messages/${moved.json.id}`)).json.id).toBe(immutable.id);
    const back = await g.call('POST', `/me/messages/${immutable.id}/move`, { body: { destinationId: 'inbox' } });
    expect(back.json.id).toBe(immutable.id);
  });

  test('some differ in the case of a letter only', async () => {
    const g = createTestGraph({ account: { messages: 60 } });
    const ids = (await g.call('GET', '/me/messages?$top=100&$select=isRead')).json.value.map(
      (m: { id: string }) => m.id,
    );
    expect(new Set(ids).size).toBe(60);
    expect(new Set(ids.map((id: string) => id.toLowerCase())).size).toBeLessThan(60);
  });

  test('can be translated', async () => {
    const g = createTestGraph({ account: { messages: 3 } });
    const read = async (headers?: Record<string, string>) =>
      (await g.call('GET', '/me/messages?$select=isRead', headers ? { headers } : {})).json.value.map(
        (m: { id: string }) => m.id,
      );
    const inputIds = await read({});
    const answer = await g.call('POST', '/me/translateExchangeIds', {
      body: { inputIds: [...inputIds, 'nonsense'], sourceIdType: 'restId', targetIdType: 'restImmutableEntryId' },
    });
    expect(answer.json.value.map((v: { targetId: string }) => v.targetId)).toEqual([...(await read()), null]);
    const many = { inputIds: new Array(1001).fill('x'), sourceIdType: 'restId', targetIdType: 'restImmutableEntryId' };
    expect((await g.call('POST', '/me/translateExchangeIds', { body: many })).status).toBe(400);
  });

  test('that are malformed or of another mailbox are refused', async () => {
    const g = createTestGraph({ account: { messages: 2 } });
    const other = createTestGraph({ account: { messages: 2, seed: 99 } });
    const folder = (await g.call('GET', '/me/mailFolders/inbox')).json.id;
    const codes = async (id: string) => {
      const { status, json } = await g.call('GET', `/me/messages/${id}`);
      return [status, json.error.code];
    };
    expect(await codes('12345')).toEqual([400, 'ErrorInvalidIdMalformed']);
    expect(await codes(folder)).toEqual([400, 'ErrorInvalidIdMalformed']);
    expect(await codes('A'.repeat(60))).toEqual([400, 'ErrorInvalidIdMalformed']);
    const message = other.mailbox.message(0);
    expect(await codes(message ? other.mailbox.idOf(message, true) : '')).toEqual([404, 'ErrorInvalidMailboxItemId']);
    expect(await codes(g.mailbox.ids.encode('immutable', 77))).toEqual([404, 'ErrorItemNotFound']);
  });
});

describe('changes', () => {
  test('PATCH sets flags, categories, importance and inbox tab, and gives a new change key', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    const before = (await g.call('GET', `/me/messages/${id}`)).json;
    const body = {
      isRead: true,
      flag: { flagStatus: 'flagged' },
      categories: ['Red category', 'Not in the list'],
      importance: 'high',
      inferenceClassification: 'other',
    };
    const { status, json } = await g.call('PATCH', `/me/messages/${id}`, { body });
    expect(status).toBe(200);
    expect(json).toMatchObject(body);
    expect(json.changeKey).not.toBe(before.changeKey);
    expect(g.control.truth({ account: ANN }).messages[id ?? '']).toMatchObject({
      isRead: true,
      flagged: true,
      categories: ['Red category', 'Not in the list'],
      inferenceClassification: 'other',
    });
    expect((await g.call('GET', '/me/mailFolders/inbox')).json.unreadItemCount).toBe(0);
  });

  test('a stale change key or ETag is a conflict and changes nothing', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    const { changeKey } = (await g.call('GET', `/me/messages/${id}`)).json;
    const patch = (key: string) =>
      g.call('PATCH', `/me/messages/${id}`, { body: { isRead: true }, headers: { 'if-match': `W/"${key}"` } });
    g.control.flag({ account: ANN });
    const refused = await patch(changeKey);
    expect([refused.status, refused.json.error.code]).toEqual([412, 'ErrorIrresolvableConflict']);
    const inBody = await g.call('PATCH', `/me/messages/${id}`, { body: { isRead: true, changeKey } });
    expect(inBody.status).toBe(412);
    const current = (await g.call('GET', `/me/messages/${id}`)).json;
    expect(current.isRead).toBe(false);
    expect((await patch(current.changeKey)).status).toBe(200);
  });

  test.each([
    [{ subject: 'Other' }, 'ErrorInvalidPropertyUpdateSentMessage'],
    [{ colour: 'red' }, 'RequestBodyRead'],
    [{ isRead: 'yes' }, 'RequestBodyRead'],
    [{ categories: 'Red' }, 'RequestBodyRead'],
    [{ flag: { flagStatus: 'starred' } }, 'RequestBodyRead'],
    [{ inferenceClassification: 'primary' }, 'RequestBodyRead'],
    [{ parentFolderId: 'x' }, 'ErrorInvalidPropertySet'],
  ])('PATCH %j is refused', async (body, code) => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    const answer = await g.call('PATCH', `/me/messages/${id}`, { body });
    expect([answer.status, answer.json.error.code]).toEqual([400, code]);
  });

  test('DELETE goes to Deleted Items, then to Recoverable Items, where only its id still finds it', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    const folderOf = async () => (await g.call('GET', `/me/messages/${id}?$select=parentFolderId`)).json.parentFolderId;
    const idOf = async (name: string) => (await g.call('GET', `/me/mailFolders/${name}`)).json.id;
    expect((await g.call('DELETE', `/me/messages/${id}`)).status).toBe(204);
    expect(await folderOf()).toBe(await idOf('deleteditems'));
    expect((await g.call('DELETE', `/me/messages/${id}`)).status).toBe(204);
    expect(await folderOf()).toBe(await idOf('recoverableitemsdeletions'));
    expect((await g.call('GET', '/me/messages')).json.value).toEqual([]);
    g.state.switches.softDeletedReadable = false;
    expect((await g.call('GET', `/me/messages/${id}`)).status).toBe(404);
  });

  test('permanentDelete leaves nothing', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    expect((await g.call('POST', `/me/messages/${id}/permanentDelete`)).status).toBe(204);
    expect((await g.call('GET', `/me/messages/${id}`)).status).toBe(404);
    expect((await g.call('GET', '/me/mailFolders/recoverableitemsdeletions/messages')).json.value).toEqual([]);
  });

  test('copy makes a second message with ids of its own', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN, subject: 'Twice' });
    const { status, json } = await g.call('POST', `/me/messages/${id}/copy`, { body: { destinationId: 'archive' } });
    expect(status).toBe(201);
    expect(json.id).not.toBe(id);
    expect(json.subject).toBe('Twice');
    expect((await g.call('GET', '/me/messages?$count=true')).json['@odata.count']).toBe(2);
  });

  test('a move to nowhere is refused and moves nothing', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    const search = g.control.createSearchFolder({ account: ANN, name: 'Unread', shows: 'unread' });
    const move = async (body: unknown) => (await g.call('POST', `/me/messages/${id}/move`, { body })).status;
    expect(await move({ destinationId: 'nowhere' })).toBe(400);
    expect(await move({ destinationId: g.mailbox.ids.encode('folder', 999) })).toBe(404);
    expect(await move({ destinationId: search.id })).toBe(400);
    expect(await move({})).toBe(400);
    expect((await g.call('GET', '/me/mailFolders/inbox')).json.totalItemCount).toBe(1);
  });

  test('a draft that is saved again keeps its id and changes its content', async () => {
    const g = createTestGraph();
    const { id } = g.control.saveDraft({ account: ANN, subject: 'First' });
    g.control.saveDraft({ account: ANN, id, subject: 'Second' });
    const { json } = await g.call('GET', '/me/mailFolders/drafts/messages');
    expect(
      json.value.map((m: { id: string; subject: string; isDraft: boolean }) => [m.id, m.subject, m.isDraft]),
    ).toEqual([[id, 'Second', true]]);
  });
});

describe('conversations', () => {
  test('answers join, unrelated mail with the same subject may too', async () => {
    const g = createTestGraph();
    const [first] = g.control.newMail({ account: ANN, subject: 'Invoice' });
    const reply = g.control.reply({ account: ANN, id: first });
    const [unrelated] = g.control.newMail({ account: ANN, subject: 'Invoice' });
    g.state.switches.mergeSameSubject = false;
    const [apart] = g.control.newMail({ account: ANN, subject: 'Invoice' });
    const { messages } = g.control.truth({ account: ANN });
    const conversation = messages[first ?? '']?.conversationId;
    expect(messages[reply.id]?.conversationId).toBe(conversation);
    expect(messages[unrelated ?? '']?.conversationId).toBe(conversation);
    expect(messages[apart ?? '']?.conversationId).not.toBe(conversation);
    const listed = await g.call('GET', `/me/messages?$filter=conversationId eq '${conversation}'&$select=subject`);
    expect(listed.json.value).toHaveLength(3);
  });
});
