import { describe, expect, it } from 'vitest';
import type { Identity } from '../model/identity';
import { parseAddresses } from './addresses';
import { answerIdentity, answerRecipients, answerReferences, answerSubject, type Answered } from './reply-recipients';
import { quoteForward, quoteReply } from './quote-original';

const OWN = ['ann@work.test', 'sales@work.test', 'ann.lee@gmail.com'];

function mail(fields: Partial<Record<'from' | 'to' | 'cc' | 'bcc' | 'replyTo' | 'listPost', string>>): Answered {
  const list = (name: keyof typeof fields) => parseAddresses([fields[name] ?? '']);
  return {
    from: list('from')[0] ?? null,
    to: list('to'),
    cc: list('cc'),
    bcc: list('bcc'),
    replyTo: list('replyTo'),
    listPost: fields.listPost ?? null,
    subject: 'Plan',
    internetMessageId: '<m@x.test>',
    inReplyTo: null,
    references: [],
  };
}
const shown = (list: readonly { address: string }[]) => list.map(({ address }) => address).join(' ');

describe('who gets an answer', () => {
  const LIST = { listPost: 'dev@list.test' };
  it.each<[string, Parameters<typeof mail>[0], string, string, string]>([
    ['a plain mail', { from: 'ben@x.test', to: 'ann@work.test' }, 'ben@x.test', 'ben@x.test', ''],
    [
      'others in To and Cc',
      { from: 'ben@x.test', to: 'ann@work.test, cem@x.test', cc: 'dan@x.test, sales@work.test' },
      'ben@x.test',
      'ben@x.test cem@x.test',
      'dan@x.test',
    ],
    [
      'Reply-To',
      { from: 'ben@x.test', replyTo: 'desk@x.test', to: 'ann@work.test', cc: 'ben@x.test' },
      'desk@x.test',
      'desk@x.test',
      'ben@x.test',
    ],
    [
      'several in Reply-To, some of them mine',
      { from: 'ben@x.test', replyTo: 'desk@x.test, ann@work.test, eve@x.test', to: 'sales@work.test' },
      'desk@x.test eve@x.test',
      'desk@x.test eve@x.test',
      '',
    ],
    [
      'a Reply-To that is me (a form on a web page)',
      { from: 'form@x.test', replyTo: 'ann@work.test', to: 'ann@work.test' },
      'form@x.test',
      'form@x.test',
      '',
    ],
    [
      'an invalid Reply-To',
      { from: 'ben@x.test', replyTo: 'nobody', to: 'ann@work.test' },
      'ben@x.test',
      'ben@x.test',
      '',
    ],
    [
      'my own mail',
      { from: 'Ann <ANN@work.test>', to: 'ben@x.test, cem@x.test', cc: 'dan@x.test, ann@work.test' },
      'ben@x.test cem@x.test',
      'ben@x.test cem@x.test',
      'dan@x.test',
    ],
    ['my own mail with copies only', { from: 'ann@work.test', cc: 'dan@x.test' }, 'dan@x.test', 'dan@x.test', ''],
    [
      'my own mail with blind copies only',
      { from: 'ann@work.test', bcc: 'dan@x.test' },
      'ann@work.test',
      'ann@work.test',
      '',
    ],
    ['a note to myself', { from: 'ann@work.test', to: 'sales@work.test' }, 'ann@work.test', 'ann@work.test', ''],
    [
      'a mail I was blind-copied on',
      { from: 'ben@x.test', to: 'cem@x.test', bcc: 'ann@work.test' },
      'ben@x.test',
      'ben@x.test cem@x.test',
      '',
    ],
    [
      'a list that leaves Reply-To alone',
      { ...LIST, from: 'ben@x.test', to: 'dev@list.test' },
      'ben@x.test',
      'ben@x.test dev@list.test',
      '',
    ],
    [
      'a list that puts itself into Reply-To',
      { ...LIST, from: 'ben@x.test', to: 'dev@list.test', replyTo: 'DEV@list.test' },
      'ben@x.test',
      'DEV@list.test',
      '',
    ],
    [
      'a list behind whose From the author is hidden',
      { ...LIST, from: 'Ben via dev <dev@list.test>', to: 'dev@list.test', replyTo: 'dev@list.test' },
      'dev@list.test',
      'dev@list.test',
      '',
    ],
    [
      'a list that puts the author into Reply-To',
      { ...LIST, from: 'Ben via dev <dev@list.test>', to: 'dev@list.test', replyTo: 'ben@x.test' },
      'ben@x.test',
      'ben@x.test dev@list.test',
      '',
    ],
    [
      'repeated addresses in another case',
      { from: 'ben@x.test', to: 'BEN@X.test, cem@x.test, Cem@x.test', cc: 'cem@x.test, dan@x.test' },
      'ben@x.test',
      'ben@x.test cem@x.test',
      'dan@x.test',
    ],
    [
      'my address with a suffix, and mine at Gmail in other spellings',
      { from: 'ben@x.test', to: 'ann+shop@work.test, annlee@gmail.com, a.n.n.lee+y@googlemail.com, an.nlee@x.test' },
      'ben@x.test',
      'ben@x.test an.nlee@x.test',
      '',
    ],
    ['undisclosed recipients', { from: 'ben@x.test', to: 'undisclosed-recipients:;' }, 'ben@x.test', 'ben@x.test', ''],
    ['no sender at all', { to: 'ann@work.test, cem@x.test' }, 'ann@work.test', 'cem@x.test', ''],
  ])('%s: a wrong person', (_what, fields, to, allTo, allCc) => {
    const answered = mail(fields);
    expect(shown(answerRecipients(answered, 'reply', OWN).to)).toBe(to);
    expect(answerRecipients(answered, 'reply', OWN).cc).toEqual([]);
    const all = answerRecipients(answered, 'replyAll', OWN);
    expect([shown(all.to), shown(all.cc)]).toEqual([allTo, allCc]);
    expect(answerRecipients(answered, 'forward', OWN)).toEqual({ to: [], cc: [] });
  });

  it('loses the name that came with a later occurrence', () => {
    const { to } = answerRecipients(mail({ from: 'ben@x.test', to: 'Ben Boss <ben@x.test>' }), 'replyAll', OWN);
    expect(to).toEqual([{ name: 'Ben Boss', address: 'ben@x.test' }]);
  });
});

