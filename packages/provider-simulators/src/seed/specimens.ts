import { parseMessage } from '../mime/parse';
import type { MimeMessage } from '../mime/model';

/** How a specimen's answers are spoiled on the wire, for those whose harm is not in the mail itself. */
export interface WireFault {
  kind: 'malformed' | 'missingFields';
  body?: string;
  fields?: string[];
}

/** A message made to break those who read it. */
export interface Specimen {
  content: () => MimeMessage;
  /** Milliseconds since the epoch; the time of delivery when absent. */
  internalDate?: number;
  wire?: WireFault;
}

const CRLF = '\r\n';
const HEAD = [
  'MIME-Version: 1.0',
  'From: "Mallory" <mallory@specimen.example>',
  'To: reader@specimen.example',
  'Date: Mon, 02 Nov 2026 10:00:00 +0000',
];

function raw(name: string, lines: string[], encoding: BufferEncoding = 'utf8'): MimeMessage {
  const head = [...HEAD, `Message-ID: <${name}@specimen.example>`];
  return parseMessage(Buffer.from([...head, ...lines].join(CRLF), encoding));
}

function plain(name: string, subject: string, text = 'A specimen.'): MimeMessage {
  return raw(name, [`Subject: ${subject}`, 'Content-Type: text/plain; charset=utf-8', '', text]);
}

const YEAR_0 = Date.parse('0000-01-01T00:00:00Z');
const YEAR_9999 = Date.parse('9999-12-31T23:59:59Z');
const MEGABYTE = 1024 * 1024;

const SCRIPTS = [
  '<script>window.top.pwned = 1</script>',
  '<img src=x onerror="window.top.pwned=2">',
  '<svg><script>window.top.pwned=3</script><animate onbegin="window.top.pwned=4"></svg>',
  '<a href="javascript:window.top.pwned=5">click</a>',
  '<a href=" java&#10;script:window.top.pwned=6">click</a>',
  '<iframe srcdoc="<script>top.pwned=7</script>"></iframe>',
  '<form action="https://evil.example"><input name=q autofocus onfocus="window.top.pwned=8"><button>Sign in</button></form>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example"><base href="https://evil.example/">',
  '<style>@import url(https://evil.example/x.css); body { background: url(https://evil.example/y) } * { position: fixed }</style>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.top.pwned=9&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=window.top.pwned=10>"></noscript>',
  '<object data="data:text/html,<script>top.pwned=11</script>"></object><embed src="javascript:window.top.pwned=12">',
  '<div style="width:expression(alert(1));background-image:url(javascript:alert(1))">styled</div>',
  '<template><script>window.top.pwned=13</script></template><video src=x onerror="window.top.pwned=14"></video>',
];

function nested(depth: number): MimeMessage {
  const open = Array.from({ length: depth }, (_, i) => [
    `Content-Type: multipart/mixed; boundary="b${i}x"`,
    '',
    `--b${i}x`,
  ]).flat();
  const close = Array.from({ length: depth }, (_, i) => `--b${depth - 1 - i}x--`);
  return raw('nested', ['Subject: Nested', ...open, 'Content-Type: text/plain', '', 'In the middle.', ...close]);
}

/** The message with other sizes than it has. */
function withSizes(content: MimeMessage, size: number): MimeMessage {
  const parts = content.root.parts.map((part) => ({ ...part, size, ...(part.text ? { text: part.text } : {}) }));
  return { ...content, size, root: { ...content.root, parts, size } };
}

function withAttachment(name: string, filename: string, bytes: Buffer): MimeMessage {
  return raw(name, [
    'Subject: With a file',
    'Content-Type: multipart/mixed; boundary="files"',
    '',
    '--files',
    'Content-Type: text/plain',
    '',
    'See the file.',
    '--files',
    `Content-Type: application/octet-stream; name="${filename}"`,
    `Content-Disposition: attachment; filename="${filename}"`,
    'Content-Transfer-Encoding: base64',
    '',
    bytes.toString('base64'),
    '--files--',
  ]);
}

