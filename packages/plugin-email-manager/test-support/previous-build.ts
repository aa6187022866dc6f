import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { assemblePackage } from '../../../scripts/lib/build.mjs';
import { linkNodeModules } from '../../../scripts/lib/host-overlay.mjs';
import { repoDir } from '../../../scripts/lib/paths.mjs';

/** What decides the tables of an installation. */
const SCHEMA_PATHS = ['collections', 'migrations', 'schema'].map(
  (name) => `packages/plugin-email-manager/src/server/${name}`,
);

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: repoDir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

function canBuild(commit: string): boolean {
  try {
    git('cat-file', '-e', `${commit}:packages/plugin-email-manager/build.mjs`);
    return git('ls-tree', '--name-only', commit, 'packages/plugin-email-manager/src/server/collections/') !== '';
  } catch {
    return false;
  }
}

/**
 * Commits whose schema may differ from the working tree's, the nearest first: HEAD when the schema has uncommitted changes, then
 * the parent of each commit that changed it. Empty without history (a shallow clone, an export).
 */
export function commitsWithAnEarlierSchema(limit = 5): string[] {
  try {
    const uncommitted = git('status', '--porcelain', '--', ...SCHEMA_PATHS) !== '';
    const changes = git('rev-list', `--max-count=${limit}`, 'HEAD', '--', ...SCHEMA_PATHS)
      .split('\n')
      .filter(Boolean);
    const parents = changes.map((commit) => `${commit}^`);
    return [...(uncommitted ? ['HEAD'] : []), ...parents]
      .filter(canBuild)
      .map((commit) => git('rev-parse', '--short', commit));
  } catch {
    return [];
  }
}

/** Checks a commit out below `folder`, builds its plugin with today's packages, and writes the package into `target`. */
export function buildPluginOf(commit: string, folder: string, target: string): void {
  const worktree = path.join(folder, 'worktree');
  fs.mkdirSync(worktree, { recursive: true });
  const archive = path.join(folder, 'commit.tar');
  execFileSync('git', ['archive', `--output=${archive}`, commit], { cwd: repoDir });
  execFileSync('tar', ['-xf', archive, '-C', worktree]);
  // The workspaces' own packages have to be those of that commit.
  linkNodeModules(path.join(repoDir, 'node_modules'), path.join(worktree, 'node_modules'), {
    '@email-manager/mail-engine': path.join(worktree, 'packages/mail-engine'),
    '@email-manager/provider-simulators': path.join(worktree, 'packages/provider-simulators'),
  });
  const pluginFolder = path.join(worktree, 'packages/plugin-email-manager');
  const ownModules = path.join(repoDir, 'packages/plugin-email-manager/node_modules');
  if (fs.existsSync(ownModules)) fs.symlinkSync(ownModules, path.join(pluginFolder, 'node_modules'));
  execFileSync(process.execPath, ['build.mjs'], { cwd: pluginFolder, encoding: 'utf8', stdio: 'pipe' });
  assemblePackage(target, pluginFolder);
}
