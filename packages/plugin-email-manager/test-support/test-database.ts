import crypto from 'node:crypto';
import path from 'node:path';
import pg from 'pg';

export type Dialect = 'sqlite' | 'postgres';

interface PostgresServer {
  host: string;
  port: number;
  user: string;
  password: string;
}

/** Set by the integration tests' global set-up: the server's address, or why there is none. */
export const postgresServer = process.env.TEST_POSTGRES_SERVER
  ? (JSON.parse(process.env.TEST_POSTGRES_SERVER) as PostgresServer)
  : undefined;
export const postgresMissing =
  process.env.TEST_POSTGRES_MISSING ?? 'the integration tests were started without their global set-up';

export interface TestDatabase {
  /** What NocoBase's Application takes as `database`. */
  options: Record<string, unknown>;
  drop(): Promise<void>;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ ...postgresServer, database: 'postgres' });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A database file in the storage folder (the same again when it exists), or a new database on the PostgreSQL postgresServer. */
export async function openTestDatabase(dialect: Dialect, storageDir: string): Promise<TestDatabase> {
  if (dialect === 'sqlite') {
    // A file, not :memory:, which has one connection only and so hides how SQLite really locks.
    return {
      options: { dialect, storage: path.join(storageDir, 'db.sqlite'), logging: false },
      drop: async () => {},
    };
  }
  if (!postgresServer) throw new Error(`There is no PostgreSQL server: ${postgresMissing}.`);
  // Its name follows from the folder, so that a reused folder finds its database again.
  const name = `test_${crypto.createHash('sha256').update(storageDir).digest('hex').slice(0, 16)}`;
  const client = new pg.Client({ ...postgresServer, database: 'postgres' });
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
      host: postgresServer.host,
      port: postgresServer.port,
      username: postgresServer.user,
      password: postgresServer.password,
      database: name,
      tablePrefix: '',
      logging: false,
    },
    drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}
