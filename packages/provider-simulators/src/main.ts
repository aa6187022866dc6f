import { parseArgs } from 'node:util';
import type { Clock } from './clock';
import type { AccountOptions } from './google/accounts';
import { historyIdBaseOf, openKeptState, saveKeptState } from './google/kept-state';
import type { QuotaOptions } from './google/quota';
import { startGoogleSimulator } from './google/server';
import { DEFAULT_CLIENT } from './google/simulator';
import { DEFAULT_MICROSOFT_CLIENT, DEFAULT_TENANTS } from './microsoft/identity/directory';
import { keepMicrosoft, restoreMicrosoft } from './microsoft/kept-state';
import { startMicrosoftSimulator } from './microsoft/server';
import type { ProfileName } from './seed/profiles';
import { PROFILES } from './seed/profiles';

const MICROSOFT_DOMAINS = new Set(DEFAULT_TENANTS.flatMap((tenant) => tenant.domains ?? []));

const DEFAULT_MAILBOXES = [
  'ann@gmail.example=corpus,ben@gmail.example,carl@gmail.example=none',
  'ann@outlook.example=corpus,ben@outlook.example,ann@contoso.example',
].join(',');

const USAGE = `Usage: tsx src/main.ts [options]
  --port N            loopback port of Google, 0 (default) for any free one
  --microsoft-port N  loopback port of Microsoft, 0 (default) for any free one
  --mailboxes SPEC    address[=messages|corpus|none|empty], comma-separated; those at ${[...MICROSOFT_DOMAINS].join(', ')}
                      are Microsoft's, all others Google's; default: ${DEFAULT_MAILBOXES}
  --messages N        messages per mailbox (2000)
  --profile NAME      ${Object.keys(PROFILES).join(' | ')} (demo)
  --seed N            seed of the generated mail
  --quota WORD        real | old | off (real); both providers, old is Google's older table
  --latency MS        added to every answer (0)
  --corpus            every mailbox holds real messages of the public corpus
  --state FILE        keeps consents between runs, and brings the same generated mail back
  --unverified        shows the "unverified app" page
`;

const values = readArguments();

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        'microsoft-port': { type: 'string', default: '0' },
        mailboxes: { type: 'string', default: DEFAULT_MAILBOXES },
        messages: { type: 'string', default: '2000' },
        profile: { type: 'string', default: 'demo' },
        seed: { type: 'string' },
        quota: { type: 'string', default: 'real' },
        latency: { type: 'string', default: '0' },
        corpus: { type: 'boolean', default: false },
        state: { type: 'string' },
        unverified: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

if (values.help) {
  process.stdout.write(USAGE);
} else {
  await run();
}

async function run(): Promise<void> {
  const file = values.state;
  const kept = file === undefined ? undefined : openKeptState(file, Date.now());
  // While the mailboxes are seeded, the clock stands where it stood at the first start.
  let seeding = kept !== undefined;
  const clock: Clock = { now: () => (seeding && kept ? kept.seededAt : Date.now()) };
  const mailboxes = readMailboxes();
  const quota = readQuota(values.quota);
  const latencyMs = readNumber('latency', values.latency);
  const google = await startGoogleSimulator({
    clock,
    port: readNumber('port', values.port),
    accounts: mailboxes
      .filter(({ address }) => !isMicrosofts(address))
      .map((account) => (kept ? { ...account, historyIdBase: historyIdBaseOf(kept) } : account)),
    quota,
    latencyMs,
    clients: [{ ...DEFAULT_CLIENT, unverified: values.unverified }],
  });
  const microsoft = await startMicrosoftSimulator({
    clock,
    port: readNumber('microsoft-port', values['microsoft-port']),
    accounts: mailboxes.filter(({ address }) => isMicrosofts(address)),
    limits: { enforced: quota.enforced ?? true },
    latencyMs,
  });
  seeding = false;
  if (kept) {
    google.state.grants.restore(kept.grants);
    restoreMicrosoft(microsoft.state, kept.microsoft, kept.starts);
  }
  // One line that a program reads: where the simulators are and what to configure.
  const line = {
    url: google.url,
    client: DEFAULT_CLIENT,
    environment: google.environment,
    accounts: google.control.accounts(),
    microsoft: {
      url: microsoft.url,
      client: DEFAULT_MICROSOFT_CLIENT,
      environment: microsoft.environment,
      accounts: microsoft.control.accounts(),
    },
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const stop = () => {
    if (kept && file !== undefined) {
      saveKeptState(file, { ...kept, grants: google.state.grants.keep(), microsoft: keepMicrosoft(microsoft.state) });
    }
    void Promise.all([google.close(), microsoft.close()]).then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function isMicrosofts(address: string): boolean {
  return MICROSOFT_DOMAINS.has(address.slice(address.indexOf('@') + 1).toLowerCase());
}

function readMailboxes(): AccountOptions[] {
  const messages = readNumber('messages', values.messages);
  const profile = values.profile as ProfileName;
  if (!(profile in PROFILES)) fail(`There is no profile "${profile}".`);
  return values.mailboxes.split(',').map((entry) => {
    const [address = '', content = values.corpus ? 'corpus' : String(messages)] = entry.trim().split('=');
    if (!/^[^@\s]+@[^@\s]+$/.test(address)) fail(`"${address}" is no mail address.`);
    const local = address.split('@')[0] ?? address;
    const name = local.charAt(0).toUpperCase() + local.slice(1);
    const seed = values.seed === undefined ? {} : { seed: readNumber('seed', values.seed) };
    if (content === 'none') return { address, name, withoutMailbox: true };
    if (content === 'empty') return { address, name };
    if (content === 'corpus') return { address, name, corpus: messages, ...seed };
    return { address, name, messages: readNumber('mailboxes', content), profile, ...seed };
  });
}

function readQuota(word: string): Partial<QuotaOptions> {
  if (word === 'real') return { table: '2026', enforced: true };
  if (word === 'old') return { table: 'old', enforced: true };
  if (word === 'off') return { table: '2026', enforced: false };
  return fail(`--quota must be real, old or off, not "${word}".`);
}

function readNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) fail(`--${option} needs a whole number, not "${text}".`);
  return Number(text);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n${USAGE}`);
  process.exit(2);
}
