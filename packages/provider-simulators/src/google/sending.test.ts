import { Readable } from 'node:stream';
import { gmail as createGmail } from '@googleapis/gmail';
import type { gmail_v1 } from '@googleapis/gmail';
import { OAuth2Client } from 'google-auth-library';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { composeMail } from '../seed/compose';
import { startGoogleSimulator } from './server';
import type { RunningGoogleSimulator } from './server';
import { DEFAULT_CLIENT } from './simulator';
import { createTestGoogle } from './test-client';

const ANN = 'ann@gmail.example';
const BEN = 'ben@gmail.example';
const DATE = Date.UTC(2026, 10, 2);

function mail(fields: Partial<Parameters<typeof composeMail>[0]> = {}, marker = 'mark-1'): string {
  const raw = composeMail({
    from: ANN,
    to: BEN,
    subject: 'Lunch',
    text: 'At noon?',
    messageId: '<ours@gmail.example>',
    date: DATE,
    ...fields,
  }).toString();
  return `X-Email-Manager-Id: ${marker}\r\nBcc: hidden@gmail.example\r\n${raw}`;
}
const base64 = (raw: string): string => Buffer.from(raw).toString('base64url');

let google: RunningGoogleSimulator;
let gmail: gmail_v1.Gmail;
const header = (message: gmail_v1.Schema$Message, name: string) =>
  message.payload?.headers?.find((one) => one.name?.toLowerCase() === name.toLowerCase())?.value;

