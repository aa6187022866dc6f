import { createRequire } from 'node:module';
import path from 'node:path';
import { hostDir } from './paths.mjs';

const requireFromHost = createRequire(path.join(hostDir, 'package.json'));
const HOST_SERVER_MODULES =
  /^(@nocobase\/(?!plugin-email-manager)[^/]+|sequelize|umzug|koa|@koa\/multer|lodash|dayjs)$/;

/**
 * A Vite plugin that lets tests import server sources: what the host provides at run time is loaded from host/node_modules,
 * natively and once.
 *
 * @returns {import('vite').Plugin}
 */
export function hostModules() {
  return {
    name: 'host-modules',
    enforce: 'pre',
    resolveId(id, importer) {
      if (!HOST_SERVER_MODULES.test(id) || !importer?.includes('/plugin-email-manager/src/server/')) return null;
      return { id: requireFromHost.resolve(id), external: true };
    },
  };
}
