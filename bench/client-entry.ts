/** How much JavaScript every NocoBase page loads because the plugin is enabled: the entry of each client, gzipped. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { report, type Row } from './lib/table';

const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../packages/plugin-email-manager/dist');

function rowsOf(lane: string): Row[] {
  const folder = path.join(dist, lane);
  const kilobytes = (file: string) => gzipSync(fs.readFileSync(path.join(folder, file)), { level: 9 }).length / 1000;
  const chunks = fs.readdirSync(folder).filter((file) => file.endsWith('.js') && file !== 'index.js');
  const lazy = chunks.reduce((sum, file) => sum + kilobytes(file), 0);
  return [
    { figure: `${lane}: entry, kB gzip`, measured: kilobytes('index.js'), target: '≤ 20 kB' },
    { figure: `${lane}: lazy chunks (${chunks.length}), kB gzip`, measured: lazy },
  ];
}

report('client-entry', 'What every NocoBase page loads', [...rowsOf('client'), ...rowsOf('client-v2')]);