describe('with the official client', () => {
  beforeAll(async () => {
    google = await startGoogleSimulator({
      accounts: [
        {
          address: ANN,
          name: 'Ann',
          aliases: [
            { sendAsEmail: 'sales@gmail.example', displayName: 'Sales' },
            { sendAsEmail: 'pending@gmail.example', verificationStatus: 'pending' },
          ],
        },
        { address: BEN, name: 'Ben' },
        { address: 'hidden@gmail.example' },
      ],
      quota: { enforced: false },
    });
    const auth = new OAuth2Client({ ...DEFAULT_CLIENT });
    auth.setCredentials({ access_token: google.control.issueTokens({ account: ANN }).accessToken });
    gmail = createGmail({ version: 'v1', auth: auth as never, rootUrl: google.url });
  });
  afterAll(() => google.close());
  beforeEach(() => google.control.clearAccidents());

  const get = async (id: string) => (await gmail.users.messages.get({ userId: 'me', id })).data;

  test('a sent mail gets another Message-ID, keeps its mark, and arrives without its blind copies', async () => {
    const sent = await gmail.users.messages.send({ userId: 'me', requestBody: { raw: base64(mail()) } });
    expect(sent.data.labelIds).toEqual(['SENT']);
    const copy = await get(sent.data.id ?? '');
    expect(header(copy, 'Message-ID')).toMatch(/^<CA[^@]+@mail\.gmail\.com>$/);
    expect(header(copy, 'X-Email-Manager-Id')).toBe('mark-1');
    const truth = google.control.truth({ account: ANN });
    expect(truth.messages[sent.data.id ?? '']?.marker).toBe('mark-1');
    expect(truth.sent).toMatchObject([{ marker: 'mark-1', recipients: [BEN, 'hidden@gmail.example'], from: ANN }]);
    for (const address of [BEN, 'hidden@gmail.example']) {
      const [arrived] = Object.values(google.control.truth({ account: address }).messages);
      expect(arrived).toMatchObject({ subject: 'Lunch', labelIds: ['CATEGORY_PERSONAL', 'INBOX', 'UNREAD'] });
      expect(arrived?.messageId).toBe(header(copy, 'Message-ID'));
    }
    const [id] = Object.keys(google.control.truth({ account: BEN }).messages);
    const ben = google.control.issueTokens({ account: BEN }).accessToken;
    const raw = await fetch(`${google.url}/gmail/v1/users/me/messages/${id ?? ''}?format=raw`, {
      headers: { authorization: `Bearer ${ben}` },
    });
    const text = Buffer.from(((await raw.json()) as { raw: string }).raw, 'base64url').toString();
    expect(text).not.toMatch(/^bcc:/im);
    expect(text).toMatch(/At noon\?|QXQgbm9vbj8/);
  });

  test('a draft keeps its id while its message changes at each save, and sending consumes it', async () => {
    const created = (
      await gmail.users.drafts.create({ userId: 'me', requestBody: { message: { raw: base64(mail()) } } })
    ).data;
    const id = created.id ?? '';
    const update = { userId: 'me', id, requestBody: { message: { raw: base64(mail({ subject: 'Dinner' })) } } };
    const updated = (await gmail.users.drafts.update(update)).data;
    expect(updated.id).toBe(id);
    expect(updated.message?.id).not.toBe(created.message?.id);
    expect(updated.message?.labelIds).toEqual(['DRAFT']);
    await expect(get(created.message?.id ?? '')).rejects.toMatchObject({ status: 404 });
    const sent = (await gmail.users.drafts.send({ userId: 'me', requestBody: { id } })).data;
    expect(sent.id).not.toBe(updated.message?.id);
    expect(sent.threadId).toBe(updated.message?.threadId);
    expect(header(await get(sent.id ?? ''), 'Subject')).toBe('Dinner');
    await expect(gmail.users.drafts.get({ userId: 'me', id })).rejects.toMatchObject({ status: 404 });
    await expect(gmail.users.drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject({ status: 404 });
    await expect(gmail.users.drafts.update(update)).rejects.toMatchObject({ status: 404 });
  });

  test('a deleted draft is gone', async () => {
    const { data } = await gmail.users.drafts.create({
      userId: 'me',
      requestBody: { message: { raw: base64(mail()) } },
    });
    await gmail.users.drafts.delete({ userId: 'me', id: data.id ?? '' });
    await expect(gmail.users.drafts.get({ userId: 'me', id: data.id ?? '' })).rejects.toMatchObject({ status: 404 });
  });

  test.each([
    ['sales@gmail.example', 'sales@gmail.example'],
    ['pending@gmail.example', 'Ann <ann@gmail.example>'],
    ['boss@elsewhere.example', 'Ann <ann@gmail.example>'],
  ])('a mail from %s goes out from %s', async (from, shown) => {
    const { data } = await gmail.users.messages.send({ userId: 'me', requestBody: { raw: base64(mail({ from })) } });
    expect(header(await get(data.id ?? ''), 'From')).toBe(shown);
  });

  test('multipart uploads take the thread from their JSON part', async () => {
    const [first] = google.control.newMail({ account: ANN, from: BEN, subject: 'Lunch', text: 'Hungry?' });
    const { threadId, messageId } = google.control.truth({ account: ANN }).messages[first ?? ''] ?? {
      threadId: '',
      messageId: '',
    };
    const answer = { subject: 'Re: Lunch', inReplyTo: messageId, references: messageId };
    const upload = (fields: object, thread = threadId) =>
      gmail.users.messages.send(
        {
          userId: 'me',
          requestBody: { threadId: thread },
          media: { mimeType: 'message/rfc822', body: Readable.from([mail(fields)]) },
        },
        { rootUrl: google.url },
      );
    expect((await upload(answer)).data.threadId).toBe(threadId);
    // All three are needed: the thread, the references, the subject.
    expect((await upload({ ...answer, subject: 'Something else' })).data.threadId).not.toBe(threadId);
    expect((await upload({ subject: 'Re: Lunch' })).data.threadId).not.toBe(threadId);
    await expect(upload(answer, 'not-a-thread')).rejects.toMatchObject({ status: 400 });
    await expect(upload(answer, 'abcdef0123456789')).rejects.toMatchObject({ status: 404 });
  });

  test.each(['drop', 'statusAfterWork'] as const)('the answer is lost (%s) although the mail left', async (kind) => {
    const before = google.control.truth({ account: ANN }).sent.length;
    google.control.accident({ kind, method: 'messages.send', status: 504 });
    const send = gmail.users.messages.send({ userId: 'me', requestBody: { raw: base64(mail()) } }, { retry: false });
    await expect(send).rejects.toThrow();
    expect(google.control.truth({ account: ANN }).sent).toHaveLength(before + 1);
  });

  test('sendAs lists the primary address and the aliases', async () => {
    const { data } = await gmail.users.settings.sendAs.list({ userId: 'me' });
    expect(data.sendAs?.map(({ sendAsEmail, isPrimary }) => [sendAsEmail, isPrimary ?? false])).toEqual([
      [ANN, true],
      ['sales@gmail.example', false],
      ['pending@gmail.example', false],
    ]);
  });
});

describe('strictness of sending', () => {
  const upload = (path: string, body: Uint8Array | string, headers: Record<string, string>, method = 'POST') => {
    const test = createTestGoogle({ messages: 0 });
    return send(test, path, body, headers, method);
  };
  async function send(
    test: ReturnType<typeof createTestGoogle>,
    path: string,
    body: Uint8Array | string,
    headers: Record<string, string> = {},
    method = 'POST',
  ) {
    return test.fetch(
      path.startsWith('http') ? path : `https://gmail.googleapis.com/upload/gmail/v1/users/me/${path}`,
      {
        method,
        headers: { authorization: `Bearer ${test.token}`, ...headers },
        body,
      },
    );
  }

  test('a message larger than 35 MiB is refused with 413, however it comes', async () => {
    const large = Buffer.alloc(36_700_161, 'a');
    const media = await upload('messages/send?uploadType=media', large, { 'content-type': 'message/rfc822' });
    expect(media.status).toBe(413);
    const headers = { 'x-upload-content-type': 'message/rfc822', 'x-upload-content-length': '36700161' };
    expect((await upload('drafts?uploadType=resumable', '', headers)).status).toBe(413);
  });

  test('a resumable upload goes on where it stopped, and refuses gaps and odd chunks', async () => {
    const test = createTestGoogle({ messages: 0 });
    const raw = Buffer.from(mail({ text: 'x'.repeat(600_000) }));
    const start = await send(test, 'drafts?uploadType=resumable', '{}', {
      'content-type': 'application/json',
      'x-upload-content-type': 'message/rfc822',
      'x-upload-content-length': String(raw.length),
    });
    expect(start.status).toBe(200);
    const location = start.headers.get('location') ?? '';
    const unit = 256 * 1024;
    const put = (from: number, to: number) =>
      send(test, location, raw.subarray(from, to), { 'content-range': `bytes ${from}-${to - 1}/${raw.length}` }, 'PUT');
    expect((await put(0, 1000)).status).toBe(400);
    const first = await put(0, unit);
    expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${unit - 1}`]);
    expect((await put(2 * unit, 3 * unit)).status).toBe(400);
    const asked = await send(test, location, '', { 'content-range': `bytes */${raw.length}` }, 'PUT');
    expect([asked.status, asked.headers.get('range')]).toEqual([308, `bytes=0-${unit - 1}`]);
    expect((await put(unit, 2 * unit)).status).toBe(308);
    const last = await put(2 * unit, raw.length);
    expect(last.status).toBe(200);
    const { id } = (await last.json()) as { id: string };
    expect(Object.keys(test.google.control.truth({ account: ANN }).drafts)).toEqual([id]);
    expect((await put(0, unit)).status).toBe(404);
  });

  test('the day has an end', async () => {
    const test = createTestGoogle({ messages: 0, switches: { sendsPerDay: 2 } });
    const one = () => test.call('POST', 'messages/send', { raw: base64(mail()) });
    expect([(await one()).status, (await one()).status]).toEqual([200, 200]);
    const refused = await one();
    expect(refused.status).toBe(429);
    expect(refused.json.error.message).toMatch(/Retry after .*Z/);
    test.clock.advance(24 * 3_600_000);
    test.google.control.issueTokens({ account: ANN });
    const token = test.google.control.issueTokens({ account: ANN }).accessToken;
    expect((await test.call('POST', 'messages/send', { raw: base64(mail()) }, token)).status).toBe(200);
  });

  test.each([
    ['no recipient', { raw: base64('From: ann@gmail.example\r\nSubject: x\r\n\r\nx') }],
    ['no message', {}],
    ['bad base64', { raw: '***' }],
  ])('a send with %s is refused', async (_what, body) => {
    const test = createTestGoogle({ messages: 0 });
    expect((await test.call('POST', 'messages/send', body)).status).toBe(400);
    expect(test.google.control.truth({ account: ANN }).sent).toEqual([]);
  });

  test('a read-only connection sends nothing, and one that only sends cannot send drafts', async () => {
    const scope = 'https://www.googleapis.com/auth/gmail.';
    const reader = createTestGoogle({ messages: 0, scopes: [`${scope}readonly`] });
    expect((await reader.call('POST', 'messages/send', { raw: base64(mail()) })).status).toBe(403);
    const sender = createTestGoogle({ messages: 0, scopes: [`${scope}send`] });
    expect((await sender.call('POST', 'messages/send', { raw: base64(mail()) })).status).toBe(200);
    expect((await sender.call('POST', 'drafts/send', { id: 'r1' })).status).toBe(403);
  });

  test('an address that bounces sends a delivery report about the final Message-ID', async () => {
    const test = createTestGoogle({ messages: 0, switches: { bouncing: ['gone@nowhere.example'] } });
    await test.call('POST', 'messages/send', { raw: base64(mail({ to: 'gone@nowhere.example' })) });
    const { messages, sent } = test.google.control.truth({ account: ANN });
    const report = Object.entries(messages).find(([, one]) => one.from.includes('mailer-daemon'));
    const full = await test.call('GET', `messages/${report?.[0] ?? ''}?format=raw`);
    const raw = Buffer.from(full.json.raw as string, 'base64url').toString();
    expect(raw).toContain(`X-Original-Message-ID: ${sent[0]?.messageId ?? ''}`);
    expect(raw).toMatch(/Final-Recipient: rfc822; gone@nowhere\.example/);
  });
});
