import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { trusted } from './trusted';
import { EXPOSED, HIDDEN } from './mail-collections';
import {
  oraclesOf,
  readsBySql,
  readsFromUsers,
  readsOf,
  writesFromUsers,
  writesTo,
  type Path,
} from './testing/leak-paths';
import { ownActionsAt, OWN_ACTIONS, servedActions } from './testing/own-actions';
import { bootLeakWorld, markOf, type LeakWorld, type ReaderName } from './testing/leak-world';
import { textOfAnswer } from './testing/answers';

const subjectColumn = { dataIndex: ['subject'], title: 'Subject', defaultTitle: 'Subject' };

const filtered = (path: string, value: unknown): string =>
  `mailAccounts:list?page=1&filter=${encodeURIComponent(JSON.stringify({ [path]: value }))}`;

const STRANGERS: ReaderName[] = ['ann', 'configured', 'administrator', 'root', 'apiKey', 'nobody'];

describeOnEachDatabase('nobody reads or changes another person’s mail', (dialect) => {
  let world: LeakWorld;
  beforeAll(async () => {
    world = await bootLeakWorld(dialect);
  });
  afterAll(() => world?.stop());

  const answerOf = async (path: Path, reader: ReaderName) => {
    const answer = await textOfAnswer(world, path, world.tokens[reader]);
    return { ...answer, name: `${reader}: ${path.name}` };
  };

  /** Calls every path as a reader and returns those whose answer shows what it must not, or that fell over. */
  async function leaks(paths: readonly Path[], reader: ReaderName, forbidden: RegExp): Promise<string[]> {
    const found: string[] = [];
    for (const path of paths) {
      const { status, text, name } = await answerOf(path, reader);
      if (forbidden.test(text)) found.push(`${name} → ${status} ${text.slice(0, 200)}`);
    }
    return found;
  }

  it('lists every collection of the plugin as exposed or hidden', () => {
    expect([...world.collections].sort()).toEqual([...Object.keys(EXPOSED), ...HIDDEN].sort());
  });

  it('tries every action that the plugin serves', () => {
    expect(servedActions(world)).toEqual(Object.keys(OWN_ACTIONS).sort());
  });

  it('goes through associations and an SQL collection that an administrator really has', () => {
    for (const name of ['mails', 'lastMail', 'shared', 'boxes']) {
      expect(world.db.getCollection('users').model.associations).toHaveProperty(name);
    }
    expect(world.db.hasCollection('sqlmail')).toBe(true);
  });

  describe.each(STRANGERS)('%s', (reader) => {
    const forbidden = new RegExp(`${markOf('ben')}|hiddenmark`);

    it('sees nothing through any collection', async () => {
      // The deepest paths for the two whose rights differ most.
      const depth = reader === 'ann' || reader === 'configured' ? 3 : 2;
      for (const collection of world.collections) {
        expect(await leaks(readsOf(world, collection, world.boxes.ben, depth), reader, forbidden)).toEqual([]);
      }
    });

    it('sees nothing through users, where an administrator added associations', async () => {
      const paths = [world.users.ben, world.users.ann].flatMap((id) => readsFromUsers(world, id, world.boxes.ben));
      expect(await leaks(paths, reader, forbidden)).toEqual([]);
    });

    it('sees nothing through SQL saved in the application', async () => {
      expect(await leaks(readsBySql(), reader, new RegExp(`${markOf('ben')}|${markOf('ann')}`))).toEqual([]);
    });

    it('sees nothing through the plugin’s own actions, and changes nothing by them', async () => {
      const before = await world.snapshot();
      expect(await leaks(ownActionsAt(world.boxes.ben), reader, forbidden)).toEqual([]);
      expect(await world.snapshot()).toEqual(before);
    });

    it('cannot ask by filters what it may not read', async () => {
      const told: string[] = [];
      for (const { name, hit, miss } of oraclesOf(world, markOf('ben'))) {
        const [a, b] = [await answerOf(hit, reader), await answerOf(miss, reader)];
        if (a.status !== b.status || a.text !== b.text) told.push(`${reader}: ${name} → ${a.status}/${b.status}`);
      }
      expect(told).toEqual([]);
    });

    it('changes nothing, takes nothing, gives nothing away', async () => {
      const before = await world.snapshot();
      const thief = reader === 'ann' ? world.users.ann : world.users.administrator;
      const changed: string[] = [];
      for (const box of [world.boxes.ben, world.boxes.ann]) {
        for (const collection of world.collections) {
          for (const path of writesTo(world, collection, box, thief)) {
            // Ann's own mailbox is Ann's to change and to delete by the plugin's own actions.
            const ownAction = Object.hasOwn(OWN_ACTIONS, path.url.split('?')[0] as string);
            if (ownAction && reader === 'ann' && box === world.boxes.ann) continue;
            const { status } = await answerOf(path, reader);
            if (status < 400) changed.push(`${path.name} answered ${status}`);
          }
        }
      }
      expect(changed).toEqual([]);
      for (const path of [
        ...writesFromUsers(thief, world.boxes.ben),
        ...writesFromUsers(world.users.ben, world.boxes.ben),
      ]) {
        await answerOf(path, reader);
      }
      expect(await world.snapshot()).toEqual(before);
    });
  });

  describe('and everybody reads their own', () => {
    const own = (path: string, shown = markOf('ann')): [ReaderName, string, string] => ['ann', path, shown];
    it.each([
      own('mailMessages:list?page=1'),
      own('mailMessages:get?filterByTk=1006'),
      own('mailMessages:list?page=1&appends=thread', 'annmark-mailThreads-subject'),
      own('mailMessages:list?page=1&appends=account', 'annmark-mailAccounts-address'),
      own('mailMessages:list?page=1&appends=participants', 'annmark-mailParticipants-address'),
      own('mailThreads:list?page=1'),
      own('mailThreads:list?page=1&appends=messages', 'annmark-mailMessages-subject'),
      own('mailThreads:list?page=1&appends=messages.participants', 'annmark-mailParticipants-address'),
      own(`mailThreads:list?page=1&filter=${encodeURIComponent('{"messages.subject.$includes":"annmark"}')}`),
      own('mailAccounts/1001/messages:list?page=1'),
      own('mailThreads/1005/messages:get?filterByTk=1006'),
      own('mailAccounts:list?page=1'),
      own('mailAccountMembers:list?page=1&appends=account'),
      own('mailFolders:list?page=1'),
      own('mailLabels:list?page=1'),
      own('mailParticipants:list?page=1'),
      own('mailParticipants:list?page=1&appends=message', 'annmark-mailMessages-subject'),
      ['administrator', 'users:list?appends=mails', 'administratormark-mailMessages-subject'],
      ['administrator', 'users:list?appends=boxes.messages', 'administratormark-mailMessages-subject'],
      ['administrator', 'mailAccounts:list?page=1&appends=user', '"username":"Administrator"'],
      ['apiKey', 'mailMessages:list?page=1', 'administratormark-mailMessages-subject'],
    ] as [ReaderName, string, string][])('%s by %s', async (reader, url, mark) => {
      const { status, text } = await answerOf({ name: url, method: 'GET', url }, reader);
      expect({ status, shown: text.includes(mark), hidden: /hiddenmark/.test(text) }).toEqual({
        status: 200,
        shown: true,
        hidden: false,
      });
    });

    it('and the holder of the right to see everyone’s mail sees everyone’s', async () => {
      const url = 'mailMessages:list?page=1';
      const seen = await answerOf({ name: url, method: 'GET', url }, 'viewAll');
      expect(seen.text).toContain(markOf('ben'));
      expect(seen.text).toContain(markOf('ann'));
      expect(seen.text).not.toContain('hiddenmark');
    });

    const subjects = { dimensions: [{ field: ['subject'], alias: 'x' }] };
    const sum = { measures: [{ field: ['sizeBytes'], aggregation: 'sum', alias: 'total' }] };
    it.each<[what: string, url: string, body: unknown, shown: string]>([
      [
        'a chart',
        'charts:queryData',
        {
          ...subjects,
          dataSource: 'main',
          collection: 'mailMessages',
          mode: 'builder',
          variableResolution: 'legacy-schema',
        },
        '',
      ],
      ['a query', 'mailMessages:query', subjects, ''],
      ['a sum', 'mailMessages:query', sum, '"total":1234'],
      ['an export', 'mailMessages:export', { title: 'x', columns: [subjectColumn], filter: {} }, ''],
    ])('an administrator by %s of their own mail only', async (_, url, body, shown) => {
      const { status, text } = await answerOf({ name: url, method: 'POST', url, body }, 'administrator');
      expect(status).toBe(200);
      expect(text).toContain(shown || 'administratormark-mailMessages-subject');
      expect(text).not.toMatch(/benmark|annmark|hiddenmark/);
    });
  });

  describe('refuses with a code and a sentence', () => {
    const refusals: [what: string, reader: ReaderName, url: string, status: number, code: string][] = [
      ['a list without pages', 'ann', 'mailMessages:list?paginate=false', 400, 'PAGINATION_REQUIRED'],
      [
        'an association without pages',
        'ann',
        'mailThreads/1005/messages:list?paginate=false',
        400,
        'PAGINATION_REQUIRED',
      ],
      ['a hidden collection', 'root', 'mailGrants:list', 403, 'MAIL_ACCESS_DENIED'],
      ['a question about a password', 'root', filtered('user.password.$notNull', true), 403, 'MAIL_ACCESS_DENIED'],
      ['a question about people', 'ann', filtered('user.nickname.$includes', 'a'), 403, 'MAIL_ACCESS_DENIED'],
      ['an order by people', 'ann', 'mailAccounts:list?page=1&sort=-user.phone', 403, 'MAIL_ACCESS_DENIED'],
      ['an order by another collection', 'ann', 'mailMessages:list?page=1&sort=-thread.subject', 400, 'INPUT_INVALID'],
      ['an order by nothing', 'ann', 'mailThreads:list?page=1&sort=id,nosuch', 400, 'INPUT_INVALID'],
      ['people beside a mailbox', 'ann', 'mailAccounts:list?page=1&appends=user', 403, 'MAIL_ACCESS_DENIED'],
      [
        'roles of people beside a mailbox',
        'ann',
        'mailAccounts:list?page=1&fields=user.roles',
        403,
        'MAIL_ACCESS_DENIED',
      ],
      [
        'mail as a condition on people',
        'root',
        `users:list?filter=${encodeURIComponent('{"mails.subject.$includes":"a"}')}`,
        403,
        'MAIL_ACCESS_DENIED',
      ],
    ];
    it.each(refusals)('%s', async (_, reader, url, status, code) => {
      const answer = await world.call('GET', `/api/${url}`, { token: world.tokens[reader] });
      expect(answer.status).toBe(status);
      const { message, code: told } = answer.body.errors[0] as { message: string; code?: string };
      expect(told).toBe(code);
      expect(message).toMatch(/^[A-Z].*\.$/);
    });
  });

  it('records each look by the right to see everyone’s mail: who, when, by what, whose', async () => {
    await world.call('GET', '/api/mailFolders:list?page=1', { token: world.tokens.viewAll });
    const [log] = (await trusted('test', () =>
      world.db.getRepository('mailAccessLogs').find({ filter: { call: 'mailFolders:list' } }),
    )) as { toJSON(): Record<string, unknown> }[];
    const row = log?.toJSON();
    expect(Number(row?.userId)).toBe(world.users.viewAll);
    expect(row?.accountIds).toEqual(expect.arrayContaining([world.boxes.ann.account, world.boxes.ben.account]));
    expect(row?.roles).toEqual(['auditor']);
    expect(JSON.stringify(row)).not.toMatch(/mark/);
  });

  describe('says who can read a message', () => {
    const lines = async (token: string | undefined, id: string) => {
      const answer = await world.call('GET', `/api/mailMessages:access?filterByTk=${id}`, { token });
      return { status: answer.status, lines: answer.body.data as { userId: string; nickname: string; rule: string }[] };
    };

    it('with each person and the rule, as the guard decides it', async () => {
      const { users, boxes, tokens } = world;
      const { lines: told } = await lines(tokens.ann, boxes.ann.message);
      expect(told.map(({ nickname, rule }) => `${nickname} ${rule}`).sort()).toEqual([
        'Administrator databaseOwner',
        'Ann owner',
        'Auditor viewAll',
        'Root databaseOwner',
      ]);
      expect(told.find(({ rule }) => rule === 'owner')?.userId).toBe(String(users.ann));
      const url = `mailMessages:get?filterByTk=${boxes.ann.message}&fields=subject`;
      const readers = ['ann', 'ben', 'configured', 'administrator', 'viewAll', 'root'] as const;
      for (const reader of readers) {
        const { text } = await answerOf({ name: url, method: 'GET', url }, reader);
        const id = String(reader === 'root' ? 1 : users[reader]);
        const mayRead = told.some(({ userId, rule }) => userId === id && rule !== 'databaseOwner');
        expect(`${reader} ${text.includes(markOf('ann'))}`).toBe(`${reader} ${mayRead}`);
      }
    });

    it('but not to strangers', async () => {
      expect((await lines(world.tokens.ben, world.boxes.ann.message)).status).toBe(404);
    });
  });

  it('lets code outside of any request delete a person, whatever associations lead to mail', async () => {
    const carl = await world.createUser('Carl');
    await world.db.getRepository('users').destroy({ filterByTk: carl.id });
    expect(await world.db.getRepository('users').count({ filter: { id: carl.id } })).toBe(0);
  });

  it('lets an administrator delete a person, whose mail then stays and stays hidden from everybody', async () => {
    const before = await world.snapshot();
    const answer = await world.call('POST', `/api/users:destroy?filterByTk=${world.users.ben}`, {
      token: world.tokens.root,
    });
    expect(answer.status).toBe(200);
    const after = await world.snapshot();
    // The tokens go, the mail stays.
    for (const name of ['mailMessages', 'mailThreads', 'mailBodies', 'mailParticipants']) {
      expect(after[name]).toEqual(before[name]);
    }
    const url = 'mailMessages:list?page=1';
    const seen = await answerOf({ name: url, method: 'GET', url }, 'viewAll');
    expect(seen.text).toContain(markOf('ann'));
    expect(seen.text).not.toContain(markOf('ben'));
  });
});
