import { createRequire } from 'node:module';
import path from 'node:path';
import { hostDir } from '../../../scripts/lib/paths.mjs';

/** Loads a module of the NocoBase host (`@nocobase/server`, `sequelize`, …): one copy per process, the host's own. */
export const requireFromHost = createRequire(path.join(hostDir, 'package.json'));
