import crypto from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { describe } from 'vitest';

export type Dialect = 'sqlite' | 'postgres';

interface PostgresServer {
  host: string;
  port: number;
  user: string;
  password: string;
}

/** Set by the integration tests' global set-up: the server's address, or why there is none. */
const server = process.env.TEST_POSTGRES_SERVER
  ? (JSON.parse(process.env.TEST_POSTGRES_SERVER) as PostgresServer)
  : undefined;
const missing = process.env.TEST_POSTGRES_MISSING ?? 'the integration tests were started without their global set-up';

/** Describes the same tests once on SQLite and once on PostgreSQL. Without a server the second is reported as skipped. */
export function describeOnEachDatabase(name: string, tests: (dialect: Dialect) => void): void {
  describe(`${name} on SQLite`, () => tests('sqlite'));
  if (server) describe(`${name} on PostgreSQL`, () => tests('postgres'));
  else describe.skip(`${name} on PostgreSQL (skipped: ${missing})`, () => tests('postgres'));
}

export interface TestDatabase {
  /** What NocoBase's Application takes as `database`. */
  options: Record<string, unknown>;
  drop(): Promise<void>;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ ...server, database: 'postgres' });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A database file in the storage folder (the same again when it exists), or a new database on the PostgreSQL server. */
export async function openTestDatabase(dialect: Dialect, storageDir: string): Promise<TestDatabase> {
  if (dialect === 'sqlite') {
    // A file, not :memory:, which has one connection only and so hides how SQLite really locks.
    return {
      options: { dialect, storage: path.join(storageDir, 'db.sqlite'), logging: false },
      drop: async () => {},
    };
  }
  if (!server) throw new Error(`There is no PostgreSQL server: ${missing}.`);
  // Its name follows from the folder, so that a reused folder finds its database again.
  const name = `test_${crypto.createHash('sha256').update(storageDir).digest('hex').slice(0, 16)}`;
  const client = new pg.Client({ ...server, database: 'postgres' });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  return {
    options: {
      dialect,
      host: server.host,
      port: server.port,
      username: server.user,
      password: server.password,
      database: name,
      tablePrefix: '',
      logging: false,
    },
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}
