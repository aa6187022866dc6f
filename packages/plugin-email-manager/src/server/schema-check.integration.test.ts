import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../test-support/database';
import { ForeignTablesError, foreignTables, refuseForeignTables } from './foreign-tables';
import { checkSchema, recordSchemaVersion, upgradeRows } from './schema-check';
import type { SchemaDatabase } from './schema/database-tables';
import { COLLECTIONS } from './schema/tables';
import type { HostDatabase } from './stores/sql';
import { openStoreDatabase, type StoreDatabase } from './stores/testing/open-store-database';

it('a collection is missing from the list that the checks go by', () => {
  const folder = new URL('./collections/', import.meta.url);
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(COLLECTIONS.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
});

describeOnEachDatabase('The schema check', (dialect) => {
  let database: StoreDatabase;
  let db: SchemaDatabase & HostDatabase;
  const run = (statement: string) => database.db.sequelize.query(statement);

  beforeAll(async () => {
    database = await openStoreDatabase(dialect);
    db = database.db;
  });
  afterAll(() => database.close());

  it('a database that was not upgraded is taken for one that was', async () => {
    expect(await checkSchema(db)).toMatchObject({ ok: false, code: 'DATABASE_NOT_UPGRADED', missing: [] });
    await recordSchemaVersion(db);
    await recordSchemaVersion(db);
    expect(await checkSchema(db)).toEqual({ ok: true });

    await run('UPDATE "mailSettings" SET "schemaVersion" = 0');
    expect(await checkSchema(db)).toMatchObject({ ok: false, code: 'DATABASE_NOT_UPGRADED' });
    await run('UPDATE "mailSettings" SET "schemaVersion" = 999');
    expect(await checkSchema(db)).toMatchObject({ ok: false, code: 'DATABASE_NEWER' });
    await recordSchemaVersion(db);

    await run('ALTER TABLE "mailThreads" RENAME COLUMN "snippet" TO "snip"');
    const state = await checkSchema(db);
    expect(state).toMatchObject({ ok: false, missing: ['mailThreads.snippet'] });
    expect(state.ok ? '' : state.message).toMatch(/upgrade/i);
    await run('ALTER TABLE "mailThreads" RENAME COLUMN "snip" TO "snippet"');
    await run('ALTER TABLE "mailSearch" RENAME TO "somethingElse"');
    expect(await checkSchema(db)).toMatchObject({ ok: false, missing: ['mailSearch'] });
    await run('ALTER TABLE "somethingElse" RENAME TO "mailSearch"');
    expect(await checkSchema(db)).toEqual({ ok: true });
  });

  it('an older database forgets after its upgrade which messages were stored', async () => {
    await recordSchemaVersion(db);
    // As version 1 left it: one message that is here, one that was never fetched.
    await run(`INSERT INTO "mailInventory" ("accountId", "remoteId", "threadRemoteId", "run", "closed", "hydrated")
      VALUES (7, 'here', 't', 1, false, false), (7, 'never', 't', 1, false, false), (8, 'here', 't', 1, false, false)`);
    await run(`INSERT INTO "mailMessages" ("id", "accountId", "remoteId", "isRead", "isStarred", "isDraft",
      "hasAttachments") VALUES (1, 7, 'here', true, false, false, false)`);
    const hydrated = async () => {
      const [rows] = (await run(`SELECT "accountId", "remoteId" FROM "mailInventory" WHERE "hydrated"`)) as [
        object[],
        unknown,
      ];
      return rows;
    };
    await upgradeRows(db);
    expect(await hydrated()).toEqual([]);
    await run('UPDATE "mailSettings" SET "schemaVersion" = 1');
    await upgradeRows(db);
    await upgradeRows(db);
    expect(await hydrated()).toMatchObject([{ remoteId: 'here' }]);
    expect(String((await hydrated())[0]!['accountId' as never])).toBe('7');
    await recordSchemaVersion(db);
    await run('DELETE FROM "mailInventory"');
    await run('DELETE FROM "mailMessages"');
  });

  it('syncing the tables a second time fails or makes indexes again', async () => {
    const indexes = async () => {
      const [rows] = (await run(
        dialect === 'sqlite'
          ? `SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name`
          : `SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`,
      )) as [{ name: string }[], unknown];
      return rows.map(({ name }) => name);
    };
    const before = await indexes();
    await database.db.sync();
    expect(await indexes()).toEqual(before);
    expect(before).toContain('mail_thread_placements_unread');
  });

  describe("another plugin's tables", () => {
    it('are taken for ours, or ours for theirs', async () => {
      expect(await foreignTables(db)).toEqual([]);
      // An older version of ours.
      await run('ALTER TABLE "mailThreads" RENAME COLUMN "snippet" TO "snip"');
      expect(await foreignTables(db)).toEqual([]);
      await run('ALTER TABLE "mailThreads" RENAME COLUMN "snip" TO "snippet"');
      // An installation that broke off before it came to the settings.
      await run('ALTER TABLE "mailSettings" RENAME TO "settings"');
      expect(await foreignTables(db)).toEqual([]);

      await run('ALTER TABLE "mailMessages" RENAME TO "ours"');
      await run('CREATE TABLE "mailMessages" ("id" BIGINT PRIMARY KEY, "subject" TEXT, "box" TEXT)');
      await run(`INSERT INTO "mailMessages" VALUES (1, 'theirs', 'in')`);
      expect(await foreignTables(db)).toEqual(['mailMessages']);
      const refusal = refuseForeignTables(db);
      await expect(refusal).rejects.toBeInstanceOf(ForeignTablesError);
      await expect(refusal).rejects.toThrow(/mailMessages.*Nothing was changed/);
      const [rows] = await run('SELECT * FROM "mailMessages"');
      expect(rows).toMatchObject([{ subject: 'theirs', box: 'in' }]);
      await run('DROP TABLE "mailMessages"');
      await run('ALTER TABLE "ours" RENAME TO "mailMessages"');
      await run('ALTER TABLE "settings" RENAME TO "mailSettings"');
    });

    it("are not refused because their settings table has a column of ours' name", async () => {
      await run('ALTER TABLE "mailSettings" RENAME TO "ours"');
      await run('CREATE TABLE "mailSettings" ("id" BIGINT PRIMARY KEY, "schemaVersion" INTEGER, "theirs" TEXT)');
      expect(await foreignTables(db)).toEqual(['mailSettings']);
      await run('DROP TABLE "mailSettings"');
      await run('ALTER TABLE "ours" RENAME TO "mailSettings"');
      await recordSchemaVersion(db);
    });
  });
});
