import { describe, expect, test } from 'vitest';
import { ANN, START, createTestGoogle } from './test-client';
import type { TestGoogle } from './test-client';

async function listAll(
  t: TestGoogle,
  what: 'messages' | 'threads' | 'drafts',
  query: string,
  pageSize = 7,
): Promise<{ id: string }[]> {
  const all: { id: string }[] = [];
  let token = '';
  do {
    const { json, status } = await t.call(
      'GET',
      `${what}?maxResults=${pageSize}&${query}${token === '' ? '' : `&pageToken=${token}`}`,
    );
    expect(status).toBe(200);
    all.push(...(json[what] ?? []));
    token = json.nextPageToken ?? '';
  } while (token !== '');
  return all;
}

describe('listing', () => {
  const t = createTestGoogle({ messages: 200 });
  const truth = t.google.control.truth({ account: ANN });
  const ids = (test: (labels: readonly string[]) => boolean) =>
    Object.entries(truth.messages).filter(([, m]) => test(m.labelIds)).map(([id]) => id).sort(); // prettier-ignore

  test('all pages together are the mailbox without spam and trash, each message once', async () => {
    const listed = (await listAll(t, 'messages', '')).map((m) => m.id);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.sort()).toEqual(ids((l) => !l.includes('SPAM') && !l.includes('TRASH')));
  });

  test('includeSpamTrash shows everything, newest first', async () => {
    const listed = (await listAll(t, 'messages', 'includeSpamTrash=true')).map((m) => m.id);
    const dates = listed.map((id) => truth.messages[id]?.internalDate ?? 0);
    expect(dates).toEqual([...dates].sort((a, b) => b - a));
    expect(listed.sort()).toEqual(Object.keys(truth.messages).sort());
  });

  test('several labels mean all of them', async () => {
    const listed = (await listAll(t, 'messages', 'labelIds=INBOX&labelIds=UNREAD')).map((m) => m.id);
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.sort()).toEqual(ids((l) => l.includes('INBOX') && l.includes('UNREAD') && !l.includes('TRASH')));
  });

  test('listing the trash needs no other parameter', async () => {
    expect((await listAll(t, 'messages', 'labelIds=TRASH')).map((m) => m.id).sort()).toEqual(
      ids((l) => l.includes('TRASH')),
    );
  });

  test('threads come once each, and threads.get has all their messages', async () => {
    const threads = (await listAll(t, 'threads', 'includeSpamTrash=true')).map((x) => x.id);
    expect([...threads].sort()).toEqual([...new Set(Object.values(truth.messages).map((m) => m.threadId))].sort());
    const long = threads.find((id) => Object.values(truth.messages).filter((m) => m.threadId === id).length > 3) ?? '';
    const { json } = await t.call('GET', `threads/${long}?format=minimal`);
    const expected = Object.entries(truth.messages).filter(([, m]) => m.threadId === long).map(([id]) => id); // prettier-ignore
    expect(json.messages.map((m: { id: string }) => m.id).sort()).toEqual(expected.sort());
  });

  test('a page token is refused with another question', async () => {
    const { json } = await t.call('GET', 'messages?maxResults=5');
    expect((await t.call('GET', `messages?maxResults=5&labelIds=INBOX&pageToken=${json.nextPageToken}`)).status).toBe(
      400,
    );
  });

  test('mail that arrives between two pages shifts no page', async () => {
    const first = await t.call('GET', 'messages?maxResults=5');
    t.google.control.newMail({ account: ANN, count: 3 });
    const second = await t.call('GET', `messages?maxResults=5&pageToken=${first.json.nextPageToken}`);
    const seen = [...first.json.messages, ...second.json.messages].map((m: { id: string }) => m.id);
    expect(new Set(seen).size).toBe(10);
    expect(seen.every((id) => id in truth.messages)).toBe(true);
  });

  test('an empty answer has no messages key', async () => {
    const { json } = await t.call('GET', `messages?q=${encodeURIComponent('subject:nobodywrotethis')}`);
    expect(json).toEqual({ resultSizeEstimate: 0 });
  });
});

