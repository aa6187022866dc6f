import { describe, expect, test } from 'vitest';
import { ANN, createTestGoogle } from './test-client';
import type { TestGoogle } from './test-client';

function setUp(messages = 40): { t: TestGoogle; ids: string[] } {
  const t = createTestGoogle({ messages });
  return { t, ids: Object.keys(t.google.control.truth({ account: ANN }).messages) };
}

const labelsOf = (t: TestGoogle, id = '') => t.google.control.truth({ account: ANN }).messages[id]?.labelIds;

async function failure(promise: Promise<unknown>): Promise<Error & { cause?: { code?: string } }> {
  return promise.then(
    () => {
      throw new Error('The call should have failed.');
    },
    (error: unknown) => error as Error & { cause?: { code?: string } },
  );
}

describe('accidents', () => {
  test('a dropped answer: the work is done, the caller learns nothing', async () => {
    const { t, ids } = setUp();
    t.google.control.accident({ kind: 'drop', method: 'messages.modify' });
    const error = await failure(t.call('POST', `messages/${ids[0]}/modify`, { addLabelIds: ['STARRED'] }));
    expect(error.cause?.code).toBe('ECONNRESET');
    expect(labelsOf(t, ids[0])).toContain('STARRED');
    expect((await t.call('POST', `messages/${ids[0]}/modify`, { removeLabelIds: ['STARRED'] })).status).toBe(200);
  });

  test('a reset before the work: nothing is done', async () => {
    const { t, ids } = setUp();
    t.google.control.accident({ kind: 'reset', method: 'messages.trash' });
    await failure(t.call('POST', `messages/${ids[0]}/trash`));
    expect(labelsOf(t, ids[0])).not.toContain('TRASH');
  });

  test('an error before the work and one after it', async () => {
    const { t, ids } = setUp();
    t.google.control.accident({ kind: 'status', status: 503, method: 'messages.modify' });
    t.google.control.accident({ kind: 'statusAfterWork', status: 504, method: 'messages.modify', skip: 1 });
    const modify = (i: number) => t.call('POST', `messages/${ids[i]}/modify`, { addLabelIds: ['Label_1'] });
    expect((await modify(0)).status).toBe(503);
    expect(labelsOf(t, ids[0])).not.toContain('Label_1');
    expect((await modify(1)).json.error.errors[0].reason).toBe('backendError');
    expect(labelsOf(t, ids[1])).toContain('Label_1');
    expect((await modify(0)).status).toBe(200);
  });

  test('a body that is cut in the middle', async () => {
    const { t, ids } = setUp();
    t.google.control.accident({ kind: 'cut' });
    expect((await failure(t.call('GET', `messages/${ids[0]}`))).message).toBe('terminated');
  });

  test('malformed JSON and missing fields', async () => {
    const { t, ids } = setUp();
    t.google.control.accident({ kind: 'malformed' });
    expect(await failure(t.call('GET', `messages/${ids[0]}`))).toBeInstanceOf(SyntaxError);
    t.google.control.accident({ kind: 'missingFields', fields: ['threadId', 'payload.headers'] });
    const { json } = await t.call('GET', `messages/${ids[0]}`);
    expect([json.id, json.threadId, json.payload.headers]).toEqual([ids[0], undefined, undefined]);
  });

  test('a slow call takes its time, by the simulator’s sleep', async () => {
    const { t } = setUp();
    const before = t.clock.now();
    t.google.control.accident({ kind: 'slow', ms: 4000 });
    expect((await t.call('GET', 'profile')).status).toBe(200);
    expect(t.clock.now() - before).toBe(4000);
  });

  test('a poison message fails for ever, alone, in its thread and in a batch, and no other does', async () => {
    const { t, ids } = setUp();
    t.google.control.poison({ messageId: ids[3] ?? '' });
    const threadId = t.google.control.truth({ account: ANN }).messages[ids[3] ?? '']?.threadId;
    for (let i = 0; i < 3; i++) expect((await t.call('GET', `messages/${ids[3]}`)).status).toBe(500);
    expect((await t.call('GET', `threads/${threadId}`)).status).toBe(500);
    expect((await t.call('GET', `messages/${ids[4]}`)).status).toBe(200);
    expect((await t.call('POST', `messages/${ids[3]}/modify`, { addLabelIds: ['STARRED'] })).status).toBe(200);
  });

  test('a ghost is listed but cannot be got', async () => {
    const { t } = setUp();
    const listed = (await t.call('GET', 'messages?maxResults=1')).json.messages[0].id;
    t.google.control.accident({ kind: 'ghost', method: 'messages.get', messageId: listed, times: null });
    expect((await t.call('GET', `messages/${listed}`)).status).toBe(404);
    expect((await t.call('GET', 'messages?maxResults=1')).json.messages[0].id).toBe(listed);
  });

  test('repeated and reordered pages, in lists and in history', async () => {
    const { t } = setUp();
    const normal = (await t.call('GET', 'messages?maxResults=5')).json;
    t.google.control.accident({ kind: 'duplicatePage', method: 'messages.list' });
    const second = (await t.call('GET', `messages?maxResults=5&pageToken=${normal.nextPageToken}`)).json.messages;
    expect(second.slice(0, 3)).toEqual(normal.messages.slice(2));
    expect(second).toHaveLength(8);

    const start = (await t.call('GET', 'profile')).json.historyId;
    t.google.control.newMail({ account: ANN, count: 4 });
    const straight = (await t.call('GET', `history?startHistoryId=${start}`)).json.history;
    t.google.control.accident({ kind: 'reorderPage', method: 'history.list' });
    expect((await t.call('GET', `history?startHistoryId=${start}`)).json.history).toEqual([...straight].reverse());
  });

  test('a throttled account is refused until its time is over, others are not', async () => {
    const { t } = setUp();
    t.google.control.addAccount({ address: 'ben@gmail.example' });
    const ben = t.google.control.issueTokens({ account: 'ben@gmail.example' }).accessToken;
    t.google.control.throttle({ account: ANN, seconds: 30 });
    expect((await t.call('GET', 'profile')).status).toBe(429);
    expect((await t.call('GET', 'profile', undefined, ben)).status).toBe(200);
    t.clock.advance(30_000);
    expect((await t.call('GET', 'profile')).status).toBe(200);
  });

  test('a failing token endpoint, and one whose answer is lost', async () => {
    const { t } = setUp();
    t.google.control.accident({ kind: 'status', status: 503, method: 'token' });
    expect((await t.postForm('/token', {})).status).toBe(503);
    t.google.control.accident({ kind: 'drop', method: 'token' });
    await failure(t.postForm('/token', {}));
    expect((await t.postForm('/token', {})).status).toBe(400);
  });

  test('a clock that jumps ends tokens', async () => {
    const { t } = setUp();
    t.google.control.jumpClock({ ms: 3600_000 });
    expect((await t.call('GET', 'profile')).status).toBe(401);
  });

  test('revoked consent shows at the next call', async () => {
    const { t } = setUp();
    expect(t.google.control.revokeConsent({ account: ANN })).toEqual({ revoked: 1 });
    expect((await t.call('GET', 'profile')).status).toBe(401);
  });

  test('cleared accidents do not happen', async () => {
    const { t } = setUp();
    t.google.control.accident({ kind: 'status', times: null });
    t.google.control.clearAccidents();
    expect((await t.call('GET', 'profile')).status).toBe(200);
  });
});
