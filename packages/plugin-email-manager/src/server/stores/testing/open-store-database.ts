import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CollectionOptions, Database } from '@nocobase/database';
import { openTestDatabase, type Dialect } from '../../../../test-support/database';
import { requireFromHost } from '../../../../test-support/host-modules';

export interface StoreDatabase {
  readonly db: Database;
  readonly dialect: Dialect;
  /** The SQLite file; meaningless on PostgreSQL. */
  readonly file: string;
  newId(): string;
  close(): Promise<void>;
}

const collectionsDir = fileURLToPath(new URL('../../collections', import.meta.url));

/** The plugin's collections. `except` names those to leave out. */
export async function loadCollections(except: readonly string[] = []): Promise<CollectionOptions[]> {
  const files = fs.readdirSync(collectionsDir).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const loaded: CollectionOptions[] = [];
  for (const file of files) {
    if (except.includes(path.basename(file, '.ts'))) continue;
    const module = (await import(/* @vite-ignore */ path.join(collectionsDir, file))) as { default: CollectionOptions };
    loaded.push(module.default);
  }
  return loaded;
}

/**
 * NocoBase's own Database with the plugin's collections and nothing else, on a fresh database: what the stores need,
 * without the five seconds that a whole application takes.
 */
export async function openStoreDatabase(dialect: Dialect): Promise<StoreDatabase> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-store-'));
  const database = await openTestDatabase(dialect, folder);
  const { Database: HostDatabase, SnowflakeIdField } = requireFromHost('@nocobase/database') as {
    Database: new (options: Record<string, unknown>) => Database;
    SnowflakeIdField: { new (): object; setApp(app: unknown): void };
  };
  const { Snowflake } = requireFromHost('@nocobase/snowflake-id') as {
    Snowflake: new (options: { workerId: number }) => { generate(): number };
  };
  const snowflakeIdGenerator = new Snowflake({ workerId: 1 });
  const db = new HostDatabase(database.options);
  class StoreSnowflakeIdField extends (SnowflakeIdField as unknown as new () => object) {}
  (StoreSnowflakeIdField as unknown as typeof SnowflakeIdField).setApp({ snowflakeIdGenerator });
  db.registerFieldTypes({ snowflakeId: StoreSnowflakeIdField as never });
  for (const collection of await loadCollections()) db.collection(collection);
  await db.sync();
  return {
    db,
    dialect,
    file: String(database.options.storage ?? ''),
    newId: () => String(snowflakeIdGenerator.generate()),
    async close() {
      await db.close();
      await database.drop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
