import type { SimRequest, SimResponse } from '../http/exchange';
import { hexDigits } from '../random';
import { errorOfStatus } from './accident-effects';
import { ApiError, badRequest, mailTooLarge, notFound } from './errors';
import { MAX_MESSAGE_BYTES } from './sending';
import type { GoogleState } from './state';

const PREFIX = '/upload/gmail/v1/';
/** Chunks but the last one must be multiples of this. */
const CHUNK_UNIT = 256 * 1024;
const SESSION_LIFE_MS = 7 * 24 * 3_600_000;

/** A call whose message came by upload, in the form of the ordinary call with the bytes beside it. */
export interface UploadedCall {
  readonly request: SimRequest;
  readonly media: Buffer;
}

interface Session {
  readonly request: SimRequest;
  readonly total: number | null;
  readonly createdAt: number;
  chunks: Buffer[];
  received: number;
}

export function isUpload(path: string): boolean {
  return path.startsWith(PREFIX);
}

/** Google's three ways of uploading a message: `media`, `multipart` and `resumable`. */
export class Uploads {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly state: GoogleState) {}

  /** What is to be answered at once, or the complete call. */
  receive(request: SimRequest): SimResponse | UploadedCall {
    try {
      return this.route(request);
    } catch (error) {
      if (error instanceof ApiError) return error.toResponse();
      throw error;
    }
  }

  private route(request: SimRequest): SimResponse | UploadedCall {
    const id = request.query.get('upload_id');
    if (id !== null) return this.chunk(id, request);
    const type = request.query.get('uploadType');
    if (type === 'media') return { request: asCall(request, Buffer.alloc(0)), media: requireMail(request) };
    if (type === 'multipart') return multipart(request);
    if (type === 'resumable') return this.start(request);
    throw badRequest('Bad Request: an upload needs uploadType=media, multipart or resumable.');
  }

  private start(request: SimRequest): SimResponse {
    this.suffer('upload.start');
    requireType(request.headers['x-upload-content-type'] ?? '');
    const length = request.headers['x-upload-content-length'];
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw badRequest('Invalid X-Upload-Content-Length.');
    if (Number(length ?? 0) > MAX_MESSAGE_BYTES) throw mailTooLarge(MAX_MESSAGE_BYTES);
    const id = `upload-${hexDigits(this.state.rng, 24)}`;
    this.sessions.set(id, {
      request: asCall(request, request.body),
      total: length === undefined ? null : Number(length),
      createdAt: this.state.clock.now(),
      chunks: [],
      received: 0,
    });
    const host = request.headers['host'];
    const origin = host === undefined ? 'https://gmail.googleapis.com' : `http://${host}`;
    const query = new URLSearchParams(request.query);
    query.set('upload_id', id);
    return {
      status: 200,
      headers: { location: `${origin}${request.path}?${query.toString()}`, 'x-guploader-uploadid': id },
      body: '',
    };
  }

  private chunk(id: string, request: SimRequest): SimResponse | UploadedCall {
    const session = this.sessions.get(id);
    if (!session || session.createdAt + SESSION_LIFE_MS < this.state.clock.now()) throw notFound();
    this.suffer('upload.chunk');
    const range = request.headers['content-range'];
    const asked = /^bytes \*\/(\d+|\*)$/.test(range ?? '');
    if (!asked) this.append(session, range, request.body);
    const total = session.total ?? totalOf(range);
    if (total === null || session.received < total) return incomplete(session.received);
    this.sessions.delete(id);
    return { request: session.request, media: Buffer.concat(session.chunks) };
  }

  private append(session: Session, range: string | undefined, body: Buffer): void {
    const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range ?? '');
    const start = match ? Number(match[1]) : 0;
    if (range !== undefined && (!match || Number(match[2]) - start + 1 !== body.length)) {
      throw badRequest('Failed to parse Content-Range header.');
    }
    // Bytes that are here already are passed over; a gap is refused.
    if (start > session.received) throw badRequest('Invalid request. The upload continues at another byte.');
    const total = session.total ?? totalOf(range);
    const isLast = total === null ? range === undefined : start + body.length >= total;
    if (!isLast && body.length % CHUNK_UNIT !== 0) {
      throw badRequest(`Invalid request. The number of bytes uploaded is required to be a multiple of ${CHUNK_UNIT}.`);
    }
    const fresh = body.subarray(session.received - start);
    if (session.received + fresh.length > MAX_MESSAGE_BYTES) throw mailTooLarge(MAX_MESSAGE_BYTES);
    if (fresh.length > 0) session.chunks.push(Buffer.from(fresh));
    session.received += fresh.length;
  }

  private suffer(method: string): void {
    for (const accident of this.state.accidents.take({ method, ids: [] })) {
      throw errorOfStatus(this.state, accident);
    }
  }
}

function incomplete(received: number): SimResponse {
  return { status: 308, headers: received === 0 ? {} : { range: `bytes=0-${received - 1}` }, body: '' };
}

function totalOf(range: string | undefined): number | null {
  const total = /\/(\d+)$/.exec(range ?? '')?.[1];
  return total === undefined ? null : Number(total);
}

function requireType(type: string): void {
  if (!/^message\/rfc822\b/i.test(type)) {
    throw badRequest(`Media type '${type}' is not supported. Valid media types: [message/rfc822]`, 'badContent');
  }
}

function requireMail(request: SimRequest): Buffer {
  requireType(request.headers['content-type'] ?? '');
  return request.body;
}

/** `multipart/related` with the JSON part first and the message second. */
function multipart(request: SimRequest): UploadedCall {
  const boundary = /boundary="?([^";]+)"?/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw badRequest('Missing multipart boundary.');
  const mark = Buffer.from(`--${boundary}`);
  const parts: { type: string; body: Buffer }[] = [];
  let at = request.body.indexOf(mark);
  while (at >= 0) {
    const from = at + mark.length;
    if (request.body.subarray(from, from + 2).toString() === '--') break;
    const next = request.body.indexOf(mark, from);
    if (next < 0) break;
    const part = request.body.subarray(from, next);
    const headEnd = part.indexOf('\r\n\r\n');
    const head = part.subarray(0, headEnd).toString('latin1');
    const body = part.subarray(headEnd + 4, part.subarray(-2).toString() === '\r\n' ? part.length - 2 : part.length);
    parts.push({ type: /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? '', body: Buffer.from(body) });
    at = next;
  }
  const [metadata, media] = parts;
  if (!metadata || !media || parts.length !== 2) throw badRequest('Malformed multipart body.');
  requireType(media.type);
  return { request: asCall(request, metadata.body), media: media.body };
}

/** The ordinary call that this upload stands for, with its JSON part as the body. */
function asCall(request: SimRequest, json: Buffer): SimRequest {
  const query = new URLSearchParams(request.query);
  query.delete('upload_id');
  return {
    ...request,
    path: request.path.slice('/upload'.length),
    query,
    headers: { ...request.headers, 'content-type': 'application/json' },
    body: json.toString().trim() === '' ? Buffer.alloc(0) : json,
  };
}

export function isUploadedCall(value: SimResponse | UploadedCall): value is UploadedCall {
  return 'media' in value;
}
