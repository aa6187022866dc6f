import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { bootLeakWorld, OTHER_PLUGINS, type LeakWorld } from './testing/leak-world';
import { trusted } from './trusted';

/** Nodes by which a workflow's designer could read or change mail with the eyes of whoever starts the workflow. */
const NODES: [type: string, config: Record<string, unknown>][] = [
  ['query', { collection: 'mailMessages', multiple: true, params: { filter: { 'id.$ne': 0 } } }],
  ['query', { collection: 'users', multiple: true, params: { filter: {}, appends: ['mails'] } }],
  ['query', { collection: 'mailGrants', multiple: true, params: { filter: {} } }],
  ['aggregate', { collection: 'mailMessages', aggregator: 'max', params: { field: 'subject' } }],
  ['sql', { dataSource: 'main', sql: 'SELECT * FROM "mailMessages"', withMeta: false }],
  ['create', { collection: 'mailAccountMembers', params: { values: { accountId: 1001, userId: 1, role: 'member' } } }],
  ['update', { collection: 'mailMessages', params: { filter: { 'id.$ne': 0 }, values: { userId: 1 } } }],
  ['destroy', { collection: 'mailMessages', params: { filter: { 'id.$ne': 0 } } }],
];

describeOnEachDatabase('workflows get no mail', (dialect) => {
  let world: LeakWorld;
  beforeAll(async () => {
    world = await bootLeakWorld(dialect, OTHER_PLUGINS);
  });
  afterAll(() => world?.stop());

  interface Execution {
    status: number | null;
    jobs: { status: number; result: unknown }[];
  }

  /** Builds a workflow with one node, started by any change of a post; returns how its run ended. */
  async function run(
    node: [string, Record<string, unknown>],
    sync: boolean,
    startedBy: 'administrator' | 'plugin',
  ): Promise<Execution> {
    const [type, config] = node;
    const repository = (name: string) => world.db.getRepository(name);
    if (!world.db.hasCollection('posts')) {
      await world.call('POST', '/api/collections:create', {
        token: world.tokens.root,
        body: { name: 'posts', fields: [{ name: 'title', type: 'string' }] },
      });
    }
    const workflow = (await repository('workflows').create({
      values: { enabled: true, sync, type: 'collection', config: { mode: 1, collection: 'posts' }, title: type },
    })) as unknown as {
      id: number;
      createNode(values: unknown): Promise<unknown>;
      update(values: unknown): Promise<unknown>;
    };
    await workflow.createNode({ type, config });
    if (startedBy === 'administrator') {
      const created = await world.call('POST', '/api/posts:create', {
        token: world.tokens.administrator,
        body: { title: 'x' },
      });
      expect(created.status).toBe(200);
    } else {
      await trusted('our own writing', () => repository('posts').create({ values: { title: 'x' } }));
    }
    const execution = await vi.waitFor(
      async () => {
        const found = (await repository('executions').findOne({
          filter: { workflowId: workflow.id },
          appends: ['jobs'],
        })) as unknown as { toJSON(): Execution } | null;
        const json = found?.toJSON();
        if (!json || json.status === null || json.status === 0) throw new Error('The workflow has not ended yet.');
        return json;
      },
      { timeout: 20_000, interval: 50 },
    );
    await workflow.update({ enabled: false });
    return execution;
  }

  // Every node once inside a person's request and once in the background, after writing of our own.
  const cases = NODES.flatMap((node) =>
    (
      [
        ['inside', 'administrator'],
        ['after', 'plugin'],
      ] as const
    ).map(([moment, startedBy]) => [node[0], String(node[1].collection ?? 'by SQL'), moment, startedBy, node] as const),
  );
  it.each(cases)('from a node "%s" on %s that runs %s what %s did', async (_, collection, moment, startedBy, node) => {
    const before = await world.snapshot();
    const execution = await run(node, moment === 'inside', startedBy);
    expect(JSON.stringify(execution.jobs)).not.toMatch(/annmark|benmark|administratormark/);
    // Users may be queried; the mail appended to them is what is refused.
    expect(execution.status).toBeLessThan(0);
    expect(await world.snapshot()).toEqual(before);
  });

  it('though they still work on what is not mail', async () => {
    const execution = await run(
      ['query', { collection: 'posts', multiple: true, params: { filter: {} } }],
      false,
      'administrator',
    );
    expect(execution.status).toBe(1);
    expect(JSON.stringify(execution.jobs)).toContain('"title":"x"');
  });
});
