/** A Gmail search, parsed. `OR` binds tighter than the white space that means "and", as in Gmail. */
export type QueryNode =
  | { kind: 'and' | 'or'; nodes: QueryNode[] }
  | { kind: 'not'; node: QueryNode }
  | { kind: 'operator'; name: string; value: string }
  | { kind: 'text'; value: string };

type Token =
  | { kind: '(' | ')' | '{' | '}' | 'OR' | '-' }
  | { kind: 'prefix'; name: string }
  | { kind: 'operator'; name: string; value: string }
  | { kind: 'text'; value: string };

const OPERATORS = new Set([
  'from', 'to', 'cc', 'bcc', 'subject', 'label', 'in', 'is', 'has', 'after', 'before', 'newer', 'older', 'newer_than',
  'older_than', 'larger', 'smaller', 'size', 'rfc822msgid', 'filename', 'category', 'list', 'deliveredto',
]); // prettier-ignore

/** Parses the `q` parameter. Nothing in it is an error: what is no operator is searched as text. */
export function parseQuery(q: string): QueryNode {
  const tokens = tokenize(q);
  let at = 0;

  function parseAll(end: ')' | '}' | undefined): QueryNode {
    const nodes: QueryNode[] = [];
    for (;;) {
      const token = tokens[at];
      if (!token) break;
      if (token.kind === ')' || token.kind === '}') {
        if (token.kind === end) break;
        at++;
        continue;
      }
      if (token.kind === 'OR') {
        at++;
        const left = nodes.pop();
        const right = parseOne();
        if (right) nodes.push(left ? { kind: 'or', nodes: [left, right] } : right);
        else if (left) nodes.push(left);
        continue;
      }
      const node = parseOne();
      if (node) nodes.push(node);
    }
    return { kind: end === '}' ? 'or' : 'and', nodes };
  }

  function parseOne(): QueryNode | undefined {
    const token = tokens[at];
    if (!token) return undefined;
    if (token.kind === '-') {
      at++;
      const node = parseOne();
      return node && { kind: 'not', node };
    }
    if (token.kind === 'prefix') {
      at++;
      const group = parseOne();
      return group && distribute(token.name, group);
    }
    if (token.kind === '(' || token.kind === '{') {
      at++;
      const end = token.kind === '(' ? ')' : '}';
      const node = parseAll(end);
      if (tokens[at]?.kind === end) at++;
      return node;
    }
    if (token.kind !== 'operator' && token.kind !== 'text') return undefined;
    at++;
    return token;
  }

  return parseAll(undefined);
}

/** `from:(a OR b)` means `(from:a OR from:b)`. */
function distribute(name: string, node: QueryNode): QueryNode {
  if (node.kind === 'text') return { kind: 'operator', name, value: node.value };
  if (node.kind === 'not') return { kind: 'not', node: distribute(name, node.node) };
  if (node.kind === 'operator') return node;
  return { kind: node.kind, nodes: node.nodes.map((n) => distribute(name, n)) };
}

function tokenize(q: string): Token[] {
  const tokens: Token[] = [];
  const pattern =
    /\s+|([(){}])|(-)(?=[^\s-])|([a-z0-9_]+):(?=[({])|([a-z0-9_]+):(?:"([^"]*)"?|([^\s(){}]+))|"([^"]*)"?|([^\s(){}"]+)/giy;
  while (pattern.lastIndex < q.length) {
    const match = pattern.exec(q);
    if (!match) break;
    const [whole, bracket, minus, prefix, name, quotedValue, value, quoted, word] = match;
    if (bracket !== undefined) tokens.push({ kind: bracket as '(' });
    else if (minus !== undefined) tokens.push({ kind: '-' });
    else if (prefix !== undefined) {
      const lower = prefix.toLowerCase();
      tokens.push(OPERATORS.has(lower) ? { kind: 'prefix', name: lower } : { kind: 'text', value: prefix });
    } else if (name !== undefined) {
      const lower = name.toLowerCase();
      if (OPERATORS.has(lower)) tokens.push({ kind: 'operator', name: lower, value: quotedValue ?? value ?? '' });
      else tokens.push({ kind: 'text', value: whole });
    } else if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted });
    else if (word === 'OR' || word === '|') tokens.push({ kind: 'OR' });
    else if (word !== undefined && word !== 'AND') tokens.push({ kind: 'text', value: word });
  }
  return tokens;
}

/** Visits the conditions that every result must fulfil: those outside of `OR` and `-`. */
export function* requiredConditions(node: QueryNode): Generator<QueryNode> {
  if (node.kind === 'and') for (const inner of node.nodes) yield* requiredConditions(inner);
  else yield node;
}

/** Every operator anywhere in the query. */
export function* allOperators(node: QueryNode): Generator<{ name: string; value: string }> {
  if (node.kind === 'and' || node.kind === 'or') for (const inner of node.nodes) yield* allOperators(inner);
  else if (node.kind === 'not') yield* allOperators(node.node);
  else if (node.kind === 'operator') yield node;
}

/** Midnight at Google's head office for dates, or epoch seconds; in milliseconds. NaN when it is neither. */
export function parseQueryDate(value: string): number {
  if (/^\d{5,}$/.test(value)) return Number(value) * 1000;
  const match = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(value);
  if (!match) return NaN;
  const pacificOffsetHours = 8;
  return Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), pacificOffsetHours);
}

const DAY_MS = 24 * 3600_000;
const AGE_UNITS: Record<string, number> = { h: 3600_000, d: DAY_MS, m: 30 * DAY_MS, y: 365 * DAY_MS };

/** `2d`, `3m`, `1y` in milliseconds; NaN when it is no age. */
export function parseAge(value: string): number {
  const match = /^(\d+)([hdmy])$/i.exec(value);
  return match ? Number(match[1]) * (AGE_UNITS[(match[2] ?? '').toLowerCase()] ?? NaN) : NaN;
}

/** `5000`, `10K`, `2M` in bytes; NaN when it is no size. */
export function parseSize(value: string): number {
  const match = /^(\d+)([km]?)b?$/i.exec(value);
  if (!match) return NaN;
  const unit = (match[2] ?? '').toLowerCase();
  return Number(match[1]) * (unit === 'm' ? 1024 * 1024 : unit === 'k' ? 1024 : 1);
}