describe('the identity that answers', () => {
  const identity = (address: string, extra: Partial<Identity> = {}): Identity => ({
    address,
    name: '',
    replyTo: null,
    isPrimary: false,
    isDefault: false,
    isVerified: true,
    signatureHtml: null,
    ...extra,
  });
  const identities = [
    identity('ann@work.test', { isPrimary: true }),
    identity('sales@work.test'),
    identity('old@work.test', { isVerified: false }),
    identity('info@work.test', { isDefault: true }),
  ];
  it.each([
    ['written to an alias', { from: 'b@x.test', to: 'c@x.test', cc: 'Sales@Work.test' }, 'sales@work.test'],
    ['written to a suffix', { from: 'b@x.test', to: 'ann+shop@work.test' }, 'ann@work.test'],
    ['written from an alias', { from: 'sales@work.test', to: 'ann@work.test' }, 'sales@work.test'],
    ['an alias not verified', { from: 'b@x.test', to: 'old@work.test' }, 'info@work.test'],
    ['nobody of mine', { from: 'b@x.test', to: 'c@x.test' }, 'info@work.test'],
  ])('%s: another one', (_what, fields, expected) => {
    expect(answerIdentity(mail(fields), identities)?.address).toBe(expected);
  });
});

describe('subject and references', () => {
  it.each([
    ['Plan', 'Re: Plan', 'Fwd: Plan'],
    ['Re: AW: Fwd: RE[3]: Plan', 'Re: Plan', 'Fwd: Plan'],
    ['', 'Re:', 'Fwd:'],
    ['Відп: план', 'Re: план', 'Fwd: план'],
  ])('pile up on %j', (subject, reply, forward) => {
    expect(answerSubject(subject, 'reply')).toBe(reply);
    expect(answerSubject(subject, 'forward')).toBe(forward);
    expect(answerSubject(reply, 'replyAll')).toBe(reply);
  });

  it('grow without end, or forget what names the conversation', () => {
    const ids = Array.from({ length: 500 }, (_, n) => `<${n}@${'x'.repeat(100)}.test>`);
    const { references, inReplyTo } = answerReferences({
      internetMessageId: '<last@x.test>',
      inReplyTo: ids[499] ?? null,
      references: ids,
    });
    expect(inReplyTo).toBe('<last@x.test>');
    expect(references[0]).toBe(ids[0]);
    expect(references.at(-1)).toBe('<last@x.test>');
    expect(references.length).toBeLessThanOrEqual(31);
    expect(references.join(' ').length).toBeLessThan(7_000);
  });

  it('take what is no id, or one twice', () => {
    const evil = '<a@b>\r\nBcc: x@y';
    expect(
      answerReferences({ internetMessageId: evil, inReplyTo: null, references: [evil, '<r@x>', '<r@x>'] }),
    ).toEqual({
      inReplyTo: null,
      references: ['<r@x>'],
    });
    expect(answerReferences({ internetMessageId: '<m@x>', inReplyTo: '<p@x>', references: [] }).references).toEqual([
      '<p@x>',
      '<m@x>',
    ]);
  });
});

