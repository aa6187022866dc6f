import { spawn } from 'node:child_process';
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
  const { child, ended, output } = run('--mailboxes', 'ann@gmail.example=30,none@gmail.example=none', '--quota', 'off');
  try {
    await expect.poll(output, { timeout: 20_000 }).toContain('\n');
    const line = JSON.parse(output()) as { url: string; environment: Record<string, string>; accounts: object[] };
    expect(line.accounts).toMatchObject([{ address: 'ann@gmail.example', messages: 30 }, { messages: null }]);
    expect(line.environment['EMAIL_MANAGER_GOOGLE_TOKEN_URL']).toBe(`${line.url}/token`);
    expect((await fetch(line.url)).status).toBe(200);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
}, 30_000);

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
