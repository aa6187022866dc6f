import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bootApp } from '../../test-support/boot-app';
import { describeOnEachDatabase } from '../../test-support/database';
import { trusted } from './guard/trusted';
import { SCHEMA_VERSION } from './schema/version';

describeOnEachDatabase('Enabling the plugin', (dialect) => {
  it("alters another plugin's tables, or leaves the application without its own collections", async () => {
    const host = await bootApp({ dialect, withoutEmailManager: true });
    try {
      await host.db.sequelize.query('CREATE TABLE "mailMessages" ("id" BIGINT PRIMARY KEY, "box" TEXT)');
      await host.db.sequelize.query(`INSERT INTO "mailMessages" VALUES (1, 'theirs')`);
      const columns = async () =>
        Object.keys(await host.db.sequelize.getQueryInterface().describeTable('mailMessages'));
      const before = await columns();
      await expect(host.app.pm.enable('email-manager')).rejects.toThrow(/tables of another plugin/);
      expect(await columns()).toEqual(before);
      const [rows] = await host.db.sequelize.query('SELECT * FROM "mailMessages"');
      expect(rows).toMatchObject([{ box: 'theirs' }]);
      expect(host.app.db.hasCollection('mailMessages')).toBe(false);
      expect(await host.db.sequelize.getQueryInterface().tableExists('mailThreads')).toBe(false);

      await host.db.sequelize.query('DROP TABLE "mailMessages"');
      await host.app.pm.enable('email-manager');
      expect(await columns()).toContain('remoteId');
      const [settings] = await trusted('test', () =>
        host.db.sequelize.query('SELECT "schemaVersion" FROM "mailSettings" WHERE "id" = 1'),
      );
      expect(settings).toMatchObject([{ schemaVersion: SCHEMA_VERSION }]);
    } finally {
      await host.stop();
    }
  }, 120_000);

  it('an upgrade leaves no note of its version, or a missing column is not made', async () => {
    const storageDir = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-upgrade-'));
    const host = await bootApp({ dialect, storageDir });
    try {
      const query = (statement: string) => trusted('test', () => host.db.sequelize.query(statement));
      await query('ALTER TABLE "mailThreads" DROP COLUMN "draftCount"');
      await query('UPDATE "mailSettings" SET "schemaVersion" = 0');
      await host.restart();
      expect(await host.db.sequelize.getQueryInterface().describeTable('mailThreads')).not.toHaveProperty('draftCount');
      await host.restart({ upgrade: true });
      expect(await host.db.sequelize.getQueryInterface().describeTable('mailThreads')).toHaveProperty('draftCount');
      const [settings] = await query('SELECT "schemaVersion" FROM "mailSettings" WHERE "id" = 1');
      expect(settings).toMatchObject([{ schemaVersion: SCHEMA_VERSION }]);
    } finally {
      await host.stop();
      fs.rmSync(storageDir, { recursive: true, force: true });
    }
  }, 120_000);
});
