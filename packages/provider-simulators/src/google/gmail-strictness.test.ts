import { describe, expect, test } from 'vitest';
import { ANN, createTestGoogle } from './test-client';
import { SCOPE_LABELS, SCOPE_METADATA, SCOPE_READONLY } from './scopes';

describe('what Gmail refuses', () => {
  const t = createTestGoogle();
  const someId = Object.keys(t.google.control.truth({ account: ANN }).messages)[0] ?? '';

  test.each([
    ['an unknown parameter', 'GET', 'messages?pagesize=5', 400, 'invalidArgument'],
    ['501 results a page', 'GET', 'messages?maxResults=501', 400, 'invalidArgument'],
    ['0 results a page', 'GET', 'messages?maxResults=0', 400, 'invalidArgument'],
    ['a page size that is no number', 'GET', 'messages?maxResults=many', 400, 'invalidArgument'],
    ['an unknown label', 'GET', 'messages?labelIds=Label_99', 400, 'invalidArgument'],
    ['a page token of nobody', 'GET', 'messages?pageToken=abc', 400, 'invalidArgument'],
    ['an id that is no number', 'GET', 'messages/hello', 400, 'invalidArgument'],
    ['a message that is not there', 'GET', 'messages/1234567890abcdef', 404, 'notFound'],
    ['an unknown format', 'GET', `messages/${someId}?format=everything`, 400, 'invalidArgument'],
    ['the raw format of a thread', 'GET', `threads/${someId}?format=raw`, 400, 'invalidArgument'],
    ['history without a start', 'GET', 'history', 400, 'required'],
    ['a start that is no number', 'GET', 'history?startHistoryId=x', 400, 'invalidArgument'],
    ['an unknown history type', 'GET', 'history?startHistoryId=1&historyTypes=everything', 400, 'invalidArgument'],
    ['a history id of another mailbox', 'GET', 'history?startHistoryId=1', 404, 'notFound'],
    ['a history id from the future', 'GET', 'history?startHistoryId=999999999999', 404, 'notFound'],
    ['an attachment id of nobody', 'GET', `messages/${someId}/attachments/abc`, 400, 'invalidArgument'],
    ['a draft that is not there', 'GET', 'drafts/r123', 404, 'notFound'],
    ['deleting a system label', 'DELETE', 'labels/INBOX', 400, 'invalidArgument'],
  ])('%s', async (_, verb, path, status, reason) => {
    const answer = await t.call(verb, path);
    expect([answer.status, answer.json.error.code, answer.json.error.errors[0].reason]).toEqual([
      status,
      status,
      reason,
    ]);
  });

  test.each([
    ['no change at all', {}],
    ['the label SENT', { addLabelIds: ['SENT'] }],
    ['a label that does not exist', { addLabelIds: ['Label_404'] }],
    ['101 labels', { addLabelIds: Array.from({ length: 101 }, () => 'STARRED') }],
    ['the same label added and removed', { addLabelIds: ['STARRED'], removeLabelIds: ['STARRED'] }],
    ['an unknown field', { labels: ['STARRED'] }],
    ['labels that are no list', { addLabelIds: 'STARRED' }],
  ])('a modify with %s changes nothing', async (_, body) => {
    const before = t.google.control.truth({ account: ANN }).messages[someId];
    expect((await t.call('POST', `messages/${someId}/modify`, body)).status).toBe(400);
    expect(t.google.control.truth({ account: ANN }).messages[someId]).toEqual(before);
  });

  test('1,001 ids in a batchModify', async () => {
    const ids = Array.from({ length: 1001 }, () => someId);
    const answer = await t.call('POST', 'messages/batchModify', { ids, addLabelIds: ['STARRED'] });
    expect(answer.json.error.message).toBe('Number of ids cannot exceed 1000');
    expect((await t.call('POST', 'messages/batchModify', { ids: ids.slice(1), addLabelIds: ['STARRED'] })).status).toBe(
      204,
    );
  });

  test('somebody else’s mailbox', async () => {
    const response = await t.fetch('https://g.example/gmail/v1/users/ben@gmail.example/profile', {
      headers: { authorization: `Bearer ${t.token}` },
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { message: 'Delegation denied for ben@gmail.example' } });
    const own = await t.fetch(`https://g.example/gmail/v1/users/${ANN.toUpperCase()}/profile`, {
      headers: { authorization: `Bearer ${t.token}` },
    });
    expect(own.status).toBe(200);
  });

  test('a token that is none', async () => {
    const answer = await t.call('GET', 'profile', undefined, 'ya29.nonsense');
    expect(answer).toMatchObject({
      status: 401,
      json: { error: { status: 'UNAUTHENTICATED', errors: [{ reason: 'authError' }] } },
    });
  });
});