describe('getting', () => {
  const t = createTestGoogle({ messages: 0 });
  const raw = [
    'From: =?utf-8?B?0J7QutGB0LDQvdCw?= <o@x.example>',
    'To: ann@gmail.example',
    'Subject: Tom & <Jerry>',
    'Message-ID: <one@x.example>',
    'Content-Type: multipart/mixed; boundary=B',
    '',
    '--B',
    'Content-Type: multipart/alternative; boundary=A',
    '',
    '--A',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'caf=E9 & <tea> "milk"',
    '--A',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>café</p>',
    '--A--',
    '--B',
    'Content-Type: application/pdf; name="a.pdf"',
    'Content-Disposition: attachment; filename="a.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('%PDF').toString('base64'),
    '--B--',
    '',
  ].join('\r\n');
  const [id = ''] = t.google.control.newMail({ account: ANN, raw });

  test('full has Gmail’s tree: part ids, nested parts, decoded headers, UTF-8 text under the old charset', async () => {
    const { json } = await t.call('GET', `messages/${id}`);
    expect(json.snippet).toBe('café &amp; &lt;tea&gt; &quot;milk&quot;');
    expect(json.payload.partId).toBe('');
    expect(json.payload.headers[0]).toEqual({ name: 'From', value: 'Оксана <o@x.example>' });
    const [alternative, pdf] = json.payload.parts;
    expect([alternative.partId, alternative.mimeType, alternative.body]).toEqual([
      '0',
      'multipart/alternative',
      { size: 0 },
    ]);
    const plain = alternative.parts[0];
    expect(plain.partId).toBe('0.0');
    expect(plain.headers[0].value).toBe('text/plain; charset=iso-8859-1');
    expect(Buffer.from(plain.body.data, 'base64url').toString('utf8')).toBe('café & <tea> "milk"');
    expect(pdf).toMatchObject({ partId: '1', filename: 'a.pdf', mimeType: 'application/pdf', body: { size: 4 } });
    expect(pdf.body.data).toBeUndefined();
  });

  test('the switches turn transcoding and header decoding off, and make text parts attachments', async () => {
    t.google.control.setSwitches({ textBodies: 'original', headers: 'raw', largeTextBytes: 15 });
    const { json } = await t.call('GET', `messages/${id}`);
    expect(json.payload.headers[0].value).toBe('=?utf-8?B?0J7QutGB0LDQvdCw?= <o@x.example>');
    const plain = json.payload.parts[0].parts[0];
    expect(plain.body.data).toBeUndefined();
    const part = await t.call('GET', `messages/${id}/attachments/${plain.body.attachmentId}`);
    expect(Buffer.from(part.json.data, 'base64url').toString('latin1')).toBe('café & <tea> "milk"');
    t.google.control.setSwitches({ textBodies: 'utf8', headers: 'decoded', largeTextBytes: null });
  });

  test('metadata gives the wanted headers and no body; minimal gives no payload; raw gives the bytes', async () => {
    const metadata = await t.call(
      'GET',
      `messages/${id}?format=metadata&metadataHeaders=subject&metadataHeaders=Message-ID`,
    );
    expect(metadata.json.payload.headers.map((h: { name: string }) => h.name)).toEqual(['Subject', 'Message-ID']);
    expect(metadata.json.payload.parts).toBeUndefined();
    expect((await t.call('GET', `messages/${id}?format=minimal`)).json.payload).toBeUndefined();
    const rawForm = await t.call('GET', `messages/${id}?format=raw`);
    expect(Buffer.from(rawForm.json.raw, 'base64url').toString('utf8')).toBe(raw);
  });

  test('an attachment id is new at each get and dies soon', async () => {
    const read = async () => (await t.call('GET', `messages/${id}`)).json.payload.parts[1].body.attachmentId as string;
    const first = await read();
    expect(await read()).not.toBe(first);
    const url = `messages/${id}/attachments/${first}`;
    expect(Buffer.from((await t.call('GET', url)).json.data, 'base64url').toString()).toBe('%PDF');
    t.clock.advance(5 * 60_000 + 1);
    expect((await t.call('GET', url)).status).toBe(400);
  });

  test('fields trims the answer', async () => {
    const { json } = await t.call('GET', `messages/${id}?fields=id,payload(mimeType,parts/partId)`);
    expect(json).toEqual({ id, payload: { mimeType: 'multipart/mixed', parts: [{ partId: '0' }, { partId: '1' }] } });
    expect((await t.call('GET', `messages/${id}?fields=id(`)).status).toBe(400);
  });
});

