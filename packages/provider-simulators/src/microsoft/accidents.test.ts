import { beforeEach, describe, expect, test } from 'vitest';
import { ANN, WORK_ANN, createTestSignIn } from './test-client';
import type { SignInAnswer, TestSignIn } from './test-client';

let t: TestSignIn;
let token: string;

beforeEach(() => {
  t = createTestSignIn({
    accounts: [
      { address: ANN, messages: 30, profile: 'tiny' },
      { address: WORK_ANN, messages: 5 },
    ],
  });
  token = t.microsoft.control.issueTokens({ account: ANN }).accessToken;
});

const truth = () => t.microsoft.control.truth({ account: ANN });

function newest(): string {
  const id = t.microsoft.control.newMail({ account: ANN, subject: 'Newest' })[0];
  if (id === undefined) throw new Error('No mail arrived.');
  return id;
}

async function call(method: string, path: string, body?: unknown): Promise<SignInAnswer> {
  const response = await t.fetch(`https://graph.microsoft.com/v1.0/me${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      prefer: 'IdType="ImmutableId"',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) };
}

describe('accidents of mail calls', () => {
  test('a lost answer: the work is done, the caller learns nothing', async () => {
    const id = newest();
    t.microsoft.control.loseNextAnswer({ method: 'messages.update' });
    await expect(call('PATCH', `/messages/${id}`, { isRead: true })).rejects.toThrow('fetch failed');
    expect(truth().messages[id]?.isRead).toBe(true);
    expect((await call('PATCH', `/messages/${id}`, { isRead: false })).status).toBe(200);
  });

  test('a reset before the work: nothing is done', async () => {
    const id = newest();
    t.microsoft.control.accident({ kind: 'reset', method: 'messages.update' });
    await expect(call('PATCH', `/messages/${id}`, { isRead: true })).rejects.toThrow('fetch failed');
    expect(truth().messages[id]?.isRead).toBe(false);
  });

  test('a number of errors, after some calls that pass, of one account only', async () => {
    t.microsoft.control.accident({ kind: 'status', status: 503, times: 2, skip: 1, account: ANN });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await call('GET', '/mailFolders/inbox')).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    t.microsoft.control.accident({ kind: 'status', status: 503, account: WORK_ANN });
    expect((await call('GET', '/mailFolders/inbox')).status).toBe(200);
  });

  test('an accident named by method leaves other methods alone, and a batch has to be named', async () => {
    t.microsoft.control.accident({ kind: 'status', method: 'messages.delta', status: 410 });
    expect((await call('GET', '/messages?$top=1')).status).toBe(200);
    expect((await call('GET', '/mailFolders/inbox/messages/delta')).status).toBe(410);
    t.microsoft.control.accident({ kind: 'malformed', method: 'batch' });
    const requests = [{ id: '1', method: 'GET', url: '/me/mailFolders/inbox' }];
    await expect(batch(requests)).rejects.toBeInstanceOf(SyntaxError);
    t.microsoft.control.accident({ kind: 'status', status: 503 });
    const answer = await batch(requests);
    expect([answer.status, answer.json.responses[0].status]).toEqual([200, 503]);
  });

  async function batch(requests: unknown[]): Promise<SignInAnswer> {
    const response = await t.fetch('https://graph.microsoft.com/v1.0/$batch', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ requests }),
    });
    return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) as unknown };
  }

  test('a poison message fails for ever, and no other does', async () => {
    const id = newest();
    const other = newest();
    t.microsoft.control.poison({ messageId: id });
    for (let i = 0; i < 3; i++) expect((await call('GET', `/messages/${id}`)).status).toBe(500);
    expect((await call('GET', `/messages/${other}`)).status).toBe(200);
    t.microsoft.control.clearAccidents();
    expect((await call('GET', `/messages/${id}`)).status).toBe(200);
  });

  test('a link to another host, a missing field, a message that lists show and gets do not', async () => {
    t.microsoft.control.foreignLink({ origin: 'https://evil.example' });
    const page = await call('GET', '/messages?$top=2');
    expect(page.json['@odata.nextLink']).toMatch(/^https:\/\/evil\.example\/v1\.0\//);
    t.microsoft.control.accident({ kind: 'missingFields', fields: ['conversationId'] });
    const id = newest();
    expect('conversationId' in (await call('GET', `/messages/${id}`)).json).toBe(false);
    t.microsoft.control.accident({ kind: 'ghost', messageId: id });
    expect((await call('GET', `/messages/${id}`)).json.error.code).toBe('ErrorItemNotFound');
  });

  test('throttling lasts as long as it says, by the simulator’s clock', async () => {
    t.microsoft.control.throttle({ account: ANN, seconds: 30 });
    const refused = await call('GET', '/mailFolders/inbox');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    t.clock.advance(29_999);
    expect((await call('GET', '/mailFolders/inbox')).status).toBe(429);
    t.clock.advance(1);
    expect((await call('GET', '/mailFolders/inbox')).status).toBe(200);
  });

  test('a slow call takes its time, and a jump of the clock ends tokens', async () => {
    const before = t.clock.now();
    t.microsoft.control.slow({ ms: 4000 });
    expect((await call('GET', '/mailFolders/inbox')).status).toBe(200);
    expect(t.clock.now() - before).toBe(4000);
    t.microsoft.control.jumpClock({ ms: 3_600_000 });
    expect((await call('GET', '/mailFolders/inbox')).status).toBe(401);
  });

  test('an accident or a switch that does not exist is refused with a sentence', () => {
    expect(() => t.microsoft.control.accident({ kind: 'earthquake' })).toThrow('no accident of the kind "earthquake"');
    expect(() => t.microsoft.control.setSwitches({ nothing: 1 } as never)).toThrow('no switch nothing');
  });
});

describe('events', () => {
  test('the names of the Google simulator work: star, untrash, expireHistory', async () => {
    const id = newest();
    t.microsoft.control.star({ account: ANN, ids: [id] });
    expect(truth().messages[id]?.flagged).toBe(true);
    t.microsoft.control.trash({ account: ANN, ids: [id] });
    t.microsoft.control.untrash({ account: ANN, ids: [id] });
    const inbox = (await call('GET', '/mailFolders/inbox')).json.id as string;
    expect(truth().messages[id]?.parentFolderId).toBe(inbox);
    let link = '/mailFolders/inbox/messages/delta';
    let page = await call('GET', link);
    while (page.json['@odata.nextLink']) {
      link = (page.json['@odata.nextLink'] as string).slice('https://graph.microsoft.com/v1.0/me'.length);
      page = await call('GET', link.replace(/^.*?\/mailFolders/, '/mailFolders'));
    }
    const delta = (page.json['@odata.deltaLink'] as string).replace(/^.*?\/mailFolders/, '/mailFolders');
    expect((await call('GET', delta)).status).toBe(200);
    t.microsoft.control.expireHistory({ account: ANN });
    expect((await call('GET', delta)).status).toBe(410);
  });
});

describe('counters', () => {
  test('count requests by method and status, items of a batch one by one, and refusals by minute', async () => {
    t.microsoft.control.resetCounters();
    await call('GET', '/mailFolders/inbox');
    await call('GET', '/messages/nonsense');
    t.microsoft.control.throttle({ seconds: 1 });
    await call('GET', '/mailFolders/inbox');
    const counters = t.microsoft.control.counters();
    expect(counters).toMatchObject({
      apiRequests: 3,
      calls: { 'mailFolders.get': 2, 'messages.get': 1 },
      answers: { 200: 1, 400: 1, 429: 1 },
      answersByMethod: { 'mailFolders.get': { 200: 1, 429: 1 } },
      refusedPerMinute: { '2026-11-02T12:00:00.000Z': 1 },
      requestsByAccount: { [ANN]: 3 },
    });
    expect(counters.limits[ANN]).toMatchObject({ usedInWindow: 3, highestRunning: 1, limit: 10_000 });
  });

  test('the busy share is that of the four slots, in the time in which anything ran', async () => {
    t.microsoft.control.setLatency({ ms: 100 });
    t.microsoft.control.resetCounters();
    await call('GET', '/mailFolders/inbox');
    t.clock.advance(60_000);
    await call('GET', '/mailFolders/inbox');
    expect(t.microsoft.control.counters().limits[ANN]).toMatchObject({
      activeMs: 200,
      busySlotMs: 200,
      busyShare: 0.25,
    });
    t.microsoft.control.resetCounters();
    expect(t.microsoft.control.counters().limits[ANN]).toMatchObject({ activeMs: 0, busyShare: 0 });
  });
});
