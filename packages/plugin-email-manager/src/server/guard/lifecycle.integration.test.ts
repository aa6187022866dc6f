import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../../../test-support/boot-app';
import { describeOnEachDatabase } from '../../../test-support/database';
import { textOfAnswer } from './testing/answers';
import { bootLeakWorld, type LeakWorld } from './testing/leak-world';
import { readsFromUsers, readsOf } from './testing/leak-paths';
import { inRequest, requestOf, trusted } from './trusted';

describeOnEachDatabase('mail stays shut over the life of the plugin', (dialect) => {
  let world: LeakWorld;
  let sub: TestApp;
  beforeAll(async () => {
    world = await bootLeakWorld(dialect, ['api-keys', 'collection-sql'], { enabledByHand: true });
    // What NocoBase makes of a sub-application: another application in this process, with a database of its own.
    sub = await bootApp({ dialect, withoutEmailManager: true });
  });
  afterAll(async () => {
    await sub?.stop();
    await world?.stop();
  });

  const own = async () => {
    const answer = await world.call('GET', '/api/mailMessages:list?page=1', { token: world.tokens.ann });
    return { status: answer.status, subjects: JSON.stringify(answer.body).match(/\w+mark-mailMessages-subject/g) };
  };

  it('while a sub-application without the plugin has no mail at all', async () => {
    const token = await sub.login();
    for (const name of world.collections) {
      expect((await sub.call('GET', `/api/${name}:list`, { token })).status).toBe(404);
    }
  });

  it('while a request of a sub-application gives no access to this application’s database', async () => {
    const request = requestOf({
      app: sub.app,
      state: { currentUser: { id: world.users.ann }, currentRoles: ['root'] },
    });
    const read = inRequest(request, () => world.db.getRepository('mailMessages').find());
    await expect(read).rejects.toMatchObject({ code: 'MAIL_ACCESS_DENIED' });
  });

  it('after other plugins were enabled, which loads everything again in the same process', async () => {
    await world.app.pm.enable('data-visualization');
    const mine = await own();
    expect(mine).toEqual({ status: 200, subjects: ['annmark-mailMessages-subject'] });
    const text = JSON.stringify(
      await Promise.all(
        ['mailGrants:list', 'mailMessages:list?page=1', 'mailAccounts/2001/messages:list'].map((url) =>
          world.call('GET', `/api/${url}`, { token: world.tokens.root }),
        ),
      ),
    );
    expect(text).not.toContain('benmark');
  });

  it('after a restart', async () => {
    await world.restart();
    expect(await own()).toEqual({ status: 200, subjects: ['annmark-mailMessages-subject'] });
  });

  it('after the plugin was disabled: at once, and after a restart its collections are not there', async () => {
    const paths = world.collections.flatMap((name) => readsOf(world, name, world.boxes.ben).slice(0, 6));
    const readers = ['ann', 'administrator', 'root'] as const;
    const leaks: string[] = [];
    const readAll = async (marks: RegExp) => {
      for (const reader of readers) {
        for (const path of [...paths, ...readsFromUsers(world, world.users.ben, world.boxes.ben)]) {
          const { status, text } = await textOfAnswer(world, path, world.tokens[reader]);
          if (marks.test(text)) leaks.push(`${reader}: ${path.name} → ${status}`);
        }
      }
    };
    const collections = [...world.collections];
    await world.app.pm.disable('email-manager');
    await readAll(/benmark/);
    expect(leaks).toEqual([]);
    await world.restart();
    await readAll(/benmark|annmark/);
    expect(leaks).toEqual([]);
    for (const name of collections) {
      const toRoot = await world.call('GET', `/api/${name}:list`, { token: world.tokens.root });
      if (name === 'mailAccountMembers') {
        // NocoBase makes a collection of its own of the table that the administrator's association goes through, with
        // the two ids that the association needs, and times.
        const columns = new Set((toRoot.body.data as object[]).flatMap((row) => Object.keys(row)));
        expect([...columns].sort()).toEqual(['accountId', 'createdAt', 'updatedAt', 'userId']);
        continue;
      }
      expect(`${name} ${toRoot.status}`).toBe(`${name} 404`);
      // A role's rights are asked before the resource is looked for.
      const toAnn = await world.call('GET', `/api/${name}:list`, { token: world.tokens.ann });
      expect([403, 404]).toContain(toAnn.status);
    }
  });

  it('and opens to its owner again when it is enabled again, with nothing lost', async () => {
    await world.app.pm.enable('email-manager');
    expect(await own()).toEqual({ status: 200, subjects: ['annmark-mailMessages-subject'] });
    const messages = await trusted('test', () => world.db.getRepository('mailMessages').count());
    expect(messages).toBe(6);
  });
});
