import { badRequest, unknownProperty } from './errors';

export type FilterValue = string | number | boolean | null;

export interface FilterProperty<T> {
  type: 'date' | 'boolean' | 'string' | 'number';
  /** Dates as milliseconds. */
  read: (subject: T) => FilterValue;
}

/** What a resource can be filtered by. */
export interface FilterSchema<T> {
  typeName: string;
  properties: Readonly<Record<string, FilterProperty<T>>>;
  /** Collections for `name/any(x:…)`: makes the test from what is compared inside, path below x (or '') to value. */
  collections: Readonly<Record<string, (conditions: ReadonlyMap<string, string>) => (subject: T) => boolean>>;
}

export interface Comparison {
  property: string;
  operator: string;
  value: FilterValue;
}

export interface Filter<T> {
  test: (subject: T) => boolean;
  /** Names of the properties, in the order of their first use. */
  properties: readonly string[];
  /** When the whole filter is comparisons joined by `and`: these; else undefined. */
  conjunction: readonly Comparison[] | undefined;
}

interface Node<T> {
  test: (subject: T) => boolean;
  conjunction: Comparison[] | undefined;
}

type Token = { kind: 'word' | 'string' | 'symbol'; text: string };

const TOKEN = /\s*(?:'((?:[^']|'')*)'|([A-Za-z0-9_.:/+-]+)|([(),]))/y;
const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Reads the part of OData's filter language that Graph's mail takes. Throws Graph's 400 for the rest. */
export function parseFilter<T>(text: string, schema: FilterSchema<T>): Filter<T> {
  const parser = new FilterParser(tokenize(text), schema);
  const node = parser.parse();
  return { test: node.test, properties: [...parser.used], conjunction: node.conjunction };
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < text.trimEnd().length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw syntaxError(text);
    at = TOKEN.lastIndex;
    if (match[1] !== undefined) tokens.push({ kind: 'string', text: match[1].replace(/''/g, "'") });
    else if (match[2] !== undefined) tokens.push({ kind: 'word', text: match[2] });
    else tokens.push({ kind: 'symbol', text: match[3] ?? '' });
  }
  return tokens;
}

function syntaxError(near: string): Error {
  return badRequest(`Invalid filter clause: There was a syntax error near '${near.slice(0, 80)}'.`);
}

class FilterParser<T> {
  readonly used = new Set<string>();
  private at = 0;

  constructor(
    private readonly tokens: Token[],
    private readonly schema: FilterSchema<T>,
  ) {}

  parse(): Node<T> {
    const node = this.or();
    if (this.at < this.tokens.length) throw syntaxError(this.peek()?.text ?? '');
    return node;
  }

  private or(): Node<T> {
    const first = this.and();
    const tests = [first.test];
    while (this.acceptWord('or')) tests.push(this.and().test);
    if (tests.length === 1) return first;
    return { test: (s) => tests.some((t) => t(s)), conjunction: undefined };
  }

  private and(): Node<T> {
    const nodes = [this.unary()];
    while (this.acceptWord('and')) nodes.push(this.unary());
    const [first] = nodes;
    if (nodes.length === 1 && first) return first;
    const conjunction = nodes.flatMap((n) => n.conjunction ?? []);
    return {
      test: (s) => nodes.every((n) => n.test(s)),
      conjunction: nodes.every((n) => n.conjunction) ? conjunction : undefined,
    };
  }

  private unary(): Node<T> {
    if (this.acceptWord('not')) {
      const { test } = this.unary();
      return { test: (s) => !test(s), conjunction: undefined };
    }
    if (this.acceptSymbol('(')) {
      const inner = this.or();
      this.expectSymbol(')');
      return inner;
    }
    return this.condition();
  }

  private condition(): Node<T> {
    const name = this.expectWord();
    const lambda = /^(\w+)\/any$/i.exec(name);
    if (lambda) return this.lambda(lambda[1] ?? '');
    if (this.acceptSymbol('(')) return this.textFunction(name.toLowerCase());
    const property = this.property(name);
    const operator = this.expectWord().toLowerCase();
    if (!['eq', 'ne', 'gt', 'ge', 'lt', 'le'].includes(operator)) throw syntaxError(operator);
    const value = this.literal(property.type, operator);
    const compare = comparisonOf(operator, value);
    return {
      test: (s) => compare(property.read(s)),
      conjunction: [{ property: name, operator, value }],
    };
  }

