// npm run demo [-- --keep --quota real|off]: a fresh NocoBase with the plugin, a simulated Google, and three people to be.
import fs from 'node:fs';
import path from 'node:path';
import { ensureDeployed } from './lib/build.mjs';
import { ensureDependencies, ensureHost } from './lib/dependencies.mjs';
import { hostApi, launchHost, waitForHost } from './lib/host.mjs';
import { keepRunning } from './lib/keep-running.mjs';
import { demoOptions } from './lib/options.mjs';
import { dataDir } from './lib/paths.mjs';
import { assertPortFree } from './lib/ports.mjs';
import { startGoogleSimulator } from './lib/simulator.mjs';
import { main, step } from './lib/steps.mjs';

const ADMINISTRATOR = { nickname: 'Administrator', email: 'admin@nocobase.com', password: 'admin123' };
const PEOPLE = [
  { username: 'ann', nickname: 'Ann', email: 'ann@example.com', password: 'ann12345' },
  { username: 'ben', nickname: 'Ben', email: 'ben@example.com', password: 'ben12345' },
];

/** Ann's is made of real public messages; Carl has a Google account without Gmail, which the plugin has to refuse. */
const MAILBOXES = 'ann@gmail.example=corpus,ben@gmail.example,admin@gmail.example,carl@gmail.example=none';

/** Everything an administrator would do by hand in the pages: enable, enter the Google client, create the users. */
async function setUp(baseUrl, client) {
  const api = hostApi(baseUrl);
  const token = await api.login(ADMINISTRATOR.email, ADMINISTRATOR.password);
  await api.enablePlugin(token);
  await api.expectOk('POST', '/api/mailProviders:update?filterByTk=google', {
    token,
    body: { clientId: client.clientId, clientSecret: client.clientSecret, enabled: true },
  });
  for (const person of PEOPLE) await api.ensureUser(token, person);
}

function printSummary({ port, simulatorUrl, logs }) {
  const logins = [ADMINISTRATOR, ...PEOPLE].map(
    ({ nickname, email, password }) => `  ${nickname.padEnd(14)} ${email.padEnd(20)} ${password}`,
  );
  console.log(`
Email manager demo
  NocoBase       http://localhost:${port}/  (and the modern client: http://localhost:${port}/v/)
  Simulator      ${simulatorUrl}/  (make mail arrive, break things)

${logins.join('\n')}

Sign in as Ann, open the mail icon at the top right, and link a mailbox: the simulator shows Google's consent page.
Logs: ${logs}
Ctrl+C stops everything.`);
}

await main(async () => {
  const { port, quota, keep, messages } = demoOptions(process.argv.slice(2));
  await ensureDependencies();
  await ensureHost();
  await ensureDeployed();
  await assertPortFree(port);

  const demoDir = path.join(dataDir, 'demo');
  const storageDir = path.join(demoDir, 'storage');
  if (!keep) fs.rmSync(demoDir, { recursive: true, force: true });

  const started = [];
  try {
    const simulator = await step('Start the Google simulator', 0.2, () =>
      startGoogleSimulator({
        args: [
          ...['--mailboxes', MAILBOXES, '--messages', String(messages), '--quota', quota],
          ...['--state', path.join(demoDir, 'simulator.json')],
        ],
        logFile: path.join(demoDir, 'simulator.log'),
      }),
    );
    started.push({ name: 'The simulator', process: simulator.process });

    const host = await step('Start NocoBase', 0.5, async () => {
      const launched = launchHost({
        port,
        storageDir,
        env: {
          INIT_ROOT_EMAIL: ADMINISTRATOR.email,
          INIT_ROOT_PASSWORD: ADMINISTRATOR.password,
          INIT_ROOT_NICKNAME: ADMINISTRATOR.nickname,
          DB_DIALECT: 'sqlite',
          DB_STORAGE: path.join(storageDir, 'nocobase.sqlite'),
          ...simulator.environment,
          // The plugin paces itself by Google's table, whether or not the simulator counts.
          EMAIL_MANAGER_GOOGLE_QUOTA: quota === 'real' ? '2026' : 'off',
        },
      });
      // First in the list: it is stopped before what it talks to.
      started.unshift({ name: 'NocoBase', process: launched });
      await waitForHost(launched, port);
      return launched;
    });
    await step('Enable the plugin, enter the Google client, create Ann and Ben', 0.2, () =>
      setUp(`http://127.0.0.1:${port}`, simulator.client),
    );
    printSummary({ port, simulatorUrl: simulator.url, logs: path.dirname(host.logFile) });
  } catch (error) {
    for (const { process: child } of started) await child.stop();
    throw error;
  }
  await keepRunning(started);
});
