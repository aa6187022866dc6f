import fs from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { SERVER_HOST_MODULES } from './host-modules.mjs';

/** NocoBase finds these by scanning the folder, so each of their files must stay a file of its own. */
const SCANNED_FOLDERS = ['collections', 'migrations'];

/** What a scanned file may import: it gets its own copy, which is harmless only for code without state. */
const STATELESS = ['src/server/collections/', 'src/server/migrations/', 'src/server/schema/', 'src/shared/'];

function scannedEntries(root) {
  return SCANNED_FOLDERS.flatMap((folder) => {
    const directory = path.join(root, 'src/server', folder);
    if (!fs.existsSync(directory)) return [];
    return fs
      .readdirSync(directory)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
      .map((file) => `src/server/${folder}/${file}`);
  });
}

/**
 * esbuild cannot share code between CommonJS entries, so a module that both `index.ts` and a scanned file import exists
 * twice at run time. Module state would then silently be two states; such an import is refused here.
 */
function refuseDuplicatedState(metafile) {
  for (const [output, { entryPoint, inputs }] of Object.entries(metafile.outputs)) {
    if (!entryPoint || !SCANNED_FOLDERS.some((folder) => entryPoint.startsWith(`src/server/${folder}/`))) continue;
    const stranger = Object.keys(inputs).find((input) => !STATELESS.some((prefix) => input.startsWith(prefix)));
    if (stranger) {
      throw new Error(
        `${entryPoint} imports ${stranger}, which would exist twice at run time (${output} and index.js). ` +
          `Collections and migrations may import values only from ${STATELESS.join(', ')}.`,
      );
    }
  }
}

/** Builds `dist/server` (CommonJS, the engine bundled in). Returns the absolute paths of the files that went into it. */
export async function buildServer({ root, outDir }) {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/server/index.ts', ...scannedEntries(root)],
    outdir: path.join(outDir, 'server'),
    outbase: 'src/server',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: SERVER_HOST_MODULES,
    sourcemap: 'linked',
    sourcesContent: false,
    // NocoBase and Sequelize look at class and function names.
    keepNames: true,
    // ESM-only libraries that read their own URL.
    define: { 'import.meta.url': '__moduleUrl' },
    banner: { js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    metafile: true,
    logLevel: 'warning',
  });
  refuseDuplicatedState(metafile);
  return Object.keys(metafile.inputs).map((input) => path.resolve(root, input));
}