describe('the quoted original', () => {
  const hostile =
    '<style>p{color:red}</style><p onclick="x()">Hi</p><script>alert(1)</script><img src="cid:pic&amp;1@x">' +
    '<img src="https://t.test/p.png"><a href="javascript:x()">a</a>';

  it('brings scripts along, or loses pictures', () => {
    const { html, contentIds, text } = quoteReply({ html: hostile, text: null }, 'On Monday, <Ben> wrote:');
    expect(html).not.toMatch(/script|onclick|<style|data-/);
    expect(html).toContain('On Monday, &lt;Ben&gt; wrote:');
    expect(html).toMatch(/<img[^>]* src="cid:pic&amp;1@x"/);
    expect(html).toMatch(/<img[^>]* src="https:\/\/t\.test\/p\.png"/);
    expect(contentIds).toEqual(['pic&1@x']);
    expect(text).toBe('On Monday, <Ben> wrote:\n> Hi\n>\n> a');
  });

  it('quotes a quotation wrongly', () => {
    expect(quoteReply({ html: null, text: 'new\r\n> old\n' }, 'Ben:').text).toBe('Ben:\n> new\n>> old');
  });

  it('forwards a head that is markup, or one with a forged line', () => {
    const head = {
      from: { name: '<b>Ben</b>', address: 'ben@x.test' },
      to: [{ name: '', address: 'ann@work.test' }],
      cc: [],
      subject: 'Plan\nCc: evil@x.test',
      date: '2 November 2026',
    };
    const words = { title: 'Forwarded message', from: 'From', date: 'Date', subject: 'Subject', to: 'To', cc: 'Cc' };
    const { html, text } = quoteForward({ html: null, text: 'Body' }, head, words);
    expect(html).toContain('From: &lt;b&gt;Ben&lt;/b&gt; &lt;ben@x.test&gt;');
    expect(text.split('\n')).toEqual([
      '---------- Forwarded message ---------',
      'From: <b>Ben</b> <ben@x.test>',
      'Date: 2 November 2026',
      'Subject: Plan Cc: evil@x.test',
      'To: ann@work.test',
      '',
      'Body',
    ]);
  });
});
