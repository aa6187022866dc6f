import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailError } from '../../errors';
import type { HydratedMessage } from '../../model/message';
import { decodeHistory } from './changes';
import { decodePlaces } from './labels';
import { readMessage, readState } from './map';

const b64 = (text: string | Uint8Array): string => Buffer.from(text as string).toString('base64url');

interface Part {
  partId?: string;
  mimeType?: string;
  filename?: string;
  headers?: { name: string; value: string }[];
  body?: Record<string, unknown>;
  parts?: Part[];
}

function headers(values: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function message(payload: Part, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { id: 'm1', threadId: 't1', labelIds: ['INBOX', 'UNREAD'], internalDate: '1790000000000', payload, ...fields };
}

function map(json: unknown): HydratedMessage {
  return readMessage(json).finish(new Map(), null);
}

function withHeaders(values: Record<string, string>): HydratedMessage {
  return map(message({ mimeType: 'text/plain', headers: headers(values), body: { size: 2, data: b64('hi') } }));
}

describe('headers', () => {
  it('named like parts of every object change nothing and crash nothing', () => {
    const json = JSON.parse(
      JSON.stringify(message({ mimeType: 'text/plain', body: { size: 0 } })).replace(
        '"mimeType"',
        '"headers":[{"name":"__proto__","value":"x"},{"name":"constructor","value":"y"},{"name":"Subject","value":"ok"}],"mimeType"',
      ),
    ) as unknown;
    expect(map(json).envelope.subject).toBe('ok');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each([
    ['Ann <ann@example.test>', [{ name: 'Ann', address: 'ann@example.test' }]],
    [
      '"Meier, Ann" <ann@example.test>, b@example.test',
      [
        { name: 'Meier, Ann', address: 'ann@example.test' },
        { name: '', address: 'b@example.test' },
      ],
    ],
    ['Meier, Ann <ann@example.test>', [{ name: 'Meier, Ann', address: 'ann@example.test' }]],
    ['=?utf-8?B?0JDQvdC90LA=?= <ann@example.test>', [{ name: 'Анна', address: 'ann@example.test' }]],
    [
      'Team: a@example.test, B <b@example.test>;',
      [
        { name: '', address: 'a@example.test' },
        { name: 'B', address: 'b@example.test' },
      ],
    ],
    ['undisclosed-recipients:;', []],
    ['"pay@bank.test" <thief@evil.test>', [{ name: 'pay@bank.test', address: 'thief@evil.test' }]],
    ['\u202Emoc.knab@eciffo\u202C <thief@evil.test>', [{ name: 'moc.knab@eciffo', address: 'thief@evil.test' }]],
    [
      'Ann\r\nBcc: x@y.test <ann@example.test>',
      [{ name: expect.not.stringMatching(/[\r\n]/) as string, address: 'ann@example.test' }],
    ],
    ['', []],
  ])('with the addresses %j are read', (value, expected) => {
    expect(withHeaders({ To: value }).envelope.to).toEqual(expected);
  });

  it('with ten thousand recipients keep all of them, in linear work', () => {
    const list = Array.from({ length: 10_000 }, (_, i) => `"Person, ${i}" <p${i}@example.test>`).join(', ');
    const { to } = withHeaders({ To: list }).envelope;
    expect(to).toHaveLength(10_000);
    expect(to[9_999]).toEqual({ name: 'Person, 9999', address: 'p9999@example.test' });
  });

  it('with absurd dates do not order the mailbox', () => {
    const sentAt = (date: string) => withHeaders({ Date: date }).envelope.sentAt;
    expect(sentAt('Sun, 22 Nov 2026 10:00:00 +0200 (EET)')).toBe(Date.UTC(2026, 10, 22, 8));
    expect(sentAt('Sat, 01 Jan 0000 00:00:00 +0000')).toBeNull();
    expect(sentAt('Fri, 31 Dec 9999 23:59:59 +0000')).toBeNull();
    expect(sentAt('yesterday')).toBeNull();
    const received = (internalDate: unknown) =>
      map(message({ mimeType: 'text/plain' }, { internalDate })).envelope.receivedAt;
    expect(received('253402300799000')).toBe(253_402_300_799_000);
    expect(received('99999999999999999999')).toBe(253_402_300_799_999);
    expect(received('-62167219200000')).toBe(0);
  });

  it('of conversations are read as ids in angle brackets', () => {
    const { envelope } = withHeaders({
      'Message-ID': ' <a@x> ',
      'In-Reply-To': 'b@x',
      References: '<r1@x>\r\n\t<r2@x> junk <r1@x>',
    });
    expect([envelope.internetMessageId, envelope.inReplyTo, envelope.references]).toEqual([
      '<a@x>',
      '<b@x>',
      ['<r1@x>', '<r2@x>'],
    ]);
  });

  it('and snippets hold no character that a database refuses', () => {
    const text = 'a\0b\ud800c';
    const json = message(
      { mimeType: 'text/plain', headers: headers({ Subject: text, From: `${text} <x@y.test>` }) },
      { snippet: text },
    );
    const { envelope } = map(json);
    for (const value of [envelope.subject, envelope.from?.name ?? '', envelope.snippet]) {
      expect(value).not.toContain('\0');
      expect(/\p{Surrogate}/u.test(value)).toBe(false);
      expect(value).toMatch(/^a ?b.c$/);
    }
  });
});

describe('a snippet', () => {
  it.each([
    ['Tom &amp; Ann &lt;3 &#39;x&#39; &quot;y&quot;', `Tom & Ann <3 'x' "y"`],
    ['a &amp;lt; b', 'a &lt; b'],
    ['Sale\u200c \u034f\u200c \u034f\u200c now', 'Sale now'],
    ['👨‍👩‍👧 family', '👨‍👩‍👧 family'],
  ])('%j reads %j', (given, expected) => {
    expect(map(message({ mimeType: 'text/plain' }, { snippet: given })).envelope.snippet).toBe(expected);
  });
});

describe('text', () => {
  const text = (bytes: Uint8Array | string, contentType: string): string | null =>
    map(
      message({
        mimeType: 'text/plain',
        headers: headers({ 'Content-Type': contentType }),
        body: { size: 1, data: b64(bytes) },
      }),
    ).body.text;

  it('that Gmail transcoded is not decoded a second time by the charset that the header still names', () => {
    expect(text('Привіт, Ähre', 'text/plain; charset=koi8-u')).toBe('Привіт, Ähre');
    expect(text('Ähre', 'text/plain; charset=iso-8859-1')).toBe('Ähre');
  });

  it.each([
    [Uint8Array.of(0xf0, 0xd2, 0xc9), 'koi8-r', 'При'],
    [Uint8Array.of(0xc4, 0xe3, 0xba, 0xc3), 'gb2312', '你好'],
    [Uint8Array.of(0x80, 0x20, 0xe4), 'us-ascii', '€ ä'],
    [Uint8Array.of(0xb0, 0xa1, 0xff), 'ks_c_5601-1987', '가\ufffd'],
    [Uint8Array.of(0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42), 'iso-2022-jp', 'あ'],
    [Uint8Array.of(0xe4), 'no-such-charset', 'ä'],
    [Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), 'utf-8', 'a'],
  ])('that was not transcoded falls back to its charset: %s as %s', (bytes, charset, expected) => {
    expect(text(bytes, `text/plain; charset="${charset}"`)).toBe(expected);
  });
});

describe('the tree', () => {
  const leaf = (mimeType: string, content: string, more: Part = {}): Part => ({
    mimeType,
    body: { size: content.length, data: b64(content) },
    ...more,
  });

  it('gives the HTML of an alternative and keeps a footer that follows it', () => {
    const { body } = map(
      message({
        mimeType: 'multipart/mixed',
        parts: [
          { mimeType: 'multipart/alternative', parts: [leaf('text/plain', 'plain'), leaf('text/html', '<p>rich</p>')] },
          leaf('text/plain', 'list <footer>'),
        ],
      }),
    );
    expect(body.html).toContain('<p>rich</p>');
    expect(body.html).toContain('list &lt;footer&gt;');
    expect(body.html).not.toContain('plain<');
    expect(body.text).toBe('plain\nlist <footer>');
  });

  it('does not take the text of an attached message for the text of this one', () => {
    const { body, attachments } = map(
      message({
        mimeType: 'multipart/mixed',
        parts: [
          leaf('text/plain', 'see below'),
          { partId: '1', mimeType: 'message/rfc822', parts: [leaf('text/plain', 'SECRET')] },
        ],
      }),
    );
    expect(body.text).toBe('see below');
    expect(attachments).toMatchObject([{ fileName: 'message.eml', partId: '1' }]);
  });

  it('tells pictures inside the text from attachments, by what the text refers to', () => {
    const { envelope, attachments } = map(
      message({
        mimeType: 'multipart/related',
        parts: [
          leaf('text/html', '<img src="cid:logo@x">'),
          {
            partId: '1',
            mimeType: 'image/png',
            filename: 'logo.png',
            headers: headers({ 'Content-ID': '<logo@x>' }),
            body: { size: 9, attachmentId: 'A' },
          },
        ],
      }),
    );
    expect(attachments).toMatchObject([{ contentId: 'logo@x', isInline: true, sizeBytes: 9 }]);
    expect(envelope.hasAttachments).toBe(false);
  });

  it.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\x\\y.exe', 'C:_x_y.exe'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['a\r\nSet-Cookie: x', 'a Set-Cookie: x'],
    ['..', 'attachment.pdf'],
  ])('never gives a file name that is a path or a trick: %j', (given, expected) => {
    const [attachment] = map(
      message({ mimeType: 'application/pdf', filename: given, body: { size: 1, attachmentId: 'A' } }),
    ).attachments;
    expect(attachment?.fileName).toBe(expected);
  });

  it('nested 200 deep is read to its end', () => {
    let part: Part = leaf('text/plain', 'the core');
    for (let i = 0; i < 200; i++) part = { mimeType: 'multipart/mixed', parts: [part] };
    expect(map(message(part)).body.text).toBe('the core');
  });

  it('nested a hundred thousand deep keeps what is readable before the limit', () => {
    let part: Part = leaf('text/plain', 'too deep');
    for (let i = 0; i < 100_000; i++)
      part = { mimeType: 'multipart/mixed', parts: [leaf('text/plain', i === 99_999 ? 'top' : ''), part] };
    expect(map(message(part)).body.text).toMatch(/^top\n*$/);
  });

  it('asks for texts that came as attachment ids, and for nothing else', () => {
    const read = readMessage(
      message({
        mimeType: 'multipart/mixed',
        parts: [
          { partId: '0', mimeType: 'text/html', body: { size: 500_000, attachmentId: 'X' } },
          { partId: '1', mimeType: 'application/pdf', filename: 'a.pdf', body: { size: 500_000, attachmentId: 'Y' } },
        ],
      }),
    );
    expect(read.missingTexts).toEqual([{ partId: '0', attachmentId: 'X' }]);
    expect(read.finish(new Map([['0', Buffer.from('<p>late</p>')]]), null).body.html).toBe('<p>late</p>');
  });
});

