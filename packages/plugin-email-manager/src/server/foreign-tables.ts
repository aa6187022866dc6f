import { columnName, existingColumns, existingTables, tableName, type SchemaDatabase } from './schema/database-tables';
import { expectedTables } from './schema/tables';

/** Refuses to work on tables that somebody else made. Nothing has been altered when it is thrown. */
export class ForeignTablesError extends Error {
  readonly code = 'FOREIGN_TABLES';
  readonly status = 409;

  constructor(readonly tables: readonly string[]) {
    super(
      `The database already has tables of another plugin under names that Email manager needs (${tables.join(', ')}). ` +
        'Nothing was changed. Rename or remove those tables, or use a database of its own, and enable it again.',
    );
    this.name = 'ForeignTablesError';
  }
}

/** What mailSettings has had since its first version. */
const SETTINGS_COLUMNS = ['id', 'publicUrl', 'syncIntervalSeconds', 'schemaVersion', 'options'];

/**
 * Tables with our names that we did not make. To be asked before our collections are loaded, because NocoBase alters
 * tables to fit the collections that it knows. Ours, of whatever version, come with our settings table; without it (an
 * installation that broke off) they are told by having our columns and no others.
 */
export async function foreignTables(db: SchemaDatabase): Promise<string[]> {
  const tables = await existingTables(db);
  const found = expectedTables().filter(({ name }) => tables.has(tableName(db, name)));
  if (found.length === 0 || (await hasOurSettings(db, tables))) return [];
  const foreign: string[] = [];
  for (const { name, columns } of found) {
    const present = await existingColumns(db, tableName(db, name));
    const own = new Set(columns.map((column) => columnName(db, column)));
    const isOurs = present.size === own.size && [...present].every((column) => own.has(column));
    if (!isOurs) foreign.push(tableName(db, name));
  }
  return foreign;
}

/** @throws ForeignTablesError */
export async function refuseForeignTables(db: SchemaDatabase): Promise<void> {
  const foreign = await foreignTables(db);
  if (foreign.length > 0) throw new ForeignTablesError(foreign);
}

/** Our settings table is there: no other plugin's has these columns. Later versions may add columns to it. */
async function hasOurSettings(db: SchemaDatabase, tables: ReadonlySet<string>): Promise<boolean> {
  const settings = tableName(db, 'mailSettings');
  if (!tables.has(settings)) return false;
  const present = await existingColumns(db, settings);
  return SETTINGS_COLUMNS.every((column) => present.has(columnName(db, column)));
}
