import { readableText } from '../../mime/model';
import type { MimePart } from '../../mime/model';
import type { AttachmentPart } from './attachments';

/** What a message's MIME tree comes to: the text people read, and what hangs on it. */
export interface MessageParts {
  html: MimePart | undefined;
  text: MimePart | undefined;
  attachments: AttachmentPart[];
  /** The part of a meeting request, response or cancellation. */
  calendar: MimePart | undefined;
}

export function textOfMessage(root: MimePart, parts: MessageParts): string {
  if (parts.text?.text) {
    const text = parts.text.text();
    if (text.trim() !== '') return text;
  }
  return readableText(root);
}

const META = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">';

/** The HTML as Exchange stores it: a head that tells the charset, and without what could act unless asked for. */
export function htmlOfMessage(parts: MessageParts, allowUnsafe: boolean): string {
  if (parts.html?.text) {
    const html = parts.html.text();
    return withMeta(allowUnsafe ? html : defuse(html));
  }
  return convertText(parts.text?.text?.() ?? '');
}

function withMeta(html: string): string {
  const start = html.slice(0, 2000);
  const head = /<head\b[^>]*>/i.exec(start);
  if (head) {
    const at = head.index + head[0].length;
    return `${html.slice(0, at)}\r\n${META}${html.slice(at)}`;
  }
  const root = /<html\b[^>]*>/i.exec(start);
  if (root) {
    const at = root.index + root[0].length;
    return `${html.slice(0, at)}<head>\r\n${META}</head>${html.slice(at)}`;
  }
  return `<html><head>\r\n${META}</head><body>${html}</body></html>`;
}

/** Three patterns are faster than one with alternatives. */
const SUSPICIOUS = [/<(?:script|iframe|object|embed|applet|base|form)\b/i, /\son\w+\s*=/i, /javascript:/i];

/** Takes away the worst; much that a careful reader must remove is left, as with the real service. */
function defuse(html: string): string {
  if (!SUSPICIOUS.some((pattern) => pattern.test(html))) return html;
  return html
    .replace(/<script\b[^>]*>[\s\S]*?<\/script\s*>/gi, '')
    .replace(/<\/?(?:script|iframe|object|embed|applet|base|form)\b[^>]*>/gi, '')
    .replace(/\son\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, '')
    .replace(/javascript:/gi, '');
}

function convertText(text: string): string {
  const escaped = text
    .replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'))
    .replace(/\r?\n/g, '<br>\r\n');
  return (
    `<html><head>\r\n${META}\r\n<!-- converted from text --></head>\r\n<body>\r\n` +
    `<font size="2"><span style="font-size:11pt;"><div class="PlainText">${escaped}</div></span></font>\r\n</body>\r\n</html>\r\n`
  );
}
