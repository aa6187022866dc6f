import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { Message, MessageBody, ThreadLine } from '../../shared/api';
import { trusted } from '../guard/trusted';
import { bootMailApp, eventually, type MailApp, type TestUser } from '../testing/mail-app';

const ANN = 'ann@gmail.example';

const RAW = [
  'From: "Mallory" <mallory@evil.example>',
  `To: ${ANN}`,
  'Subject: A hostile letter',
  'Message-ID: <hostile@evil.example>',
  'Date: Sun, 22 Nov 2026 10:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b"',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p onclick="steal()">Hello</p><script>steal()</script><img src="https://tracker.example/p.gif"><a href="javascript:x()">go</a>',
  '--b',
  'Content-Type: text/html; name="=?UTF-8?B?0JfQstGW0YI=?=.html"',
  'Content-Disposition: attachment; filename="=?UTF-8?B?0JfQstGW0YI=?=.html"',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('<script>alert(1)</script>').toString('base64'),
  '--b--',
  '',
].join('\r\n');

describeOnEachDatabase('reading a message', (dialect) => {
  let app: MailApp;
  let ann: TestUser;
  let ben: TestUser;
  let message: Message;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      google: { accounts: [{ address: ANN, name: 'Ann', messages: 5, seed: 5, profile: 'tiny' }] },
    });
    await app.configure();
    ann = await app.createUser('Ann');
    ben = await app.createUser('Ben');
    app.google.control.newMail({ account: ANN, raw: RAW });
    const account = await app.connect(ann.token, ANN);
    await app.synced(ann.token, account.id);
    const threads = (await app.get('mailThreads:list?q=hostile', ann.token)).body.data as ThreadLine[];
    message = (await app.get(`mailMessages:list?threadId=${threads[0]?.id}`, ann.token)).body.data[0] as Message;
  });
  afterAll(() => app?.stop());

  const body = async (token = ann.token) => app.get(`mailMessages:body?filterByTk=${message.id}`, token);

  it('runs nothing of it and loads nothing from elsewhere', async () => {
    const { html, hasRemoteContent } = (await body()).body.data as MessageBody;
    expect(html).toContain('Hello');
    expect(html).not.toMatch(/<script|onclick|javascript:|steal/i);
    expect(html).not.toMatch(/\ssrc="https:/);
    expect(hasRemoteContent).toBe(true);
    // The second reading comes from the cache and is the same.
    expect((await body()).body.data).toEqual({ html, text: null, hasRemoteContent });
  });

  it('fetches a body that is not here', async () => {
    const first = (await body()).body.data as MessageBody;
    await trusted('test', () => app.db.getModel('mailBodies').destroy({ where: { messageId: message.id } }));
    expect((await body()).body.data).toEqual(first);
  });

  it('is for its owner only, as are its attachments', async () => {
    const [attachment] = message.attachments ?? [];
    expect(attachment).toMatchObject({ fileName: 'Звіт.html' });
    expect(await body(ben.token)).toMatchObject({ status: 404, body: { errors: [{ code: 'MESSAGE_NOT_FOUND' }] } });
    const foreign = await app.get(`mailAttachments:download?filterByTk=${attachment?.id}`, ben.token);
    expect(foreign).toMatchObject({ status: 404, body: { errors: [{ code: 'ATTACHMENT_NOT_FOUND' }] } });
    expect((await app.get(`mailAttachments:list`, ann.token)).status).toBe(403);
  });

  it('downloads an attachment as a file that no browser runs', async () => {
    const [attachment] = message.attachments ?? [];
    const answer = await fetch(`${app.baseUrl}/api/mailAttachments:download?filterByTk=${attachment?.id}`, {
      headers: { Authorization: `Bearer ${ann.token}`, 'X-Authenticator': 'basic' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''%D0%97%D0%B2%D1%96%D1%82.html");
    expect(await answer.text()).toBe('<script>alert(1)</script>');
  });

  it('says that it is gone when Gmail no longer has it', async () => {
    const [attachment] = message.attachments ?? [];
    app.google.control.deleteForever({ account: ANN, ids: [message.remoteId] });
    const gone = await app.get(`mailAttachments:download?filterByTk=${attachment?.id}`, ann.token);
    expect(gone).toMatchObject({ status: 404, body: { errors: [{ code: 'ATTACHMENT_NOT_FOUND' }] } });
    await app.post(`mailAccounts:sync?filterByTk=${message.accountId}`, ann.token);
    await eventually('the message to be hidden', async () => (await body()).status === 404);
  });
});
