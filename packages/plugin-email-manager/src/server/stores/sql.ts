import { trusted } from '../guard/trusted';

/** What the stores use of NocoBase's Database. */
export interface HostDatabase {
  readonly sequelize: HostSequelize;
  getCollection(name: string): HostCollection | undefined;
  inDialect(...dialects: string[]): boolean;
}

export interface HostCollection {
  readonly underscored?: boolean;
  quotedTableName(): string;
}

export interface HostSequelize {
  query(sql: string, options: Record<string, unknown>): Promise<unknown>;
  transaction<T>(options: Record<string, unknown>, run: (transaction: Transaction) => Promise<T>): Promise<T>;
}

/** Opaque: Sequelize's transaction. */
export type Transaction = object;

export type ColumnType = 'id' | 'text' | 'int' | 'bool' | 'time' | 'json';
export type Columns = Readonly<Record<string, ColumnType>>;
export type Bind = string | number | boolean | null;
export type Row = Readonly<Record<string, unknown>>;

/** A failed statement without its parameters, which are mail. `statement` holds placeholders only. */
export class StoreError extends Error {
  readonly code: string;
  readonly statement: string;

  constructor(code: string, statement: string) {
    super(`The database refused a statement of the mail store (${code}).`);
    this.name = 'StoreError';
    this.code = code;
    this.statement = statement;
  }
}

const POSTGRES_TYPE: Record<ColumnType, string> = {
  id: 'bigint',
  text: 'text',
  int: 'bigint',
  bool: 'boolean',
  time: 'timestamptz',
  json: 'json',
};

interface Statement {
  readonly text: string;
  /** Column as the database names it → column as we name it; null when they are the same. */
  readonly names: ReadonlyMap<string, string> | null;
}

/**
 * Set-based SQL on NocoBase's database, the same text for SQLite and PostgreSQL. Tables are written `{mailMessages}`,
 * columns `"receivedAt"`. Many rows travel as one JSON parameter, so that no statement grows with its rows, no limit
 * on parameters is met, and the work of unpacking is done outside Node's event loop.
 */
export class Sql {
  readonly isPostgres: boolean;
  private readonly statements = new Map<string, Statement>();

  constructor(private readonly db: HostDatabase) {
    this.isPostgres = db.inDialect('postgres');
  }

