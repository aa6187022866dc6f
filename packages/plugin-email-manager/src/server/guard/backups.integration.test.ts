import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { textOfAnswer } from './testing/answers';
import { bootLeakWorld, type LeakWorld } from './testing/leak-world';

describeOnEachDatabase('a backup', (dialect) => {
  let world: LeakWorld;
  beforeAll(async () => {
    world = await bootLeakWorld(dialect, ['api-keys', 'collection-sql', 'backup-restore']);
  });
  afterAll(() => world?.stop());

  const backup = (token: string | undefined) =>
    world.call('POST', '/api/backupFiles:create', { token, body: { dataTypes: ['required', 'user', 'custom'] } });

  it('holds the mail and no secret, and only for whoever may make backups', async () => {
    expect((await backup(world.tokens.ann)).status).toBe(403);
    const made = await backup(world.tokens.root);
    expect(made.status).toBe(200);
    const url = `backupFiles:download?filterByTk=${String(made.body.data.key)}`;
    const text = await vi.waitFor(
      async () => {
        const answer = await textOfAnswer(world, { name: url, method: 'GET', url }, world.tokens.root);
        if (answer.status !== 200) throw new Error('The backup has not been made yet.');
        return answer.text;
      },
      { timeout: 30_000, interval: 100 },
    );
    expect(text).toContain('benmark-mailMessages-subject');
    expect(text).not.toMatch(/mark-mailGrants|mark-mailOAuthStates|mark-mailProviderSecrets/);
  });
});
