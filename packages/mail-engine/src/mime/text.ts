import { escapeUTF8 } from 'entities';
import { linkWarning } from './html-finish';
import { splitQuotedText } from './quote';
import { safeLink } from './safe-url';

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'`]{1,2000}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gi;
const MAX_CHARS = 8 * 1024 * 1024;

/** A plain text as safe HTML: line breaks kept, addresses as links, the quotation at its end marked for folding. */
export function textToHtml(text: string): string {
  const { own, quoted } = splitQuotedText(text.slice(0, MAX_CHARS).replace(/\r\n?/g, '\n'));
  const body = `<div style="white-space:pre-wrap">${withLinks(own)}</div>`;
  if (quoted === null) return body;
  return `${body}<div data-quote="block" style="white-space:pre-wrap">${withLinks(quoted)}</div>`;
}

function withLinks(text: string): string {
  let html = '';
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trimEnd(match[0]);
    const link = toLink(shown);
    if (link === null) continue;
    html += escapeUTF8(text.slice(from, match.index)) + link;
    from = match.index + shown.length;
  }
  return html + escapeUTF8(text.slice(from));
}

/** A full stop or bracket after an address belongs to the sentence. */
function trimEnd(text: string): string {
  const plain = text.replace(/[.,;:!?'*_]+$/, '');
  return plain.endsWith(')') && !plain.includes('(') ? plain.slice(0, -1) : plain;
}

function toLink(shown: string): string | null {
  const isWeb = /^(?:https?:\/\/|www\.)/i.test(shown);
  const url = safeLink(isWeb ? (/^www\./i.test(shown) ? `https://${shown}` : shown) : `mailto:${shown}`);
  if (url === null) return null;
  const host = url.hostname === '' ? '' : ` data-host="${escapeUTF8(url.hostname)}"`;
  const warning = url.hostname === '' ? null : linkWarning(url.hostname, shown);
  const mark = warning === null ? '' : ` data-link="${warning}"`;
  return `<a${mark} href="${escapeUTF8(url.href)}" rel="noopener noreferrer nofollow" target="_blank"${host}>${escapeUTF8(shown)}</a>`;
}
