import { escapeUTF8 } from 'entities';
import type { Address } from '../model/address';
import { sanitiseHtml } from './html';
import { htmlToText } from './html-to-text';
import { oneLine } from './storable-text';
import { textToHtml } from './text';

/** The message that is quoted; its bodies as the provider gave them. */
export interface QuotedMail {
  readonly html: string | null;
  readonly text: string | null;
}

export interface Quotation {
  readonly html: string;
  readonly text: string;
  /** Content ids (without angle brackets) of the inline pictures that the HTML refers to: they have to go along. */
  readonly contentIds: readonly string[];
}

/** Words in the writer's language. */
export interface ForwardWords {
  /** "Forwarded message" */
  readonly title: string;
  readonly from: string;
  readonly date: string;
  readonly subject: string;
  readonly to: string;
  readonly cc: string;
}

export interface ForwardedHead {
  readonly from: Address | null;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly subject: string;
  /** As people read it, in the writer's language and time zone. */
  readonly date: string;
}

const BLOCK_STYLE = 'margin:0 0 0 0.8ex;border-left:1px solid #ccc;padding-left:1ex';
const MAX_LINE = 2_000;

/**
 * What stands below an answer: the line that introduces it ("On …, Ann wrote:") and the sanitised original. `class` and
 * `type` are those by which mail programs recognise a quotation and fold it.
 */
export function quoteReply(mail: QuotedMail, intro: string): Quotation {
  const original = outgoingHtml(mail);
  const line = oneLine(intro, MAX_LINE);
  const quoted = plainText(mail)
    .split('\n')
    .map((one) => (one.startsWith('>') ? `>${one}` : `> ${one}`.trimEnd()))
    .join('\n');
  return {
    html:
      `<div class="gmail_quote"><div class="gmail_attr">${escapeUTF8(line)}<br></div>` +
      `<blockquote class="gmail_quote" type="cite" style="${BLOCK_STYLE}">${original.html}</blockquote></div>`,
    text: `${line}\n${quoted}`,
    contentIds: original.contentIds,
  };
}

/** What a forwarded mail looks like: its head, and the sanitised original as it was. */
export function quoteForward(mail: QuotedMail, head: ForwardedHead, words: ForwardWords): Quotation {
  const original = outgoingHtml(mail);
  const rows: [string, string][] = [
    [words.from, head.from === null ? '' : people([head.from])],
    [words.date, head.date],
    [words.subject, head.subject],
    [words.to, people(head.to)],
    [words.cc, people(head.cc)],
  ];
  const shown = rows
    .map(([label, value]) => [oneLine(label, 100), oneLine(value, 20_000)] as const)
    .filter(([, value]) => value !== '');
  const title = `---------- ${oneLine(words.title, 100)} ---------`;
  const lines = shown.map(([label, value]) => `${label}: ${value}`);
  return {
    html:
      `<div class="gmail_quote"><div class="gmail_attr">${[title, ...lines].map(escapeUTF8).join('<br>')}<br></div>` +
      `<br>${original.html}</div>`,
    text: [title, ...lines, '', plainText(mail)].join('\n'),
    contentIds: original.contentIds,
  };
}

function people(list: readonly Address[]): string {
  return list.map(({ name, address }) => (name === '' ? address : `${name} <${address}>`)).join(', ');
}

function plainText({ html, text }: QuotedMail): string {
  const own = text !== null && text.trim() !== '' ? text.replace(/\r\n?/g, '\n') : htmlToText(html ?? '');
  return own.trimEnd();
}

/**
 * The original as it may go out again: sanitised, pictures by their content id or address, none of the marks that our
 * own reader puts on it, and no style sheet, which would change what is written above.
 */
function outgoingHtml({ html, text }: QuotedMail): { html: string; contentIds: readonly string[] } {
  const safe =
    html === null || html.trim() === '' ? textToHtml(text ?? '') : sanitiseHtml(html, { showRemote: true }).html;
  const contentIds = new Set<string>();
  const clean = safe
    .replace(/<style>[^<]*<\/style>/g, '')
    // In sanitised HTML angle brackets and quotes inside attributes are escaped: a tag can be told from text.
    .replace(/<[a-z][^<>]*>/g, (tag) =>
      tag
        .replace(/ data-cid="([^"]*)"/, (_all, id: string) => {
          contentIds.add(unescapeAttribute(id));
          return ` src="cid:${id}"`;
        })
        .replace(/ data-(?:quote|host|link)="[^"]*"/g, ''),
    );
  return { html: clean, contentIds: [...contentIds] };
}

function unescapeAttribute(value: string): string {
  return value
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
