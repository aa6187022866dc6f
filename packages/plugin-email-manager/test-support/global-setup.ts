import { ensureDeployed } from '../../../scripts/lib/build.mjs';
import { ensureHost } from '../../../scripts/lib/dependencies.mjs';
import { startPostgres } from '../../../scripts/lib/postgres.mjs';

/** Before the integration tests: the built plugin in the host, and one PostgreSQL server for all files. */
export default async function setup(): Promise<() => Promise<void>> {
  await ensureHost();
  await ensureDeployed();
  try {
    const { stop, ...server } = await startPostgres();
    process.env.TEST_POSTGRES_SERVER = JSON.stringify(server);
    return stop;
  } catch (error) {
    process.env.TEST_POSTGRES_MISSING = (error as Error).message;
    return async () => {};
  }
}
