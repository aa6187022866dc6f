import { bootApp, type TestApp } from '../../../../test-support/boot-app';
import type { Dialect } from '../../../../test-support/database';
import { PLUGIN_PACKAGE } from '../mail-collections';
import { trusted } from '../trusted';
import { VIEW_ALL } from '../visibility';

export type Owner = 'ann' | 'ben' | 'administrator';

/** Every text that belongs to a mailbox carries its owner's mark, so that a leak shows as a word in an answer. */
export const markOf = (owner: Owner): string => `${owner}mark`;

export interface Mailbox {
  account: string;
  member: string;
  folder: string;
  label: string;
  thread: string;
  message: string;
  gone: string;
  participant: string;
  attachment: string;
}

export type ReaderName = 'ann' | 'ben' | 'configured' | 'administrator' | 'viewAll' | 'root' | 'apiKey' | 'nobody';

export interface LeakWorld extends TestApp {
  tokens: Record<ReaderName, string | undefined>;
  users: Record<'ann' | 'ben' | 'configured' | 'administrator' | 'viewAll', number>;
  boxes: Record<Owner, Mailbox>;
  /** Names of every collection that was loaded from the plugin. */
  collections: string[];
  /** A copy of every mail row, to see that nothing was written. */
  snapshot(): Promise<Record<string, unknown[]>>;
}

interface Rows {
  bulkCreate(rows: Record<string, unknown>[], options: Record<string, unknown>): Promise<unknown>;
  findAll(options: Record<string, unknown>): Promise<Record<string, unknown>[]>;
  rawAttributes: Record<
    string,
    { type: { key?: string; options?: { length?: number }; constructor: { key?: string } } }
  >;
}

const NOWHERE = 'http://127.0.0.1:9/';

export const OTHER_PLUGINS = [
  'api-keys',
  'async-task-manager',
  'action-export',
  'flow-engine',
  'data-visualization',
  'collection-sql',
  'workflow',
  'workflow-aggregate',
  'workflow-sql',
];

const modelOf = (test: TestApp, name: string): Rows => test.db.getModel(name) as unknown as Rows;

const TEXT_TYPES = new Set(['STRING', 'TEXT']);

/** A row with the mark in every text and JSON column that the caller did not set. */
function markedRow(test: TestApp, collection: string, owner: Owner, values: Record<string, unknown>) {
  const row: Record<string, unknown> = {};
  for (const [name, attribute] of Object.entries(modelOf(test, collection).rawAttributes)) {
    const type = attribute.type.key ?? attribute.type.constructor.key ?? '';
    if (TEXT_TYPES.has(type)) {
      const length = Number(attribute.type.options?.length) || undefined;
      row[name] = `${markOf(owner)}-${collection}-${name}`.slice(0, length);
    } else if (/^JSONB?$/.test(type)) row[name] = [{ name: markOf(owner), address: `${markOf(owner)}@example.org` }];
  }
  return { ...row, ...values };
}

