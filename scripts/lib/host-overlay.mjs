import fs from 'node:fs';
import path from 'node:path';
import { hostDir, PLUGIN_NAME } from './paths.mjs';

/**
 * Fills `target` with links to everything in the node_modules folder `source`. `replaced` maps package names to other
 * folders; their scopes, and `@nocobase` in any case, become real folders, so that links in them are this copy's own.
 */
export function linkNodeModules(source, target, replaced = {}) {
  const ownScopes = new Set(['@nocobase', ...Object.keys(replaced).map((name) => name.split('/')[0])]);
  fs.mkdirSync(target, { recursive: true });
  for (const entry of fs.readdirSync(source)) {
    const from = path.join(source, entry);
    if (!entry.startsWith('@') || !ownScopes.has(entry)) {
      fs.symlinkSync(from, path.join(target, entry));
      continue;
    }
    fs.mkdirSync(path.join(target, entry));
    for (const name of fs.readdirSync(from)) {
      const packageName = `${entry}/${name}`;
      // The shared checkout's link to the plugin is never copied: each host makes its own.
      if (packageName === PLUGIN_NAME || packageName in replaced) continue;
      fs.symlinkSync(path.join(from, name), path.join(target, packageName));
    }
  }
  for (const [name, folder] of Object.entries(replaced)) fs.symlinkSync(folder, path.join(target, name));
}

/**
 * A host folder of its own, whose packages are links to those of `host/`. NocoBase writes links of plugins into
 * node_modules (an upload, an older build of the plugin); in an overlay that disturbs nobody else. Start it with
 * `launchHost({ hostFolder })`.
 */
export function makeHostOverlay(folder) {
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(hostDir, 'host.js'), path.join(folder, 'host.js'));
  fs.copyFileSync(path.join(hostDir, 'package.json'), path.join(folder, 'package.json'));
  linkNodeModules(path.join(hostDir, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

/** Links the host folder's copy of the plugin where NocoBase looks for it, as `host.js` does when it starts. */
export function linkPlugin(hostFolder) {
  fs.symlinkSync(pluginFolderOf(hostFolder), path.join(hostFolder, 'node_modules', PLUGIN_NAME), 'dir');
}

/** Where a host folder keeps its copy of the plugin. */
export function pluginFolderOf(hostFolder) {
  return path.join(hostFolder, 'packages/plugins', PLUGIN_NAME);
}
