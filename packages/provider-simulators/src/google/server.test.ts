import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGoogleSimulator } from './server';
import type { RunningGoogleSimulator } from './server';
import { ANN } from './test-client';

let google: RunningGoogleSimulator;
let token: string;

beforeAll(async () => {
  google = await startGoogleSimulator({
    accounts: [
      { address: ANN, name: 'Ann <script>', messages: 100 },
      { address: 'none@gmail.example', withoutMailbox: true },
    ],
    quota: { enforced: false },
  });
  token = google.control.issueTokens({ account: ANN }).accessToken;
});

afterAll(() => google.close());

const profile = () =>
  fetch(`${google.url}/gmail/v1/users/me/profile`, { headers: { authorization: `Bearer ${token}` } });

async function control(name: string, args: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${google.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(args) });
  return { status: response.status, json: await response.json() };
}

test('the home page lists accounts, escapes names, and every button calls something that exists', async () => {
  const page = await (await fetch(google.url)).text();
  expect(page).toContain('100 messages');
  expect(page).toContain('Ann &lt;script&gt;');
  expect(page).toContain('This Google account has no Gmail.');
  const unescape = (text: string) =>
    text
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&');
  const buttons = [...page.matchAll(/data-call="(\w+)" data-args="([^"]*)"/g)];
  expect(buttons.length).toBeGreaterThan(20);
  for (const [, name = '', args = ''] of buttons) {
    const { status, json } = await control(name, JSON.parse(unescape(args)));
    expect([name, status, json]).toEqual([name, 200, expect.anything()]);
  }
  await control('clearAccidents', {});
  await control('setLatency', { ms: 0 });
  token = google.control.issueTokens({ account: ANN }).accessToken;
});

test('control calls over HTTP do what they do in process, and say what is wrong', async () => {
  const arrived = await control('newMail', { account: ANN, subject: 'Grüße' });
  const id = (arrived.json as string[])[0] ?? '';
  const truth = (await control('truth', { account: ANN })).json as { messages: Record<string, { subject: string }> };
  expect(truth.messages[id]?.subject).toBe('Grüße');
  expect(await control('newMail', { account: 'nobody@x.example' })).toEqual({
    status: 400,
    json: { error: 'There is no simulated Google account nobody@x.example.' },
  });
  expect((await control('handle', {})).status).toBe(404);
  expect((await control('constructor', {})).status).toBe(404);
});

test('a dropped answer and a cut body end real connections, and the next call works', async () => {
  await control('accident', { kind: 'drop' });
  await expect(profile()).rejects.toThrow('fetch failed');
  await control('accident', { kind: 'cut' });
  const response = await profile();
  await expect(response.text()).rejects.toThrow('terminated');
  expect((await profile()).status).toBe(200);
});

test('latency is waited out for every answer', async () => {
  await control('setLatency', { ms: 60 });
  const before = performance.now();
  await profile();
  expect(performance.now() - before).toBeGreaterThanOrEqual(55);
  await control('setLatency', { ms: 0 });
});