async function seedMailbox(test: TestApp, owner: Owner, userId: number, base: number): Promise<Mailbox> {
  const id = (offset: number) => String(base + offset);
  const box: Mailbox = {
    account: id(1),
    member: id(2),
    folder: id(3),
    label: id(4),
    thread: id(5),
    message: id(6),
    gone: id(7),
    participant: id(8),
    attachment: id(9),
  };
  const at = new Date('2026-01-02T03:04:05Z');
  const own = { accountId: box.account, userId, threadId: box.thread, messageId: box.message };
  // Codes of errors are no content: administrators see them.
  const noError = { errorKind: null, errorCode: null };
  const rows: Record<string, Record<string, unknown>[]> = {
    // Paused, so that nothing in the background works on it while answers are compared.
    mailAccounts: [{ id: box.account, status: 'paused', provider: 'google', userId, ...noError }],
    mailSyncRuns: [{ id: id(20), status: 'done', ...noError }],
    mailWorkItems: [{ id: id(20), kind: 'message', status: 'done', error: null }],
    mailAccountMembers: [{ id: box.member, accountId: box.account, userId, role: 'owner' }],
    mailFolders: [{ id: box.folder }],
    mailLabels: [{ id: box.label }],
    mailThreads: [{ id: box.thread, lastMessageAt: at, messageCount: 1 }],
    mailMessages: [
      { id: box.message, receivedAt: at, goneAt: null, sizeBytes: 1234 },
      { id: box.gone, receivedAt: at, goneAt: at, subject: `hiddenmark-${markOf(owner)}`, remoteId: 'gone' },
    ],
    mailParticipants: [
      { id: box.participant, role: 'from' },
      { id: id(10), role: 'to', messageId: box.gone, address: `hiddenmark-${markOf(owner)}` },
    ],
    mailAttachments: [{ id: box.attachment }],
    mailPlacements: [{ placeId: box.folder, receivedAt: at }],
    mailThreadPlacements: [{ placeId: box.folder, receivedAt: at }],
  };
  await trusted('seed', async () => {
    for (const name of pluginCollections(test)) {
      if (name === 'mailSettings' || name === 'mailProviderSecrets' || name === 'mailAccessLogs') continue;
      const model = modelOf(test, name);
      const columns = Object.keys(model.rawAttributes);
      const seeds = rows[name] ?? [columns.includes('id') ? { id: id(20) } : {}];
      const values = seeds.map((seed) => {
        const known = Object.fromEntries(Object.entries(own).filter(([column]) => columns.includes(column)));
        return markedRow(test, name, owner, { ...known, ...seed });
      });
      await model.bulkCreate(values, { hooks: false });
    }
  });
  return box;
}

function pluginCollections(test: TestApp): string[] {
  return [...test.db.collections.values()]
    .filter((collection) => (collection.options as { origin?: string }).origin === PLUGIN_PACKAGE)
    .map((collection) => collection.name);
}

const EVERY_ACTION = ['create', 'view', 'update', 'destroy', 'export', 'importXlsx'];

/** A role whose rights on every mail collection, with all fields, an administrator configured one by one. */
async function createConfiguredRole(test: TestApp, rootToken: string, collections: readonly string[]): Promise<void> {
  const post = async (url: string, body: unknown) => {
    const answer = await test.call('POST', url, { token: rootToken, body });
    if (answer.status !== 200) throw new Error(`${url} answered ${JSON.stringify(answer.body)}`);
  };
  await post('/api/roles:create', { name: 'configured', title: 'Configured', snippets: ['!ui.*', '!pm', '!pm.*'] });
  for (const name of [...collections, 'users']) {
    const fields = [...(test.db.getCollection(name)?.fields.keys() ?? [])];
    const actions = EVERY_ACTION.map((action) => ({
      name: action,
      fields: [...fields, 'mails', 'lastMail', 'shared', 'boxes'],
      scope: null,
    }));
    const filter = encodeURIComponent(JSON.stringify({ dataSourceKey: 'main', name }));
    await post(`/api/roles/configured/dataSourceResources:create?filter=${filter}`, {
      name,
      dataSourceKey: 'main',
      usingActionsConfig: true,
      actions,
    });
  }
}

/** What an administrator can build in the interface: associations from users to mail, and a collection by SQL. */
async function addAssociations(
  test: TestApp,
  token: string,
  link: { userId: number; messageId: string },
): Promise<void> {
  const post = async (url: string, body: unknown) => {
    const answer = await test.call('POST', url, { token, body });
    if (answer.status !== 200) throw new Error(`${url} answered ${JSON.stringify(answer.body)}`);
  };
  const field = (body: Record<string, unknown>) =>
    post('/api/collections/users/fields:create', { uiSchema: {}, ...body });
  const messages = { target: 'mailMessages', targetKey: 'id' };
  await field({ name: 'mails', type: 'hasMany', interface: 'o2m', foreignKey: 'userId', sourceKey: 'id', ...messages });
  await field({ name: 'lastMail', type: 'belongsTo', interface: 'm2o', foreignKey: 'lastMailId', ...messages });
  const many = { type: 'belongsToMany', interface: 'm2m', sourceKey: 'id' };
  await field({ name: 'shared', through: 'usersMails', foreignKey: 'uid', otherKey: 'mailId', ...many, ...messages });
  await field({
    name: 'boxes',
    through: 'mailAccountMembers',
    foreignKey: 'userId',
    otherKey: 'accountId',
    ...many,
    target: 'mailAccounts',
    targetKey: 'id',
  });
  const columns = [
    { name: 'id', type: 'bigInt' },
    { name: 'subject', type: 'string' },
  ];
  await post('/api/collections:create', {
    name: 'sqlmail',
    template: 'sql',
    sql: 'SELECT id, subject FROM "mailMessages"',
    autoGenId: false,
    fields: columns,
  });
  // Links that point at a stranger's message already: the association itself must not open it.
  await trusted('seed', async () => {
    await modelOf(test, 'usersMails').bulkCreate([{ uid: link.userId, mailId: link.messageId }], { hooks: false });
    await test.db.sequelize.query(`UPDATE "users" SET "lastMailId" = ${link.messageId} WHERE "id" = ${link.userId}`);
  });
}

