import fs from 'node:fs';
import path from 'node:path';

const PARTS = ['server', 'client'];

/**
 * NocoBase reads one file per language, `dist/locale/<language>.json`. The sources are two: the server's words and the
 * pages' words. A key in both is refused, since one of them would silently win.
 */
export function mergeLocales({ root, outDir }) {
  const merged = new Map();
  for (const part of PARTS) {
    const folder = path.join(root, 'src/locale', part);
    if (!fs.existsSync(folder)) continue;
    for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.json'))) {
      const words = merged.get(file) ?? {};
      for (const [key, text] of Object.entries(JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')))) {
        if (Object.hasOwn(words, key))
          throw new Error(`The key "${key}" of ${file} is in more than one locale folder.`);
        words[key] = text;
      }
      merged.set(file, words);
    }
  }
  fs.mkdirSync(path.join(outDir, 'locale'), { recursive: true });
  for (const [file, words] of merged) {
    fs.writeFileSync(path.join(outDir, 'locale', file), `${JSON.stringify(words, null, 1)}\n`);
  }
}
