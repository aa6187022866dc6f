import type { SimRequest, SimResponse } from '../http/exchange';
import { badRequest } from './errors';
import { callGmail } from './gmail-api';
import type { GmailApiContext } from './gmail-api';

const MAX_PARTS = 100;

interface BatchPart {
  contentId: string | undefined;
  /** Undefined when the part is no readable HTTP request. */
  request: SimRequest | undefined;
}

/** `POST /batch/gmail/v1`: up to 100 calls in one request; every part is charged and answered for itself. */
export async function callBatch(
  context: GmailApiContext,
  request: SimRequest,
  freeSlots: number,
): Promise<SimResponse> {
  const boundary = /boundary="?([^";]+)"?/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (!/^multipart\/mixed\b/i.test(request.headers['content-type'] ?? '') || !boundary) {
    return badRequest(
      'Failed to parse batch request, error: missing boundary of multipart/mixed.',
      'badRequest',
    ).toResponse();
  }
  const parts = parseParts(request, boundary);
  if (parts.length === 0) return badRequest('The batch request contains no calls.', 'badRequest').toResponse();
  if (parts.length > MAX_PARTS) {
    return badRequest(`The batch request exceeds the maximum of ${MAX_PARTS} calls.`, 'badRequest').toResponse();
  }
  const answers = new Array<SimResponse>(parts.length);
  // Execution order is not the order of the parts: here the even ones go first.
  const order = [...parts.keys()].sort((a, b) => (a % 2) - (b % 2) || a - b);
  let started = 0;
  for (const i of order) {
    const part = parts[i]?.request;
    answers[i] = part
      ? await callGmail(context, part, started++ >= freeSlots)
      : badRequest(
          'Failed to parse batch request, error: a part is no HTTP request with a path.',
          'badRequest',
        ).toResponse();
  }
  return joinAnswers(parts, answers);
}

/** How many calls a batch holds, without looking closer. */
export function countParts(request: SimRequest): number {
  const boundary = /boundary="?([^";]+)"?/i.exec(request.headers['content-type'] ?? '')?.[1];
  return boundary ? Math.max(0, request.body.toString('latin1').split(`--${boundary}`).length - 2) : 0;
}

function parseParts(outer: SimRequest, boundary: string): BatchPart[] {
  const sections = outer.body.toString('utf8').split(`--${boundary}`).slice(1);
  const parts: BatchPart[] = [];
  for (const section of sections) {
    if (section.startsWith('--')) break;
    const [head, inner] = splitOnce(section.replace(/^[ \t]*\r?\n/, ''));
    const headers = parseHeaders(head);
    const isHttp = /^application\/http\b/i.test(headers['content-type'] ?? '');
    parts.push({ contentId: headers['content-id'], request: isHttp ? parseInner(inner, outer) : undefined });
  }
  return parts;
}

function parseInner(text: string, outer: SimRequest): SimRequest | undefined {
  const [head, body] = splitOnce(text.replace(/^(\r?\n)+/, ''));
  const [requestLine = '', ...headerLines] = head.split(/\r?\n/);
  const match = /^(GET|POST|PUT|PATCH|DELETE) (\/[^\s]*)( HTTP\/1\.1)?$/.exec(requestLine.trim());
  if (!match) return undefined;
  const target = match[2] ?? '';
  const mark = target.indexOf('?');
  const headers = parseHeaders(headerLines.join('\n'));
  headers['authorization'] ??= outer.headers['authorization'];
  const length = headers['content-length'];
  const bytes = Buffer.from(length === undefined ? body.trimEnd() : body);
  return {
    method: match[1] ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers,
    body: length === undefined ? bytes : bytes.subarray(0, Number(length)),
  };
}

function splitOnce(text: string): [head: string, rest: string] {
  const match = /\r?\n\r?\n/.exec(text);
  return match ? [text.slice(0, match.index), text.slice(match.index + match[0].length)] : [text, ''];
}

function parseHeaders(text: string): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

const REASONS: Record<number, string> = {
  200: 'OK', 204: 'No Content', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict',
  429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout',
}; // prettier-ignore

function joinAnswers(parts: BatchPart[], answers: SimResponse[]): SimResponse {
  const boundary = 'batch_kT0vGmailSimulatorAnswers';
  const chunks: Buffer[] = [];
  let fault: SimResponse['fault'];
  for (const [i, response] of answers.entries()) {
    fault ??= response.fault;
    const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
    const id = parts[i]?.contentId;
    const head =
      `--${boundary}\r\nContent-Type: application/http\r\n` +
      (id === undefined
        ? ''
        : `Content-ID: ${id.startsWith('<') ? `<response-${id.slice(1)}` : `response-${id}`}\r\n`) +
      `\r\nHTTP/1.1 ${response.status} ${REASONS[response.status] ?? 'Unknown'}\r\n` +
      `Content-Type: ${response.headers['content-type'] ?? 'text/plain'}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n`;
    chunks.push(Buffer.from(head), body, Buffer.from('\r\n'));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return {
    status: 200,
    headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
    body: Buffer.concat(chunks),
    ...(fault ? { fault } : {}),
  };
}
