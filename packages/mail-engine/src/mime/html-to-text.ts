import { Parser } from 'htmlparser2';
import { limitHtml } from './html-limits';

const SILENT = new Set(['head', 'script', 'style', 'title', 'template', 'textarea', 'noscript', 'xmp']);
/** Elements that begin on a line of their own, and how many line ends stand before and after them at least. */
const BLOCKS: ReadonlyMap<string, 1 | 2> = new Map<string, 1 | 2>([
  ...'address article aside body center dd div dl dt figcaption figure footer header li main nav section tr'
    .split(' ')
    .map((name) => [name, 1] as const),
  ...'blockquote h1 h2 h3 h4 h5 h6 hr ol p pre table ul'.split(' ').map((name) => [name, 2] as const),
]);
const MAX_QUOTE_DEPTH = 20;

interface Writer {
  text: string;
  /** Line ends that are due before the next word. */
  pending: number;
  space: boolean;
  quote: number;
  /** Depth of quotation of the last word. */
  lastQuote: number;
}

/**
 * HTML as the plain text beside it in a mail: paragraphs, lists, links with their address, quotations with `>`. Work
 * grows with the length; nothing in the text is markup any more.
 */
export function htmlToText(html: string): string {
  const out: Writer = { text: '', pending: 0, space: false, quote: 0, lastQuote: 0 };
  const lists: { ordered: boolean; next: number }[] = [];
  const links: { href: string; from: number }[] = [];
  let silent = 0;
  let pre = 0;
  const parser = new Parser(
    {
      onopentag(name, attribs) {
        if (SILENT.has(name)) silent++;
        if (silent > 0) return;
        breakLine(out, BLOCKS.get(name) ?? 0);
        if (name === 'br') hardBreak(out);
        else if (name === 'pre') pre++;
        else if (name === 'blockquote') out.quote++;
        else if (name === 'ul' || name === 'ol') lists.push({ ordered: name === 'ol', next: 1 });
        else if (name === 'li') write(out, bullet(lists[lists.length - 1], lists.length));
        else if (name === 'hr') write(out, '----------');
        else if (name === 'img' && attribs['alt']) write(out, attribs['alt']);
        else if (name === 'a') links.push({ href: attribs['href'] ?? '', from: out.text.length });
        if (name === 'td' || name === 'th') out.space = true;
      },
      ontext(text) {
        if (silent > 0) return;
        if (pre > 0) writeLines(out, text);
        else write(out, text);
      },
      onclosetag(name) {
        if (SILENT.has(name) && silent > 0) silent--;
        if (silent > 0) return;
        if (name === 'a') closeLink(out, links.pop());
        // The line ends behind a quotation belong to what stands around it.
        if (name === 'blockquote' && out.quote > 0) out.quote--;
        if (name === 'pre' && pre > 0) pre--;
        if (name === 'ul' || name === 'ol') lists.pop();
        breakLine(out, BLOCKS.get(name) ?? 0);
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(limitHtml(html).html);
  return out.text.replace(/[ \t]+$/gm, '').trim();
}

function breakLine(out: Writer, lines: number): void {
  if (lines > 0 && out.text !== '') out.pending = Math.max(out.pending, lines);
  if (lines > 0) out.space = false;
}

/** A line end that people asked for: two of them leave an empty line. */
function hardBreak(out: Writer): void {
  if (out.text !== '') out.pending = Math.min(out.pending + 1, 3);
  out.space = false;
}

function bullet(list: { ordered: boolean; next: number } | undefined, depth: number): string {
  const indent = '\u00a0\u00a0'.repeat(Math.min(Math.max(depth - 1, 0), 10));
  return `${indent}${list?.ordered ? `${list.next++}.` : '-'}\u00a0`;
}

function closeLink(out: Writer, link: { href: string; from: number } | undefined): void {
  if (!link || !/^(?:https?|mailto|tel):/i.test(link.href)) return;
  const shown = out.text.slice(link.from).trim();
  const target = link.href.replace(/^(?:mailto|tel):/i, '');
  if (shown === '' || shown === target || `${shown}/` === target || target.endsWith(`://${shown}`)) return;
  write(out, ` (${target})`);
}

function writeLines(out: Writer, text: string): void {
  for (const [index, line] of text.split(/\r\n?|\n/).entries()) {
    if (index > 0) hardBreak(out);
    write(out, line.replace(/ /g, '\u00a0').replace(/\t/g, '\u00a0\u00a0\u00a0\u00a0'));
  }
}

/** White space is one space; a no-break space is kept as an ordinary one. */
function write(out: Writer, text: string): void {
  const words = text.replace(/[ \t\r\n\f]+/g, ' ');
  if (words === '') return;
  if (words === ' ') {
    out.space = true;
    return;
  }
  const marks = marksOf(out.quote);
  if (out.pending > 0) {
    // An empty line between two depths belongs to the shallower one.
    const between = marksOf(Math.min(out.quote, out.lastQuote)).trimEnd();
    out.text += `\n${between}`.repeat(out.pending - 1) + `\n${marks}`;
    out.pending = 0;
  } else if (out.text === '') {
    out.text = marks;
  } else if (out.space || words.startsWith(' ')) {
    out.text += ' ';
  }
  out.text += words.replace(/^ | $/g, '').replace(/\u00a0/g, ' ');
  out.space = words.endsWith(' ');
  out.lastQuote = out.quote;
}

function marksOf(depth: number): string {
  return '> '.repeat(Math.min(depth, MAX_QUOTE_DEPTH));
}
