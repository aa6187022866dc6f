import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../model/outgoing';
import { type ComposeRules, composeMail, MARKER_HEADER } from './compose';
import { htmlToText } from './html-to-text';
import { checkOutgoing, wireAddress } from './outgoing-check';
import { bytesOf, fileOf, outgoing } from './testing/outgoing';

const RULES: ComposeRules = { maxMessageBytes: 36_700_160, maxRecipients: 100, internationalLocalParts: false };
const LINE_BREAKS = ['\r', '\n', '\r\n', '\0', '\u000b', '\u001b', '\u007f'];

async function composed(message: OutgoingMessage, rules = RULES) {
  const mail = await composeMail(message, rules);
  const raw = await bytesOf(mail.stream());
  return { mail, raw, text: Buffer.from(raw).toString('latin1'), parsed: await PostalMime.parse(raw) };
}

const plain = (text: string): string => text.replaceAll('\t', ' ').replace(/\s+/gu, ' ').trim();
// eslint-disable-next-line no-control-regex -- what may not stand in a header
const writable = (text: string): boolean => !/[\u0000-\u0008\u000a-\u001f\u007f\p{Surrogate}]/u.test(text);
const words = fc.string({ unit: 'grapheme', maxLength: 60 }).filter(writable);
const local = fc.stringMatching(/^[a-z0-9][a-z0-9.+_-]{0,20}[a-z0-9]$/);
const domain = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}[a-z0-9]\.(?:test|example)$/);
const person = fc.record({ name: words, address: fc.tuple(local, domain).map(([a, b]) => `${a}@${b}`) });
const people = fc.array(person, { maxLength: 5 });
const file = fc.record({ name: words, bytes: fc.uint8Array({ maxLength: 400 }), inline: fc.boolean() });

