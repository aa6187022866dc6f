/** A header as it stands in the message: decoded value, original name, original order. */
export interface MimeHeader {
  name: string;
  value: string;
}

/** One node of a message. Contents are produced when asked for, so that a large mailbox costs no memory. */
export interface MimePart {
  /** Lower case, for example `text/html`. */
  mimeType: string;
  /** Decoded; empty when the part has none. */
  filename: string;
  headers: MimeHeader[];
  parts: MimePart[];
  /** True for everything that Gmail hands out by attachment id instead of in place. */
  isAttachment: boolean;
  /** Transfer-decoded size in bytes, in the part's own charset. */
  size: number;
  /** Transfer-decoded bytes in the part's own charset. */
  content: () => Buffer;
  /** The text of a text part, decoded by its charset; undefined for everything else. */
  text?: () => string;
}

/** A whole message, independent of any mailbox. */
export interface MimeMessage {
  root: MimePart;
  /** Size of the RFC 822 form in bytes; an estimate for generated messages. */
  size: number;
  /** The first words of the text, not escaped. */
  snippet(): string;
  /** The RFC 822 form. */
  raw(): Buffer;
}

/** Where the messages of a mailbox come from: each has a number there. */
export interface MessageSource {
  message(key: number): MimeMessage;
  /** The key of the message with this Message-ID (with its angle brackets), when the source can tell cheaply. */
  findByMessageId?(messageId: string): number | undefined;
}

/** The first value of a header; names are compared without case. */
export function headerValue(part: MimePart, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const header of part.headers) if (header.name.toLowerCase() === wanted) return header.value;
  return undefined;
}

/** All parts, in document order. */
export function* walkParts(part: MimePart): Generator<MimePart> {
  yield part;
  for (const child of part.parts) yield* walkParts(child);
}

const SNIPPET_LENGTH = 190;

/** The words a message list shows: white space collapsed, cut at a fixed length. */
export function snippetOf(text: string): string {
  const flat = text.slice(0, 4000).replace(/\s+/gu, ' ').trim();
  return flat.length <= SNIPPET_LENGTH ? flat : [...flat.slice(0, SNIPPET_LENGTH)].slice(0, -1).join('').trimEnd();
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** A plain reading of HTML for snippets and search: no layout, no scripts, no styles. */
export function textOfHtml(html: string): string {
  return html
    .replace(/<(style|script|head|title)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(#\d+|#x[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => {
      if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = name[1] === 'x' || name[1] === 'X' ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
    });
}

/** The message's readable text: the first text/plain part, else the first text/html part without its tags. */
export function readableText(root: MimePart): string {
  let html: string | undefined;
  for (const part of walkParts(root)) {
    if (part.isAttachment || !part.text) continue;
    if (part.mimeType === 'text/plain') {
      const text = part.text();
      if (text.trim() !== '') return text;
    } else if (part.mimeType === 'text/html') {
      html ??= part.text();
    }
  }
  return html === undefined ? '' : textOfHtml(html.slice(0, 60_000));
}
