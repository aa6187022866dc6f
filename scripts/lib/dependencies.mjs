import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { hostDir, repoDir } from './paths.mjs';
import { run } from './run.mjs';
import { step } from './steps.mjs';

function lockFingerprint(directory) {
  const lock = fs.readFileSync(path.join(directory, 'package-lock.json'));
  return crypto.createHash('sha256').update(lock).digest('hex');
}

const stampOf = (directory) => path.join(directory, 'node_modules/.installed-lock');

function isInstalled(directory) {
  try {
    return fs.readFileSync(stampOf(directory), 'utf8') === lockFingerprint(directory);
  } catch {
    return false;
  }
}

async function install(directory) {
  // `ci` wipes node_modules first: right for an empty folder, wasteful for one that only lacks a package.
  const fresh = !fs.existsSync(path.join(directory, 'node_modules'));
  // Nothing here needs an install script, apart from the native module that ensureHost builds by name.
  await run('npm', [fresh ? 'ci' : 'install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: directory });
  fs.writeFileSync(stampOf(directory), lockFingerprint(directory));
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Node.js 20.19 or newer is needed; this is ${process.versions.node}.`);
  }
}

/** The workspaces' packages (build tools, test tools, libraries, the corpus of real mail). */
export async function ensureDependencies() {
  checkNode();
  await withLock('install', async () => {
    if (!isInstalled(repoDir)) await step('Install the packages of this repository', 1, () => install(repoDir));
  });
}

const sqliteBinary = path.join(hostDir, 'node_modules/sqlite3/build/Release/node_sqlite3.node');

async function buildSqlite() {
  try {
    await run('npm', ['rebuild', 'sqlite3'], { cwd: hostDir });
  } catch (error) {
    throw new Error(
      'The SQLite driver could be neither downloaded nor compiled. Install Python 3, make and a C++ compiler ' +
        `(Debian: apt-get install python3 make g++) and run the command again.\n${error.message}`,
    );
  }
}

/** NocoBase itself in `host/` (1.1 GB) with its native SQLite driver. */
export async function ensureHost() {
  checkNode();
  await withLock('install', async () => {
    if (!isInstalled(hostDir)) await step('Install NocoBase 2.2.15 into host/', 4, () => install(hostDir));
    if (!fs.existsSync(sqliteBinary)) await step('Prepare the SQLite driver', 1.5, buildSqlite);
  });
}
