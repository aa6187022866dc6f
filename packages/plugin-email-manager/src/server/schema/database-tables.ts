import { trusted } from '../guard/trusted';

/** What the schema checks use of NocoBase's Database. */
export interface SchemaDatabase {
  readonly options: { readonly underscored?: boolean; readonly tablePrefix?: string; readonly schema?: string };
  readonly sequelize: {
    getDialect(): string;
    getQueryInterface(): {
      describeTable(table: string | { tableName: string; schema: string }): Promise<Record<string, unknown>>;
    };
    query(sql: string, options: Record<string, unknown>): Promise<unknown>;
  };
}

/** The name that NocoBase gives to a collection's table. */
export function tableName(db: SchemaDatabase, collection: string): string {
  const { underscored, tablePrefix = '' } = db.options;
  return `${tablePrefix}${underscored ? underscore(collection) : collection}`;
}

export function columnName(db: SchemaDatabase, column: string): string {
  return db.options.underscored ? underscore(column) : column;
}

/** Names of all tables of the schema in which NocoBase works. */
export async function existingTables(db: SchemaDatabase): Promise<Set<string>> {
  const isPostgres = db.sequelize.getDialect() === 'postgres';
  const rows = (await trusted('schema check', () =>
    db.sequelize.query(
      isPostgres
        ? `SELECT tablename AS name FROM pg_tables WHERE schemaname = $1`
        : `SELECT name FROM sqlite_schema WHERE type = 'table'`,
      { type: 'SELECT', raw: true, ...(isPostgres ? { bind: [db.options.schema ?? 'public'] } : {}) },
    ),
  )) as { name: string }[];
  return new Set(rows.map(({ name }) => name));
}

/** Column names of a table that exists. */
export async function existingColumns(db: SchemaDatabase, table: string): Promise<Set<string>> {
  const isPostgres = db.sequelize.getDialect() === 'postgres';
  const place = isPostgres ? { tableName: table, schema: db.options.schema ?? 'public' } : table;
  const columns = await trusted('schema check', () => db.sequelize.getQueryInterface().describeTable(place));
  return new Set(Object.keys(columns));
}

function underscore(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
}
