import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended, output: () => output, errors: () => errors };
}

test('the command prints one line of JSON, serves the mailboxes it was told, and stops on SIGTERM', async () => {
  const spec = 'ann@gmail.example=30,none@gmail.example=none,ann@outlook.example=12,Eve@Contoso.example=empty';
  const { child, ended, output } = run('--mailboxes', spec, '--quota', 'off');
  try {
    await expect.poll(output, { timeout: 20_000 }).toContain('\n');
    interface Announced {
      url: string;
      client: object;
      environment: Record<string, string>;
      accounts: object[];
    }
    const line = JSON.parse(output()) as Announced & { microsoft: Announced };
    expect(line.accounts).toMatchObject([{ address: 'ann@gmail.example', messages: 30 }, { messages: null }]);
    expect(line.environment['EMAIL_MANAGER_GOOGLE_TOKEN_URL']).toBe(`${line.url}/token`);
    expect((await fetch(line.url)).status).toBe(200);
    const { microsoft } = line;
    expect(microsoft.accounts).toMatchObject([
      { address: 'ann@outlook.example', kind: 'personal', messages: 12 },
      { address: 'Eve@Contoso.example', kind: 'work', messages: 0 },
    ]);
    expect(microsoft.environment).toEqual({
      EMAIL_MANAGER_MICROSOFT_LOGIN_URL: microsoft.url,
      EMAIL_MANAGER_MICROSOFT_GRAPH_URL: `${microsoft.url}/v1.0`,
    });
    expect(await (await fetch(microsoft.url)).text()).toContain('The limits per mailbox are off.');
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
}, 30_000);

test('a state file brings the consents of both providers back', async () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'simulators-')), 'state.json');
  const tokens: string[] = [];
  for (const starts of [1, 2]) {
    const { child, ended, output } = run('--mailboxes', 'ann@gmail.example=3,ann@outlook.example=3', '--state', file);
    try {
      await expect.poll(output, { timeout: 20_000 }).toContain('\n');
      const { microsoft } = JSON.parse(output()) as { microsoft: { url: string; client: Record<string, string> } };
      if (starts === 1) {
        const body = JSON.stringify({ account: 'ann@outlook.example' });
        const issued = await fetch(`${microsoft.url}/__control/issueTokens`, { method: 'POST', body });
        tokens.push(((await issued.json()) as { refreshToken: string }).refreshToken);
      } else {
        const { clientId = '', clientSecret = '' } = microsoft.client;
        const form = { client_id: clientId, client_secret: clientSecret, refresh_token: tokens[0] ?? '' };
        const refreshed = await fetch(`${microsoft.url}/common/oauth2/v2.0/token`, {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'refresh_token', ...form }),
        });
        expect(refreshed.status).toBe(200);
      }
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  }
  fs.rmSync(path.dirname(file), { recursive: true });
}, 60_000);

test.each([
  ['--quota', 'sometimes'],
  ['--messages', '5x'],
  ['--nonsense', ''],
  ['--mailboxes', 'nobody'],
  ['--profile', 'huge'],
])(
  '%s %s is refused with a sentence',
  async (...args) => {
    const { ended, errors } = run(...args);
    expect(await ended).toBe(2);
    expect(errors()).toMatch(/^(--\w+ (must|needs)|"nobody" is no|There is no profile|Unknown option)/);
  },
  30_000,
);
