import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type TestHost } from '../packages/plugin-email-manager/test-support/boot-host';
import { CLIENTS, launchBrowser, openSession } from './browser';

describe('the plugin in a real host', () => {
  let host: TestHost;
  let browser: Browser;
  beforeAll(async () => {
    [host, browser] = await Promise.all([bootHost({ simulator: false }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });

  it.each(CLIENTS)('does not keep the $name client from loading', async ({ name, prefix }) => {
    const session = await openSession(browser, { baseUrl: host.baseUrl, token: host.rootToken });
    await session.open(prefix, '/admin');
    await session.page.getByTestId('user-center-button').waitFor();
    const scripts = await session.page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname),
    );
    const bundle = prefix === '' ? 'client' : 'client-v2';
    expect(scripts).toContain(`/static/plugins/@nocobase/plugin-email-manager/dist/${bundle}/index.js`);
    await session.screenshot(`admin-${name}`);
    expect(session.problems).toEqual([]);
    await session.close();
  });

  it('follows the theme a user chose', async () => {
    const ann = await host.createUser('Ann');
    await host.setTheme(ann.token, 'dark');
    const session = await openSession(browser, { baseUrl: host.baseUrl, token: ann.token, viewport: 'phone' });
    await session.open('', '/admin');
    await expect
      .poll(() => session.page.evaluate(() => getComputedStyle(document.body).backgroundColor), { timeout: 30_000 })
      .toBe('rgb(20, 20, 20)');
    await session.screenshot('admin-dark-phone');
    await session.close();
  });
});
