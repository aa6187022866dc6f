import { createRequire } from 'node:module';
import path from 'node:path';
import { hostDir } from '../../../scripts/lib/paths.mjs';

/** `require` as a module in a host folder would have it. */
export function requireFrom(hostFolder: string): NodeJS.Require {
  return createRequire(path.join(hostFolder, 'package.json'));
}

/** Loads a module of the NocoBase host (`@nocobase/server`, `sequelize`, …): one copy per process, the host's own. */
export const requireFromHost = requireFrom(hostDir);