describe('what cannot be understood', () => {
  it.each([
    ['nothing', null],
    ['a list', []],
    ['no id', { ...message({}), id: undefined }],
    ['no thread', { ...message({}), threadId: 7 }],
    ['no payload', { ...message({}), payload: undefined }],
    ['labels that are no list', { ...message({}), labelIds: 'INBOX' }],
    ['no date at all', { ...message({}), internalDate: undefined }],
  ])('is malformed: %s', (_name, json) => {
    expect(() => readMessage(json)).toThrow(MailError);
  });

  it('another message than the wanted one is not taken for it', () => {
    expect(() => readState(message({}), 'm2')).toThrow(MailError);
  });

  it('never ends in anything but a message or "malformed", whatever JSON comes', () => {
    const key = fc.oneof(
      fc.constantFrom(
        'id',
        'threadId',
        'labelIds',
        'payload',
        'parts',
        'headers',
        'name',
        'value',
        'body',
        'data',
        'size',
        'attachmentId',
      ),
      fc.constantFrom(
        'mimeType',
        'filename',
        'internalDate',
        'snippet',
        'sizeEstimate',
        'partId',
        '__proto__',
        'history',
        'message',
      ),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.oneof(
          fc.constantFrom('text/html', 'multipart/alternative', 'To', 'Date', 'Content-Type', 'm1', '9'),
          fc.string(),
          fc.double(),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 8 }),
      ),
    }));
    const complete = tree.map((payload) => message(payload as Part));
    fc.assert(
      fc.property(fc.oneof(tree, complete), (json) => {
        for (const read of [
          () => map(json),
          () => readState(json),
          () => decodeHistory(json),
          () => decodePlaces(json),
        ]) {
          try {
            read();
          } catch (error) {
            if (!(error instanceof MailError) || error.kind !== 'malformed') throw error;
          }
        }
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('history records', () => {
  it('that say nothing about a named message lead to asking for it, and those that name none are malformed', () => {
    const page = decodeHistory({ history: [{ id: '5', messages: [{ id: 'm1', threadId: 't1' }] }], historyId: '9' });
    expect(page.events).toEqual([{ kind: 'left', seq: '5', remoteId: 'm1' }]);
    expect(() => decodeHistory({ history: [{ id: '5' }], historyId: '9' })).toThrow(MailError);
    expect(() => decodeHistory({ history: [{ messagesAdded: [{ message: { id: 'm' } }] }] })).toThrow(MailError);
  });

  it('tell flags apart from places', () => {
    const { events } = decodeHistory({
      history: [
        { id: '7', labelsAdded: [{ message: { id: 'm', threadId: 't' }, labelIds: ['UNREAD', 'STARRED', 'Label_1'] }] },
      ],
    });
    expect(events).toEqual([
      {
        kind: 'moved',
        seq: '7',
        remoteId: 'm',
        threadRemoteId: 't',
        added: ['Label_1'],
        removed: [],
        isRead: false,
        isStarred: true,
      },
    ]);
  });
});
