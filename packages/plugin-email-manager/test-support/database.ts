export { openTestDatabase, type Dialect } from './test-database';
import { describe } from 'vitest';
import { postgresMissing, postgresServer, type Dialect } from './test-database';

/** Describes the same tests once on SQLite and once on PostgreSQL. Without a server the second is reported as skipped. */
export function describeOnEachDatabase(name: string, tests: (dialect: Dialect) => void): void {
  describe(`${name} on SQLite`, () => tests('sqlite'));
  if (postgresServer) describe(`${name} on PostgreSQL`, () => tests('postgres'));
  else describe.skip(`${name} on PostgreSQL (skipped: ${postgresMissing})`, () => tests('postgres'));
}
