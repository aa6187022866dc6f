import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ARROWS } from './lib/arrows.mjs';
import { repoDir } from './lib/paths.mjs';

interface Arrow {
  folder: string;
  packages: string[];
  neighbours: string[];
  testsMayReach?: boolean;
}

function sourceFiles(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => path.join(folder, file));
}

/** Every module a file names: import, export from, import(), require(). */
function importsOf(source: string): string[] {
  return ts.preProcessFile(source, true, true).importedFiles.map((reference) => reference.fileName);
}

function isForbidden(specifier: string, file: string, arrow: Arrow): boolean {
  if (!specifier.startsWith('.')) return arrow.packages.some((pattern) => new RegExp(pattern).test(specifier));
  const target = path.resolve(path.dirname(file), specifier);
  return arrow.neighbours.some((neighbour) => {
    const folder = path.join(repoDir, neighbour);
    return target === folder || target.startsWith(folder + path.sep);
  });
}

function violations(arrow: Arrow): string[] {
  return sourceFiles(path.join(repoDir, arrow.folder))
    .filter((file) => !(arrow.testsMayReach && /\.test\.tsx?$|[/\\]testing[/\\]/.test(file)))
    .flatMap((file) =>
      importsOf(fs.readFileSync(file, 'utf8'))
        .filter((specifier) => isForbidden(specifier, file, arrow))
        .map((specifier) => `${path.relative(repoDir, file)} imports ${specifier}`),
    );
}

describe('the arrows between the packages', () => {
  it.each(ARROWS as Arrow[])('nothing in $folder reaches what it must not', (arrow) => {
    expect(violations(arrow)).toEqual([]);
  });

  it('would notice a forbidden import of each form', () => {
    const server = (ARROWS as Arrow[]).find((arrow) => arrow.folder.endsWith('src/server'))!;
    const file = path.join(repoDir, 'packages/plugin-email-manager/src/server/actions/x.ts');
    const source = [
      "import { a } from '../../client/a';",
      "export * from '../../client-v2';",
      "const b = await import('@nocobase/client-v2');",
      "import type { C } from 'react';",
      "import { d } from '../stores/client';",
      "import { e } from '@nocobase/server';",
    ].join('\n');
    expect(importsOf(source).filter((specifier) => isForbidden(specifier, file, server))).toEqual([
      '../../client/a',
      '../../client-v2',
      '@nocobase/client-v2',
      'react',
    ]);
  });
});
