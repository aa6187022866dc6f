// npm run demo [-- --keep --quota real|off]: a fresh NocoBase with the plugin, simulated providers, and three people to be.
import fs from 'node:fs';
import path from 'node:path';
import { ensureDeployed } from './lib/build.mjs';
import { ensureDependencies, ensureHost } from './lib/dependencies.mjs';
import { hostApi, launchHost, waitForHost } from './lib/host.mjs';
import { keepRunning } from './lib/keep-running.mjs';
import { demoOptions } from './lib/options.mjs';
import { dataDir } from './lib/paths.mjs';
import { assertPortFree } from './lib/ports.mjs';
import { startSimulators } from './lib/simulator.mjs';
import { main, step } from './lib/steps.mjs';

const ADMINISTRATOR = { nickname: 'Administrator', email: 'admin@nocobase.com', password: 'admin123' };
const PEOPLE = [
  { username: 'ann', nickname: 'Ann', email: 'ann@example.com', password: 'ann12345' },
  { username: 'ben', nickname: 'Ben', email: 'ben@example.com', password: 'ben12345' },
];

/** Ann's are made of real public messages; Carl's accounts have no mailbox, which the plugin has to refuse. */
const MAILBOXES = [
  'ann@gmail.example=corpus,ben@gmail.example,admin@gmail.example,carl@gmail.example=none',
  'ann@outlook.example=corpus,ben@outlook.example,ann@contoso.example,carl@outlook.example=none',
].join(',');

/** Everything an administrator would do by hand in the pages: enable, enter the OAuth clients, create the users. */
async function setUp(baseUrl, { client, microsoft }) {
  const api = hostApi(baseUrl);
  const token = await api.login(ADMINISTRATOR.email, ADMINISTRATOR.password);
  await api.enablePlugin(token);
  await api.expectOk('POST', '/api/mailProviders:update?filterByTk=google', {
    token,
    body: { clientId: client.clientId, clientSecret: client.clientSecret, enabled: true },
  });
  await api.expectOk('POST', '/api/mailProviders:update?filterByTk=microsoft', {
    token,
    body: { ...microsoft.client, tenant: 'common', enabled: true },
  });
  for (const person of PEOPLE) await api.ensureUser(token, person);
}

function printSummary({ port, simulators, logs }) {
  const logins = [ADMINISTRATOR, ...PEOPLE].map(
    ({ nickname, email, password }) => `  ${nickname.padEnd(14)} ${email.padEnd(20)} ${password}`,
  );
  console.log(`
Email manager demo
  NocoBase       http://localhost:${port}/  (and the modern client: http://localhost:${port}/v/)
  Google         ${simulators.url}/  (simulated: make mail arrive, break things)
  Microsoft      ${simulators.microsoft.url}/  (the same, with tenants, secrets and folders)

${logins.join('\n')}

Sign in as Ann, open the mail icon at the top right, and link a mailbox: the simulators show
Google's and Microsoft's consent pages. ann@contoso.example is a work account: its tenant can keep consent to administrators.
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
    const simulators = await step('Start the simulators', 0.3, () =>
      startSimulators({
        args: [
          ...['--mailboxes', MAILBOXES, '--messages', String(messages), '--quota', quota],
          ...['--state', path.join(demoDir, 'simulator.json')],
        ],
        logFile: path.join(demoDir, 'simulator.log'),
      }),
    );
    started.push({ name: 'The process of the simulators', process: simulators.process });

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
          ...simulators.environment,
          // The plugin paces itself by the providers' tables, whether or not the simulators count.
          EMAIL_MANAGER_GOOGLE_QUOTA: quota === 'real' ? '2026' : 'off',
          EMAIL_MANAGER_MICROSOFT_QUOTA: quota === 'real' ? 'on' : 'off',
        },
      });
      // First in the list: it is stopped before what it talks to.
      started.unshift({ name: 'NocoBase', process: launched });
      await waitForHost(launched, port);
      return launched;
    });
    await step('Enable the plugin, enter both OAuth clients, create Ann and Ben', 0.2, () =>
      setUp(`http://127.0.0.1:${port}`, simulators),
    );
    printSummary({ port, simulators, logs: path.dirname(host.logFile) });
  } catch (error) {
    for (const { process: child } of started) await child.stop();
    throw error;
  }
  await keepRunning(started);
});
