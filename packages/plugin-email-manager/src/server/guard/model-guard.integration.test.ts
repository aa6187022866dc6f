import { col, fn, literal, Op, where as sqlWhere } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { requireFromHost } from '../../../test-support/host-modules';
import { installGuard } from './install';
import { accessContext, inRequest, requestOf, trusted, withoutAccess, type RequestAccess } from './trusted';
import { bootLeakWorld, type LeakWorld } from './testing/leak-world';

/** Sequelize's untyped edge: models that NocoBase made at run time. */
type AnyModel = any;

const DENIED = expect.objectContaining({ code: 'MAIL_ACCESS_DENIED', status: 403 });

describeOnEachDatabase('the guard at the model', (dialect) => {
  let world: LeakWorld;
  let model: (name: string) => AnyModel;
  beforeAll(async () => {
    world = await bootLeakWorld(dialect);
    model = (name) => world.db.getModel(name);
    // Associations that somebody else's plugin might add in code.
    const { HasOne, HasMany } = requireFromHost('sequelize') as typeof import('sequelize');
    const message = model('mailMessages');
    message.associations.body = new (HasOne as AnyModel)(message, model('mailBodies'), {
      as: 'body',
      foreignKey: 'messageId',
      constraints: false,
    });
    message.associations.writer = new (HasMany as AnyModel)(message, model('users'), {
      as: 'writer',
      foreignKey: 'id',
      sourceKey: 'userId',
      constraints: false,
    });
  });
  afterAll(() => world?.stop());

  const requestBy = (name: 'ann' | 'ben' | 'viewAll', role = 'member'): RequestAccess =>
    requestOf({ app: world.app, state: { currentUser: { id: world.users[name] }, currentRoles: [role] } });
  const asAnn = <T>(work: () => T): T => inRequest(requestBy('ann'), work);

  describe('shows code that runs in a request the rows of its person only', () => {
    const reads: [what: string, read: () => Promise<unknown>, own: boolean][] = [
      ['findAll', () => model('mailMessages').findAll(), true],
      ['findAll without hooks', () => model('mailMessages').findAll({ hooks: false }), true],
      ['findAll, raw', () => model('mailMessages').findAll({ raw: true, nest: true }), true],
      [
        'an OR that is always true',
        () => model('mailMessages').findAll({ where: { [Op.or]: [{ id: 2006 }, literal('1=1')] } }),
        true,
      ],
      ['a where that is a literal', () => model('mailMessages').findAll({ where: literal('1=1 OR 1=1') }), true],
      ['a stranger’s key', () => model('mailMessages').findByPk(2006), false],
      ['the largest subject', () => model('mailMessages').max('subject'), true],
      ['the largest subject without hooks', () => model('mailMessages').max('subject', { hooks: false }), true],
      [
        'a group',
        () =>
          model('mailMessages').findAll({
            attributes: ['subject', [fn('count', col('id')), 'n']],
            group: ['subject'],
            raw: true,
          }),
        true,
      ],
      [
        'an aggregate by group',
        () =>
          model('mailMessages').aggregate('id', 'count', { attributes: ['subject'], group: ['subject'], plain: false }),
        true,
      ],
      ['a count by group', () => model('mailMessages').count({ attributes: ['subject'], group: ['subject'] }), true],
      [
        'joined exposed models',
        () => model('mailThreads').findAll({ include: [{ association: 'messages', include: ['participants'] }] }),
        true,
      ],
      [
        'a join with a limit',
        () => model('mailThreads').findAll({ limit: 5, include: [{ association: 'messages', required: true }] }),
        true,
      ],
      ['a join without hooks', () => model('mailThreads').findAll({ hooks: false, include: ['messages'] }), true],
      [
        'a separate query for a join',
        () => model('mailThreads').findAll({ include: [{ association: 'messages', separate: true }] }),
        true,
      ],
      [
        'a separate query from a stranger’s user',
        () => model('users').findAll({ include: [{ association: 'mails', separate: true }] }),
        true,
      ],
      ['an association’s getter', async () => (await model('users').findByPk(world.users.ben)).getMails(), false],
      ['a repository', () => world.db.getRepository('mailMessages').find({ appends: ['thread', 'account'] }), true],
      [
        'a repository’s aggregate',
        () => world.db.getRepository('mailMessages').aggregate({ method: 'max', field: 'subject' } as never),
        true,
      ],
      [
        'a condition on a join',
        () =>
          model('mailThreads').findAll({ include: ['messages'], where: { '$messages.subject$': { [Op.ne]: 'x' } } }),
        true,
      ],
      [
        'an order by a join',
        () => model('mailThreads').findAll({ include: ['messages'], order: [['messages', 'subject', 'DESC']] }),
        true,
      ],
      [
        'free SQL that reads no table',
        () =>
          model('mailMessages').findAll({
            attributes: [[literal('upper("mailMessages"."subject")'), 'u'], 'subject'],
            raw: true,
          }),
        true,
      ],
    ];
    it.each(reads)('by %s', async (_, read, own) => {
      const text = JSON.stringify(await asAnn(read));
      expect(text).not.toMatch(/benmark|hiddenmark|administratormark/i);
      expect(text.includes('annmark')).toBe(own);
    });

    it('by counting', async () => {
      await expect(asAnn(() => model('mailMessages').count())).resolves.toBe(1);
      await expect(asAnn(() => model('mailMessages').count({ hooks: false }))).resolves.toBe(1);
      await expect(asAnn(() => model('mailMessages').sum('sizeBytes'))).resolves.toBe(1234);
      await expect(inRequest(requestBy('viewAll', 'auditor'), () => model('mailMessages').count())).resolves.toBe(3);
    });
  });

  const subquery = () => literal('(SELECT "subject" FROM "mailMessages" WHERE "id" = 2006)');
  const refused: [what: string, attempt: () => unknown][] = [
    [
      'a limit for each parent',
      () =>
        model('mailMessages').findAll({
          groupedLimit: { limit: 1, on: model('mailThreads').associations.messages, values: [world.boxes.ben.thread] },
        }),
    ],
    ['a hidden collection', () => model('mailGrants').findAll()],
    ['a hidden collection without hooks', () => model('mailGrants').findAll({ hooks: false })],
    ['an aggregate of a hidden collection', () => model('mailBodies').max('messageId')],
    ['a hidden collection in a join', () => model('mailMessages').findAll({ include: ['body'] })],
    [
      'a hidden collection in a deep join',
      () => model('mailThreads').findAll({ include: [{ association: 'messages', include: ['body'] }] }),
    ],
    [
      'a hidden collection in a count',
      () => model('mailMessages').count({ include: [{ association: 'body', required: true }] }),
    ],
    ['mail in a join from users', () => model('users').findAll({ include: ['mails'] })],
    ['mail in a join from users without hooks', () => model('users').findAll({ hooks: false, include: ['mails'] })],
    [
      'mail in a count of users',
      () => model('users').count({ include: [{ association: 'mails', where: { subject: 'x' } }] }),
    ],
    [
      'a join by OR',
      () => model('mailThreads').findAll({ include: [{ association: 'messages', where: { id: 2006 }, or: true }] }),
    ],
    [
      'a condition that breaks out of its parentheses',
      () => model('mailMessages').findAll({ where: literal('1=1) OR (1=1') }),
    ],
    [
      'a value that is more than a value',
      () => model('mailMessages').findAll({ where: { subject: literal("'x' OR 1=1") } }),
    ],
    [
      'a comparison with more than a value',
      () => model('mailMessages').findAll({ where: sqlWhere(col('subject'), literal("'x' OR 1=1")) }),
    ],
    ['a condition that ends in a comment', () => model('mailMessages').findAll({ where: literal('1=1 --') })],
    ['a subquery as an attribute', () => model('mailMessages').findAll({ attributes: [[subquery(), 'x']] })],
    ['a subquery in a condition', () => model('mailMessages').findAll({ where: { subject: { [Op.lt]: subquery() } } })],
    ['a subquery in an order', () => model('mailMessages').findAll({ order: [[subquery(), 'ASC']] })],
    [
      'a subquery inside a function',
      () => model('mailMessages').findAll({ attributes: [[fn('max', subquery()), 'x']] }),
    ],
    [
      'a subquery in a join',
      () => model('mailThreads').findAll({ include: [{ association: 'messages', where: subquery() }] }),
    ],
    ['a subquery in somebody else’s model', () => model('users').findAll({ attributes: [[subquery(), 'x']] })],
    ['a subquery in an aggregate', () => model('mailMessages').count({ where: subquery() })],
    ['another model over the same table', () => overTheSameTable().findAll()],
    ['a raw query', () => world.db.sequelize.query('SELECT * FROM "mailMessages"')],
    ['a raw query as an object', () => world.db.sequelize.query({ query: 'SELECT * FROM mailmessages', values: [] })],
    [
      'a raw query in a function’s clothes',
      () => world.db.sequelize.query('WITH x AS (SELECT * FROM "mailGrants") SELECT * FROM x'),
    ],
    ['a view over a table', () => world.db.sequelize.query('CREATE VIEW peek AS SELECT * FROM "mailGrants"')],
    ['a create', () => model('mailThreads').create({ accountId: 1001, key: 'k' })],
    [
      'a create without hooks',
      () => model('mailThreads').create({ id: 9, accountId: 1001, key: 'k' }, { hooks: false }),
    ],
    ['a bulk create', () => model('mailAccountMembers').bulkCreate([{ accountId: 2001, userId: world.users.ann }])],
    [
      'a bulk create without hooks',
      () =>
        model('mailAccountMembers').bulkCreate([{ id: 77, accountId: 2001, userId: world.users.ann }], {
          hooks: false,
        }),
    ],
    ['an update of many', () => model('mailMessages').update({ userId: world.users.ann }, { where: {}, hooks: false })],
    ['a deletion of many', () => model('mailMessages').destroy({ where: {}, hooks: false })],
    ['truncation', () => model('mailMessages').destroy({ truncate: true })],
    ['an upsert', () => model('mailAccounts').upsert({ id: 2001, provider: 'google', address: 'x', status: 'active' })],
    ['find or create', () => model('mailThreads').findOrCreate({ where: { key: 'new', accountId: 1001 } })],
    ['an increment', () => model('mailThreads').increment('messageCount', { where: { id: 1005 } })],
    [
      'an update of one’s own row',
      async () => (await model('mailMessages').findByPk(1006)).update({ accountId: 2001 }),
    ],
    ['a deletion of one’s own row', async () => (await model('mailMessages').findByPk(1006)).destroy()],
    ['setting an association', async () => (await model('users').findByPk(world.users.ann)).setMails([2006])],
    ['adding to an association', async () => (await model('users').findByPk(world.users.ann)).addMail(2006)],
    ['removing from an association', async () => (await model('users').findByPk(world.users.ann)).removeMail(1006)],
    [
      'a bulk insert past the model',
      () => world.db.sequelize.getQueryInterface().bulkInsert('mailAccountMembers', [{ id: 78 }]),
    ],
    ['a bulk deletion past the model', () => world.db.sequelize.getQueryInterface().bulkDelete('mailMessages', {})],
    [
      'a select past the model',
      () => (world.db.sequelize.getQueryInterface() as AnyModel).select(null, 'mailMessages', {}),
    ],
    [
      'a raw select past the model',
      () => world.db.sequelize.getQueryInterface().rawSelect('mailMessages', { plain: false }, 'subject'),
    ],
  ];
  // Its mailbox is another column, so that the guard's condition would be about something else.
  const overTheSameTable = (): AnyModel =>
    world.db.sequelize.define(
      'peek',
      { subject: 'TEXT', goneAt: 'TIMESTAMP', accountId: { type: 'BIGINT', field: 'sizeBytes' } },
      { tableName: 'mailMessages', timestamps: false },
    );

  describe('refuses code that runs in a request', () => {
    it.each(refused)('%s', async (_, attempt) => {
      const before = await world.snapshot();
      await expect(asAnn(async () => attempt())).rejects.toEqual(DENIED);
      expect(await world.snapshot()).toEqual(before);
    });
  });

  describe('gives nothing at all', () => {
    const read = () => model('mailMessages').findAll() as Promise<unknown>;
    const ctx = (state: RequestAccess['ctx']['state'], app: { db?: unknown } = world.app) => requestOf({ app, state });
    it.each<[string, () => Promise<unknown>]>([
      ['outside of any request', read],
      ['before the sign-in check', () => inRequest(ctx({}), read)],
      ['after sign-in was refused', () => inRequest(ctx({ currentUser: null }), read)],
      ['to a user without an id', () => inRequest(ctx({ currentUser: { id: { $ne: 0 } } }), read)],
      [
        'to a request of another application',
        () => inRequest(ctx({ currentUser: { id: world.users.ann } }, { db: {} }), read),
      ],
      ['to a workflow inside a request', () => asAnn(() => withoutAccess('workflow', read))],
      ['to a workflow inside our own work', () => trusted('test', () => withoutAccess('workflow', read))],
      ['once the answer is out', () => inRequest({ ...requestBy('ann'), ended: true }, read)],
      [
        'after our own work has ended',
        async () => {
          await trusted('test', read);
          return read();
        },
      ],
    ])('%s', async (_, attempt) => {
      await expect(attempt()).rejects.toEqual(DENIED);
    });
  });

  it('does not show the people of a message that is gone', async () => {
    const people = (await asAnn(() => model('mailParticipants').findAll({ raw: true }))) as { address: string }[];
    expect(people.length).toBeGreaterThan(0);
    expect(people.map(({ address }) => address).join()).not.toContain('hiddenmark');
  });

  it('hides the mail of a mailbox that is being deleted, and still says that it is being deleted', async () => {
    const id = world.boxes.ann.account;
    const setStatus = (status: string) =>
      trusted('test', () => model('mailAccounts').update({ status }, { where: { id } }));
    const before = (await trusted('test', () => model('mailAccounts').findByPk(id))) as { status: string };
    await setStatus('deleting');
    try {
      for (const name of ['mailMessages', 'mailThreads', 'mailFolders', 'mailLabels', 'mailParticipants']) {
        expect([name, await asAnn(() => model(name).count())]).toEqual([name, 0]);
      }
      expect(await asAnn(() => model('mailAccounts').findAll({ attributes: ['status'], raw: true }))).toEqual([
        { status: 'deleting' },
      ]);
    } finally {
      await setStatus(before.status);
    }
    expect(await asAnn(() => model('mailMessages').count())).toBe(1);
  });

  it('keeps the context of each of many reads at once, on pooled connections and in transactions', async () => {
    const names = ['ann', 'ben'] as const;
    const seen = await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const name = names[i % 2] as 'ann' | 'ben';
        return inRequest(requestBy(name), async () => {
          const rows = (await (i % 3 === 0
            ? world.db.sequelize.transaction((transaction) => model('mailMessages').findAll({ raw: true, transaction }))
            : model('mailMessages').findAll({ raw: true }))) as { subject: string }[];
          const context = accessContext();
          return [
            name,
            rows.map((row) => row.subject),
            context?.kind === 'request' && context.request.ctx.state.currentUser?.id,
          ];
        });
      }),
    );
    seen.forEach(([name, subjects, id]) => {
      expect(subjects).toEqual([`${String(name)}mark-mailMessages-subject`]);
      expect(id).toBe(world.users[name as 'ann' | 'ben']);
    });
  });

  it('keeps the context over a sign-in, a body and parallel requests', async () => {
    const readers = ['ann', 'ben'] as const;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        world.call('POST', '/api/mailMessages:list?page=1', {
          token: world.tokens[readers[i % 2] as 'ann'],
          body: { pad: 'x'.repeat(50_000) },
        }),
      ),
    );
    answers.forEach((answer, i) => {
      const text = JSON.stringify(answer.body);
      expect(text).toContain(`${readers[i % 2]}mark`);
      expect(text).not.toContain(`${readers[(i + 1) % 2]}mark`);
    });
  });

  it('lets schema changes of a table with mail pass, and they lose nothing', async () => {
    const before = await world.snapshot();
    const builder = world.db.sequelize.getQueryInterface();
    await asAnn(async () => {
      await builder.addColumn('mailLabels', 'extra', { type: 'VARCHAR(20)' });
      await builder.changeColumn('mailLabels', 'extra', { type: 'VARCHAR(40)' });
      await builder.removeColumn('mailLabels', 'extra');
    });
    expect(await world.snapshot()).toEqual(before);
  });

  it('is in place once, however often it is installed', async () => {
    const { sequelize } = world.db;
    const patched = (): unknown[] => [
      Reflect.get(sequelize, 'query'),
      Reflect.get(sequelize.getQueryInterface(), 'rawSelect'),
    ];
    const before = patched();
    installGuard(world.app);
    installGuard(world.app);
    expect(patched().every((method, i) => method === before[i])).toBe(true);
    await expect(asAnn(() => model('mailMessages').count())).resolves.toBe(1);
  });

  it('refuses the look when the use of the right to see everyone’s mail cannot be recorded', async () => {
    const log = model('mailAccessLogs');
    const write = log.bulkCreate;
    log.bulkCreate = () => Promise.reject(new Error('The disk is full.'));
    try {
      const request = requestOf({
        app: world.app,
        state: { currentUser: { id: world.users.viewAll }, currentRoles: ['auditor'] },
        action: { resourceName: 'unrecorded', actionName: 'list' },
      });
      await expect(inRequest(request, () => model('mailMessages').count())).rejects.toThrow('The disk is full.');
    } finally {
      log.bulkCreate = write;
    }
  });
});