function manyRecipients(count: number): MimeMessage {
  const list = Array.from({ length: count }, (_, i) => `"Person ${i}" <person${i}@many.example>`).join(`,${CRLF} `);
  return raw('recipients', ['Subject: To everybody', `Cc: ${list}`, 'Content-Type: text/plain', '', 'Hello all.']);
}

/** A header that no mail program writes, put into the tree directly. */
function withHeaders(name: string, headers: { name: string; value: string }[]): MimeMessage {
  const content = plain(name, name);
  const kept = content.root.headers.filter((h) => !headers.some((n) => n.name.toLowerCase() === h.name.toLowerCase()));
  return {
    ...content,
    root: {
      ...content.root,
      headers: [...kept, ...headers],
      ...(content.root.text ? { text: content.root.text } : {}),
    },
  };
}

/** Named hostile messages. Large ones are made when they are read. */
export const SPECIMENS: Readonly<Record<string, Specimen>> = {
  'json-truncated': { content: () => plain('json-truncated', 'Truncated'), wire: { kind: 'malformed' } },
  'json-null': { content: () => plain('json-null', 'Null'), wire: { kind: 'malformed', body: 'null' } },
  'json-html': {
    content: () => plain('json-html', 'HTML'),
    wire: { kind: 'malformed', body: '<html>Proxy error</html>' },
  },
  'json-wrong-types': {
    content: () => plain('json-wrong-types', 'Wrong types'),
    wire: {
      kind: 'malformed',
      body: '{"id":42,"threadId":null,"labelIds":"INBOX","snippet":{},"payload":[],"sizeEstimate":"big","internalDate":"yesterday"}',
    },
  },
  'json-missing-fields': {
    content: () => plain('json-missing-fields', 'Missing fields'),
    wire: {
      kind: 'missingFields',
      fields: [
        'payload',
        'threadId',
        'internalDate',
        'labelIds',
        'historyId',
        'messages.payload',
        'messages.threadId',
        'messages.internalDate',
      ],
    },
  },
  'size-absurd': { content: () => withSizes(plain('size-absurd', 'Absurd size'), Number.MAX_SAFE_INTEGER) },
  'size-negative': { content: () => withSizes(withAttachment('size-negative', 'a.bin', Buffer.from('abc')), -1) },
  'year-0': { content: () => plain('year-0', 'Year 0'), internalDate: YEAR_0 },
  'year-9999': { content: () => plain('year-9999', 'Year 9999'), internalDate: YEAR_9999 },
  'date-beyond-javascript': { content: () => plain('date-beyond', 'Beyond'), internalDate: 9e15 },
  'date-header-garbage': {
    content: () => withHeaders('date-garbage', [{ name: 'Date', value: 'Blursday, 99 Foo 99999 99:99:99 +9999' }]),
  },
  'recipients-10000': { content: () => manyRecipients(10_000) },
  'header-proto': {
    content: () =>
      withHeaders('proto', [
        { name: '__proto__', value: 'polluted' },
        { name: 'constructor', value: 'polluted' },
        { name: 'toString', value: 'polluted' },
      ]),
  },
  'header-duplicates': {
    content: () =>
      withHeaders('duplicates', [
        { name: 'Subject', value: 'The first' },
        { name: 'Subject', value: 'The second' },
        { name: 'From', value: 'First <first@specimen.example>' },
        { name: 'From', value: 'Second <second@specimen.example>' },
        { name: 'Message-ID', value: '<one@specimen.example>' },
        { name: 'Message-ID', value: '<two@specimen.example>' },
      ]),
  },
  'header-injection': {
    content: () =>
      withHeaders('injection', [{ name: 'Subject', value: 'Hello\r\nBcc: victim@specimen.example\r\n\r\nbody' }]),
  },
  'header-broken-words': {
    content: () =>
      withHeaders('words', [
        { name: 'Subject', value: '=?utf-8?B?4oKs=?= =?x-none?Q?=FF?= =?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=' },
      ]),
  },
  'address-garbage': {
    content: () =>
      withHeaders('address', [{ name: 'From', value: '"unclosed <a@b@c,, undisclosed-recipients:; (comment' }]),
  },
  'surrogate-lone': { content: () => withHeaders('surrogate', [{ name: 'Subject', value: 'half \ud83d pair' }]) },
  'nul-characters': {
    content: () => ({
      ...withHeaders('nul', [{ name: 'Subject', value: 'be\u0000fore' }]),
      snippet: () => 'snip\u0000pet',
    }),
  },
  'charset-unknown': {
    content: () =>
      raw(
        'charset-unknown',
        [
          'Subject: Unknown charset',
          'Content-Type: text/plain; charset="x-unknown-42"',
          '',
          '\xff\xfe\x80\x81 caf\xe9',
        ],
        'latin1',
      ),
  },
  'charset-lies': {
    content: () =>
      raw(
        'charset-lies',
        ['Subject: Lies', 'Content-Type: text/html; charset=iso-2022-jp', '', '<p>caf\xe9 \x1b$B!</p>'],
        'latin1',
      ),
  },
  'base64-broken': {
    content: () =>
      raw(
        'base64',
        ['Subject: Broken', 'Content-Type: text/plain', 'Content-Transfer-Encoding: base64', '', 'SGVsbG8*!!\xff=ZZ'],
        'latin1',
      ),
  },
  'body-40mb': {
    content: () =>
      plain('body-40mb', '40 MB of text', 'All work and no play. '.repeat(Math.ceil((40 * MEGABYTE) / 22))),
  },
  'attachment-40mb': { content: () => withAttachment('attachment-40mb', 'large.bin', Buffer.alloc(40 * MEGABYTE, 7)) },
  'nested-200': { content: () => nested(200) },
  'html-scripts': {
    content: () =>
      raw('scripts', [
        'Subject: <script>alert(1)</script>',
        'Content-Type: text/html; charset=utf-8',
        '',
        `<html><body onload="window.top.pwned=99">${SCRIPTS.join(CRLF)}<p>Still readable.</p></body></html>`,
      ]),
  },
  'html-deep': {
    content: () =>
      raw('html-deep', [
        'Subject: Deep HTML',
        'Content-Type: text/html',
        '',
        `${'<div>'.repeat(5000)}deep${'</div>'.repeat(5000)}`,
      ]),
  },
  'subject-long': { content: () => plain('subject-long', 'Very long '.repeat(10_000)) },
  'subject-invisible': {
    content: () =>
      withHeaders('invisible', [
        { name: 'Subject', value: 'in\u200bvoice\u202efdp.exe\u2066 \u2067hidden\u2069\ufeff' },
      ]),
  },
  empty: { content: () => parseMessage(Buffer.alloc(0)) },
  'headers-only': { content: () => parseMessage(Buffer.from('Subject: No body at all')) },
  'boundary-missing': {
    content: () =>
      raw('boundary', ['Subject: No boundary', 'Content-Type: multipart/mixed', '', 'Text where parts should be.']),
  },
  'parts-5000': {
    content: () =>
      raw('parts', [
        'Subject: Many parts',
        'Content-Type: multipart/mixed; boundary="p"',
        '',
        ...Array.from(
          { length: 5000 },
          (_, i) => `--p${CRLF}Content-Type: text/plain; name="f${i}.txt"${CRLF}${CRLF}${i}`,
        ),
        '--p--',
      ]),
  },
  'filename-slashes': { content: () => withAttachment('slashes', '../../etc/passwd', Buffer.from('x')) },
  'filename-backslashes': {
    content: () => withAttachment('backslashes', 'C:\\\\Windows\\\\system32\\\\evil.exe', Buffer.from('x')),
  },
  'filename-bidi': { content: () => withAttachment('bidi', 'invoice\u202efdp.exe', Buffer.from('MZ')) },
  'filename-long': { content: () => withAttachment('long', `${'x'.repeat(5000)}.pdf`, Buffer.from('x')) },
};