describe('changes', () => {
  test('trash leaves the inbox, archive has no labels left, and history tells each step in order', async () => {
    const t = createTestGoogle({ messages: 0 });
    const start = (await t.call('GET', 'profile')).json.historyId;
    const [id = ''] = t.google.control.newMail({ account: ANN, labels: ['INBOX'] });
    await t.call('POST', `messages/${id}/trash`);
    expect((await t.call('GET', `messages/${id}?format=minimal`)).json.labelIds).toEqual(['TRASH']);
    await t.call('POST', `messages/${id}/untrash`);
    expect((await t.call('GET', `messages/${id}?format=minimal`)).json.labelIds).toBeUndefined();
    t.google.control.deleteForever({ account: ANN, ids: [id] });
    const { json } = await t.call('GET', `history?startHistoryId=${start}`);
    const kinds = json.history.map((h: object) => Object.keys(h).find((k) => k !== 'id' && k !== 'messages'));
    expect(kinds).toEqual(['messagesAdded', 'labelsAdded', 'labelsRemoved', 'labelsRemoved', 'messagesDeleted']);
    const historyIds = json.history.map((h: { id: string }) => BigInt(h.id));
    expect(historyIds.every((h: bigint, i: number) => i === 0 || h > historyIds[i - 1])).toBe(true);
    expect(json.historyId).toBe(String(historyIds.at(-1)));
    expect((await t.call('GET', `history?startHistoryId=${json.historyId}`)).json).toEqual({
      historyId: json.historyId,
    });
  });

  test('history pages hold every change once, and can be narrowed by type and label', async () => {
    const t = createTestGoogle({ messages: 0 });
    const start = (await t.call('GET', 'profile')).json.historyId;
    const ids = t.google.control.newMail({ account: ANN, count: 12 });
    t.google.control.star({ account: ANN, ids: ids.slice(0, 5) });
    const added: string[] = [];
    let token = '';
    do {
      const { json } = await t.call(
        'GET',
        `history?startHistoryId=${start}&maxResults=5${token && `&pageToken=${token}`}`,
      );
      for (const h of json.history) for (const a of h.messagesAdded ?? []) added.push(a.message.id);
      token = json.nextPageToken ?? '';
    } while (token !== '');
    expect(added).toEqual(ids);
    const starred = await t.call('GET', `history?startHistoryId=${start}&historyTypes=labelAdded&labelId=STARRED`);
    expect(starred.json.history).toHaveLength(5);
  });

  test('history expires after a week, or on command', async () => {
    const t = createTestGoogle({ messages: 0 });
    const start = (await t.call('GET', 'profile')).json.historyId;
    t.google.control.newMail({ account: ANN });
    t.clock.advance(8 * 24 * 3600_000);
    const { accessToken } = t.google.control.issueTokens({ account: ANN });
    expect((await t.call('GET', `history?startHistoryId=${start}`, undefined, accessToken)).status).toBe(404);
    const now = (await t.call('GET', 'profile', undefined, accessToken)).json.historyId;
    expect((await t.call('GET', `history?startHistoryId=${now}`, undefined, accessToken)).status).toBe(200);
    t.google.control.expireHistory({ account: ANN });
    expect((await t.call('GET', `history?startHistoryId=${now}`, undefined, accessToken)).status).toBe(404);
  });

  test('history ids may be larger than a double can hold', async () => {
    const t = createTestGoogle({ accounts: [{ address: ANN, historyIdBase: 2n ** 60n }] });
    const start = (await t.call('GET', 'profile')).json.historyId;
    t.google.control.newMail({ account: ANN });
    const { json } = await t.call('GET', `history?startHistoryId=${start}`);
    expect(BigInt(json.historyId)).toBeGreaterThan(BigInt(start));
    expect(Number(json.historyId)).toBe(Number(start));
  });

  test('an autosaved draft keeps its id and thread while its message changes', async () => {
    const t = createTestGoogle({ messages: 0 });
    const start = (await t.call('GET', 'profile')).json.historyId;
    const first = t.google.control.saveDraft({ account: ANN, subject: 'v1' });
    const second = t.google.control.saveDraft({ account: ANN, subject: 'v2', draftId: first.draftId });
    expect(second.draftId).toBe(first.draftId);
    expect((await t.call('GET', `messages/${first.id}`)).status).toBe(404);
    const draft = await t.call('GET', `drafts/${first.draftId}`);
    expect([draft.json.message.id, draft.json.message.threadId]).toEqual([second.id, first.id]);
    const { json } = await t.call('GET', `history?startHistoryId=${start}`);
    const kinds = json.history.map((h: object) => Object.keys(h).find((k) => k !== 'id' && k !== 'messages'));
    expect(kinds).toEqual(['messagesAdded', 'messagesAdded', 'messagesDeleted']);
    expect(await listAll(t, 'drafts', '')).toHaveLength(1);
  });

  test('a raw reply joins the thread that it refers to', () => {
    const t = createTestGoogle({ messages: 30 });
    const truth = t.google.control.truth({ account: ANN }).messages;
    const [id, parent] = Object.entries(truth).find(([, m]) => m.labelIds.includes('INBOX')) ?? [];
    const raw = `From: x@x.example\r\nSubject: Re\r\nIn-Reply-To: ${parent?.messageId}\r\n\r\nHi`;
    const [reply = ''] = t.google.control.newMail({ account: ANN, raw });
    expect(t.google.control.truth({ account: ANN }).messages[reply]?.threadId).toBe(truth[id ?? '']?.threadId);
    const answered = t.google.control.reply({ account: ANN, threadId: reply && (parent?.threadId ?? '') });
    expect(answered.threadId).toBe(parent?.threadId);
  });

  test('deleting a label takes it off its messages and says so in the history, unless switched off', async () => {
    for (const visible of [true, false]) {
      const t = createTestGoogle({ messages: 0, switches: { labelDeletionInHistory: visible } });
      const [id = ''] = t.google.control.newMail({ account: ANN, labels: ['INBOX'] });
      const label = (await t.call('POST', 'labels', { name: 'Gone' })).json.id;
      await t.call('POST', `messages/${id}/modify`, { addLabelIds: [label] });
      const start = (await t.call('GET', 'profile')).json.historyId;
      expect((await t.call('DELETE', `labels/${label}`)).status).toBe(204);
      expect((await t.call('GET', `messages/${id}?format=minimal`)).json.labelIds).toEqual(['INBOX']);
      const { json } = await t.call('GET', `history?startHistoryId=${start}`);
      expect(json.history?.[0]?.labelsRemoved?.[0].labelIds).toEqual(visible ? [label] : undefined);
    }
  });
});

