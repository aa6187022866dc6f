import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { Account, Folder, Message, ThreadLine } from '../../shared/api';
import { trusted } from '../guard/trusted';
import { bootMailApp, eventually, type MailApp, type TestUser } from '../testing/mail-app';
import { differences } from '../testing/truth';

const ANN = 'ann@gmail.example';
const MESSAGES = 120;

describeOnEachDatabase('a connected mailbox', (dialect) => {
  let app: MailApp;
  let ann: TestUser;
  let ben: TestUser;
  let account: Account;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      google: { accounts: [{ address: ANN, name: 'Ann', messages: MESSAGES, seed: 3, profile: 'demo' }] },
    });
    await app.configure({ syncIntervalSeconds: 15 });
    ann = await app.createUser('Ann');
    ben = await app.createUser('Ben');
    account = await app.connect(ann.token, ANN);
    await app.post(`mailAccounts:update?filterByTk=${account.id}`, ann.token, { syncFrom: null });
    account = await app.synced(ann.token, account.id);
  });
  afterAll(() => app?.stop());

  const sync = () => app.post(`mailAccounts:sync?filterByTk=${account.id}`, ann.token);
  const inbox = async (): Promise<ThreadLine[]> =>
    (await app.get('mailThreads:list?folderRole=inbox&pageSize=50', ann.token)).body.data as ThreadLine[];
  const settled = () =>
    eventually(
      'the rows to equal the mailbox',
      async () => (await differences(app, ANN, account.id)).length === 0,
      () => last,
    );
  let last = '';
  const equal = async () => {
    await sync();
    try {
      await settled();
    } catch (error) {
      last = (await differences(app, ANN, account.id)).slice(0, 5).join('; ');
      throw new Error(`${String(error)} ${last}`, { cause: error });
    }
  };

  it('has every message of Google’s, with its labels and flags', async () => {
    const truth = app.google.control.truth({ account: ANN });
    expect(account.progress).toMatchObject({ phase: 'done', hydrated: Object.keys(truth.messages).length });
    expect(await differences(app, ANN, account.id)).toEqual([]);
  });

  it('is seen by its owner only', async () => {
    expect((await inbox()).length).toBeGreaterThan(0);
    const [line] = await inbox();
    const paths = [
      'mailThreads:list',
      'mailThreads:list?page=1',
      'mailMessages:list',
      `mailMessages:list?threadId=${line?.id}`,
      'mailFolders:list',
      'mailLabels:list',
      'mailAccounts:list',
      'mailAccounts:list?page=1',
    ];
    for (const path of paths) {
      const answer = await app.get(path, ben.token);
      expect([path, answer.status, answer.body.data]).toEqual([path, 200, []]);
    }
    for (const path of [`mailThreads:get?filterByTk=${line?.id}`, `mailAccounts:get?filterByTk=${account.id}`]) {
      expect((await app.get(path, ben.token)).status).toBe(404);
    }
    for (const name of ['update', 'sync', 'pause', 'destroy', 'verify', 'repair', 'resync', 'estimates']) {
      const answer = await app.post(`mailAccounts:${name}?filterByTk=${account.id}`, ben.token);
      expect([name, answer.status]).toEqual([name, 404]);
    }
  });

  it('shows new mail after a sync', async () => {
    app.google.control.newMail({
      account: ANN,
      from: 'Chloe <chloe@shop.example>',
      subject: 'Fresh from Chloe',
      text: 'Hi',
    });
    await sync();
    await eventually('the new mail', async () => (await inbox())[0]?.subject === 'Fresh from Chloe');
    const [thread] = await inbox();
    const messages = (await app.get(`mailMessages:list?threadId=${thread?.id}`, ann.token)).body.data as Message[];
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ isRead: false, from: { name: 'Chloe', address: 'chloe@shop.example' } });
    const access = await app.get(`mailMessages:access?filterByTk=${messages[0]?.id}`, ann.token);
    expect(access.body.data).toContainEqual(expect.objectContaining({ userId: String(ann.id), rule: 'owner' }));
  });

  it('writes what a person organises to Gmail, and shows it at once', async () => {
    const [thread] = await inbox();
    const [message] = (await app.get(`mailMessages:list?threadId=${thread?.id}`, ann.token)).body.data as Message[];
    const organise = (body: object) => app.post('mailMessages:organise', ann.token, body);
    expect((await organise({ ids: [message?.id], op: 'markRead' })).body.data).toEqual({ changed: 1 });
    expect((await organise({ ids: [message?.id], op: 'markRead' })).body.data).toEqual({ changed: 0 });
    expect((await organise({ threadIds: [thread?.id], op: 'star' })).body.data).toEqual({ changed: 1 });
    expect((await app.get(`mailMessages:get?filterByTk=${message?.id}`, ann.token)).body.data).toMatchObject({
      isRead: true,
      isStarred: true,
    });
    const labels = () => app.google.control.truth({ account: ANN }).messages[message?.remoteId ?? '']?.labelIds ?? [];
    await eventually(
      'Gmail to know',
      () => labels().includes('STARRED') && !labels().includes('UNREAD'),
      () => labels().join(),
    );
    expect((await organise({ ids: [message?.id], op: 'archive' })).body.data).toEqual({ changed: 1 });
    expect((await inbox()).map((line) => line.id)).not.toContain(thread?.id);
    await eventually('Gmail to archive it', () => !labels().includes('INBOX'));
    await equal();
  });

  it('lets nobody else organise it, and refuses what makes no sense', async () => {
    const [thread] = await inbox();
    const [message] = (await app.get(`mailMessages:list?threadId=${thread?.id}`, ann.token)).body.data as Message[];
    const code = async (token: string, body: object) =>
      (await app.post('mailMessages:organise', token, body)).body.errors?.[0]?.code;
    expect(await code(ben.token, { ids: [message?.id], op: 'trash' })).toBe('MESSAGE_NOT_FOUND');
    expect(await code(ben.token, { threadIds: [thread?.id], op: 'trash' })).toBe('THREAD_NOT_FOUND');
    expect(await code(ann.token, { ids: [message?.id], op: 'explode' })).toBe('INPUT_INVALID');
    expect(await code(ann.token, { ids: [], op: 'trash' })).toBe('INPUT_INVALID');
    expect(await code(ann.token, { ids: [message?.id], op: 'addLabel' })).toBe('INPUT_INVALID');
    expect(await code(ann.token, { ids: [message?.id], op: 'addLabel', placeId: '1' })).toBe('PLACE_NOT_FOUND');
    const folders = (await app.get('mailFolders:list', ann.token)).body.data as Folder[];
    const sent = folders.find((folder) => folder.role === 'sent');
    expect(await code(ann.token, { ids: [message?.id], op: 'move', placeId: sent?.id })).toBe('PLACE_NOT_FOUND');
  });

  it('follows what happens at Gmail: moves, deletions, drafts, labels', async () => {
    app.google.control.deleteForever({ account: ANN, count: 25 });
    app.google.control.trash({ account: ANN, count: 3, labelId: 'INBOX' });
    app.google.control.saveDraft({ account: ANN, to: 'x@y.example', subject: 'Draft', text: 'a' });
    app.google.control.createLabel({ account: ANN, name: 'Later/Much later' });
    app.google.control.reply({ account: ANN });
    await equal();
  });

  it('is found incomplete when rows were deleted by hand, and is repaired', async () => {
    await app.synced(ann.token, account.id);
    await trusted('test', async () => {
      const model = app.db.getModel('mailMessages');
      const rows = await model.findAll({ where: { goneAt: null }, limit: 25, order: [['receivedAt', 'DESC']] });
      await model.destroy({ where: { id: rows.map((row) => row.get('id') as string) } });
    });
    const audit = async () => (await app.get(`mailAccounts:verify?filterByTk=${account.id}`, ann.token)).body.data;
    await app.post(`mailAccounts:verify?filterByTk=${account.id}`, ann.token);
    let report: Record<string, unknown> = {};
    const done = async () => (report = await audit()).status === 'done';
    await eventually('the verification', done, () => JSON.stringify(report));
    const total = Object.keys(app.google.control.truth({ account: ANN }).messages).length;
    expect(report).toMatchObject({ provider: total, here: total - 25, missing: 25, extra: 0 });
    await app.post(`mailAccounts:repair?filterByTk=${account.id}`, ann.token);
    await eventually(
      'the repair',
      async () => (await done()) && report.missing === 0,
      () => JSON.stringify(report),
    );
    expect(report).toMatchObject({ provider: total, here: total, missing: 0, extra: 0 });
    await equal();
  });

  it('asks for reconnection once consent is revoked, keeps its mail, and goes on afterwards', async () => {
    const before = (await inbox()).length;
    app.google.control.revokeConsent({ account: ANN });
    await sync();
    const current = async () =>
      (await app.get(`mailAccounts:get?filterByTk=${account.id}`, ann.token)).body.data as Account;
    await eventually('needsReauth', async () => (await current()).status === 'needsReauth');
    expect(await current()).toMatchObject({ error: { code: 'ACCOUNT_NEEDS_REAUTH' } });
    expect((await sync()).body.errors[0].code).toBe('ACCOUNT_NEEDS_REAUTH');
    expect((await inbox()).length).toBe(before);
    expect((await app.get('mailCounters:get', ann.token)).body.data).toMatchObject({ needsReauth: 1 });
    app.google.control.newMail({ account: ANN, count: 2 });
    await app.connect(ann.token, ANN, { accountId: account.id });
    expect(await current()).toMatchObject({ status: 'active', error: null });
    await equal();
  });

  it('waits, active, while the administrator’s secret is wrong', async () => {
    await app.configure({ clientSecret: 'GOCSPX-not-the-secret' });
    app.google.control.expireAccessTokens();
    await trusted('test', () =>
      app.db.getModel('mailGrants').update({ accessTokenExpiresAt: new Date(0) }, { where: {} }),
    );
    await sync();
    const current = async () =>
      (await app.get(`mailAccounts:get?filterByTk=${account.id}`, ann.token)).body.data as Account;
    await eventually('the trouble to be known', async () => (await current()).health === 'misconfigured');
    expect(await current()).toMatchObject({ status: 'active', error: { code: 'OAUTH_CLIENT_INVALID' } });
    await app.configure();
    await eventually('the trouble to be over', async () => (await current()).health === 'ok');
    await equal();
  });

  it('goes on where it stood after a restart', async () => {
    app.google.control.newMail({ account: ANN, count: 5 });
    await app.restart();
    ann = { ...ann, token: await app.login('ann@example.com', 'Ann-secret-1') };
    await equal();
  });

  it('tells no address, subject or secret in its diagnostics', async () => {
    const { text } = (await app.get('mailHealth:diagnostics', ann.token)).body.data as { text: string };
    expect(text).toContain(`mailbox ${account.id} google active`);
    expect(text).not.toMatch(/@|gmail\.example|Fresh from|GOCSPX|ya29/);
  });

  it('is paused and resumed, and deleted with everything of it', async () => {
    expect((await app.post(`mailAccounts:pause?filterByTk=${account.id}`, ann.token)).body.data.status).toBe('paused');
    expect((await sync()).body.errors[0].code).toBe('ACCOUNT_STATE_INVALID');
    expect((await app.post(`mailAccounts:resume?filterByTk=${account.id}`, ann.token)).body.data.status).toBe('active');
    await app.post(`mailAccounts:destroy?filterByTk=${account.id}`, ann.token);
    expect(await inbox()).toEqual([]);
    await eventually('the account to be gone', async () => {
      const accounts = (await app.get('mailAccounts:list', ann.token)).body.data as Account[];
      return accounts.length === 0;
    });
    await trusted('test', async () => {
      for (const name of [
        'mailMessages',
        'mailThreads',
        'mailBodies',
        'mailGrants',
        'mailPlacements',
        'mailParticipants',
      ]) {
        expect([name, await app.db.getModel(name).count()]).toEqual([name, 0]);
      }
    });
    // Its grant was ended at Google as well.
    const again = await app.connect(ann.token, ANN);
    expect(again.id).not.toBe(account.id);
  });
});
