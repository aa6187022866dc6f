import fs from 'node:fs';
import path from 'node:path';

/** The package folder a bundled file belongs to: the last `node_modules/<name>` (or `node_modules/@scope/<name>`) above it. */
function packageRootOf(file) {
  const match = file.replaceAll(path.sep, '/').match(/^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  return match ? match[1] : undefined;
}

function licenceText(root) {
  const name = fs.readdirSync(root).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  return name ? fs.readFileSync(path.join(root, name), 'utf8').trim() : '';
}

/**
 * The text of THIRD-PARTY-NOTICES.txt: name, version, licence and licence text of every package that has a file in a bundle.
 * Throws when a bundled package states no licence.
 */
export function thirdPartyNotices(bundledFiles) {
  const roots = [...new Set(bundledFiles.map(packageRootOf).filter(Boolean))];
  const packages = roots
    .filter((root) => fs.existsSync(path.join(root, 'package.json')))
    .map((root) => ({ root, manifest: JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.name && manifest.version);
  const sections = new Map();
  for (const { root, manifest } of packages) {
    const licence = typeof manifest.license === 'string' ? manifest.license : manifest.license?.type;
    const text = licenceText(root);
    if (!licence && !text) throw new Error(`The bundled package ${manifest.name} states no licence.`);
    const title = `${manifest.name} ${manifest.version} (${licence ?? 'see below'})`;
    sections.set(title, text || `Licensed under ${licence}; the package carries no licence file.`);
  }
  const rule = '-'.repeat(80);
  const body = [...sections]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, text]) => `${rule}\n${title}\n${rule}\n\n${text}\n`);
  return `This plugin contains the following third-party packages.\n\n${body.join('\n')}`;
}
