import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { HostDatabase } from '../../packages/plugin-email-manager/src/server/stores/sql';
import { hostDir } from '../../scripts/lib/paths.mjs';
import { startPostgres } from '../../scripts/lib/postgres.mjs';

const requireFromHost = createRequire(path.join(hostDir, 'package.json'));

export type Dialect = 'sqlite' | 'postgres';

/** NocoBase's Database as far as the benchmarks use it. */
interface NocobaseDatabase extends HostDatabase {
  registerFieldTypes(types: Record<string, unknown>): void;
  collection(options: unknown): void;
  sync(): Promise<unknown>;
  close(): Promise<unknown>;
  getRepository(name: string): {
    create(options: { values: Record<string, unknown> }): Promise<unknown>;
    update(options: { filterByTk: number; values: Record<string, unknown> }): Promise<unknown>;
    find(options?: Record<string, unknown>): Promise<unknown[]>;
  };
}

export interface BenchDatabase {
  readonly db: NocobaseDatabase;
  readonly dialect: Dialect;
  readonly folder: string;
  newId(): string;
  close(): Promise<void>;
}

/** NocoBase's own Database with the collections of the built plugin, on a new SQLite file or PostgreSQL database. */
export async function openBenchDatabase(dialect: Dialect): Promise<BenchDatabase> {
  // Sequelize takes a stack trace for each SQLite statement, and tsx has every trace mapped to its sources: without this
  // most of the measured time would be the measuring tool's.
  process.setSourceMapsEnabled(false);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-bench-'));
  const server = dialect === 'postgres' ? await startPostgres() : null;
  const name = `bench_${process.pid}_${Date.now()}`;
  if (server) {
    const client = new pg.Client({ ...connection(server), database: 'postgres' });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
  }
  const { Database, SnowflakeIdField } = requireFromHost('@nocobase/database');
  const { Snowflake } = requireFromHost('@nocobase/snowflake-id');
  const snowflakeIdGenerator = new Snowflake({ workerId: 1 });
  const options = server
    ? { dialect, ...connection(server), username: server.user, database: name, tablePrefix: '', logging: false }
    : { dialect, storage: path.join(folder, 'db.sqlite'), logging: false };
  const db = new Database(options) as NocobaseDatabase;
  class BenchIdField extends SnowflakeIdField {}
  (BenchIdField as unknown as { setApp(app: unknown): void }).setApp({ snowflakeIdGenerator });
  db.registerFieldTypes({ snowflakeId: BenchIdField });
  const built = path.join(hostDir, 'packages/plugins/@nocobase/plugin-email-manager/dist/server/collections');
  for (const file of fs.readdirSync(built).filter((entry) => entry.endsWith('.js'))) {
    db.collection(requireFromHost(path.join(built, file)).default);
  }
  // What the host itself would write to.
  db.collection({
    name: 'people',
    fields: [
      { name: 'nickname', type: 'string' },
      { name: 'email', type: 'string' },
    ],
  });
  await db.sync();
  return {
    db,
    dialect,
    folder,
    newId: () => String(snowflakeIdGenerator.generate()),
    async close() {
      await db.close();
      await server?.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function connection(server: { host: string; port: number; user: string; password: string }) {
  return { host: server.host, port: server.port, user: server.user, password: server.password };
}
