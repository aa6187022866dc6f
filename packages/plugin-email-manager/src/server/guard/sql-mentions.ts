interface Token {
  kind: 'identifier' | 'word' | 'sign';
  text: string;
}

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const CLOSING: Readonly<Record<string, string>> = { '"': '"', '`': '`', '[': ']' };

/** End of a quoted piece that starts at `start`; a doubled closing quote stands for itself. */
function endOfQuoted(sql: string, start: number, close: string, backslashEscapes: boolean): number {
  for (let i = start + 1; i < sql.length; i += 1) {
    if (backslashEscapes && sql[i] === '\\') i += 1;
    else if (sql[i] === close) {
      if (sql[i + 1] === close) i += 1;
      else return i;
    }
  }
  return -1;
}

/**
 * The identifiers, words and signs of a statement. Text literals and comments are left out: a name inside them reads
 * nothing. What is inside dollar quotes is code and stays. Null when a quote never ends.
 */
function tokens(sql: string, backslashEscapes: boolean): Token[] | null {
  const found: Token[] = [];
  let i = 0;
  while (i < sql.length) {
    const char = sql[i] as string;
    if (char === "'") {
      const before = found.at(-1);
      const escapeString = before?.kind === 'word' && /^e$/i.test(before.text) && sql[i - 1] === before.text;
      const end = endOfQuoted(sql, i, "'", backslashEscapes || escapeString);
      if (end < 0) return null;
      i = end + 1;
    } else if (CLOSING[char]) {
      // A bracket quotes a name on some databases only; elsewhere it is an array, whose content must still be seen.
      const end = endOfQuoted(sql, i, CLOSING[char], false);
      if (char === '[') {
        const name = end < 0 ? '' : sql.slice(i + 1, end);
        if (/^\w+$/.test(name)) found.push({ kind: 'identifier', text: name });
        i += 1;
        if (/^\w+$/.test(name)) i = end + 1;
      } else {
        if (end < 0) return null;
        found.push({ kind: 'identifier', text: sql.slice(i + 1, end).replaceAll(char + char, char) });
        i = end + 1;
      }
    } else if (char === '-' && sql[i + 1] === '-') {
      const end = sql.indexOf('\n', i);
      i = end < 0 ? sql.length : end + 1;
    } else if (char === '/' && sql[i + 1] === '*') {
      const end = sql.indexOf('*/', i + 2);
      if (end < 0) return null;
      i = end + 2;
    } else {
      WORD.lastIndex = i;
      const word = WORD.exec(sql)?.[0];
      if (word) found.push({ kind: 'word', text: word });
      else if (!/[\s\d]/.test(char)) found.push({ kind: 'sign', text: char });
      i += word?.length ?? 1;
    }
  }
  return found;
}

const SCHEMA_VERBS = new Set(['CREATE', 'ALTER', 'DROP', 'COMMENT', 'PRAGMA', 'SHOW', 'DESCRIBE', 'ANALYZE', 'VACUUM']);
const READING_OR_WRITING = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'COPY', 'EXECUTE', 'TRUNCATE']);

/** A statement that only makes or changes tables, columns and indexes. */
function isSchemaStatement(list: readonly Token[]): boolean {
  const first = list[0];
  if (first?.kind !== 'word' || !SCHEMA_VERBS.has(first.text.toUpperCase())) return false;
  return !list.some(({ kind, text }, index) => {
    if (kind !== 'word') return false;
    const before = list[index - 1]?.kind === 'word' ? list[index - 1]?.text.toUpperCase() : undefined;
    if (text.toUpperCase() === 'TABLE') return before === 'AS';
    return READING_OR_WRITING.has(text.toUpperCase()) && before !== 'ON';
  });
}

const REACHING_OUT = new Set(['OR', 'UNION', 'INTERSECT', 'EXCEPT']);
const COMMENT = /--|\/\*/;

/** Finds statements that read or write given tables. Built once for each list of tables. */
export class SqlMentions {
  private readonly quick: RegExp;
  private readonly tables: ReadonlySet<string>;

  /** `backslashEscapes`: MySQL's way of quoting inside text literals. */
  constructor(
    tables: Iterable<string>,
    private readonly backslashEscapes: boolean,
  ) {
    this.tables = new Set([...tables].map((table) => table.toLowerCase()));
    const escaped = [...this.tables].map((table) => table.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    this.quick = new RegExp(escaped.join('|'), 'i');
  }

  has(table: string): boolean {
    return this.tables.has(table.toLowerCase());
  }

  /**
   * True for a piece of SQL that parentheses around it hold together: quotes and parentheses of its own are closed, no
   * comment swallows what follows, and it ends no statement. Comment signs inside texts are refused too.
   */
  isOnePiece(sql: string): boolean {
    return this.outermost(sql) !== null;
  }

  /** True for one piece of SQL that can stand for a value: no OR and no second query outside of its own parentheses. */
  isValue(sql: string): boolean {
    return this.outermost(sql)?.every((word) => !REACHING_OUT.has(word)) ?? false;
  }

  /** The words (upper case) outside of all parentheses; null when it is not one piece. */
  private outermost(sql: string): string[] | null {
    const list = COMMENT.test(sql) ? null : tokens(sql, this.backslashEscapes);
    if (!list) return null;
    const words: string[] = [];
    let open = 0;
    for (const { kind, text } of list) {
      if (kind === 'word' && open === 0) words.push(text.toUpperCase());
      if (kind !== 'sign') continue;
      if (text === '(') open += 1;
      if (text === ')') open -= 1;
      if (open < 0 || text === ';') return null;
    }
    return open === 0 ? words : null;
  }

  /**
   * The tables (lower case) that a statement reads or writes. A name before a dot only qualifies a column. Statements
   * about the schema mention nothing; one whose quotes never end mentions everything.
   */
  of(sql: string): ReadonlySet<string> {
    if (!this.quick.test(sql)) return NOTHING;
    const list = tokens(sql, this.backslashEscapes);
    if (!list) return this.tables;
    const found = new Set<string>();
    list.forEach((token, index) => {
      const name = token.text.toLowerCase();
      if (token.kind === 'sign' || !this.tables.has(name)) return;
      const next = list[index + 1];
      if (next?.kind === 'sign' && next.text === '.') return;
      found.add(name);
    });
    return found.size > 0 && isSchemaStatement(list) ? NOTHING : found;
  }
}

const NOTHING: ReadonlySet<string> = new Set();
