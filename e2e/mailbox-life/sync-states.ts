import { afterAll, beforeAll, expect, it } from 'vitest';
import { WAIT, type Person, type World } from './world';

/** What the strip above the list says while a mailbox is copied and when something keeps it from being up to date. */
export function syncStates(world: () => World): void {
  let lena: Person;
  beforeAll(async () => {
    lena = await world().person('lena@gmail.example');
    await lena.settled();
  });
  afterAll(() => lena?.session.close());

  it('shows how far a long first sync is, and an estimate, until everything is there', async () => {
    const gina = await world().person('gina@gmail.example');
    const { page, session } = gina;
    await world().control('setLatency', { ms: 1_500 });
    try {
      await gina.link();
      await gina.openMail();
      const words = page.getByText(/^[\d,]+ of [\d,]+ messages · about \d+ \w+ left$/);
      await words.first().waitFor(WAIT);
      const bar = page.getByRole('progressbar', { name: 'Copying' });
      const percent = async () => Number(await bar.first().getAttribute('aria-valuenow'));
      expect(await percent()).toBeLessThan(100);
      await session.screenshot('first-sync-progress');
      const seen = await percent();
      // Mail is there to be read long before the end.
      await page.getByTestId('thread-row').first().waitFor(WAIT);
      await expect.poll(percent, WAIT).toBeGreaterThan(seen);
    } finally {
      await world().control('setLatency', { ms: 0 });
    }
    await page.getByText('Copying').first().waitFor({ state: 'detached', timeout: 60_000 });
    const { progress } = await gina.account();
    expect(progress.hydrated).toBe(progress.total);
    await session.close();
  });

  it('says that the provider asks for a pause, and goes on by itself', async () => {
    const { page, session, address } = lena;
    await world().control('throttle', { account: address, seconds: 6 });
    await page.getByRole('button', { name: /Sync emails/ }).click();
    const strip = page.getByText('The provider asks for a pause. Syncing goes on by itself.');
    await strip.waitFor(WAIT);
    await session.screenshot('strip-throttled');
    await world().control('newMail', { account: address, subject: 'After the pause', text: 'Words.' });
    await page.getByText('After the pause').first().waitFor(WAIT);
    await strip.waitFor({ state: 'detached', ...WAIT });
  });

  it('says that newer mail is still to come when the provider is slow to tell what changed', async () => {
    const { page, session, address } = lena;
    const { id } = await lena.account();
    const slow = { kind: 'slow', method: 'history.list', account: address, ms: 8_000 };
    await world().control('accident', slow);
    await page.getByRole('button', { name: /Sync emails/ }).click();
    // The last look at the mailbox was hours ago, for example because the server was off.
    await world().sql('UPDATE mailLeases SET polledAt = ? WHERE accountId = ?', [Date.now() - 2 * 3_600_000, id]);
    const strip = page.getByText('Newer mail is still being fetched.');
    await strip.waitFor(WAIT);
    await session.screenshot('strip-behind');
    await strip.waitFor({ state: 'detached', ...WAIT });
  });

  it('sends the person to the administrator when the settings are wrong, and asks for no new sign-in', async () => {
    const { page, session, address } = lena;
    const { clientId, clientSecret } = world().host.simulator.client;
    await world().control('setClient', { clientId, clientSecret: 'a-secret-that-was-reset-at-google' });
    await world().control('expireAccessTokens', {});
    try {
      await page.getByRole('button', { name: /Sync emails/ }).click();
      const strip = page.getByTestId('mail-centre').getByRole('alert').filter({ hasText: address });
      await strip.waitFor(WAIT);
      expect(await strip.textContent()).toMatch(/administrator/i);
      expect(await strip.getByRole('button', { name: 'Reconnect' }).count()).toBe(0);
      await session.screenshot('strip-misconfigured');
    } finally {
      await world().control('setClient', { clientId, clientSecret });
    }
    await page.getByRole('button', { name: /Sync emails/ }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: address })
      .waitFor({ state: 'detached', ...WAIT });
    expect((await lena.account()).status).toBe('active');
  });

  it('asks the person for a new sign-in when the consent is gone, and does not blame the settings', async () => {
    const { page, session, address } = lena;
    await world().control('revokeConsent', { account: address });
    await world().control('expireAccessTokens', {});
    await page.getByRole('button', { name: /Sync emails/ }).click();
    const strip = page.getByTestId('mail-centre').getByRole('alert').filter({ hasText: address });
    await strip.waitFor(WAIT);
    expect(await strip.getByRole('button', { name: 'Reconnect' }).count()).toBe(1);
    expect(await strip.textContent()).not.toMatch(/administrator/i);
    await session.screenshot('strip-needs-reauth');
    // What is here stays readable.
    await page.getByTestId('thread-row').first().getByTestId('thread-subject').click();
    await page.getByTestId('message-card').first().waitFor(WAIT);
  });
}
