import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootApp, type TestApp } from './boot-app';
import { describeOnEachDatabase } from './database';

describeOnEachDatabase('a booted app', (dialect) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await bootApp({ dialect });
  });
  afterAll(() => test?.stop());

  it('runs on the database it was asked for', () => {
    expect(test.db.sequelize.getDialect()).toBe(dialect);
  });

  it('has the built plugin enabled', () => {
    expect(test.app.pm.get('email-manager')?.enabled).toBe(true);
  });

  it('gives a created user exactly the roles asked for', async () => {
    const ann = await test.createUser('Ann');
    const answer = await test.call('GET', '/api/roles:check', { token: ann.token });
    expect(answer.body.data.role).toBe('member');
  });

  it('keeps its rows over a restart', async () => {
    await test.createUser('Ben');
    await test.restart();
    await expect(test.login('ben@example.com', 'Ben-secret-1')).resolves.toEqual(expect.any(String));
  });
});
