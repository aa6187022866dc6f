import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type HostUser, type TestHost } from '../packages/plugin-email-manager/test-support/boot-host';
import { openSqliteFile } from '../packages/plugin-email-manager/test-support/sqlite-file';
import { CLIENTS, launchBrowser, openSession, type Session } from './browser';
import { simulatorControl } from './simulator-control';

const axeScript = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WAIT = { timeout: 30_000 };
const GERMAN =
  'Rückfrage zur Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikationsgenehmigung und zur Kraftfahrzeughaftpflichtversicherung';

const HOSTILE = `<style>@import "https://tracker.example/a.css";</style><script>window.top.pwned = 1</script>
<img src="x" onerror="window.parent.pwned = 2"><svg onload="window.parent.pwned = 3"></svg>
<a href="javascript:window.parent.pwned=4">press</a><iframe src="https://tracker.example/frame"></iframe>
<p>Harmless words.</p><img src="https://tracker.example/pixel.png" alt="Pixel" width="1" height="1">`;

async function linkMailbox(page: Page, account: string): Promise<void> {
  await page.getByTestId('connect-continue').click();
  await page.locator(`a[data-account="${account}"]`).click();
  await page.locator('#allow').click();
}

describe('the mail centre', () => {
  let host: TestHost;
  let browser: Browser;
  let ann: HostUser;
  let ben: HostUser;
  let control: ReturnType<typeof simulatorControl>;

  const session = (user: { token: string }, options: Partial<Parameters<typeof openSession>[1]> = {}) =>
    openSession(browser, { baseUrl: host.baseUrl, token: user.token, ...options });
  const rows = (page: Page) => page.getByTestId('thread-row');
  const row = (page: Page, subject: string) => rows(page).filter({ hasText: subject }).first();

  /** Ann's page in the v1 client: starting NocoBase's client anew takes longer than most of these tests. */
  let kept: Session | undefined;

  /** Ann's list of all inboxes, without a reload when the page is still in order. */
  async function annsMail(): Promise<Session> {
    if (kept) {
      try {
        for (const button of await kept.page
          .locator('.ant-drawer-open .ant-drawer-close, .ant-modal-close:visible')
          .all()) {
          await button.click({ timeout: 3_000 });
        }
        await kept.page.getByTestId('mail-nav').getByText('All inboxes').click({ timeout: 3_000 });
        // The router leaves a page in its own time; a click must not hit a reader that is about to go.
        await kept.page.getByTestId('reader').waitFor({ state: 'detached', timeout: 5_000 });
        await rows(kept.page).first().waitFor({ timeout: 5_000 });
        return kept;
      } catch {
        await kept.close();
      }
    }
    kept = await session(ann);
    await kept.open('', '/admin/mail');
    await rows(kept.page).first().waitFor(WAIT);
    return kept;
  }

  beforeAll(async () => {
    [host, browser] = await Promise.all([
      bootHost({
        simulator: [
          ...['--mailboxes', 'ann@gmail.example,ann.two@gmail.example,carl@gmail.example=none'],
          ...['--messages', '80', '--quota', 'off'],
        ],
      }),
      launchBrowser(),
    ]);
    control = simulatorControl(host.simulator.url);
    [ann, ben] = [await host.createUser('Ann'), await host.createUser('Ben')];
  });
  afterAll(async () => {
    await kept?.close();
    await browser?.close();
    await host?.stop();
  });

  it('sends nobody to a form that does not exist when nothing is configured', async () => {
    const user = await session(ann);
    await user.open('', '/admin/mail');
    await user.page.getByTestId('not-configured').waitFor(WAIT);
    expect(await user.page.getByRole('button', { name: 'Open Email settings' }).count()).toBe(0);
    await user.close();
    const root = await session({ token: host.rootToken });
    await root.open('', '/admin/mail');
    await root.page.getByRole('button', { name: 'Open Email settings' }).click(WAIT);
    await root.page.getByTestId('google-card').waitFor(WAIT);
    await root.close();
  });

  it('refuses a wrong client at its field, and never shows the secret again', async () => {
    const { page, close, screenshot } = await (async () => {
      const opened = await session({ token: host.rootToken });
      await opened.open('', '/admin/settings/mail');
      await opened.page.getByTestId('google-card').waitFor(WAIT);
      return opened;
    })();
    const card = page.getByTestId('google-card');
    await card.getByTestId('client-id').fill('not-a-client');
    await card.getByTestId('save-settings').click();
    await page.locator('.ant-form-item-explain-error').filter({ hasText: '.apps.googleusercontent.com' }).waitFor(WAIT);
    await card.getByTestId('client-id').fill(host.simulator.client.clientId);
    await card.getByTestId('client-secret').fill(host.simulator.client.clientSecret);
    await card.getByTestId('google-enabled').click();
    await card.getByTestId('save-settings').click();
    await card.getByTestId('secret-is-set').waitFor(WAIT);
    await page.reload();
    await card.getByTestId('secret-is-set').waitFor(WAIT);
    expect(await page.content()).not.toContain(host.simulator.client.clientSecret);
    expect(await card.getByTestId('redirect-uri').inputValue()).toBe(`${host.baseUrl}/admin/settings/mail/oauth2`);
    await card.getByTestId('check-setup').click();
    await card.getByTestId('check-lines').waitFor(WAIT);
    expect(await card.getByTestId('check-reachable').getAttribute('data-state')).toBe('ok');
    expect(await card.getByTestId('check-secret').getAttribute('data-state')).toBe('ok');
    expect(await card.getByTestId('check-apiEnabled').getAttribute('data-state')).toBe('unknown');
    await screenshot('settings-v1');
    await close();
  });

  it('shows the settings in the modern client to a role that has only that right', async () => {
    await host.api.expectOk('POST', '/api/roles:create', {
      token: host.rootToken,
      body: { name: 'postmaster', title: 'Postmaster', snippets: ['pm.email-manager', '!pm', '!ui.*'] },
    });
    const postmaster = await host.createUser('Postmaster', ['postmaster']);
    for (const { prefix, name } of CLIENTS) {
      const opened = await session(postmaster);
      await opened.open(prefix, '/admin/settings/mail');
      await opened.page.getByTestId('google-card').waitFor(WAIT);
      await opened.page.getByTestId('admin-accounts').waitFor(WAIT);
      await opened.screenshot(`settings-postmaster-${name}`);
      await opened.close();
    }
  });

  it('helps when the provider sends nobody back', async () => {
    const { page, open, close, screenshot } = await session(ann);
    await open('', '/admin/mail');
    await page.getByTestId('link-first-account').click(WAIT);
    await page.getByTestId('connect-continue').click();
    await page.locator('a[data-account="ann@gmail.example"]').waitFor(WAIT);
    await open('', '/admin/mail');
    await page.getByRole('button', { name: 'Google did not send you back?' }).click(WAIT);
    await page.getByTestId('return-helper').waitFor(WAIT);
    await page.getByTestId('return-helper').locator('code', { hasText: 'org_internal' }).click();
    await page.getByTestId('return-helper').locator('code', { hasText: 'redirect_uri_mismatch' }).click();
    const letter = await page.getByTestId('return-helper').locator('textarea').first().inputValue();
    expect(letter).toContain(`${host.baseUrl}/admin/settings/mail/oauth2`);
    await screenshot('oauth-no-return');
    await close();
  });

  it('says what denying meant, and does not lose the way back', async () => {
    const { page, open, close } = await session(ann);
    await open('', '/admin/mail');
    await page.getByTestId('link-first-account').click(WAIT);
    await page.getByTestId('connect-continue').click();
    await page.locator('a[data-account="ann@gmail.example"]').click();
    await page.locator('#deny').click();
    await page.getByTestId('oauth-error-code').waitFor(WAIT);
    expect(await page.getByTestId('oauth-error-code').textContent()).toBe('OAUTH_DENIED');
    expect(await page.getByTestId('oauth-page').textContent()).toMatch(/list of test users/);
    await page.getByTestId('oauth-to-mail').click();
    await page.getByTestId('welcome').waitFor(WAIT);
    await close();
  });

  it('refuses an account without a mailbox in words', async () => {
    const { page, open, close, screenshot } = await session(ann);
    await open('', '/admin/mail');
    await page.getByTestId('link-first-account').click(WAIT);
    await linkMailbox(page, 'carl@gmail.example');
    await page.getByTestId('oauth-error-code').waitFor(WAIT);
    expect(await page.getByTestId('oauth-error-code').textContent()).toBe('ACCOUNT_HAS_NO_MAILBOX');
    await screenshot('oauth-no-mailbox');
    await close();
  });

  it('keeps the code through a sign-in when the session ended meanwhile', async () => {
    const { page, open, close, screenshot } = await session(ann);
    await open('', '/admin/mail');
    await page.getByTestId('link-first-account').click(WAIT);
    await screenshot('connect-dialog');
    await page.getByTestId('connect-continue').click();
    await page.locator('a[data-account="ann@gmail.example"]').waitFor(WAIT);
    // On the provider's page the person is on another origin: the session of NocoBase is ended behind their back.
    await page.context().addInitScript(() => {
      if (sessionStorage.getItem('e2e-signed-out') || !location.pathname.endsWith('/oauth2')) return;
      sessionStorage.setItem('e2e-signed-out', '1');
      localStorage.removeItem('NOCOBASE_TOKEN');
    });
    await page.locator('a[data-account="ann@gmail.example"]').click();
    await page.locator('#allow').click();
    await page.locator('input[type="password"]').waitFor(WAIT);
    await page.locator('input').first().fill(ann.email);
    await page.locator('input[type="password"]').fill(ann.password);
    await page.locator('button[type="submit"], button.ant-btn-primary').first().click();
    await rows(page).first().waitFor({ timeout: 60_000 });
    expect(new URL(page.url()).pathname).toBe('/admin/mail');
    await close();
  });

  it('fills by itself while it is looked at', async () => {
    const { page, problems, screenshot } = await annsMail();
    await expect
      .poll(async () => {
        const accounts = await host.api.expectOk('GET', '/api/mailAccounts:list', { token: ann.token });
        return accounts[0]?.progress?.phase;
      }, WAIT)
      .toBe('done');
    expect(await page.getByTestId('mail-nav').textContent()).toContain('ann@gmail.example');
    await screenshot('mail-list-v1');
    expect(problems).toEqual([]);
  });

  it('shows new mail without a reload, also a long German subject and a Chinese sender', async () => {
    const { page, screenshot } = await annsMail();
    await control('newMail', {
      account: 'ann@gmail.example',
      from: '王小明 <wang@example.cn>',
      subject: GERMAN,
      text: 'Guten Tag!',
    });
    await row(page, GERMAN).waitFor(WAIT);
    expect(await row(page, GERMAN).getAttribute('data-unread')).toBe('true');
    expect(await row(page, GERMAN).textContent()).toContain('王小明');
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await screenshot('mail-new-german');
  });

  it('marks read by opening, here and at the provider', async () => {
    const { page, screenshot } = await annsMail();
    await row(page, GERMAN).getByTestId('thread-subject').click();
    await page.getByTestId('conversation-subject').filter({ hasText: GERMAN }).waitFor(WAIT);
    await expect.poll(() => row(page, GERMAN).getAttribute('data-unread'), WAIT).toBe('false');
    await expect
      .poll(async () => (await control.labelsOf('ann@gmail.example', GERMAN)).includes('UNREAD'), WAIT)
      .toBe(false);
    await page.frameLocator('[data-testid="message-frame"]').getByText('Guten Tag!').waitFor(WAIT);
    await screenshot('mail-conversation-v1');
  });

  it('runs nothing of a mail and loads nothing from the internet until asked', async () => {
    await control('newMail', { account: 'ann@gmail.example', subject: 'Hostile words', html: HOSTILE });
    const { page, screenshot } = await annsMail();
    const asked: string[] = [];
    await page.route('https://tracker.example/**', (route) => {
      asked.push(new URL(route.request().url()).pathname);
      return route.fulfill({ contentType: 'image/png', body: Buffer.from('') });
    });
    await row(page, 'Hostile words').getByTestId('thread-subject').click(WAIT);
    const frame = page.frameLocator('[data-testid="message-frame"]');
    await frame.getByText('Harmless words.').waitFor(WAIT);
    await page.getByTestId('remote-banner').waitFor(WAIT);
    expect(asked).toEqual([]);
    await screenshot('mail-images-held-back');
    await page.getByTestId('show-images').click();
    await expect.poll(() => asked, WAIT).toContain('/pixel.png');
    expect(asked).toEqual(['/pixel.png']);
    expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned ?? null)).toBeNull();
    expect(await frame.locator('script, iframe, svg, a[href^="javascript"]').count()).toBe(0);
  });

  it('takes mark-as-unread, archive and delete to the provider, and takes archive back', async () => {
    for (const subject of ['To be unread', 'To be archived', 'To be deleted']) {
      await control('newMail', { account: 'ann@gmail.example', subject, text: 'Words.' });
    }
    const { page } = await annsMail();
    const labels = (subject: string) => control.labelsOf('ann@gmail.example', subject);

    await row(page, 'To be unread').getByTestId('thread-subject').click(WAIT);
    await expect.poll(() => labels('To be unread'), WAIT).not.toContain('UNREAD');
    await page.getByTestId('message-menu').first().click();
    await page.getByRole('menuitem', { name: 'Mark as unread' }).click();
    await expect.poll(() => row(page, 'To be unread').getAttribute('data-unread'), WAIT).toBe('true');
    await expect.poll(() => labels('To be unread'), WAIT).toContain('UNREAD');

    await row(page, 'To be archived').getByTestId('thread-subject').click();
    await page.getByTestId('thread-archive').click(WAIT);
    await row(page, 'To be archived').waitFor({ state: 'detached', ...WAIT });
    await expect.poll(() => labels('To be archived'), WAIT).not.toContain('INBOX');
    await page.getByTestId('undo').click();
    await row(page, 'To be archived').waitFor(WAIT);
    await expect.poll(() => labels('To be archived'), WAIT).toContain('INBOX');

    await row(page, 'To be deleted').getByTestId('thread-subject').click();
    await page.getByTestId('thread-trash').click(WAIT);
    await row(page, 'To be deleted').waitFor({ state: 'detached', ...WAIT });
    await expect.poll(() => labels('To be deleted'), WAIT).toContain('TRASH');
  });

  it('leads back by Back, a reload and a shared link', async () => {
    const { page } = await annsMail();
    await page.getByTestId('search').fill('Donaudampfschifffahrtsgesellschaft');
    await page.getByTestId('search').press('Enter');
    await row(page, GERMAN).waitFor(WAIT);
    await page.waitForURL(/[?&]q=/);
    await row(page, GERMAN).getByTestId('thread-subject').click();
    await page.getByTestId('conversation-subject').waitFor(WAIT);
    const shared = page.url();
    await page.reload();
    await page.getByTestId('conversation-subject').filter({ hasText: GERMAN }).waitFor(WAIT);
    await page.goBack();
    await expect.poll(() => new URL(page.url()).pathname).toBe('/admin/mail');
    await row(page, GERMAN).waitFor(WAIT);
    const stranger = await session(ben);
    await stranger.page.goto(shared);
    await stranger.page.getByTestId('welcome').waitFor(WAIT);
    expect(await stranger.page.content()).not.toContain('Donaudampf');
    await stranger.close();
    await page.goto(`${host.baseUrl}/admin/mail/987654321`);
    await page.getByTestId('vanished').waitFor(WAIT);
  });

  it('can be used by keys alone', async () => {
    const { page } = await annsMail();
    // The cursor stays where the last conversation was opened; from there it goes to the top.
    await expect
      .poll(async () => {
        await page.keyboard.press('k');
        return rows(page).nth(0).getAttribute('data-cursor');
      }, WAIT)
      .toBe('true');
    await page.keyboard.press('j');
    await expect.poll(() => rows(page).nth(1).getAttribute('data-cursor')).toBe('true');
    await page.keyboard.press('Enter');
    await page.getByTestId('message-card').first().waitFor(WAIT);
    await page.keyboard.press('u');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/admin/mail');
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('search');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByTestId('key-help').waitFor(WAIT);
  });

  it('puts no barrier before people who cannot see or use a mouse', async () => {
    const { page } = await annsMail();
    await page.addScriptTag({ path: axeScript });
    const barriers = () =>
      page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof import('axe-core') };
        const { violations } = await axe.run('.em-page', { iframes: false });
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
      });
    expect(await barriers()).toEqual([]);
    await rows(page).first().getByTestId('thread-subject').click();
    await page.getByTestId('message-frame').first().waitFor(WAIT);
    expect(await barriers()).toEqual([]);
  });

  it('says who can read a message', async () => {
    const { page, screenshot } = await annsMail();
    await rows(page).first().getByTestId('thread-subject').click();
    await page.getByTestId('message-menu').first().click(WAIT);
    await page.getByRole('menuitem', { name: 'Who can read this?' }).click();
    const list = page.getByTestId('access-list');
    await list.getByText('Connected this mailbox').waitFor(WAIT);
    expect(await list.textContent()).toContain('Ann');
    expect(await list.textContent()).not.toContain('Ben');
    await screenshot('mail-access');
  });

  it('finds rows that were deleted by hand, and repairs them', async () => {
    const database = await openSqliteFile(`${host.storageDir}/nocobase.sqlite`);
    await database.all(
      'DELETE FROM mailMessages WHERE id IN (SELECT id FROM mailMessages WHERE subject NOT LIKE ? ORDER BY receivedAt DESC LIMIT 5)',
      ['R%'],
    );
    await database.close();
    const { page, screenshot } = await annsMail();
    await page.getByTestId('open-settings').click();
    const card = page.getByTestId('account-card').filter({ hasText: 'ann@gmail.example' });
    await card.getByTestId('verify').click(WAIT);
    const result = card.getByTestId('verify-result');
    await result.filter({ hasText: 'missing 5' }).waitFor({ timeout: 60_000 });
    await screenshot('mail-settings-missing');
    await card.getByTestId('repair').click();
    await result.filter({ hasText: 'missing 0' }).waitFor({ timeout: 60_000 });
    const [, provider, here] = /provider ([\d,]+) · here ([\d,]+)/.exec((await result.textContent()) ?? '') ?? [];
    expect(here).toBe(provider);
    expect(Number(provider?.replace(',', ''))).toBeGreaterThan(5);
    await screenshot('mail-settings-verify');
  });

  it('works the same in the modern client', async () => {
    const { page, open, close, screenshot } = await session(ann);
    await open('/v', '/admin/mail');
    await rows(page).first().waitFor(WAIT);
    await page.getByTestId('mail-header-icon').waitFor(WAIT);
    await screenshot('mail-list-v2');
    await row(page, GERMAN).getByTestId('thread-subject').click();
    await page.getByTestId('conversation-subject').filter({ hasText: GERMAN }).waitFor(WAIT);
    expect(new URL(page.url()).pathname).toMatch(/^\/v\/admin\/mail\/\d+$/);
    await screenshot('mail-conversation-v2');
    await control('newMail', { account: 'ann@gmail.example', subject: 'Seen in the modern client', text: 'Words.' });
    await row(page, 'Seen in the modern client').waitFor(WAIT);
    await close();
  });

  it('comes back to the modern client after linking from it', async () => {
    const { page, open, close } = await session(ann);
    await open('/v', '/admin/mail');
    await page.getByTestId('open-settings').click(WAIT);
    await page.getByTestId('link-account').click(WAIT);
    await linkMailbox(page, 'ann.two@gmail.example');
    await page.waitForURL(/\/v\/admin\/mail/, WAIT);
    await page.getByTestId('mail-nav').getByText('ann.two@gmail.example').waitFor(WAIT);
    await close();
  });

  it('shows a second person none of it', async () => {
    for (const { prefix } of CLIENTS) {
      const { page, open, close } = await session(ben);
      await open(prefix, '/admin/mail');
      await page.getByTestId('welcome').waitFor(WAIT);
      expect(await rows(page).count()).toBe(0);
      await close();
    }
  });

  it('asks for a reconnect when the consent was withdrawn, and heals by it', async () => {
    await control('revokeConsent', { account: 'ann.two@gmail.example' });
    await control('expireAccessTokens', {});
    const { page, screenshot } = await annsMail();
    await page.getByTestId('sync-emails').click();
    await page.getByTestId('reconnect').waitFor(WAIT);
    await screenshot('mail-reconnect');
    // NocoBase's own notice about it, which lies over the corner for a moment.
    for (const notice of await page.locator('.ant-notification-notice-close').all()) await notice.click();
    await page.getByTestId('reconnect').click();
    await page.getByTestId('connect-continue').click();
    // The provider is told which mailbox is meant, so it asks for no account.
    await page.locator('#allow').click();
    await rows(page).first().waitFor(WAIT);
    await page.getByTestId('reconnect').waitFor({ state: 'detached', ...WAIT });
  });

  it('fits a phone: one column, folders in a drawer', async () => {
    const { page, open, close, screenshot } = await session(ann, { viewport: 'phone' });
    await open('', '/admin/mail');
    await row(page, GERMAN).waitFor(WAIT);
    await screenshot('mail-phone-list');
    await page.getByTestId('open-nav').click();
    await page.getByTestId('mail-nav').waitFor(WAIT);
    await page.getByTestId('mail-nav').getByText('Starred').click();
    await page.waitForURL(/filter=starred/);
    await page.goBack();
    await row(page, GERMAN).getByTestId('thread-subject').click(WAIT);
    await page.getByTestId('message-card').first().waitFor(WAIT);
    expect(await rows(page).count()).toBe(0);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await screenshot('mail-phone-conversation');
    await close();
  });

  it('speaks Ukrainian and Chinese, and is readable in the dark', async () => {
    await host.api.expectOk('POST', '/api/systemSettings:update?filterByTk=1', {
      token: host.rootToken,
      body: { enabledLanguages: ['en-US', 'uk-UA', 'zh-CN'] },
    });
    await host.setTheme(ann.token, 'dark');
    for (const [locale, words] of [
      ['uk-UA', 'Усі вхідні'],
      ['zh-CN', '所有收件箱'],
    ] as const) {
      const { page, open, close, screenshot } = await session(ann, { locale });
      await open('', '/admin/mail');
      await page.getByTestId('mail-nav').getByText(words).waitFor(WAIT);
      await row(page, GERMAN).getByTestId('thread-subject').click(WAIT);
      await page.getByTestId('message-frame').first().waitFor(WAIT);
      await screenshot(`mail-dark-${locale}`);
      await close();
    }
    await host.setTheme(ann.token, 'default');
  });

  it('writes nothing private into the diagnostics', async () => {
    const { page } = await annsMail();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: host.baseUrl });
    await page.getByTestId('open-settings').click();
    await page.getByTestId('copy-diagnostics').click(WAIT);
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), WAIT).toContain('Email manager');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    expect(text).not.toMatch(/@gmail\.example|Donaudampf|simulator-secret/);
  });
});
