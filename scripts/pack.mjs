// npm run pack [folder]: the plugin as the .tgz that NocoBase's plugin manager takes (Add → Upload plugin).
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { packPlugin } from './lib/pack.mjs';
import { main, step } from './lib/steps.mjs';

await main(async () => {
  const outDir = path.resolve(process.argv[2] ?? 'artifacts');
  await ensureDependencies();
  await ensureBuild();
  const file = await step('Pack the plugin', 0.1, () => packPlugin(outDir));
  console.log(`${file} (${Math.round(fs.statSync(file).size / 1000)} kB)`);
});
