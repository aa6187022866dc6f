import iconv from 'iconv-lite';
import libmime from 'libmime';
import libqp from 'libqp';
import { readableText, snippetOf } from './model';
import type { MimeHeader, MimeMessage, MimePart } from './model';

const MAX_DEPTH = 300;

export interface ParseOptions {
  /** False keeps RFC 2047 encoded words in header values as they stand. */
  decodeHeaders?: boolean;
}

/** Reads an RFC 822 message into the tree that Gmail would show. Nothing in a message makes it throw. */
export function parseMessage(bytes: Buffer, options: ParseOptions = {}): MimeMessage {
  const root = parseNode(bytes.toString('latin1'), { decodeHeaders: options.decodeHeaders ?? true, depth: 0 });
  return {
    root,
    size: bytes.length,
    snippet: () => snippetOf(readableText(root)),
    raw: () => bytes,
  };
}

interface NodeContext {
  decodeHeaders: boolean;
  depth: number;
}

/** `source` holds one character per byte, so that no charset is assumed before it is known. */
function parseNode(source: string, context: NodeContext): MimePart {
  const { headerText, body } = splitHead(source);
  const rawHeaders = parseHeaders(headerText);
  const type = parseParameters(findHeader(rawHeaders, 'content-type') ?? '');
  const disposition = parseParameters(findHeader(rawHeaders, 'content-disposition') ?? '');
  const mimeType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type.value) ? type.value.toLowerCase() : 'text/plain';
  const filename = decodeWords(disposition.params['filename'] ?? type.params['name'] ?? '');
  const headers = rawHeaders.map((h) => ({
    name: h.name,
    value: context.decodeHeaders ? decodeWords(h.value) : h.value,
  }));
  const encoding = (findHeader(rawHeaders, 'content-transfer-encoding') ?? '').trim().toLowerCase();
  const inner = { ...context, depth: context.depth + 1 };

  if (mimeType.startsWith('multipart/') && context.depth < MAX_DEPTH) {
    const parts = splitMultipart(body, type.params['boundary'] ?? '').map((part) => parseNode(part, inner));
    return { mimeType, filename: '', headers, parts, isAttachment: false, size: 0, content: () => Buffer.alloc(0) };
  }
  let decoded: Buffer | undefined;
  const content = () => (decoded ??= decodeTransfer(body, encoding));
  const isText = mimeType.startsWith('text/');
  const isAttachment =
    filename !== '' || disposition.value.toLowerCase() === 'attachment' || (!isText && context.depth > 0);
  const part: MimePart = { mimeType, filename, headers, parts: [], isAttachment, size: 0, content };
  Object.defineProperty(part, 'size', { get: () => content().length, enumerable: true });
  if (isText) part.text = () => decodeCharset(content(), type.params['charset'] ?? '');
  if (mimeType === 'message/rfc822' && context.depth < MAX_DEPTH) {
    part.parts = [parseNode(content().toString('latin1'), inner)];
  }
  return part;
}

function splitHead(source: string): { headerText: string; body: string } {
  if (source.startsWith('\r\n')) return { headerText: '', body: source.slice(2) };
  if (source.startsWith('\n')) return { headerText: '', body: source.slice(1) };
  const match = /\r?\n\r?\n/.exec(source);
  if (!match) return { headerText: source, body: '' };
  return { headerText: source.slice(0, match.index), body: source.slice(match.index + match[0].length) };
}

function parseHeaders(text: string): MimeHeader[] {
  const headers: MimeHeader[] = [];
  for (const line of text.split(/\r?\n/)) {
    const last = headers[headers.length - 1];
    if (/^[ \t]/.test(line) && last) {
      last.value += ` ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    // An mbox separator or another stray line is no header.
    if (colon <= 0 || /[\s]/.test(line.slice(0, colon).trimEnd())) continue;
    headers.push({ name: line.slice(0, colon).trimEnd(), value: line.slice(colon + 1).trim() });
  }
  for (const header of headers) header.value = bytesToText(header.value);
  return headers;
}

function findHeader(headers: MimeHeader[], lowerName: string): string | undefined {
  return headers.find((h) => h.name.toLowerCase() === lowerName)?.value;
}

function parseParameters(value: string): { value: string; params: Record<string, string> } {
  try {
    const parsed = libmime.parseHeaderValue(value);
    return { value: (parsed.value ?? '').trim(), params: parsed.params ?? {} };
  } catch {
    return { value: value.split(';')[0]?.trim() ?? '', params: {} };
  }
}

function decodeWords(value: string): string {
  if (!value.includes('=?')) return value;
  try {
    return libmime.decodeWords(value);
  } catch {
    return value;
  }
}

function splitMultipart(body: string, boundary: string): string[] {
  if (boundary === '') return [body];
  const parts: string[] = [];
  const mark = `--${boundary}`;
  let start = -1;
  let at = body.startsWith(mark) ? 0 : nextBoundary(body, mark, 0);
  while (at >= 0) {
    if (start >= 0) parts.push(body.slice(start, endBefore(body, at)));
    const after = at + mark.length;
    if (body.startsWith('--', after)) return parts;
    const lineEnd = body.indexOf('\n', after);
    if (lineEnd < 0) return parts;
    start = lineEnd + 1;
    // A boundary line may follow at once.
    at = body.startsWith(mark, start) ? start : nextBoundary(body, mark, start);
  }
  if (start >= 0) parts.push(body.slice(start));
  return parts;
}

function nextBoundary(body: string, mark: string, from: number): number {
  let at = body.indexOf(`\n${mark}`, from);
  while (at >= 0) {
    // A longer boundary that begins with this one belongs to a nested multipart.
    if (/^(--)?[ \t]*(\r?\n|$)/.test(body.slice(at + 1 + mark.length, at + 1 + mark.length + 200))) return at + 1;
    at = body.indexOf(`\n${mark}`, at + 1);
  }
  return -1;
}

function endBefore(body: string, boundaryStart: number): number {
  let end = boundaryStart;
  if (end > 0 && body[end - 1] === '\n') end--;
  if (end > 0 && body[end - 1] === '\r') end--;
  return end;
}

function decodeTransfer(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding === 'quoted-printable') return libqp.decode(body);
  return Buffer.from(body, 'latin1');
}

/** Decodes text by its declared charset; unknown ones are read as UTF-8 when they are, else as Latin-1. */
export function decodeCharset(bytes: Buffer, charset: string): string {
  const name = charset.trim().toLowerCase();
  if (name !== '' && iconv.encodingExists(name)) return iconv.decode(bytes, name);
  return strictUtf8(bytes) ?? bytes.toString('latin1');
}

function bytesToText(latin1: string): string {
  // eslint-disable-next-line no-control-regex
  if (!/[^\x00-\x7f]/.test(latin1)) return latin1;
  return strictUtf8(Buffer.from(latin1, 'latin1')) ?? latin1;
}

function strictUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