describe('search', () => {
  const t = createTestGoogle({ messages: 0 });
  const day = 24 * 3600_000;
  const add = (subject: string, more: { from?: string; labels?: string[]; date?: number; text?: string } = {}) =>
    t.google.control.newMail({ account: ANN, subject, labels: ['INBOX'], ...more })[0] ?? '';
  const names = new Map([
    [add('Quarterly report', { from: '"Bob" <bob@x.example>', date: START - 10 * day }), 'report'],
    [add('Lunch plans', { labels: ['INBOX', 'UNREAD'], date: START - 2 * day, text: 'pizza or sushi' }), 'lunch'],
    [add('Old invoice', { labels: ['STARRED'], date: START - 400 * day }), 'invoice'],
    [add('Buy now', { labels: ['SPAM'], date: START - day }), 'spam'],
  ]);

  test.each([
    ['from:bob', ['report']],
    ['from:(bob OR carol)', ['report']],
    ['subject:"quarterly report"', ['report']],
    ['is:unread', ['lunch']],
    ['is:read', ['report', 'invoice']],
    ['-is:unread in:inbox', ['report']],
    ['sushi', ['lunch']],
    ['is:starred', ['invoice']],
    ['newer_than:5d', ['lunch']],
    [`after:${Math.floor((START - 11 * day) / 1000)} before:${Math.floor((START - 5 * day) / 1000)}`, ['report']],
    ['before:2026/01/01', ['invoice']],
    ['lunch OR invoice', ['lunch', 'invoice']],
    ['{subject:lunch subject:report} in:inbox', ['lunch', 'report']],
    ['in:spam', ['spam']],
    ['in:anywhere buy', ['spam']],
    ['larger:1M', []],
    ['has:attachment', []],
    ['label:starred', ['invoice']],
  ])('%s', async (q, expected) => {
    const { json } = await t.call('GET', `messages?q=${encodeURIComponent(q)}`);
    const found = (json.messages ?? []).map((m: { id: string }) => names.get(m.id)).sort();
    expect(found).toEqual([...expected].sort());
  });

  test('rfc822msgid finds one message', async () => {
    const truth = t.google.control.truth({ account: ANN }).messages;
    const [id, message] = Object.entries(truth)[0] ?? [];
    const q = encodeURIComponent(`rfc822msgid:${message?.messageId.slice(1, -1)} in:anywhere`);
    expect((await t.call('GET', `messages?q=${q}`)).json.messages).toEqual([{ id, threadId: message?.threadId }]);
  });

  test('new mail is invisible to q while the index lags, and visible to labels at once', async () => {
    t.google.control.setSwitches({ searchLagMs: 30_000 });
    const id = add('Fresh arrival');
    const search = async () => (await t.call('GET', 'messages?q=subject:fresh')).json.messages;
    expect(await search()).toBeUndefined();
    const byLabel = (await t.call('GET', 'messages?labelIds=INBOX')).json.messages;
    expect(byLabel.some((m: { id: string }) => m.id === id)).toBe(true);
    t.clock.advance(30_000);
    expect(await search()).toHaveLength(1);
  });
});
