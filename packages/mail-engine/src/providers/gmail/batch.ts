/** One call inside a batch: an HTTP request with the path only (Google, "Batching requests"). */
export interface BatchCall {
  readonly verb: string;
  readonly pathAndQuery: string;
  readonly json: string | null;
}

export interface BatchAnswer {
  readonly status: number;
  readonly body: string;
}

/** Google's own limit is 100 calls. */
export const MAX_BATCH_CALLS = 100;

export function encodeBatch(calls: readonly BatchCall[], boundary: string): string {
  let text = '';
  calls.forEach((call, index) => {
    text += `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: <${index}>\r\n\r\n`;
    text += `${call.verb} ${call.pathAndQuery} HTTP/1.1\r\n`;
    if (call.json === null) text += '\r\n';
    else
      text += `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(call.json)}\r\n\r\n${call.json}\r\n`;
  });
  return `${text}--${boundary}--\r\n`;
}

/**
 * The answers by the index of their call. What cannot be read is simply not there: the caller treats it as unanswered.
 */
export function decodeBatch(contentType: string | null, text: string): Map<number, BatchAnswer> {
  const answers = new Map<number, BatchAnswer>();
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  if (boundary === undefined) return answers;
  const parts = split(text, `--${boundary}`);
  parts.forEach((part, position) => {
    const outer = headAndBody(part);
    if (outer === null) return;
    const inner = headAndBody(outer.body);
    const status = /^HTTP\/[\d.]+ (\d{3})/.exec(outer.body)?.[1];
    if (status === undefined) return;
    const id = /^content-id:\s*<?response-([^>\s]*)>?/im.exec(outer.head)?.[1];
    // Answers come in the order of the calls; the id is preferred where it is there.
    const index = id !== undefined && /^\d{1,3}$/.test(id) ? Number(id) : position;
    answers.set(index, { status: Number(status), body: inner?.body ?? '' });
  });
  return answers;
}

function split(text: string, delimiter: string): string[] {
  const parts: string[] = [];
  let from = -1;
  for (let at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && text[at - 1] !== '\n') continue;
    if (from >= 0) parts.push(text.slice(from, at));
    from = at + delimiter.length;
    if (text.startsWith('--', from)) return parts;
  }
  // No closing delimiter: the answer was cut off, and its last part with it.
  return parts;
}

function headAndBody(part: string): { head: string; body: string } | null {
  const start = part.startsWith('\r\n') ? 2 : part.startsWith('\n') ? 1 : 0;
  const crlf = part.indexOf('\r\n\r\n', start);
  const lf = part.indexOf('\n\n', start);
  if (crlf < 0 && lf < 0) return null;
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return { head: part.slice(start, crlf), body: part.slice(crlf + 4) };
  return { head: part.slice(start, lf), body: part.slice(lf + 2) };
}