describe('composing', () => {
  it('says something else than what was written', async () => {
    const anything = fc.record({
      from: person,
      to: fc.array(person, { minLength: 1, maxLength: 5 }),
      cc: people,
      bcc: people,
      subject: words,
      html: fc.string({ unit: 'grapheme', maxLength: 300 }).filter((text) => !/[\0\p{Surrogate}]/u.test(text)),
      files: fc.array(file, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(anything, async ({ files, ...fields }) => {
        const message = outgoing({
          ...fields,
          files: files.map(({ name, bytes, inline }, index) =>
            fileOf(name, bytes, inline ? { contentId: `pic${index}@x`, mimeType: 'image/png' } : {}),
          ),
        });
        const { mail, raw, parsed } = await composed(message);
        expect(mail.sizeBytes).toBe(raw.length);
        const shown = (list: readonly { name?: string; address?: string }[] = []) =>
          list.map(({ name, address }) => ({
            name: plain(name ?? ''),
            address: (address ?? '').replace(/^"(.*)"@/, '$1@'),
          }));
        expect(shown([parsed.from as { name: string; address: string }])).toEqual(shown([fields.from]));
        expect(shown(parsed.to as never)).toEqual(shown(fields.to));
        expect(shown(parsed.cc as never)).toEqual(shown(fields.cc));
        expect(shown(parsed.bcc as never)).toEqual(shown(fields.bcc));
        expect(plain(parsed.subject ?? '')).toBe(plain(fields.subject));
        const lines = (text: string) => text.replace(/\r\n?/g, '\n').trimEnd();
        expect(lines(parsed.html ?? '')).toBe(lines(fields.html));
        expect(parsed.headers.find(({ key }) => key === MARKER_HEADER.toLowerCase())?.value).toBe('mark-1');
        const expected = files.map(({ bytes }) => Buffer.from(bytes).toString('hex')).sort();
        const got = parsed.attachments.map(({ content }) => Buffer.from(content as ArrayBuffer).toString('hex')).sort();
        expect(got).toEqual(expected);
        const names = files.map(({ name }) => plain(name.replace(/[/\\]+/g, '_')) || 'attachment').sort();
        expect(parsed.attachments.map(({ filename }) => plain(filename ?? '')).sort()).toEqual(names);
      }),
      { numRuns: 150, seed: 4 },
    );
  });

  it.each(
    LINE_BREAKS.flatMap((end) => {
      const evil = `a${end}Bcc: all@evil.test`;
      return [
        ['an address', { to: [{ name: '', address: `ben@example.test${end}Bcc: all@evil.test` }] }],
        ['a name', { to: [{ name: evil, address: 'ben@example.test' }] }],
        ['the sender', { from: { name: evil, address: 'ann@example.test' } }],
        ['a reply address', { replyTo: [{ name: evil, address: 'ann@example.test' }] }],
        ['a blind copy', { bcc: [{ name: evil, address: 'ann@example.test' }] }],
        ['the subject', { subject: evil }],
        ['a file name', { files: [fileOf(evil, 'x')] }],
        ['a file type', { files: [fileOf('a', 'x', { mimeType: `text/plain${end}X: y` })] }],
        ['a content id', { files: [fileOf('a', 'x', { contentId: `pic${end}X: y` })] }],
        ['the mark', { markerId: evil }],
      ].map(([what, fields]) => [JSON.stringify(end), what, fields] as [string, string, Partial<OutgoingMessage>]);
    }),
  )('lets %s in %s begin a header of its own', async (_end, _what, fields) => {
    await expect(composeMail(outgoing(fields), RULES)).rejects.toMatchObject({ kind: 'refused' });
  });

  it('takes a line break from the mail that is answered into a header', async () => {
    const evil = '<a@b.test>\r\nBcc: all@evil.test';
    const { text } = await composed(outgoing({ inReplyTo: evil, references: [evil, '<ok@b.test>', 'no id'] }));
    expect(text).not.toMatch(/evil/);
    expect(text).toMatch(/^References: <ok@b\.test>\r$/m);
  });

  it.each([
    ['no-at-sign', null],
    ['@example.test', null],
    ['ann@', null],
    ['ann@exa mple.test', null],
    ['ann@example..test', null],
    ['ann@-example.test', null],
    ['ann,ben@example.test', null],
    ['ann@ben@example.test', null],
    ['<ann@example.test>', null],
    ['ann@ex%61mple.tést', null],
    [`${'a'.repeat(65)}@example.test`, null],
    ["Ann.O'Neil+x@Example.TEST", "Ann.O'Neil+x@Example.TEST"],
    ['double..dot@example.test', 'double..dot@example.test'],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    ['ann@пошта.укр', 'ann@xn--80a1acn3a.xn--j1amh'],
  ])('takes %j for another address than it is', (given, wire) => {
    expect(wireAddress(given)).toBe(wire);
  });

  it('sends to a local part that the provider cannot deliver', async () => {
    const message = outgoing({ to: [{ name: '', address: 'анна@пошта.укр' }] });
    const [problem] = checkOutgoing(message, RULES);
    expect(problem).toMatchObject({ code: 'RECIPIENT_INVALID', field: 'to[0]' });
    expect(problem?.message).toMatch(/outside ASCII/);
    expect(checkOutgoing(message, { ...RULES, internationalLocalParts: true })).toEqual([]);
  });

  it('uploads what the provider will refuse for its size', async () => {
    let opened = 0;
    const open = async () => {
      opened++;
      return new Blob([]).stream();
    };
    const message = outgoing({ files: [fileOf('film.mp4', '', { sizeBytes: 27_000_000, open })] });
    await expect(composeMail(message, RULES)).rejects.toMatchObject({ providerCode: 'ATTACHMENT_TOO_LARGE' });
    expect(opened).toBe(0);
    const [fits] = [
      await composeMail(outgoing({ files: [fileOf('film.mp4', '', { sizeBytes: 26_000_000, open })] }), RULES),
    ];
    expect(fits?.sizeBytes).toBeLessThan(RULES.maxMessageBytes);
  });

  it.each([
    ['shorter', 5, 'ATTACHMENT_CHANGED'],
    ['longer', 2, 'ATTACHMENT_CHANGED'],
  ])('sends a file that became %s than it was', async (_how, sizeBytes, code) => {
    const mail = await composeMail(outgoing({ files: [fileOf('a.txt', 'abc', { sizeBytes })] }), RULES);
    await expect(bytesOf(mail.stream())).rejects.toMatchObject({ kind: 'refused', providerCode: code });
  });

  it('sends a mail without a file that has vanished', async () => {
    const open = () => Promise.reject(new Error('ENOENT'));
    const mail = await composeMail(outgoing({ files: [fileOf('a.txt', 'abc', { open })] }), RULES);
    await expect(bytesOf(mail.stream())).rejects.toMatchObject({ providerCode: 'ATTACHMENT_MISSING' });
  });

  it('holds a file in memory while it is written', async () => {
    let pulled = 0;
    const size = 20 * 1_048_576;
    const open = async () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulled === size) return controller.close();
          controller.enqueue(new Uint8Array(65_536));
          pulled += 65_536;
        },
      });
    const mail = await composeMail(outgoing({ files: [fileOf('a.bin', '', { sizeBytes: size, open })] }), RULES);
    let written = 0;
    let ahead = 0;
    for await (const chunk of mail.stream()) {
      written += chunk.length;
      ahead = Math.max(ahead, pulled - written);
    }
    expect(written).toBe(mail.sizeBytes);
    expect(ahead).toBeLessThan(2 * 1_048_576);
  });

  it('loses an inline picture, or shows it as an attachment', async () => {
    const message = outgoing({
      html: '<p><img src="cid:pic1@x"></p>',
      files: [fileOf('p.png', 'PNG', { contentId: 'pic1@x', mimeType: 'image/png' }), fileOf('b.pdf', 'PDF')],
    });
    const { text, parsed } = await composed(message);
    expect(text).toMatch(/multipart\/mixed[\s\S]*multipart\/alternative[\s\S]*multipart\/related/);
    const picture = parsed.attachments.find(({ contentId }) => contentId === '<pic1@x>');
    expect(picture).toMatchObject({ disposition: 'inline', related: true, mimeType: 'image/png' });
    expect(parsed.attachments.find(({ filename }) => filename === 'b.pdf')).toMatchObject({
      disposition: 'attachment',
    });
  });

  it('writes bare line feeds or lines beyond 998 octets', async () => {
    const { text } = await composed(
      outgoing({
        subject: 'é'.repeat(900),
        html: `<p>${'x'.repeat(5_000)}</p>`,
        text: `a\nb\rc\r\nd${'y'.repeat(4_000)}`,
      }),
    );
    expect(text).not.toMatch(/(?<!\r)\n/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });
});

describe('the text beside the HTML', () => {
  it.each([
    ['<p>One</p><p>Two<br>three</p>', 'One\n\nTwo\nthree'],
    ['<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>', '- a\n- b\n\n  1. c'],
    [
      '<a href="https://a.test/x">here</a>, <a href="https://a.test">https://a.test</a>',
      'here (https://a.test/x), https://a.test',
    ],
    [
      '<div>Hi</div><blockquote><p>old</p><blockquote>older</blockquote></blockquote>after',
      'Hi\n\n> old\n>\n> > older\n\nafter',
    ],
    ['<style>p{}</style><script>alert(1)</script>&lt;b&gt; &amp; &nbsp;x', '<b> &  x'],
    ['<pre>a  b\n  c</pre>', 'a  b\n  c'],
    ['', ''],
  ])('%j is read wrongly', (html, text) => {
    expect(htmlToText(html)).toBe(text);
  });

  it('takes longer than its length explains', () => {
    const started = performance.now();
    htmlToText('<blockquote><a href="http://x">'.repeat(100_000));
    htmlToText('<td>'.repeat(500_000));
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});
