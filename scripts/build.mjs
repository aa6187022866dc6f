// npm run build: the plugin's three bundles, copied into the host as well when that is installed.
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuild, ensureDeployed } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { hostDir } from './lib/paths.mjs';
import { main } from './lib/steps.mjs';

await main(async () => {
  await ensureDependencies();
  await ensureBuild({ force: true });
  if (fs.existsSync(path.join(hostDir, 'node_modules'))) await ensureDeployed();
});
