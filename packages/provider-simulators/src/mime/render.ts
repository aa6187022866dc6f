import iconv from 'iconv-lite';
import libmime from 'libmime';
import type { MimeHeader, MimePart } from './model';

/** Writes a part tree as RFC 822 bytes: base64 bodies, RFC 2047 headers, the boundary from the Content-Type header. */
export function renderPart(part: MimePart): Buffer {
  const chunks: Buffer[] = [];
  writePart(part, chunks);
  return Buffer.concat(chunks);
}

function writePart(part: MimePart, chunks: Buffer[]): void {
  const multipart = part.mimeType.startsWith('multipart/');
  const head = part.headers.filter((h) => h.name.toLowerCase() !== 'content-transfer-encoding').map(renderHeader);
  if (!multipart) head.push('Content-Transfer-Encoding: base64');
  chunks.push(Buffer.from(`${head.join('\r\n')}\r\n\r\n`));
  if (!multipart) {
    const encoded = part.content().toString('base64');
    chunks.push(Buffer.from(`${encoded.replace(/.{76}/g, '$&\r\n')}\r\n`));
    return;
  }
  const boundary = boundaryOf(part);
  for (const child of part.parts) {
    chunks.push(Buffer.from(`--${boundary}\r\n`));
    writePart(child, chunks);
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
}

function boundaryOf(part: MimePart): string {
  const type = part.headers.find((h) => h.name.toLowerCase() === 'content-type')?.value ?? '';
  const boundary = /boundary="([^"]+)"/.exec(type)?.[1];
  if (!boundary) throw new Error('A multipart part needs a boundary in its Content-Type header.');
  return boundary;
}

const ADDRESS_HEADERS = new Set(['from', 'to', 'cc', 'bcc', 'reply-to', 'sender']);

function renderHeader(header: MimeHeader): string {
  if (/^[\x20-\x7e]*$/.test(header.value)) return `${header.name}: ${header.value}`;
  if (ADDRESS_HEADERS.has(header.name.toLowerCase())) {
    const value = header.value.replace(/"([^"]*)"/g, (_, name: string) => libmime.encodeWords(name, 'B', 52));
    return `${header.name}: ${value}`;
  }
  if (header.name.toLowerCase().startsWith('content-')) {
    const value = header.value.replace(
      /; (file)?name="([^"]*)"/g,
      (_, file: string | undefined, name: string) =>
        `; ${file ?? ''}name*=utf-8''${encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`,
    );
    return `${header.name}: ${value}`;
  }
  return `${header.name}: ${libmime.encodeWords(header.value, 'B', 52)}`;
}

/** Text as bytes of a charset that iconv knows. */
export function encodeCharset(text: string, charset: string): Buffer {
  return charset === 'utf-8' ? Buffer.from(text) : iconv.encode(text, charset);
}
