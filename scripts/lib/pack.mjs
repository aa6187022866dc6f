import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { assemblePackage } from './build.mjs';
import { run } from './run.mjs';

/**
 * Packs the built plugin into `outDir` as the .tgz that NocoBase's plugin manager takes: no sources, with licence and notices.
 *
 * @returns {Promise<string>} the file
 */
export async function packPlugin(outDir) {
  const staging = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-pack-'));
  try {
    assemblePackage(staging);
    fs.mkdirSync(outDir, { recursive: true });
    const output = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', outDir], {
      cwd: staging,
    });
    const [{ filename }] = JSON.parse(output.slice(output.indexOf('[')));
    return path.join(outDir, path.basename(filename.replace('@', '').replace('/', '-')));
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}