/**
 * Two people with a mailbox each, and every kind of reader. A plugin that the harness is told to load is enabled
 * whatever the database says; `enabledByHand` leaves that to the plugin manager, so that it can be disabled again.
 */
export async function bootLeakWorld(
  dialect: Dialect,
  plugins: string[] = OTHER_PLUGINS,
  { enabledByHand = false } = {},
): Promise<LeakWorld> {
  // Nothing in these tests talks to a provider; what tries to finds nobody there.
  const env = { EMAIL_MANAGER_GOOGLE_REVOKE_URL: NOWHERE, EMAIL_MANAGER_GOOGLE_TOKEN_URL: NOWHERE };
  const test = await bootApp({ dialect, plugins, withoutEmailManager: enabledByHand, env });
  if (enabledByHand) await test.app.pm.enable('email-manager');
  const root = await test.login();
  const collections = pluginCollections(test);
  const post = async (url: string, body: unknown, token = root) => {
    const answer = await test.call('POST', url, { token, body });
    if (answer.status !== 200) throw new Error(`${url} answered ${JSON.stringify(answer.body)}`);
    return answer.body.data as Record<string, unknown>;
  };
  await createConfiguredRole(test, root, collections);
  await post('/api/roles:create', { name: 'auditor', title: 'Auditor', snippets: ['!pm', '!pm.*', VIEW_ALL] });
  const ann = await test.createUser('Ann');
  const ben = await test.createUser('Ben');
  const configured = await test.createUser('Configured', ['configured']);
  const administrator = await test.createUser('Administrator', ['admin']);
  const viewAll = await test.createUser('Auditor', ['auditor']);
  const boxes = {
    ann: await seedMailbox(test, 'ann', ann.id, 1000),
    ben: await seedMailbox(test, 'ben', ben.id, 2000),
    administrator: await seedMailbox(test, 'administrator', administrator.id, 3000),
  };
  await addAssociations(test, root, { userId: ann.id, messageId: boxes.ben.message });
  const key = await post(
    '/api/apiKeys:create',
    { name: 'key', role: { name: 'admin' }, expiresIn: 'never' },
    administrator.token,
  );
  const world = {
    tokens: {
      ann: ann.token,
      ben: ben.token,
      configured: configured.token,
      administrator: administrator.token,
      viewAll: viewAll.token,
      root,
      apiKey: String(key.token),
      nobody: undefined,
    },
    users: {
      ann: ann.id,
      ben: ben.id,
      configured: configured.id,
      administrator: administrator.id,
      viewAll: viewAll.id,
    },
    boxes,
    collections,
    snapshot: () =>
      trusted('snapshot', async () => {
        const rows: Record<string, unknown[]> = {};
        for (const name of collections) {
          if (name === 'mailAccessLogs' || name === 'mailOAuthStates') continue;
          const found = await modelOf(test, name).findAll({ raw: true });
          rows[name] = found.map((row) => JSON.stringify(row)).sort();
        }
        return rows;
      }),
  };
  // Prototype, not spread: `app` and `db` of the harness change with a restart.
  return Object.assign(Object.create(test) as TestApp, world);
}
