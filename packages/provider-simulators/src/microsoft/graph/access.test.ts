import { describe, expect, test } from 'vitest';
import { addMicrosoftAccount } from './accounts';
import { ANN, createTestGraph } from './test-graph';
import type { TestGraph } from './test-graph';

async function refusal(g: TestGraph, verb: string, path: string, options = {}): Promise<[number, string]> {
  const { status, json } = await g.call(verb, path, options);
  return [status, json?.error?.code];
}

describe('access', () => {
  test('needs the permission for what is asked', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    const denied = [403, 'ErrorAccessDenied'];
    const readOnly = { scopes: ['https://graph.microsoft.com/Mail.Read'] };
    expect((await g.call('GET', '/me/messages', readOnly)).status).toBe(200);
    expect(await refusal(g, 'PATCH', `/me/messages/${id}`, { ...readOnly, body: { isRead: true } })).toEqual(denied);
    expect(await refusal(g, 'DELETE', `/me/messages/${id}`, readOnly)).toEqual(denied);
    expect(await refusal(g, 'GET', '/me/outlook/masterCategories', readOnly)).toEqual(denied);
    expect(await refusal(g, 'GET', '/me/mailboxSettings', { scopes: ['MailboxSettings.Read'] })).toEqual([
      200,
      undefined,
    ]);
    expect(await refusal(g, 'GET', '/me', readOnly)).toEqual([403, 'Authorization_RequestDenied']);
    expect(await refusal(g, 'GET', '/me', { scopes: ['user.read'] })).toEqual([200, undefined]);
    expect(await refusal(g, 'GET', '/me/messages', { scopes: ['User.Read'] })).toEqual(denied);
  });

  test('without a mailbox there is a person but no mail', async () => {
    const g = createTestGraph();
    addMicrosoftAccount(g.state, { address: 'carl@contoso.example', kind: 'work', withoutMailbox: true });
    const account = 'carl@contoso.example';
    const me = await g.call('GET', '/me', { account });
    expect([me.status, me.json.mail, me.json.userPrincipalName]).toEqual([200, null, account]);
    for (const path of [
      '/me/messages',
      '/me/mailFolders/inbox',
      '/me/outlook/masterCategories',
      '/me/mailboxSettings',
    ]) {
      expect(await refusal(g, 'GET', path, { account })).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
    }
  });

  test('by the own name is the same, by another it is denied', async () => {
    const g = createTestGraph({ account: { messages: 3 } });
    expect((await g.call('GET', `/users/${ANN}/messages`)).json.value).toHaveLength(3);
    expect(await refusal(g, 'GET', '/users/ben@outlook.example/messages')).toEqual([403, 'ErrorAccessDenied']);
  });

  test('to what does not exist is refused', async () => {
    const g = createTestGraph();
    expect(await refusal(g, 'GET', '/me/nothing')).toEqual([400, 'BadRequest']);
    expect(await refusal(g, 'GET', '/groups')).toEqual([400, 'BadRequest']);
    expect(await refusal(g, 'POST', '/me/messages', { body: {} })).toEqual([405, 'Request_BadRequest']);
    expect(await refusal(g, 'PATCH', '/me/messages/x', { body: '{broken' })).toEqual([400, 'BadRequest']);
    const options = { body: { isRead: true }, headers: { 'content-type': 'text/plain' } };
    expect(await refusal(g, 'PATCH', '/me/messages/x', options)).toEqual([415, 'RequestBodyRead']);
  });

  test('errors have Graph’s envelope, with the ids that a log needs', async () => {
    const g = createTestGraph();
    const headers = { 'client-request-id': 'my-own-id' };
    const { json, headers: answered } = await g.call('GET', '/me/messages/x', { headers });
    expect(json).toEqual({
      error: {
        code: 'ErrorInvalidIdMalformed',
        message: 'Id is malformed.',
        innerError: {
          date: '2026-11-02T12:00:00',
          'request-id': answered['request-id'],
          'client-request-id': 'my-own-id',
        },
      },
    });
    expect(answered['request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answered['client-request-id']).toBe('my-own-id');
  });
});

describe('accidents', () => {
  test('fail, lose, garble and repeat answers', async () => {
    const g = createTestGraph({ account: { messages: 30 } });
    const suffer = async (accident: (typeof g.planned)[number], path = '/me/messages?$select=subject') => {
      g.planned.push({ method: 'messages.list', ...accident });
      return g.raw('GET', path);
    };
    expect((await suffer({ kind: 'status', status: 503, ms: 5000 })).headers['retry-after']).toBe('5');
    expect((await suffer({ kind: 'status', status: 504 })).body.toString()).toContain('"UnknownError","message":""');
    expect((await suffer({ kind: 'drop' })).fault).toBe('drop');
    expect((await suffer({ kind: 'cut' })).fault).toBe('cut');
    expect((await suffer({ kind: 'reset' })).fault).toBe('drop');
    const garbled = (await suffer({ kind: 'malformed' })).body.toString();
    expect(() => JSON.parse(garbled) as unknown).toThrow();
    const missing = JSON.parse((await suffer({ kind: 'missingFields', fields: ['value.subject'] })).body.toString());
    expect(Object.keys(missing.value[0])).toEqual(['@odata.etag', 'id']);
    const foreign = JSON.parse((await suffer({ kind: 'foreignLink', body: 'https://evil.example' })).body.toString());
    expect(foreign['@odata.nextLink']).toMatch(/^https:\/\/evil\.example\/v1\.0\/me\/messages\?/);
    const repeated = JSON.parse((await suffer({ kind: 'duplicatePage' })).body.toString());
    expect(repeated.value).toHaveLength(13);
  });

  test('hit a message by either of its ids, also inside of a batch', async () => {
    const g = createTestGraph({ account: { messages: 5 } });
    const [id = ''] = g.control.newMail({ account: ANN });
    const { defaultId } = g.control.truth({ account: ANN }).messages[id] ?? { defaultId: '' };
    g.planned.push({ kind: 'ghost', messageId: defaultId, times: null });
    expect((await g.call('GET', `/me/messages/${id}`)).status).toBe(404);
    const requests = [{ id: '1', method: 'GET', url: `/me/messages/${id}` }];
    const { json } = await g.call('POST', '/$batch', { body: { requests } });
    expect(json.responses[0].status).toBe(404);
  });

  test('work that was done is done although its answer says otherwise', async () => {
    const g = createTestGraph();
    const [id] = g.control.newMail({ account: ANN });
    g.planned.push({ kind: 'statusAfterWork', method: 'messages.update' });
    expect((await g.call('PATCH', `/me/messages/${id}`, { body: { isRead: true } })).status).toBe(504);
    expect(g.control.truth({ account: ANN }).messages[id ?? '']?.isRead).toBe(true);
  });
});
