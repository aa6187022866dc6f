import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMicrosoftSimulator } from './server';
import type { RunningMicrosoftSimulator } from './server';
import { ANN, WORK_ANN } from './test-client';

let microsoft: RunningMicrosoftSimulator;
let token: string;

beforeAll(async () => {
  microsoft = await startMicrosoftSimulator({
    accounts: [
      { address: ANN, name: 'Ann <script>', messages: 100 },
      { address: WORK_ANN, messages: 3 },
      { address: 'none@outlook.example', withoutMailbox: true },
    ],
  });
  token = microsoft.control.issueTokens({ account: ANN }).accessToken;
});

afterAll(() => microsoft.close());

const inbox = () =>
  fetch(`${microsoft.environment['EMAIL_MANAGER_MICROSOFT_GRAPH_URL']}/me/mailFolders/inbox`, {
    headers: { authorization: `Bearer ${token}` },
  });

async function control(name: string, args: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${microsoft.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(args) });
  return { status: response.status, json: await response.json() };
}

test('the home page lists accounts, escapes names, and every button calls something that works', async () => {
  const page = await (await fetch(microsoft.url)).text();
  expect(page).toContain('100 messages');
  expect(page).toContain('Ann &lt;script&gt;');
  expect(page).toContain('This Microsoft account has no mailbox.');
  const unescape = (text: string) =>
    text
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&');
  const buttons = [...page.matchAll(/data-call="(\w+)" data-args="([^"]*)"/g)];
  expect(buttons.length).toBeGreaterThan(60);
  for (const [, name = '', args = ''] of buttons) {
    const { status, json } = await control(name, JSON.parse(unescape(args)));
    expect([name, status, json]).toEqual([name, 200, expect.anything()]);
  }
  await control('clearAccidents', {});
  await control('setLatency', { ms: 0 });
  await control('endChallenge', { account: ANN });
  token = microsoft.control.issueTokens({ account: ANN }).accessToken;
});

test('links that Graph writes lead back to the server', async () => {
  const response = await fetch(`${microsoft.url}/v1.0/me/messages?$top=1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { '@odata.nextLink': next } = (await response.json()) as { '@odata.nextLink': string };
  expect(next.startsWith(`${microsoft.url}/v1.0/`)).toBe(true);
  expect((await fetch(next, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
});

test('control calls over HTTP do what they do in process, and say what is wrong', async () => {
  const arrived = await control('newMail', { account: ANN, subject: 'Grüße' });
  const id = (arrived.json as string[])[0] ?? '';
  const truth = (await control('truth', { account: ANN })).json as { messages: Record<string, { subject: string }> };
  expect(truth.messages[id]?.subject).toBe('Grüße');
  expect(await control('newMail', { account: 'nobody@x.example' })).toEqual({
    status: 400,
    json: { error: 'There is no simulated Microsoft account nobody@x.example.' },
  });
  for (const hidden of ['handle', 'constructor', 'makeFolder', 'app']) {
    expect((await control(hidden, {})).status).toBe(404);
  }
});

test('a dropped answer and a cut body end real connections, and the next call works', async () => {
  await control('loseNextAnswer', {});
  await expect(inbox()).rejects.toThrow('fetch failed');
  await control('accident', { kind: 'cut' });
  const response = await inbox();
  await expect(response.text()).rejects.toThrow('terminated');
  expect((await inbox()).status).toBe(200);
});

test('five calls at once: four run, the fifth is refused', async () => {
  await control('setLatency', { ms: 150 });
  await control('resetCounters', {});
  const answers = await Promise.all(Array.from({ length: 5 }, inbox));
  expect(answers.map((a) => a.status).sort()).toEqual([200, 200, 200, 200, 429]);
  expect(microsoft.control.counters().limits[ANN]).toMatchObject({ highestRunning: 4 });
  await control('setLatency', { ms: 0 });
});

test('an account without a mailbox is told so', async () => {
  const { accessToken } = microsoft.control.issueTokens({ account: 'none@outlook.example' });
  const headers = { authorization: `Bearer ${accessToken}` };
  expect((await fetch(`${microsoft.url}/v1.0/me`, { headers })).status).toBe(200);
  const refused = await fetch(`${microsoft.url}/v1.0/me/messages`, { headers });
  expect(refused.status).toBe(404);
  expect(await refused.json()).toMatchObject({ error: { code: 'MailboxNotEnabledForRESTAPI' } });
});
