import { describe, expect, it } from 'vitest';
import { splitQuotedText } from './quote';
import { textToHtml } from './text';

describe('a quotation at the end of a text', () => {
  it.each([
    ['English', 'Yes.\n\nOn Mon, 2 Nov 2026 at 10:00, Ann <a@x.test> wrote:\n> Shall we?\n> Ann'],
    ['English, wrapped', 'Yes.\n\nOn Mon, 2 Nov 2026 at 10:00, Ann Example\n<ann@example.test> wrote:\n\n> Shall we?'],
    ['German', 'Ja.\n\nAm 02.11.26 um 10:00 schrieb Ann:\n> Wollen wir?'],
    ['French', 'Oui.\n\nLe lun. 2 nov. 2026 à 10:00, Ann a écrit :\n> On y va ?'],
    ['Ukrainian', 'Так.\n\nпн, 2 лист. 2026 р. о 10:00 Анна <a@x.test> пише:\n> Може?'],
    ['Russian', 'Да.\n\n02.11.2026 10:00, Анна написал(а):\n> Пойдём?'],
    ['Chinese', '好。\n\nAnn <a@x.test> 于2026年11月2日周一写道：\n> 去吗？'],
    ['Outlook', 'Yes.\n\n-----Original Message-----\nFrom: Ann\nShall we?'],
    ['Outlook in German', 'Ja.\n\nVon: Ann\nGesendet: Montag, 2. November 2026\nAn: Ben\nBetreff: Plan\n\nWollen wir?'],
    ['nobody', 'Yes.\n\n> Shall we?'],
  ])('is folded with its introduction: %s', (_name, text) => {
    const { own, quoted } = splitQuotedText(text);
    expect(own.trim()).toBe(text.split('\n')[0]);
    expect(quoted).toContain(text.split('\n').at(-1));
  });

  it.each([
    ['answers between the lines', '> A?\nYes.\n> B?\nNo.'],
    ['nothing but a quotation', '> A?\n> B?'],
    ['a letter that begins a line with From', 'Dear Ann,\nFrom: the sea to the land\nit is far.'],
    ['no quotation', 'I wrote:\nnothing.'],
    ['nothing', ''],
  ])('is not seen in %s', (_name, text) => {
    expect(splitQuotedText(text)).toEqual({ own: text, quoted: null });
  });
});

describe('plain text as HTML', () => {
  it('shows markup as text and keeps its lines', () => {
    expect(textToHtml('a <b>&\r\n"c"')).toBe('<div style="white-space:pre-wrap">a &lt;b&gt;&amp;\n&quot;c&quot;</div>');
  });

  it('makes addresses links without the full stop behind them, and marks pretenders', () => {
    const html = textToHtml('See (https://example.test/a?b=1&c=2). Or www.example.test, or ann@example.test.');
    expect(html).toContain('href="https://example.test/a?b=1&amp;c=2"');
    expect(html).toContain('</a>). Or');
    expect(html).toContain('href="https://www.example.test/"');
    expect(html).toContain('href="mailto:ann@example.test"');
    expect(textToHtml('https://bank.test@evil.test/')).toContain('data-host="evil.test"');
    expect(textToHtml('javascript:alert(1) "><script>')).not.toMatch(/<script|href="javascript/);
  });

  it('folds what is quoted', () => {
    expect(textToHtml('Yes.\n\n> Shall we?')).toMatch(/Yes\.<\/div><div data-quote="block"[^>]*>/);
  });
});
