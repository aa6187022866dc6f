import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const resultsDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../results');

export interface Row {
  /** What was measured, with its unit, for example `messages/s, SQLite`. */
  figure: string;
  measured: number | string;
  /** What the issue asks for, for example `≤ 3 s`. */
  target?: string;
  /** The physical limit beside it: what no implementation could beat here. */
  limit?: number | string;
}

function format(value: number | string | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
}

/** The rows as a text table with aligned columns; empty columns are left out. */
export function renderTable(title: string, rows: Row[]): string {
  const columns = [
    { head: 'figure', cell: (row: Row) => row.figure },
    { head: 'measured', cell: (row: Row) => format(row.measured) },
    { head: 'target', cell: (row: Row) => row.target ?? '' },
    { head: 'limit', cell: (row: Row) => format(row.limit) },
  ].filter(({ head, cell }) => head === 'figure' || rows.some((row) => cell(row) !== ''));
  const widths = columns.map(({ head, cell }) => Math.max(head.length, ...rows.map((row) => cell(row).length)));
  const line = (cells: string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    title,
    line(columns.map(({ head }) => head)),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
  ].join('\n');
}

/** Prints a benchmark's table and writes the rows to bench/results/<name>.json. */
export function report(name: string, title: string, rows: Row[]): void {
  console.log(`\n${renderTable(title, rows)}\n`);
  fs.mkdirSync(resultsDir, { recursive: true });
  const result = { name, title, at: new Date().toISOString(), node: process.version, rows };
  fs.writeFileSync(path.join(resultsDir, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
