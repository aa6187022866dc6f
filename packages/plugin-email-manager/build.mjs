// node build.mjs [outDir]: the two client bundles, the server bundle, locales, the compatibility file and the notices.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildClients } from './tools/client-bundles.mjs';
import { buildServer } from './tools/server-bundle.mjs';
import { mergeLocales } from './tools/locales.mjs';
import { thirdPartyNotices } from './tools/notices.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const finalDir = path.resolve(process.argv[2] ?? path.join(root, 'dist'));
const outDir = `${finalDir}.building-${process.pid}`;
const { name } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const hostManifest = JSON.parse(fs.readFileSync(path.join(root, '../../host/package.json'), 'utf8'));

/** What the plugin manager's compatibility check reads: the host versions this build was made for. */
function externalVersions() {
  const nocobase = hostManifest.dependencies['@nocobase/app'];
  const shared = ['client', 'client-v2', 'flow-engine', 'server', 'database'].map((id) => [
    `@nocobase/${id}`,
    nocobase,
  ]);
  return { ...Object.fromEntries(shared), react: '18.2.0', antd: '5.24.2' };
}

const started = performance.now();
try {
  const [clients, serverFiles] = await Promise.all([
    buildClients({ root, outDir, name }),
    buildServer({ root, outDir }),
  ]);
  mergeLocales({ root, outDir });
  fs.writeFileSync(
    path.join(outDir, 'externalVersion.js'),
    `module.exports = ${JSON.stringify(externalVersions(), null, 2)};\n`,
  );
  fs.writeFileSync(path.join(outDir, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices([...clients.files, ...serverFiles]));
  // Whole or not at all: a running host or a parallel test never sees half a build.
  fs.rmSync(finalDir, { recursive: true, force: true });
  fs.renameSync(outDir, finalDir);
  const sizes = Object.entries(clients.entryBytes).map(
    ([lane, bytes]) => `${lane} entry ${(bytes / 1000).toFixed(1)} kB gzip`,
  );
  console.log(`Plugin built in ${((performance.now() - started) / 1000).toFixed(1)} s: ${sizes.join(', ')}.`);
} finally {
  fs.rmSync(outDir, { recursive: true, force: true });
}
