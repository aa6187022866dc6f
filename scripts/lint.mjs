// npm run lint: type check of every package, ESLint, Prettier. All of them run; the exit code says whether all passed.
import fs from 'node:fs';
import path from 'node:path';
import { ensureDependencies, ensureHost } from './lib/dependencies.mjs';
import { repoDir } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { main, step } from './lib/steps.mjs';

const bin = (name) => path.join(repoDir, 'node_modules', name);
const projects = [
  '.',
  'e2e',
  ...fs.readdirSync(path.join(repoDir, 'packages')).map((name) => `packages/${name}`),
].filter((project) => fs.existsSync(path.join(repoDir, project, 'tsconfig.json')));
const checks = [
  ...projects.map((project) => ({
    name: `Check the types of ${project === '.' ? 'the scripts' : project}`,
    minutes: 0.2,
    args: [bin('typescript/bin/tsc'), '--noEmit', '-p', project],
  })),
  { name: 'ESLint', minutes: 0.7, args: [bin('eslint/bin/eslint.js'), '--max-warnings=0', '.'] },
  { name: 'Prettier', minutes: 0.3, args: [bin('prettier/bin/prettier.cjs'), '--check', '.'] },
];

await main(async () => {
  await ensureDependencies();
  // The server's types come from NocoBase itself.
  await ensureHost();
  const failed = [];
  for (const { name, minutes, args } of checks) {
    await step(name, minutes, () =>
      run(process.execPath, args, { cwd: repoDir, inherit: true }).catch(() => failed.push(name)),
    );
  }
  if (failed.length > 0) throw new Error(`Not clean: ${failed.join(', ')}.`);
  console.log('Clean.');
});