describe('labels', () => {
  const t = createTestGoogle({ messages: 10 });

  test.each(['', ' padded ', 'inbox', 'Sent Mail', 'a//b', '/a'])('the name "%s" cannot be used', async (name) => {
    const answer = await t.call('POST', 'labels', { name });
    expect([answer.status, answer.json.error.message]).toEqual([400, 'Invalid label name']);
  });

  test('the same name in other letters conflicts, also when renaming', async () => {
    const first = await t.call('POST', 'labels', { name: 'Überfällig' });
    expect((await t.call('POST', 'labels', { name: 'ÜBERFÄLLIG' })).status).toBe(409);
    const second = await t.call('POST', 'labels', { name: 'Other' });
    expect((await t.call('PATCH', `labels/${second.json.id}`, { name: 'überfällig' })).status).toBe(409);
    expect((await t.call('PATCH', `labels/${first.json.id}`, { name: 'überfällig' })).status).toBe(200);
  });

  test('colours come in pairs from the palette', async () => {
    const tryColor = async (color: unknown) =>
      (await t.call('POST', 'labels', { name: JSON.stringify(color), color })).status;
    expect(await tryColor({ textColor: '#000000' })).toBe(400);
    expect(await tryColor({ textColor: '#000000', backgroundColor: '#123456' })).toBe(400);
    expect(await tryColor({ textColor: '#000000', backgroundColor: '#16a766' })).toBe(200);
  });

  test('counts are in get, not in list', async () => {
    const list = await t.call('GET', 'labels');
    expect(list.json.labels.every((l: object) => !('messagesTotal' in l))).toBe(true);
    const truth = t.google.control.truth({ account: ANN }).messages;
    const unread = Object.values(truth).filter(
      (m) => m.labelIds.includes('UNREAD') && m.labelIds.includes('INBOX'),
    ).length;
    expect((await t.call('GET', 'labels/INBOX')).json.messagesUnread).toBe(unread);
    const [id] = t.google.control.newMail({ account: ANN });
    expect((await t.call('GET', 'labels/INBOX')).json.messagesUnread).toBe(unread + 1);
    await t.call('POST', `messages/${id}/modify`, { removeLabelIds: ['UNREAD'] });
    expect((await t.call('GET', 'labels/INBOX')).json.messagesUnread).toBe(unread);
  });
});

describe('scopes', () => {
  test('the metadata scope gives headers, but neither bodies nor searches', async () => {
    const t = createTestGoogle({ scopes: [SCOPE_METADATA] });
    const id = (await t.call('GET', 'messages?maxResults=1')).json.messages[0].id;
    expect((await t.call('GET', `messages/${id}?format=metadata`)).status).toBe(200);
    expect((await t.call('GET', `messages/${id}?format=full`)).status).toBe(400);
    expect((await t.call('GET', 'messages?q=hello')).status).toBe(403);
  });

  test('a method without its scope is refused in Google’s words', async () => {
    const t = createTestGoogle({ scopes: [SCOPE_READONLY, SCOPE_LABELS] });
    const id = (await t.call('GET', 'messages?maxResults=1')).json.messages[0].id;
    const answer = await t.call('POST', `messages/${id}/modify`, { addLabelIds: ['STARRED'] });
    expect(answer.status).toBe(403);
    expect(answer.json.error.errors[0].reason).toBe('insufficientPermissions');
    expect(answer.json.error.details[0].reason).toBe('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
    expect((await t.call('POST', 'labels', { name: 'Allowed' })).status).toBe(200);
  });

  test('an API that is not enabled, and an account without a mailbox', async () => {
    const t = createTestGoogle({ accounts: [{ address: ANN, withoutMailbox: true }] });
    const none = await t.call('GET', 'profile');
    expect(none).toMatchObject({
      status: 400,
      json: { error: { message: 'Mail service not enabled', status: 'FAILED_PRECONDITION' } },
    });
    const clientId = [...t.google.state.clients.keys()][0] ?? '';
    t.google.control.setClient({ clientId, apiEnabled: false });
    const disabled = await t.call('GET', 'profile');
    expect(disabled).toMatchObject({ status: 403, json: { error: { errors: [{ reason: 'accessNotConfigured' }] } } });
  });
});
