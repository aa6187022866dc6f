import { arrayField, field, numberField, stringField } from '../../decode';
import { clampSize } from '../mapping';

/** Guards against trees that were made to hurt; the walk itself needs no stack. */
const MAX_DEPTH = 500;
const MAX_PARTS = 10_000;
const MAX_HEADERS = 2_000;

/** Headers by lower-case name. A Map, because a header may be called `__proto__`. */
export type Headers = ReadonlyMap<string, readonly string[]>;

export interface Leaf {
  readonly partId: string;
  readonly mimeType: string;
  readonly fileName: string;
  readonly headers: Headers;
  /** base64url, when the content came along. */
  readonly data: string | null;
  /** Valid for a short time only. */
  readonly attachmentId: string | null;
  readonly sizeBytes: number;
  /** Which multipart/alternative the leaf belongs to, if any (the innermost one). */
  readonly alternative: number | null;
}

export interface Payload {
  readonly headers: Headers;
  /** In the order of the document. */
  readonly leaves: readonly Leaf[];
}

interface Step {
  readonly part: unknown;
  readonly path: string;
  readonly depth: number;
  readonly alternative: number | null;
}

/** Reads Gmail's MIME tree. What is too deep or too much is left out; the rest is kept. Never throws. */
export function readPayload(root: unknown): Payload {
  const leaves: Leaf[] = [];
  const stack: Step[] = [{ part: root, path: '', depth: 0, alternative: null }];
  let seen = 0;
  let alternatives = 0;
  for (let step = stack.pop(); step !== undefined && seen < MAX_PARTS; step = stack.pop()) {
    seen++;
    const { part } = step;
    const children = arrayField(part, 'parts');
    const mimeType = (stringField(part, 'mimeType') ?? '').toLowerCase().trim().slice(0, 255);
    // An attached message is one thing: what is inside is not part of this message's text.
    const isContainer = children.length > 0 && !mimeType.startsWith('message/');
    if (!isContainer) {
      if (!mimeType.startsWith('multipart/') || stringField(part, 'filename'))
        leaves.push(toLeaf(part, mimeType, step));
      continue;
    }
    if (step.depth >= MAX_DEPTH) continue;
    const alternative = mimeType === 'multipart/alternative' ? ++alternatives : step.alternative;
    for (let i = children.length - 1; i >= 0; i--) {
      const path = step.path === '' ? String(i) : `${step.path}.${i}`;
      stack.push({ part: children[i], path, depth: step.depth + 1, alternative });
    }
  }
  return { headers: readHeaders(root), leaves };
}

function toLeaf(part: unknown, mimeType: string, step: Step): Leaf {
  const body = field(part, 'body');
  const attachmentId = stringField(body, 'attachmentId');
  return {
    partId: (stringField(part, 'partId') ?? step.path).slice(0, 2_000),
    mimeType: mimeType === '' ? 'application/octet-stream' : mimeType,
    fileName: stringField(part, 'filename') ?? '',
    headers: readHeaders(part),
    data: stringField(body, 'data'),
    attachmentId: attachmentId === '' ? null : attachmentId,
    sizeBytes: clampSize(numberField(body, 'size')),
    alternative: step.alternative,
  };
}

function readHeaders(part: unknown): Headers {
  const headers = new Map<string, string[]>();
  let count = 0;
  for (const entry of arrayField(part, 'headers')) {
    const name = stringField(entry, 'name');
    const value = stringField(entry, 'value');
    if (name === null || value === null) continue;
    if (++count > MAX_HEADERS) break;
    const key = name.trim().toLowerCase();
    const values = headers.get(key);
    if (values) values.push(value);
    else headers.set(key, [value]);
  }
  return headers;
}

export function firstHeader(headers: Headers, name: string): string | null {
  return headers.get(name)?.[0] ?? null;
}
