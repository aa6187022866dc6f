/** What the mail tables take on disk, and how fast the same rows go into tables without anything around them. */
import path from 'node:path';
import pg from 'pg';
import { openSqliteFile } from '../../packages/plugin-email-manager/test-support/sqlite-file';
import type { MailBench } from './mail-bench';

export interface TableSizes {
  /** Bytes of tables and indexes together. */
  total: number;
  indexes: number;
  /** Table name → bytes with its indexes, the largest first. */
  byTable: [name: string, bytes: number][];
}

export interface PlainInsert {
  rows: number;
  seconds: number;
}

/** Every mail table except those that hold no mailbox. */
const MAILBOX_TABLES = [
  ...['mailMessages', 'mailBodies', 'mailThreads', 'mailPlacements', 'mailThreadPlacements'],
  ...['mailParticipants', 'mailAttachments', 'mailInventory', 'mailWorkItems', 'mailSearch'],
];

interface Measured {
  sizes: TableSizes;
  plain: PlainInsert;
}

/** To be called when nothing writes any more. */
export async function measureTables(bench: MailBench): Promise<Measured> {
  return bench.postgres ? measurePostgres(bench.postgres) : measureSqlite(bench.storageDir);
}

async function measureSqlite(storageDir: string): Promise<Measured> {
  const database = await openSqliteFile(path.join(storageDir, 'db.sqlite'));
  try {
    const found = await database.all<{ tbl: string; type: string; bytes: number }>(
      `SELECT m.tbl_name AS tbl, m.type AS type, sum(s.pgsize) AS bytes
         FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name
        WHERE m.tbl_name GLOB 'mail[A-Z]*' GROUP BY m.tbl_name, m.type`,
    );
    await database.all('ATTACH DATABASE ? AS plain', [path.join(storageDir, 'plain.sqlite')]);
    const began = performance.now();
    let rows = 0;
    await database.all('BEGIN');
    for (const table of MAILBOX_TABLES) {
      await database.all(`CREATE TABLE plain."${table}" AS SELECT * FROM main."${table}"`);
    }
    await database.all('COMMIT');
    const seconds = (performance.now() - began) / 1000;
    for (const table of MAILBOX_TABLES) {
      const [count] = await database.all<{ n: number }>(`SELECT count(*) AS n FROM plain."${table}"`);
      rows += count?.n ?? 0;
    }
    return { sizes: summed(found.map((row) => [row.tbl, row.type === 'index', row.bytes])), plain: { rows, seconds } };
  } finally {
    await database.close();
  }
}

async function measurePostgres(server: NonNullable<MailBench['postgres']>): Promise<Measured> {
  const { host, port, user, password, database } = server;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    const found = await client.query<{ name: string; table: string; indexes: string }>(
      `SELECT relname AS name, pg_table_size(oid) AS table, pg_indexes_size(oid) AS indexes
         FROM pg_class WHERE relkind = 'r' AND relname ~ '^mail[A-Z]'`,
    );
    const began = performance.now();
    let rows = 0;
    await client.query('BEGIN');
    for (const table of MAILBOX_TABLES) {
      const copied = await client.query(`CREATE TABLE "plain_${table}" AS SELECT * FROM "${table}"`);
      rows += copied.rowCount ?? 0;
    }
    await client.query('COMMIT');
    const seconds = (performance.now() - began) / 1000;
    const parts = found.rows.flatMap((row): [string, boolean, number][] => [
      [row.name, false, Number(row.table)],
      [row.name, true, Number(row.indexes)],
    ]);
    return { sizes: summed(parts), plain: { rows, seconds } };
  } finally {
    await client.end();
  }
}

function summed(parts: [table: string, isIndex: boolean, bytes: number][]): TableSizes {
  const byTable = new Map<string, number>();
  for (const [table, , bytes] of parts) byTable.set(table, (byTable.get(table) ?? 0) + bytes);
  const sum = (chosen: typeof parts) => chosen.reduce((total, [, , bytes]) => total + bytes, 0);
  return {
    total: sum(parts),
    indexes: sum(parts.filter(([, isIndex]) => isIndex)),
    byTable: [...byTable].sort(([, a], [, b]) => b - a),
  };
}
