import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PLUGIN_NAME = '@nocobase/plugin-email-manager';
/** NocoBase's short name: what `pm:enable?filterByTk=` takes. */
export const PLUGIN_SHORT_NAME = 'email-manager';

export const repoDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const hostDir = path.join(repoDir, 'host');
export const pluginDir = path.join(repoDir, 'packages/plugin-email-manager');
export const simulatorsDir = path.join(repoDir, 'packages/provider-simulators');
/** The built plugin as the host sees it: a copy without sources, because NocoBase reads `src` when it finds one. */
export const deployedPluginDir = path.join(hostDir, 'packages/plugins', PLUGIN_NAME);
/** Everything the scripts keep between runs: logs, demo storage, locks, the test database server. Ignored by git. */
export const dataDir = path.join(repoDir, '.data');
export const screenshotsDir = path.join(repoDir, 'artifacts/screenshots');
