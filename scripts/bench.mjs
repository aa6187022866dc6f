// npm run bench [name …]: runs bench/<name>.ts, all of them without a name. Each prints a table and writes bench/results/<name>.json.
import fs from 'node:fs';
import path from 'node:path';
import { ensureDeployed } from './lib/build.mjs';
import { ensureDependencies, ensureHost } from './lib/dependencies.mjs';
import { repoDir } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { main, step } from './lib/steps.mjs';

await main(async () => {
  const benchDir = path.join(repoDir, 'bench');
  const all = fs
    .readdirSync(benchDir)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => path.basename(file, '.ts'));
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown) throw new Error(`There is no benchmark "${unknown}". There are ${all.join(', ') || 'none yet'}.`);

  await ensureDependencies();
  await ensureHost();
  await ensureDeployed();
  const failed = [];
  for (const name of wanted.length > 0 ? wanted : all) {
    const args = ['--import', 'tsx', '--expose-gc', path.join(benchDir, `${name}.ts`)];
    const env = { UV_THREADPOOL_SIZE: '32' };
    await step(`Benchmark ${name}`, 2, () =>
      run(process.execPath, args, { cwd: repoDir, env, inherit: true }).catch((error) => {
        console.error(error.message);
        failed.push(name);
      }),
    );
  }
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(', ')}.`);
});
