// npm start: NocoBase with the plugin for real credentials. APP_PORT, STORAGE_DIR and NocoBase's DB_* variables are honoured.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ensureDeployed } from './lib/build.mjs';
import { ensureDependencies, ensureHost } from './lib/dependencies.mjs';
import { hostApi, launchHost, waitForHost } from './lib/host.mjs';
import { keepRunning } from './lib/keep-running.mjs';
import { integerFromEnv } from './lib/options.mjs';
import { hostDir } from './lib/paths.mjs';
import { assertPortFree } from './lib/ports.mjs';
import { main, step } from './lib/steps.mjs';

const ROOT_EMAIL = process.env.INIT_ROOT_EMAIL ?? 'admin@nocobase.com';

/** Only what NocoBase's first start needs: later its own accounts count, and the plugin stays as the administrator left it. */
async function setUpFirstStart(baseUrl, password) {
  const api = hostApi(baseUrl);
  const token = await api.login(ROOT_EMAIL, password);
  await api.enablePlugin(token);
}

await main(async () => {
  const port = integerFromEnv('APP_PORT', 13_000);
  const storageDir = path.resolve(process.env.STORAGE_DIR ?? path.join(hostDir, 'storage'));
  await ensureDependencies();
  await ensureHost();
  await ensureDeployed();
  await assertPortFree(port);

  const firstStart = !fs.existsSync(path.join(storageDir, '.set-up'));
  const password = process.env.INIT_ROOT_PASSWORD ?? crypto.randomBytes(9).toString('base64url');
  const host = launchHost({ port, storageDir, env: { INIT_ROOT_EMAIL: ROOT_EMAIL, INIT_ROOT_PASSWORD: password } });
  const baseUrl = `http://127.0.0.1:${port}`;
  let account;
  try {
    await step('Start NocoBase', 0.5, () => waitForHost(host, port));
    if (firstStart) {
      try {
        await step('Enable the Email manager', 0.1, () => setUpFirstStart(baseUrl, password));
        account = `${ROOT_EMAIL} / ${password} (shown this once)`;
      } catch {
        // A database from elsewhere has an administrator with a password of its own.
        account = 'as before. Enable the plugin "Email manager" in the plugin manager if it is not enabled yet.';
      }
      fs.writeFileSync(path.join(storageDir, '.set-up'), '');
    }
  } catch (error) {
    await host.stop();
    throw error;
  }
  console.log(`\nNocoBase        http://localhost:${port}/ and http://localhost:${port}/v/`);
  if (account) console.log(`Administrator   ${account}`);
  console.log(`Log             ${host.logFile}\nCtrl+C stops it.`);
  await keepRunning([{ name: 'NocoBase', process: host }]);
});
