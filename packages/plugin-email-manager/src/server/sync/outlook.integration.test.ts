import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import type { Account, Folder, Label, Message, MessageBody, ThreadLine } from '../../shared/api';
import { trusted } from '../guard/trusted';
import { bootMailApp, eventually, type MailApp, type TestUser } from '../testing/mail-app';
import { differences } from '../testing/truth';

const ANN = 'ann@outlook.example';
const MESSAGES = 120;

describeOnEachDatabase('a connected Outlook mailbox', (dialect) => {
  let app: MailApp;
  let ann: TestUser;
  let ben: TestUser;
  let account: Account;

  beforeAll(async () => {
    app = await bootMailApp({
      dialect,
      microsoft: { accounts: [{ address: ANN, name: 'Ann', messages: MESSAGES, seed: 3, profile: 'demo' }] },
    });
    await app.configureMicrosoft({ syncIntervalSeconds: 15 });
    ann = await app.createUser('Ann');
    ben = await app.createUser('Ben');
    account = await app.connect(ann.token, ANN, { provider: 'microsoft' });
    await app.post(`mailAccounts:update?filterByTk=${account.id}`, ann.token, { syncFrom: null });
    account = await app.synced(ann.token, account.id);
  });
  afterAll(() => app?.stop());

  const control = () => app.microsoft.control;
  const truth = () => control().truth({ account: ANN });
  const sync = () => app.post(`mailAccounts:sync?filterByTk=${account.id}`, ann.token);
  const current = async () =>
    (await app.get(`mailAccounts:get?filterByTk=${account.id}`, ann.token)).body.data as Account;
  const inbox = async (): Promise<ThreadLine[]> =>
    (await app.get('mailThreads:list?folderRole=inbox&pageSize=50', ann.token)).body.data as ThreadLine[];
  const folders = async () => (await app.get('mailFolders:list', ann.token)).body.data as Folder[];
  const messagesOf = async (line: ThreadLine | undefined) =>
    (await app.get(`mailMessages:list?threadId=${line?.id}`, ann.token)).body.data as Message[];
  const organise = (body: object) => app.post('mailMessages:organise', ann.token, body);
  const equal = async () => {
    await sync();
    let last: string[] = [];
    await eventually(
      'the rows to equal the mailbox',
      async () => (last = await differences(app, ANN, account.id)).length === 0,
      () => last.slice(0, 5).join('; '),
    );
  };

  it('lacks a message, a folder, a category or a flag of Outlook’s', async () => {
    expect(account).toMatchObject({ provider: 'microsoft', address: ANN });
    expect(account.progress).toMatchObject({ phase: 'done', hydrated: Object.keys(truth().messages).length });
    expect(await differences(app, ANN, account.id)).toEqual([]);
    const here = (await folders()).map((folder) => folder.name).sort();
    expect(here).toEqual(
      Object.values(truth().folders)
        .map((folder) => folder.displayName)
        .sort(),
    );
    const labels = (await app.get('mailLabels:list', ann.token)).body.data as Label[];
    expect(labels.map((label) => label.kind)).toEqual(expect.arrayContaining(['primary', 'category']));
  });

  it('shows its mail to somebody else', async () => {
    expect((await inbox()).length).toBeGreaterThan(0);
    for (const path of [
      'mailThreads:list',
      'mailMessages:list',
      'mailFolders:list',
      'mailLabels:list',
      'mailAccounts:list',
    ])
      expect([path, (await app.get(path, ben.token)).body.data]).toEqual([path, []]);
  });

  it('opens a message without its body or its pictures', async () => {
    const [line] = await inbox();
    const [message] = await messagesOf(line);
    const answer = await app.get(`mailMessages:body?filterByTk=${message?.id}`, ann.token);
    const body = answer.body.data as MessageBody;
    expect(`${body.html ?? ''}${body.text ?? ''}`.length).toBeGreaterThan(0);
  });

  it('keeps back what a person organises, or tells Outlook something else', async () => {
    const [line] = await inbox();
    const [message] = await messagesOf(line);
    const there = () => truth().messages[message?.remoteId ?? ''];
    const folderNamed = (name: string) =>
      Object.entries(truth().folders).find(([, folder]) => folder.wellKnownName === name)?.[0];
    await organise({ ids: [message?.id], op: 'markRead' });
    await organise({ ids: [message?.id], op: 'star' });
    await eventually('Outlook to know', () => there()?.isRead === true && there()?.flagged === true);
    await organise({ ids: [message?.id], op: 'archive' });
    expect((await inbox()).map(({ id }) => id)).not.toContain(line?.id);
    await eventually('Outlook to archive it', () => there()?.parentFolderId === folderNamed('archive'));
    await organise({ ids: [message?.id], op: 'trash' });
    await eventually('Outlook to delete it', () => there()?.parentFolderId === folderNamed('deleteditems'));
    await organise({ ids: [message?.id], op: 'untrash' });
    await eventually('Outlook to bring it back', () => there()?.parentFolderId === folderNamed('inbox'));
    await equal();
  });

  it('does not follow what happens at Outlook: arrivals, moves, deletions, folders, categories, drafts', async () => {
    control().newMail({ account: ANN, subject: 'Fresh from Chloe', text: 'Hi' });
    await sync();
    await eventually('the new mail', async () => (await inbox()).some((line) => line.subject === 'Fresh from Chloe'));
    control().deleteForever({ account: ANN, count: 5 });
    control().trash({ account: ANN, count: 2 });
    control().moveThereAndBack({ account: ANN, count: 2 });
    control().move({ account: ANN, count: 3, to: 'A new folder' });
    control().categorise({ account: ANN, count: 2, add: ['Nobody has listed me'] });
    control().classify({ account: ANN, count: 2, as: 'other' });
    control().saveDraft({ account: ANN, text: 'One' });
    control().reply({ account: ANN });
    await equal();
  });

  it('calls an incomplete mailbox complete, or does not repair it', async () => {
    // A folder that is new is read to its end and then listed, which would find the rows before anybody verifies.
    await eventually('all folders to be followed', async () => {
      await sync();
      return trusted('test', async () => {
        const rows = await app.db.getModel('mailCursors').findAll({ where: { accountId: account.id } });
        const values = new Map(rows.map((row) => [String(row.get('name')), String(row.get('value'))]));
        const isPinned = !/"(?:baseline|unlisted)":true/.test(values.get('changes') ?? '"baseline":true');
        const listing = values.get('listing') ?? '';
        return isPinned && listing.includes('"phase":"done"') && listing.includes('"unconfirmed":false');
      });
    });
    await trusted('test', async () => {
      const model = app.db.getModel('mailMessages');
      const rows = await model.findAll({ where: { goneAt: null }, limit: 25, order: [['receivedAt', 'ASC']] });
      await model.destroy({ where: { id: rows.map((row) => row.get('id') as string) } });
    });
    let report: Record<string, unknown> = {};
    const done = async () => {
      const answer = await app.get(`mailAccounts:verify?filterByTk=${account.id}`, ann.token);
      report = answer.body.data as Record<string, unknown>;
      return report.status === 'done';
    };
    const seen = () => JSON.stringify(report);
    await app.post(`mailAccounts:verify?filterByTk=${account.id}`, ann.token);
    await eventually('the verification', done, seen);
    const total = Object.keys(truth().messages).length;
    expect(report).toMatchObject({ provider: total, here: total - 25, missing: 25, extra: 0 });
    await app.post(`mailAccounts:repair?filterByTk=${account.id}`, ann.token);
    await eventually('the repair', async () => (await done()) && report.missing === 0, seen);
    await equal();
  });

  it('keeps folders that the person left out, or loses them for good', async () => {
    const leaveOut = (skipFolders: string[]) =>
      app.post(`mailAccounts:update?filterByTk=${account.id}`, ann.token, { skipFolders });
    expect((await leaveOut(['inbox'])).status).toBe(400);
    expect((await leaveOut(['trash'])).status).toBe(200);
    await eventually('Deleted Items to disappear', async () => !(await folders()).some(({ role }) => role === 'trash'));
    const deleted = Object.entries(truth().folders).find(([, folder]) => folder.wellKnownName === 'deleteditems')?.[0];
    const inTrash = Object.entries(truth().messages).filter(([, message]) => message.parentFolderId === deleted);
    expect(inTrash.length).toBeGreaterThan(0);
    await eventually('their messages to be hidden', async () => {
      const extra = await differences(app, ANN, account.id);
      return extra.length === inTrash.length && extra.every((line) => line.endsWith('is missing'));
    });
    await leaveOut([]);
    await equal();
  });

  it('goes on as if nothing had happened when the delta links are forgotten', async () => {
    control().expireDelta({ account: ANN });
    control().deleteForever({ account: ANN, count: 3 });
    control().newMail({ account: ANN, count: 2 });
    await equal();
  });

  it('waits for a person although only the administrator’s secret is wrong', async () => {
    await app.configureMicrosoft({ clientSecret: 'Qw8~not-the-secret-of-this-app-000000000' });
    control().expireAccessTokens();
    await trusted('test', () =>
      app.db.getModel('mailGrants').update({ accessTokenExpiresAt: new Date(0) }, { where: {} }),
    );
    await sync();
    await eventually('the trouble to be known', async () => (await current()).health === 'misconfigured');
    expect(await current()).toMatchObject({ status: 'active', error: { code: 'OAUTH_CLIENT_INVALID' } });
    await app.configureMicrosoft();
    await eventually('the trouble to be over', async () => (await current()).health === 'ok');
    await equal();
  });

  it('loses its mail when consent is revoked, or does not go on afterwards', async () => {
    const before = (await inbox()).length;
    control().revokeConsent({ account: ANN });
    await sync();
    await eventually('needsReauth', async () => (await current()).status === 'needsReauth');
    expect((await inbox()).length).toBe(before);
    control().newMail({ account: ANN, count: 2 });
    await app.connect(ann.token, ANN, { provider: 'microsoft', accountId: account.id });
    expect(await current()).toMatchObject({ status: 'active', error: null });
    await equal();
  });

  it('does not go on where it stood after a restart', async () => {
    control().newMail({ account: ANN, count: 5 });
    await app.restart();
    ann = { ...ann, token: await app.login('ann@example.com', 'Ann-secret-1') };
    await equal();
  });
});