  /** Rows of a SELECT or of a RETURNING clause. @throws StoreError */
  async rows<T extends Row = Row>(
    text: string,
    binds: readonly Bind[],
    transaction?: Transaction | null,
  ): Promise<T[]> {
    const statement = this.compile(text);
    let rows: T[];
    try {
      rows = (await trusted('mail store', () =>
        this.db.sequelize.query(statement.text, {
          bind: binds,
          transaction: transaction ?? undefined,
          type: 'SELECT',
          raw: true,
          // Parameters are mail.
          logging: false,
        }),
      )) as T[];
    } catch (error) {
      throw new StoreError(errorCode(error), text.trim().slice(0, 120));
    }
    const { names } = statement;
    if (!names) return rows;
    return rows.map(
      (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [names.get(name) ?? name, value])) as T,
    );
  }

  async run(text: string, binds: readonly Bind[], transaction?: Transaction | null): Promise<void> {
    await this.rows(text, binds, transaction);
  }

  /** One write transaction. On SQLite it waits its turn in the write queue, behind the host's own writes. */
  transaction<T>(run: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.db.sequelize.transaction({ emailManagerBackground: true }, run);
  }

  /** A write transaction of a person's click: it takes its turn like the host's own writes. */
  urgentTransaction<T>(run: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.db.sequelize.transaction({}, run);
  }

  /** The ids of a JSON array parameter, as a subquery. */
  ids(parameter: number): string {
    return this.isPostgres
      ? `(SELECT value::bigint FROM json_array_elements_text($${parameter}::json))`
      : `(SELECT CAST(value AS INTEGER) FROM json_each($${parameter}))`;
  }

  /** The strings of a JSON array parameter, as a subquery. */
  texts(parameter: number): string {
    return this.isPostgres
      ? `(SELECT value FROM json_array_elements_text($${parameter}::json))`
      : `(SELECT value FROM json_each($${parameter}))`;
  }

  /** The objects of a JSON array parameter as a table with these columns. */
  records(parameter: number, columns: Columns): string {
    const entries = Object.entries(columns);
    if (this.isPostgres) {
      const typed = entries.map(([name, type]) => `"${name}" ${POSTGRES_TYPE[type]}`).join(', ');
      return `(SELECT * FROM json_to_recordset($${parameter}::json) AS x(${typed}))`;
    }
    const picked = entries.map(([name, type]) => {
      const value = `value ->> '${this.columnName(name)}'`;
      return type === 'id' || type === 'int' ? `CAST(${value} AS INTEGER) AS "${name}"` : `${value} AS "${name}"`;
    });
    return `(SELECT ${picked.join(', ')} FROM json_each($${parameter}))`;
  }

  /** An INSERT of the objects of one JSON array parameter ($1). `conflict` is what follows ON CONFLICT. */
  insert(table: string, columns: Columns, conflict?: string): string {
    const names = Object.keys(columns)
      .map((name) => `"${name}"`)
      .join(', ');
    // SQLite needs the WHERE to tell ON CONFLICT from a join's ON.
    const tail = conflict ? ` WHERE true ON CONFLICT ${conflict}` : '';
    return `INSERT INTO {${table}} AS t (${names}) SELECT ${names} FROM ${this.records(1, columns)} AS r${tail}`;
  }

  /** The rows as a parameter for `records` and `insert`. */
  pack(rows: readonly Row[]): string {
    if (!this.underscored) return JSON.stringify(rows);
    return JSON.stringify(
      rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [snakeCase(name), value]))),
    );
  }

  /** Epoch ms as a parameter or JSON value of a `time` column, clamped to the years 1 to 9999. */
  time(ms: number | null | undefined): string | null {
    if (ms === null || ms === undefined || !Number.isFinite(ms)) return null;
    const iso = new Date(Math.min(Math.max(Math.trunc(ms), -62135596800000), 253402300799999)).toISOString();
    // Sequelize's text form on SQLite: it must compare with what the host writes.
    return this.isPostgres ? iso : `${iso.slice(0, 10)} ${iso.slice(11, 23)} +00:00`;
  }

  /** A time parameter inside a statement. */
  timeParameter(parameter: number): string {
    return this.isPostgres ? `$${parameter}::timestamptz` : `$${parameter}`;
  }

  /** An id parameter inside a statement. */
  idParameter(parameter: number): string {
    return this.isPostgres ? `$${parameter}::bigint` : `CAST($${parameter} AS INTEGER)`;
  }

  /** Written as a partial index has it: SQLite uses such an index only when its condition stands in the query. */
  bool(value: boolean): string {
    if (this.isPostgres) return value ? 'true' : 'false';
    return value ? '1' : '0';
  }

  /** That a text contains another one, without wildcards. */
  contains(text: string, part: string): string {
    return this.isPostgres ? `strpos(${text}, ${part}) > 0` : `instr(${text}, ${part}) > 0`;
  }

  /** Compares text by its bytes, whatever the database's locale, so that both databases order alike. */
  bytewise(expression: string): string {
    return this.isPostgres ? `${expression} COLLATE "C"` : expression;
  }

  private get underscored(): boolean {
    return this.db.getCollection('mailMessages')?.underscored === true;
  }

  private columnName(name: string): string {
    return this.underscored ? snakeCase(name) : name;
  }

  private compile(text: string): Statement {
    const known = this.statements.get(text);
    if (known) return known;
    const names = this.underscored ? new Map<string, string>() : null;
    // Without the comment Sequelize would take an INSERT … RETURNING for a statement without rows.
    let compiled = `/* mail */ ${text.trim()}`;
    if (names) {
      compiled = compiled.replace(/"(\w+)"/g, (_, name: string) => {
        names.set(snakeCase(name), name);
        return `"${snakeCase(name)}"`;
      });
    }
    compiled = compiled.replace(/\{(\w+)\}/g, (_, name: string) => this.tableName(name));
    const statement = { text: compiled, names };
    this.statements.set(text, statement);
    return statement;
  }

  private tableName(name: string): string {
    const collection = this.db.getCollection(name);
    if (!collection) throw new Error(`The collection ${name} is not loaded.`);
    // Sequelize looks for FROM `…` on SQLite and then reads the table's columns before each query.
    return collection.quotedTableName().replaceAll('`', '"');
  }
}

/** Epoch ms of a `time` column as either database returns it. */
export function toMs(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  return value instanceof Date ? value.getTime() : Date.parse(String(value));
}

export function toBool(value: unknown): boolean {
  return value === true || value === 1 || value === '1';
}

export function toId(value: unknown): string {
  return String(value);
}

export function toIdOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** A `json` column as either database returns it. */
export function toJson<T>(value: unknown, fallback: T): T {
  if (value === null || value === undefined) return fallback;
  if (typeof value !== 'string') return value as T;
  try {
    return JSON.parse(value) as T;
  } catch {
    return fallback;
  }
}

/** Text that both databases can hold: no NUL, no half surrogates, at most `length` UTF-16 units. */
export function cleanText(value: string, length = Number.POSITIVE_INFINITY): string {
  const cut = value.length > length ? value.slice(0, length) : value;
  const filled = cut.includes('\0') ? cut.replaceAll('\0', '') : cut;
  return (filled as string & { toWellFormed(): string }).toWellFormed();
}

export function cleanTextOrNull(value: string | null, length?: number): string | null {
  return value === null ? null : cleanText(value, length);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function errorCode(error: unknown): string {
  const original = (error as { parent?: { code?: unknown } } | null)?.parent ?? (error as { code?: unknown } | null);
  const code = original?.code;
  return typeof code === 'string' ? code : ((error as Error | null)?.name ?? 'unknown');
}
