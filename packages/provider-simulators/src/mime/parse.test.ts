import { expect, test } from 'vitest';
import { headerValue, snippetOf, textOfHtml } from './model';
import { parseMessage } from './parse';

const mail = (...lines: string[]) => parseMessage(Buffer.from(lines.join('\r\n'), 'latin1'));

test('folded, repeated and colon-less header lines', () => {
  const { root } = mail('Subject: one', ' two', 'Received: a', 'Received: b', 'no header', 'X: y:z', '', 'body');
  expect(root.headers).toEqual([
    { name: 'Subject', value: 'one two' },
    { name: 'Received', value: 'a' },
    { name: 'Received', value: 'b' },
    { name: 'X', value: 'y:z' },
  ]);
  expect(root.text?.()).toBe('body');
});

test('encoded words that split a character, and unencoded UTF-8', () => {
  expect(headerValue(mail('Subject: =?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=', '', '').root, 'subject')).toBe('€');
  expect(headerValue(parseMessage(Buffer.from('Subject: größer\n\n')).root, 'Subject')).toBe('größer');
});

test('a boundary that begins like another one, a preamble and a missing end', () => {
  const { root } = mail(
    'Content-Type: multipart/mixed; boundary=a',
    '',
    'preamble',
    '--a',
    'Content-Type: multipart/mixed; boundary="ab"',
    '',
    '--ab',
    '',
    'inner',
    '--ab--',
    '--a',
    '',
    'outer without end',
  );
  expect(root.parts.map((p) => p.mimeType)).toEqual(['multipart/mixed', 'text/plain']);
  expect(root.parts[0]?.parts[0]?.text?.()).toBe('inner');
  expect(root.parts[1]?.text?.()).toBe('outer without end');
});

test('RFC 2231 file names and text with a file name are attachments', () => {
  const { root } = mail(
    'Content-Type: multipart/mixed; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain',
    "Content-Disposition: attachment; filename*=utf-8''%D0%B7%D0%B2%D1%96%D1%82.txt",
    '',
    'x',
    '--a--',
  );
  expect(root.parts[0]).toMatchObject({ filename: 'звіт.txt', isAttachment: true });
});

test.each([
  ['gb18030', Buffer.from([0xc4, 0xe3, 0xba, 0xc3]), '你好'],
  ['koi8-u', Buffer.from([0xa4, 0xd6]), 'єж'],
  ['utf-8', Buffer.from('ñ'), 'ñ'],
  ['x-unknown', Buffer.from([0xe9]), 'é'],
])('text in %s', (charset, bytes, expected) => {
  const message = Buffer.concat([Buffer.from(`Content-Type: text/plain; charset=${charset}\r\n\r\n`), bytes]);
  expect(parseMessage(message).root.text?.()).toBe(expected);
});

test('a forwarded message keeps its own parts', () => {
  const { root } = mail(
    'Content-Type: multipart/mixed; boundary=a',
    '',
    '--a',
    'Content-Type: message/rfc822',
    '',
    'Subject: inside',
    '',
    'text',
    '--a--',
  );
  expect(root.parts[0]).toMatchObject({ mimeType: 'message/rfc822', isAttachment: true });
  expect(headerValue(root.parts[0]?.parts[0] ?? root, 'Subject')).toBe('inside');
});

test('HTML is read without scripts, styles and tags; a snippet is one short line', () => {
  expect(
    textOfHtml('<style>x{}</style><p>a&nbsp;&amp;&#1073;<script>evil()</script></p>').trim().replace(/\s+/g, ' '),
  ).toBe('a &б');
  const snippet = snippetOf(`a\r\n\r\nb ${'long '.repeat(100)}`);
  expect(snippet.startsWith('a b long')).toBe(true);
  expect(snippet.length).toBeLessThanOrEqual(190);
});
