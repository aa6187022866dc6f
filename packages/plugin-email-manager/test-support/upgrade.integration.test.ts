import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assemblePackage } from '../../../scripts/lib/build.mjs';
import { linkPlugin, makeHostOverlay, pluginFolderOf } from '../../../scripts/lib/host-overlay.mjs';
import { repoDir } from '../../../scripts/lib/paths.mjs';
import { run } from '../../../scripts/lib/run.mjs';
import { bootApp } from './boot-app';
import { buildPluginOf, commitsWithAnEarlierSchema } from './previous-build';
import { mailTables, openSqliteFile, type Column, type Row } from './sqlite-file';

/** Rows of these come and go while the plugin runs; only that their tables survive is checked. */
const SHORT_LIVED = new Set(['mailOAuthStates', 'mailLeases', 'mailSyncRuns']);

/** What an upgrade itself notes down: the version of the tables. */
const WRITTEN_BY_UPGRADE = new Set(['schemaVersion']);

const VALUES: Record<string, unknown> = { provider: 'google', status: 'paused', address: 'ann@gmail.example' };

function valueFor({ name, type }: Column): unknown {
  if (name in VALUES) return VALUES[name];
  if (/JSON/i.test(type)) return '[]';
  if (/INT|NUMERIC|DECIMAL|REAL|DOUBLE|BOOL/i.test(type)) return 7;
  if (/DATE|TIME/i.test(type)) return '2026-01-02 03:04:05.006 +00:00';
  return `${name}-7`;
}

/** One full row in each of the plugin's tables, as an installation in use would have. Returns what is there afterwards. */
async function fillTables(file: string): Promise<Map<string, Row[]>> {
  const database = await openSqliteFile(file);
  const kept = new Map<string, Row[]>();
  for (const [table, columns] of await mailTables(database)) {
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    const marks = columns.map(() => '?').join(', ');
    await database.all(`INSERT INTO "${table}" (${names}) VALUES (${marks})`, columns.map(valueFor));
    kept.set(table, await database.all(`SELECT * FROM "${table}"`));
  }
  await database.close();
  return kept;
}

/** Installs or upgrades with the plugin that lies in the host folder now. */
async function bootOnce(hostFolder: string, storageDir: string): Promise<{ enabled: boolean }> {
  const script = fileURLToPath(new URL('boot-once.ts', import.meta.url));
  const env = { VITEST: undefined, NODE_ENV: undefined };
  const args = ['--preserve-symlinks', '--import', 'tsx', script, hostFolder, storageDir];
  const output = await run(process.execPath, args, { cwd: repoDir, env });
  const result = output.split('\n').findLast((line) => line.startsWith('{"enabled"'));
  if (!result) throw new Error(`The application said nothing:\n${output}`);
  return JSON.parse(result);
}

async function freshColumns(): Promise<Map<string, string[]>> {
  const app = await bootApp();
  const database = await openSqliteFile(path.join(app.storageDir, 'db.sqlite'));
  const tables = await mailTables(database);
  await database.close();
  await app.stop();
  return new Map([...tables].map(([name, columns]) => [name, columns.map((column) => column.name).sort()]));
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-upgrade-'));

/** Builds the nearest commit with an earlier schema that can be built with today's packages. */
function buildEarlierPlugin(): { name: string; plugin?: string } {
  for (const commit of commitsWithAnEarlierSchema()) {
    const plugin = path.join(folder, commit, 'plugin');
    try {
      buildPluginOf(commit, path.join(folder, commit), plugin);
      return { name: `commit ${commit}`, plugin };
    } catch {
      // A commit in the middle of some work; the one before it may build.
    }
  }
  return { name: 'this same commit, for there is no history with an earlier schema' };
}

const earlier = buildEarlierPlugin();

describe(`a database made by ${earlier.name}`, () => {
  let databaseFile: string;
  let before: Map<string, Row[]>;
  let upgraded: { enabled: boolean };

  beforeAll(async () => {
    const storageDir = path.join(folder, 'storage');
    databaseFile = path.join(storageDir, 'db.sqlite');
    const hostFolder = makeHostOverlay(path.join(folder, 'host'));
    const plugin = pluginFolderOf(hostFolder);
    linkPlugin(hostFolder);

    if (earlier.plugin) fs.cpSync(earlier.plugin, plugin, { recursive: true });
    else assemblePackage(plugin);
    await bootOnce(hostFolder, storageDir);
    before = await fillTables(databaseFile);

    fs.rmSync(plugin, { recursive: true });
    assemblePackage(plugin);
    upgraded = await bootOnce(hostFolder, storageDir);
  }, 300_000);
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('had tables of the plugin to lose', () => {
    expect([...before.keys()]).toContain('mailMessages');
  });

  it('leaves the plugin enabled', () => {
    expect(upgraded.enabled).toBe(true);
  });

  it('loses no row and no value', async () => {
    const database = await openSqliteFile(databaseFile);
    for (const [table, rows] of before) {
      const now = await database.all(`SELECT * FROM "${table}"`);
      const columns = Object.keys(now[0] ?? {});
      if (SHORT_LIVED.has(table)) continue;
      const kept = (name: string) => columns.includes(name) && !WRITTEN_BY_UPGRADE.has(name);
      const common = (row: Row) => Object.fromEntries(Object.entries(row).filter(([name]) => kept(name)));
      for (const row of rows) expect(now, table).toContainEqual(expect.objectContaining(common(row)));
    }
    await database.close();
  });

  it('has every table and column that a new installation has', async () => {
    const database = await openSqliteFile(databaseFile);
    const tables = await mailTables(database);
    await database.close();
    for (const [table, columns] of await freshColumns()) {
      const names = tables.get(table)?.map((column) => column.name) ?? [];
      expect(
        columns.filter((column) => !names.includes(column)),
        table,
      ).toEqual([]);
    }
  });
});
