import { randomBytes } from 'node:crypto';
import { MailError } from '../../errors';
import type { ComposedMail } from '../../mime/compose';
import { malformed } from './errors';
import type { GmailMethod } from './quota';
import type { GmailWriter, Written } from './writer';

/** Messages up to this size go in one request; Google's guide gives 5 MB for it. */
const ONE_REQUEST_BYTES = 4 * 1_048_576;
/** A multiple of 256 KiB, as Google wants it. What is held in memory of a large mail. */
const CHUNK_BYTES = 4 * 1_048_576;
const CHUNK_TRIES = 3;

export interface Upload {
  readonly method: GmailMethod;
  readonly verb: 'POST' | 'PUT';
  /** Below `/upload/gmail/v1/users/me`. */
  readonly path: string;
  /** The JSON beside the message. */
  readonly metadata: unknown;
  readonly mail: ComposedMail;
}

/**
 * Uploads a message, a large one in chunks, so that it is never in memory as a whole.
 * @throws MailError what reading the message's files throws
 */
export function upload(writer: GmailWriter, given: Upload): Promise<Written> {
  return given.mail.sizeBytes <= ONE_REQUEST_BYTES ? inOneRequest(writer, given) : inChunks(writer, given);
}

async function inOneRequest(writer: GmailWriter, { method, verb, path, metadata, mail }: Upload): Promise<Written> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of mail.stream()) chunks.push(chunk);
  const boundary = `upload-${randomBytes(18).toString('hex')}`;
  const head =
    `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n` +
    `--${boundary}\r\nContent-Type: message/rfc822\r\n\r\n`;
  return writer.write({
    method,
    verb,
    path: `/upload/gmail/v1/users/me${path}?uploadType=multipart`,
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), ...chunks, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  });
}

async function inChunks(writer: GmailWriter, { method, verb, path, metadata, mail }: Upload): Promise<Written> {
  const total = mail.sizeBytes;
  const started = await writer.write({
    method,
    verb,
    path: `/upload/gmail/v1/users/me${path}?uploadType=resumable`,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-type': 'message/rfc822',
      'x-upload-content-length': String(total),
    },
    body: JSON.stringify(metadata),
  });
  if (started.kind !== 'done') return started;
  const session = sessionPath(started.reply.location);
  let sent = 0;
  for await (const chunk of inPieces(mail.stream(), CHUNK_BYTES)) {
    const isLast = sent + chunk.length === total;
    const put = await putChunk(writer, { method, session, total, isLast }, chunk, sent);
    if (put.kind !== 'done' || put.reply.status !== 308) return put;
    sent += chunk.length;
  }
  throw malformed('The upload was not finished.');
}

interface Session {
  readonly method: GmailMethod;
  readonly session: string;
  readonly total: number;
  readonly isLast: boolean;
}

/** Repeats a chunk that got no answer, from where Google has it: bytes have a place, so that none comes twice. */
async function putChunk(writer: GmailWriter, to: Session, chunk: Uint8Array, start: number): Promise<Written> {
  let from = start;
  for (let tries = 1; ; tries++) {
    const range = `bytes ${from}-${start + chunk.length - 1}/${to.total}`;
    const put = await writer.write({
      method: to.method,
      verb: 'PUT',
      path: to.session,
      headers: { 'content-type': 'message/rfc822', 'content-range': range },
      body: chunk.subarray(from - start),
      charged: false,
    });
    // After the last byte nobody knows whether the message exists: that is found out by its mark, not here.
    if (to.isLast || (put.kind !== 'unknown' && !isUnfinished(put, start + chunk.length))) return put;
    if (tries === CHUNK_TRIES) return { kind: 'unknown', error: malformed('The upload does not go on.') };
    const where = put.kind === 'unknown' ? await ask(writer, to) : put;
    if (where.kind !== 'done' || where.reply.status !== 308) return where;
    from = Math.max(start, received(where.reply.range));
    if (from >= start + chunk.length) return where;
  }
}

function ask(writer: GmailWriter, { method, session, total }: Session): Promise<Written> {
  const headers = { 'content-range': `bytes */${total}` };
  return writer.write({ method, verb: 'PUT', path: session, headers, charged: false });
}

function isUnfinished(put: Written, end: number): boolean {
  return put.kind === 'done' && put.reply.status === 308 && received(put.reply.range) < end;
}

function received(range: string | null): number {
  const last = /^bytes=0-(\d{1,15})$/.exec(range ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/** The token goes to the host that was configured, whatever an answer says. */
function sessionPath(location: string | null): string {
  let url: URL | null = null;
  try {
    url = new URL(location ?? '');
  } catch {
    // Falls through to the refusal.
  }
  if (url === null || !url.pathname.startsWith('/upload/')) {
    throw new MailError('malformed', "Gmail's answer to the beginning of an upload could not be understood.");
  }
  return url.pathname + url.search;
}

/** Pieces of exactly this size, but the last. */
async function* inPieces(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + size - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < size) continue;
      yield piece;
      piece = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
