import { columnName, existingColumns, existingTables, tableName, type SchemaDatabase } from './schema/database-tables';
import { expectedTables } from './schema/tables';
import { SCHEMA_VERSION } from './schema/version';
import { rememberStoredMessages } from './stores/inventory';
import { Sql, type HostDatabase } from './stores/sql';

export type SchemaState =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: 'DATABASE_NOT_UPGRADED' | 'DATABASE_NEWER' | 'DATABASE_UNSUPPORTED';
      /** A sentence for the settings page and the log: what is wrong and what to do. */
      readonly message: string;
      /** Tables and columns that are missing, for the diagnostics. */
      readonly missing: readonly string[];
    };

/** Tells whether this code may work on this database. Asked at each start; while it says no, nothing is synced. */
export async function checkSchema(db: SchemaDatabase & HostDatabase): Promise<SchemaState> {
  if (!db.inDialect('sqlite', 'postgres')) {
    return {
      ok: false,
      code: 'DATABASE_UNSUPPORTED',
      message: 'Email manager works on PostgreSQL and SQLite. Move NocoBase to one of them to use it.',
      missing: [],
    };
  }
  const missing = await missingParts(db);
  const stored = missing.length > 0 ? null : await storedVersion(db);
  if (missing.length > 0 || stored === null || stored < SCHEMA_VERSION) {
    return {
      ok: false,
      code: 'DATABASE_NOT_UPGRADED',
      message:
        'Email manager was updated, but its tables were not: mail is not synced. Run the upgrade of NocoBase once ' +
        '(start it with "start --quickstart", or run "upgrade"), and syncing goes on where it stood.',
      missing,
    };
  }
  if (stored > SCHEMA_VERSION) {
    return {
      ok: false,
      code: 'DATABASE_NEWER',
      message:
        'The tables of Email manager were upgraded by a newer version of it than the one that runs now: mail is not ' +
        'synced. Install the newer version again.',
      missing: [],
    };
  }
  return { ok: true };
}

/** Brings the rows of older versions to what this code expects; NocoBase has added the columns before. */
export async function upgradeRows(db: HostDatabase): Promise<void> {
  const stored = await storedVersion(db);
  if (stored !== null && stored < 2) await rememberStoredMessages(new Sql(db));
}

/** Notes in the database that its tables are those of this code: after install and after each upgrade. */
export async function recordSchemaVersion(db: HostDatabase, now: () => number = Date.now): Promise<void> {
  const sql = new Sql(db);
  await sql.urgentTransaction(async (transaction) => {
    const updated = await sql.rows(
      `UPDATE {mailSettings} SET "schemaVersion" = $1 WHERE "id" = 1 RETURNING "id"`,
      [SCHEMA_VERSION],
      transaction,
    );
    if (updated.length > 0) return;
    await sql.run(
      `INSERT INTO {mailSettings} ("id", "schemaVersion", "createdAt", "updatedAt")
       VALUES (1, $1, ${sql.timeParameter(2)}, ${sql.timeParameter(2)})`,
      [SCHEMA_VERSION, sql.time(now())],
      transaction,
    );
  });
}

async function missingParts(db: SchemaDatabase): Promise<string[]> {
  const tables = await existingTables(db);
  const missing: string[] = [];
  for (const { name, columns } of expectedTables()) {
    const table = tableName(db, name);
    if (!tables.has(table)) {
      missing.push(name);
      continue;
    }
    const present = await existingColumns(db, table);
    missing.push(
      ...columns.filter((column) => !present.has(columnName(db, column))).map((column) => `${name}.${column}`),
    );
  }
  return missing;
}

async function storedVersion(db: HostDatabase): Promise<number | null> {
  const [row] = await new Sql(db).rows(`SELECT "schemaVersion" FROM {mailSettings} WHERE "id" = 1`, []);
  return row ? Number(row.schemaVersion) : null;
}
