import { ensureDeployed } from '../scripts/lib/build.mjs';
import { ensureHost } from '../scripts/lib/dependencies.mjs';

/** Before the browser tests: the built plugin in the host. */
export default async function setup(): Promise<void> {
  await ensureHost();
  await ensureDeployed();
}