  private textFunction(name: string): Node<T> {
    const test = TEXT_FUNCTIONS[name];
    if (!test) throw badRequest(`Invalid filter clause: An unknown function with name '${name}' was found.`);
    const property = this.property(this.expectWord());
    this.expectSymbol(',');
    const token = this.next();
    this.expectSymbol(')');
    if (token?.kind !== 'string' || property.type !== 'string') throw syntaxError(name);
    const wanted = token.text.toLowerCase();
    return { test: (s) => test(String(property.read(s) ?? '').toLowerCase(), wanted), conjunction: undefined };
  }

  private lambda(name: string): Node<T> {
    const make = this.schema.collections[name];
    if (!make) throw unknownProperty(name, this.schema.typeName);
    this.used.add(name);
    this.expectSymbol('(');
    const head = /^(\w+):(.*)$/.exec(this.expectWord());
    const variable = head?.[1];
    if (variable === undefined) throw syntaxError(name);
    const conditions = new Map<string, string>();
    let path = head?.[2] === '' ? this.expectWord() : (head?.[2] ?? '');
    for (;;) {
      if (path !== variable && !path.startsWith(`${variable}/`)) throw syntaxError(path);
      if (!this.acceptWord('eq')) throw syntaxError(path);
      const token = this.next();
      if (token?.kind !== 'string') throw syntaxError(path);
      conditions.set(path.slice(variable.length + 1), token.text);
      if (!this.acceptWord('and')) break;
      path = this.expectWord();
    }
    this.expectSymbol(')');
    return { test: make(conditions), conjunction: undefined };
  }

  private property(name: string): FilterProperty<T> {
    const property = Object.hasOwn(this.schema.properties, name) ? this.schema.properties[name] : undefined;
    if (!property) throw unknownProperty(name, this.schema.typeName);
    this.used.add(name);
    return property;
  }

  private literal(type: FilterProperty<T>['type'], operator: string): FilterValue {
    const token = this.next();
    if (!token) throw syntaxError(operator);
    if (token.kind === 'word' && token.text === 'null') return null;
    if (type === 'string' && token.kind === 'string') return token.text;
    if (type === 'boolean' && token.kind === 'word' && /^(true|false)$/.test(token.text)) return token.text === 'true';
    if (type === 'number' && token.kind === 'word' && /^-?\d+$/.test(token.text)) return Number(token.text);
    if (type === 'date' && token.kind === 'word' && DATE.test(token.text)) {
      const at = Date.parse(token.text);
      if (!Number.isNaN(at)) return at;
    }
    throw badRequest(
      `Invalid filter clause: A binary operator with incompatible types was detected for operator kind '${operator}' ` +
        `and value '${token.text.slice(0, 80)}'.`,
    );
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private next(): Token | undefined {
    return this.tokens[this.at++];
  }

  private acceptWord(word: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.at++;
    return true;
  }

  private acceptSymbol(symbol: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'symbol' || token.text !== symbol) return false;
    this.at++;
    return true;
  }

  private expectWord(): string {
    const token = this.next();
    if (token?.kind !== 'word') throw syntaxError(token?.text ?? 'the end');
    return token.text;
  }

  private expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) throw syntaxError(this.peek()?.text ?? 'the end');
  }
}

const TEXT_FUNCTIONS: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  contains: (text, wanted) => text.includes(wanted),
  startswith: (text, wanted) => text.startsWith(wanted),
  endswith: (text, wanted) => text.endsWith(wanted),
};

function comparisonOf(operator: string, wanted: FilterValue): (value: FilterValue) => boolean {
  if (operator === 'eq') return (value) => value === wanted;
  if (operator === 'ne') return (value) => value !== wanted;
  const order = (value: FilterValue): number | undefined => {
    if (value === null || wanted === null || typeof value !== typeof wanted) return undefined;
    return value < wanted ? -1 : value > wanted ? 1 : 0;
  };
  return (value) => {
    const sign = order(value);
    if (sign === undefined) return false;
    if (operator === 'gt') return sign > 0;
    if (operator === 'ge') return sign >= 0;
    return operator === 'lt' ? sign < 0 : sign <= 0;
  };
}
