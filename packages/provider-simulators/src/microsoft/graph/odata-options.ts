import { badRequest } from './errors';

/** One entry of `$expand`, with its options as written. */
export interface ExpandItem {
  name: string;
  options: ReadonlyMap<string, string>;
}

/** Splits at a separator outside of brackets and quotes. */
export function splitOutside(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === separator && depth === 0) {
      pieces.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (depth !== 0 || quoted) throw badRequest(`Syntax error: unbalanced brackets or quotes in '${text}'.`);
  pieces.push(text.slice(start));
  return pieces.map((p) => p.trim());
}

export function parseExpand(text: string): ExpandItem[] {
  return splitOutside(text, ',').map((piece) => {
    const match = /^([\w./]+)(?:\((.*)\))?$/s.exec(piece);
    if (!match) throw badRequest(`Parsing OData Select and Expand failed: Syntax error in '${piece}'.`);
    const options = new Map<string, string>();
    for (const option of match[2] === undefined ? [] : splitOutside(match[2], ';')) {
      const mark = option.indexOf('=');
      if (mark <= 0) throw badRequest(`Parsing OData Select and Expand failed: Found an invalid option in '${piece}'.`);
      options.set(option.slice(0, mark).trim(), option.slice(mark + 1).trim());
    }
    return { name: match[1] ?? '', options };
  });
}

export function parseSelect(text: string): string[] {
  const names = text.split(',').map((n) => n.trim());
  if (names.some((n) => n === ''))
    throw badRequest('Parsing OData Select and Expand failed: an empty name in $select.');
  return names;
}

export const MAX_TOP = 1000;

/** `$top`: 1 to 1000. */
export function readTop(query: URLSearchParams): number | undefined {
  const text = query.get('$top');
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw invalidCount('$top', text);
  if (Number(text) > MAX_TOP) {
    throw badRequest(
      `The limit of '${MAX_TOP}' for Top query has been exceeded. The value from the incoming request is '${text}'.`,
      'ErrorInvalidUrlQuery',
    );
  }
  return Number(text);
}

export function readSkip(query: URLSearchParams): number {
  const text = query.get('$skip');
  if (text === null) return 0;
  if (!/^\d{1,9}$/.test(text)) throw invalidCount('$skip', text);
  return Number(text);
}

function invalidCount(option: string, text: string): Error {
  return badRequest(
    `Invalid value '${text}' for ${option} query option found. The ${option} query option requires a ` +
      `${option === '$top' ? 'positive' : 'non-negative'} integer value.`,
    'ErrorInvalidUrlQuery',
  );
}

export function readBoolean(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null) return false;
  if (text !== 'true' && text !== 'false') throw badRequest(`Invalid value '${text}' for ${name} query option found.`);
  return text === 'true';
}
