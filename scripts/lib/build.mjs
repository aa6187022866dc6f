import fs from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { deployedPluginDir, hostDir, pluginDir, PLUGIN_NAME, repoDir } from './paths.mjs';
import { run } from './run.mjs';
import { step } from './steps.mjs';

const SOURCES = [
  path.join(pluginDir, 'src'),
  path.join(pluginDir, 'tools'),
  path.join(pluginDir, 'build.mjs'),
  path.join(pluginDir, 'package.json'),
  path.join(repoDir, 'packages/mail-engine/src'),
  path.join(repoDir, 'package-lock.json'),
];
const distDir = path.join(pluginDir, 'dist');
const PACKAGE_FILES = ['package.json', 'client.js', 'client-v2.js', 'server.js'];

function newestChange(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time counts too: it is what changes when a file is deleted.
  return fs
    .readdirSync(file)
    .reduce((newest, entry) => Math.max(newest, newestChange(path.join(file, entry))), stat.mtimeMs);
}

function isCurrent() {
  const built = fs.statSync(path.join(distDir, 'externalVersion.js'), { throwIfNoEntry: false });
  return built !== undefined && built.mtimeMs > Math.max(...SOURCES.map(newestChange));
}

/**
 * Writes the built plugin of `source` (a folder like packages/plugin-email-manager) as it is installed into an empty `target`:
 * no sources; licence and notices beside package.json.
 */
export function assemblePackage(target, source = pluginDir) {
  fs.mkdirSync(target, { recursive: true });
  fs.cpSync(path.join(source, 'dist'), path.join(target, 'dist'), { recursive: true });
  for (const file of PACKAGE_FILES) fs.copyFileSync(path.join(source, file), path.join(target, file));
  fs.copyFileSync(path.join(repoDir, 'LICENSE'), path.join(target, 'LICENSE'));
  fs.renameSync(path.join(target, 'dist/THIRD-PARTY-NOTICES.txt'), path.join(target, 'THIRD-PARTY-NOTICES.txt'));
}

function deploy() {
  const incoming = `${deployedPluginDir}.incoming-${process.pid}`;
  fs.rmSync(incoming, { recursive: true, force: true });
  assemblePackage(incoming);
  fs.rmSync(deployedPluginDir, { recursive: true, force: true });
  fs.renameSync(incoming, deployedPluginDir);
}

/** NocoBase caches its first look-up of a plugin for the life of the process, so the link has to exist before any start. */
function linkIntoNodeModules() {
  const link = path.join(hostDir, 'node_modules', PLUGIN_NAME);
  if (fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) {
    if (fs.readlinkSync(link) === deployedPluginDir) return;
    fs.rmSync(link);
  }
  fs.symlinkSync(deployedPluginDir, link, 'dir');
}

/** Builds the plugin when a source is newer than the build (or always, with `force`). */
export async function ensureBuild({ force = false } = {}) {
  await withLock('build', async () => {
    if (!force && isCurrent()) return;
    const output = await step('Build the plugin', 0.1, () => run(process.execPath, ['build.mjs'], { cwd: pluginDir }));
    console.log(`  ${output.trim()}`);
  });
}

/** Builds when needed and copies the built plugin into the host. */
export async function ensureDeployed() {
  await ensureBuild();
  await withLock('build', async () => {
    const deployed = fs.statSync(path.join(deployedPluginDir, 'dist/externalVersion.js'), { throwIfNoEntry: false });
    const built = fs.statSync(path.join(distDir, 'externalVersion.js'));
    if (!deployed || deployed.mtimeMs < built.mtimeMs) deploy();
    linkIntoNodeModules();
  });
}
