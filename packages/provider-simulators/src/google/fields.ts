import { badRequest } from './errors';

interface Mask {
  [name: string]: Mask | true;
}

/** Applies a partial-response mask such as `id,payload(headers,parts/mimeType)` to a JSON value. */
export function applyFields(value: unknown, fields: string): unknown {
  return select(value, parseFields(fields));
}

function parseFields(fields: string): Mask {
  let at = 0;

  function parseGroup(): Mask {
    const mask: Mask = {};
    for (;;) {
      const path = [readName()];
      while (fields[at] === '/') {
        at++;
        path.push(readName());
      }
      let inner: Mask | true = true;
      if (fields[at] === '(') {
        at++;
        inner = parseGroup();
        if (fields[at] !== ')') throw invalid();
        at++;
      }
      addPath(mask, path, inner);
      if (fields[at] !== ',') return mask;
      at++;
    }
  }

  function readName(): string {
    const match = /^(\*|[A-Za-z][A-Za-z0-9_]*)/.exec(fields.slice(at));
    if (!match) throw invalid();
    at += match[0].length;
    return match[0];
  }

  function invalid(): Error {
    return badRequest(`Request contains an invalid argument: invalid field selection ${fields}`);
  }

  const mask = parseGroup();
  if (at !== fields.length) throw invalid();
  return mask;
}

function addPath(mask: Mask, path: string[], inner: Mask | true): void {
  let target = mask;
  for (const [i, name] of path.entries()) {
    const isLast = i === path.length - 1;
    const present = Object.hasOwn(target, name) ? target[name] : undefined;
    if (isLast) {
      target[name] = inner === true || present === true ? true : { ...present, ...inner };
      return;
    }
    if (present === true) return;
    const next: Mask = present ?? {};
    target[name] = next;
    target = next;
  }
}

function select(value: unknown, mask: Mask | true): unknown {
  if (mask === true || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => select(item, mask));
  const result: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const chosen = (Object.hasOwn(mask, name) ? mask[name] : undefined) ?? mask['*'];
    if (chosen !== undefined) result[name] = select(inner, chosen);
  }
  return result;
}
