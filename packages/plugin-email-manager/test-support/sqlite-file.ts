import { requireFromHost } from './host-modules';

export type Row = Record<string, unknown>;

export interface Column {
  name: string;
  /** As declared, for example `BIGINT` or `VARCHAR(255)`. */
  type: string;
  notnull: number;
  pk: number;
}

export interface SqliteFile {
  all<T = Row>(sql: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

/** Opens a database file with the host's own driver, beside or after a NocoBase that uses it. */
export async function openSqliteFile(file: string): Promise<SqliteFile> {
  const sqlite3 = requireFromHost('sqlite3');
  const database = await new Promise<any>((resolve, reject) => {
    const opened = new sqlite3.Database(file, (error: Error | null) => (error ? reject(error) : resolve(opened)));
  });
  return {
    all: (sql, values = []) =>
      new Promise((resolve, reject) => {
        database.all(sql, values, (error: Error | null, rows: any[]) => (error ? reject(error) : resolve(rows)));
      }),
    close: () =>
      new Promise((resolve, reject) => {
        database.close((error: Error | null) => (error ? reject(error) : resolve()));
      }),
  };
}

/** The plugin's tables in a database, by name, with their columns. */
export async function mailTables(database: SqliteFile): Promise<Map<string, Column[]>> {
  const tables = await database.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'mail[A-Z]*' ORDER BY name",
  );
  const result = new Map<string, Column[]>();
  for (const { name } of tables) result.set(name, await database.all<Column>(`PRAGMA table_info("${name}")`));
  return result;
}
