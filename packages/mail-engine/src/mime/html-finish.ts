import { decodeHTML } from 'entities';
import type { QuoteMark } from './quote-marks';

/** Invisible characters that make a link's text look like another address. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const MAX_LINK_TEXT = 300;

interface Link {
  readonly tagIndex: number;
  readonly host: string;
  text: string;
}

interface Quote {
  readonly tagIndex: number;
  readonly mark: QuoteMark;
  /** Depth outside of the element; null for `rest`, which never ends. */
  readonly depth: number;
  text: string;
  readonly ownBefore: boolean;
}

/**
 * The last pass over sanitised HTML (well-formed tags, everything else escaped): compares the text of links with where
 * they lead, takes invisible characters out of it, and decides which quotations are folded.
 */
export function finishHtml(html: string): string {
  const tokens = html.split(/(<[^<>]*>)/);
  const links: Link[] = [];
  const quotes: Quote[] = [];
  let link: Link | null = null;
  let open: Quote | null = null;
  let depth = 0;
  /** Where the person's own words were last seen; -1 before the first. */
  let lastOwn = -1;
  tokens.forEach((token, i) => {
    if (i % 2 === 1) {
      if (token.startsWith('</')) {
        depth--;
        if (token === '</a>') link = null;
        if (open !== null && open.mark !== 'rest' && depth <= open.depth) open = null;
        return;
      }
      const mark = attribute(token, 'data-quote') as QuoteMark | null;
      if (mark !== null && open === null) {
        open = { tagIndex: i, mark, depth, text: '', ownBefore: lastOwn >= 0 };
        quotes.push(open);
      } else if (mark !== null) tokens[i] = without(token, 'data-quote');
      if (token.startsWith('<a ')) {
        const host = attribute(token, 'data-host');
        link = host === null ? null : { tagIndex: i, host, text: '' };
        if (link !== null) links.push(link);
      }
      if (!token.endsWith('/>')) depth++;
      return;
    }
    if (token === '') return;
    if (link !== null) {
      tokens[i] = token.replace(INVISIBLE, '');
      if (link.text.length < MAX_LINK_TEXT) link.text += tokens[i] ?? '';
    }
    if (open !== null) {
      if (open.text.length < MAX_LINK_TEXT) open.text += token;
    } else if (/[^\s\u00a0]/.test(token.replaceAll('&nbsp;', ''))) {
      lastOwn = i;
    }
  });
  for (const quote of quotes) {
    if (!quote.ownBefore || lastOwn > quote.tagIndex || isForward(quote.text))
      tokens[quote.tagIndex] = without(tokens[quote.tagIndex] ?? '', 'data-quote');
  }
  for (const { tagIndex, host, text } of links) {
    const warning = linkWarning(host, decodeHTML(text));
    if (warning !== null) tokens[tagIndex] = (tokens[tagIndex] ?? '').replace(/^<a /, `<a data-link="${warning}" `);
  }
  return tokens.join('');
}

/** What is forwarded is what the person wanted to show. */
function isForward(text: string): boolean {
  return /^[\s\u00a0]*-{5,}/.test(decodeHTML(text)) && !/original|ursprüngliche|оригинал|origine/i.test(text);
}

/** Why a reader should look twice at a link; null when nothing is odd. */
export function linkWarning(host: string, text: string): 'mismatch' | 'punycode' | null {
  const shown = hostInText(text.replace(INVISIBLE, '').trim());
  if (shown !== null && !related(shown, host)) return 'mismatch';
  return /(?:^|\.)xn--/.test(host) ? 'punycode' : null;
}

/** The host that a link's text names, if the text looks like an address at all. */
function hostInText(text: string): string | null {
  const match = /^(?:https?:\/\/)?((?:[\p{L}\p{N}-]{1,63}\.){1,10}\p{L}{2,24})(?::\d{1,5})?(?:[/?#]\S*)?$/iu.exec(text);
  if (!match?.[1]) return null;
  try {
    return new URL(`https://${match[1]}`).hostname;
  } catch {
    return null;
  }
}

/** The same host, or one below the other: `example.com` and `www.example.com`. */
function related(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}

function attribute(tag: string, name: string): string | null {
  const at = tag.indexOf(` ${name}="`);
  if (at < 0) return null;
  const start = at + name.length + 3;
  return tag.slice(start, tag.indexOf('"', start));
}

function without(tag: string, name: string): string {
  return tag.replace(new RegExp(` ${name}="[^"]*"`), '');
}
