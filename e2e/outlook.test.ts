import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type HostUser, type TestHost } from '../packages/plugin-email-manager/test-support/boot-host';
import { launchBrowser, openSession, type ClientPrefix, type Session } from './browser';
import { simulatorControl } from './simulator-control';

const WAIT = { timeout: 30_000 };
const CONTOSO = '11111111-2222-4333-8444-555555555555';
const GERMAN = 'Donaudampfschifffahrtsgesellschaftskapitänsmützen';

describe('Outlook beside Gmail', () => {
  let host: TestHost;
  let browser: Browser;
  let ann: HostUser;
  let ben: HostUser;
  let google: ReturnType<typeof simulatorControl>;
  let microsoft: ReturnType<typeof simulatorControl>;
  /** Ann's page in the v1 client: starting NocoBase's client anew takes longer than most of these tests. */
  let anns: Session;

  const session = (user: { token: string }, options: Partial<Parameters<typeof openSession>[1]> = {}) =>
    openSession(browser, { baseUrl: host.baseUrl, token: user.token, ...options });
  const rows = (page: Page) => page.getByTestId('thread-row');
  const row = (page: Page, subject: string) => rows(page).filter({ hasText: subject }).first();
  const nav = (page: Page) => page.getByTestId('mail-nav');
  const section = (page: Page, address: string) => nav(page).locator(`section[aria-label="${address}"]`);
  const tab = (page: Page, name: 'primary' | 'other') => page.getByTestId('inbox-tabs').locator(`[data-tab="${name}"]`);

  async function openDialog(page: Page): Promise<void> {
    const first = page.getByTestId('link-first-account');
    const settings = page.getByTestId('open-settings');
    await first.or(settings).first().waitFor(WAIT);
    if (await first.isVisible()) {
      await first.click();
      return;
    }
    await settings.click();
    await page.getByTestId('link-account').click(WAIT);
  }

  async function leaveFor(page: Page, provider: 'google' | 'microsoft', address: string): Promise<void> {
    await openDialog(page);
    await page.getByTestId(`choose-${provider}`).click(WAIT);
    await page.getByTestId('connect-continue').click();
    await page.locator(`a[data-account="${address}"]`).click(WAIT);
  }

  async function link(page: Page, prefix: ClientPrefix, provider: 'google' | 'microsoft', address: string) {
    await leaveFor(page, provider, address);
    await page.locator(provider === 'google' ? '#allow' : '#accept').click(WAIT);
    await page.waitForURL((url) => url.href.startsWith(`${host.baseUrl}${prefix}/admin/mail`), WAIT);
    await section(page, address).waitFor(WAIT);
  }

  async function synced(user: HostUser, address: string): Promise<void> {
    await expect
      .poll(async () => {
        const accounts = await host.api.expectOk('GET', '/api/mailAccounts:list', { token: user.token });
        return accounts.find((one: { address: string }) => one.address === address)?.progress?.phase;
      }, WAIT)
      .toBe('done');
  }

  beforeAll(async () => {
    [host, browser] = await Promise.all([
      bootHost({
        simulator: [
          '--mailboxes',
          'ann@gmail.example,ben@gmail.example,ann@outlook.example,ben@outlook.example,ann@contoso.example,carl@outlook.example=none',
          ...['--messages', '60', '--quota', 'off'],
        ],
      }),
      launchBrowser(),
    ]);
    google = simulatorControl(host.simulator.url);
    microsoft = simulatorControl(host.simulator.microsoft.url);
    await host.api.expectOk('POST', '/api/mailProviders:update?filterByTk=google', {
      token: host.rootToken,
      body: { ...host.simulator.client, enabled: true },
    });
    [ann, ben] = [await host.createUser('Ann'), await host.createUser('Ben')];
    anns = await session(ann);
  });
  afterAll(async () => {
    await anns?.close();
    await browser?.close();
    await host?.stop();
  });

  it('sends a person straight to Google while Outlook is not set up', async () => {
    await anns.open('', '/admin/mail');
    await openDialog(anns.page);
    await anns.page.getByTestId('connect-dialog').waitFor(WAIT);
    expect(await anns.page.getByTestId('choose-microsoft').count()).toBe(0);
    expect(await anns.page.getByTestId('connect-continue').isEnabled()).toBe(true);
  });

  it('refuses a wrong tenant at its field, warns of the secret, and checks the setup', async () => {
    const { page, open, close, screenshot } = await session({ token: host.rootToken });
    await open('', '/admin/settings/mail');
    const card = page.getByTestId('microsoft-card');
    await card.getByTestId('client-id').fill(host.simulator.microsoft.client.clientId, WAIT);
    await card.getByTestId('client-secret').fill(host.simulator.microsoft.client.clientSecret);
    await card.getByTestId('tenant-choice').getByText('One organisation').click();
    await card.getByTestId('tenant-id').fill('not a tenant');
    await card.getByTestId('microsoft-enabled').click();
    await card.getByTestId('save-settings').click();
    await card.locator('.ant-form-item-explain-error').waitFor(WAIT);
    await card.getByTestId('tenant-choice').getByText('Any organisation, and personal accounts').click();
    const soon = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    await card.getByTestId('secret-expires').fill(soon);
    await card.getByTestId('save-settings').click();
    await card.getByTestId('secret-is-set').waitFor(WAIT);
    await card.getByTestId('secret-warning').waitFor(WAIT);
    expect(await page.content()).not.toContain(host.simulator.microsoft.client.clientSecret);
    expect(await card.getByTestId('permissions').textContent()).toContain('Mail.ReadWrite');
    await card.getByTestId('check-setup').click();
    await card.getByTestId('check-lines').waitFor(WAIT);
    const state = (id: string) => card.getByTestId(`check-${id}`).getAttribute('data-state');
    expect([await state('reachable'), await state('secret'), await state('tenant')]).toEqual(['ok', 'ok', 'ok']);
    expect(await state('secretExpiry')).toBe('warning');
    expect(await card.getByTestId('check-lines').textContent()).not.toMatch(/ui\.(any)?provider/i);
    await page.setViewportSize({ width: 1400, height: 3600 });
    await screenshot('outlook-settings');
    await close();
  });

  it('links both mailboxes from the v1 client, each told by its mark', async () => {
    const { page, screenshot } = anns;
    await page.reload();
    await link(page, '', 'google', 'ann@gmail.example');
    await openDialog(page);
    await page.getByTestId('choose-microsoft').click(WAIT);
    await page.getByTestId('approval-note').waitFor(WAIT);
    await screenshot('outlook-connect');
    await page.getByTestId('connect-continue').click();
    await page.locator('a[data-account="ann@outlook.example"]').click(WAIT);
    await page.locator('#accept').click(WAIT);
    await section(page, 'ann@outlook.example').waitFor(WAIT);
    await Promise.all(['ann@gmail.example', 'ann@outlook.example'].map((address) => synced(ann, address)));
    await google('newMail', { account: 'ann@gmail.example', subject: 'To Gmail', text: 'Words.' });
    await microsoft('newMail', {
      account: 'ann@outlook.example',
      from: '王小明 <wang@example.cn>',
      subject: GERMAN,
      text: 'Guten Tag!',
      inference: 'focused',
    });
    await row(page, 'To Gmail').getByRole('img', { name: 'ann@gmail.example' }).waitFor(WAIT);
    await row(page, GERMAN).getByRole('img', { name: 'ann@outlook.example' }).waitFor(WAIT);
    await screenshot('outlook-all-inboxes');
    await row(page, GERMAN).getByTestId('thread-subject').click();
    await page.frameLocator('[data-testid="message-frame"]').getByText('Guten Tag!').waitFor(WAIT);
    await expect
      .poll(async () => {
        const { messages } = (await microsoft('truth', { account: 'ann@outlook.example' })) as {
          messages: Record<string, { subject: string; isRead: boolean }>;
        };
        return Object.values(messages).find(({ subject }) => subject === GERMAN)?.isRead;
      }, WAIT)
      .toBe(true);
  });

  it('links both from the modern client', async () => {
    const { page, open, close, screenshot } = await session(ben);
    await open('/v', '/admin/mail');
    await link(page, '/v', 'google', 'ben@gmail.example');
    await link(page, '/v', 'microsoft', 'ben@outlook.example');
    await synced(ben, 'ben@outlook.example');
    await rows(page).first().waitFor(WAIT);
    expect(await nav(page).textContent()).not.toContain('ann@');
    await screenshot('outlook-v2');
    await close();
  });

  it('keeps what is not meant for the person in the other tab, out of the badge, and remembers the tab', async () => {
    const { page, screenshot } = anns;
    await nav(page).getByText('All inboxes').click();
    await microsoft('newMail', {
      account: 'ann@outlook.example',
      subject: 'Everything 20 % off',
      text: 'Buy!',
      inference: 'other',
    });
    await microsoft('newMail', {
      account: 'ann@outlook.example',
      subject: 'For you, Ann',
      text: 'Words.',
      inference: 'focused',
    });
    await row(page, 'For you, Ann').waitFor(WAIT);
    expect(await row(page, 'Everything 20 % off').count()).toBe(0);
    const badge = async () => {
      const counters = await host.api.expectOk('GET', '/api/mailCounters:get', { token: ann.token });
      return counters.unread as number;
    };
    const primaryOnly = await badge();
    await tab(page, 'primary').press('ArrowRight');
    await row(page, 'Everything 20 % off').waitFor(WAIT);
    await expect.poll(() => tab(page, 'other').getAttribute('aria-selected')).toBe('true');
    expect(await row(page, 'For you, Ann').count()).toBe(0);
    await screenshot('outlook-tab-other');
    const other = await session(ann);
    await other.open('/v', '/admin/mail');
    await row(other.page, 'Everything 20 % off').waitFor(WAIT);
    await other.close();
    await tab(page, 'primary').click();
    await row(page, 'For you, Ann').waitFor(WAIT);
    await page.getByTestId('open-settings').click();
    await page.getByTestId('badge-primary').click(WAIT);
    await expect.poll(badge, WAIT).toBeGreaterThan(primaryOnly);
    await page.getByTestId('badge-primary').click();
    await expect.poll(badge, WAIT).toBe(primaryOnly);
    await page.locator('.ant-drawer-open .ant-drawer-close').click();
  });

  it('shows folders inside folders, opened by keys, and none of them twice', async () => {
    const { page, screenshot } = anns;
    await microsoft('createFolder', { account: 'ann@outlook.example', name: 'Kunden' });
    await microsoft('createFolder', { account: 'ann@outlook.example', name: 'Ärzte', parent: 'Kunden' });
    await microsoft('newMail', {
      account: 'ann@outlook.example',
      subject: 'Deep down',
      text: 'x',
      folder: 'Kunden/Ärzte',
    });
    await page.getByTestId('sync-emails').click();
    const tree = section(page, 'ann@outlook.example').getByTestId('folder-tree');
    const parent = tree.getByRole('link', { name: /Kunden/ });
    await parent.waitFor(WAIT);
    expect(await tree.getByRole('link', { name: /Ärzte/ }).count()).toBe(0);
    // What is unread below a folded folder shows at the folder.
    await parent.filter({ hasText: '1' }).waitFor(WAIT);
    await parent.focus();
    await page.keyboard.press('ArrowRight');
    await tree.getByRole('link', { name: /Ärzte/ }).click(WAIT);
    await row(page, 'Deep down').waitFor(WAIT);
    expect(await page.getByTestId('inbox-tabs').count()).toBe(0);
    await section(page, 'ann@gmail.example')
      .getByRole('button', { name: /ann@gmail/ })
      .click();
    await screenshot('outlook-folder-tree');
    await parent.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => tree.getByRole('link', { name: /Ärzte/ }).count()).toBe(0);
  });

  it('leads from the refusal of an organisation to the approval, and then connects', async () => {
    const { page, screenshot } = anns;
    await microsoft('setTenant', { id: CONTOSO, userConsent: 'blocked' });
    await nav(page).getByText('All inboxes').click();
    await leaveFor(page, 'microsoft', 'ann@contoso.example');
    await page.locator('#return').click(WAIT);
    await page.getByTestId('oauth-error-code').waitFor(WAIT);
    expect(await page.getByTestId('oauth-error-code').textContent()).toBe('OAUTH_ADMIN_CONSENT_REQUIRED');
    const letter = await page.getByTestId('oauth-letter').inputValue();
    expect(letter).toContain('adminconsent');
    await screenshot('outlook-approval-needed');

    // An administrator of the organisation, who may have no account here, follows the link of the letter.
    const outside = await openSession(browser, { baseUrl: host.baseUrl });
    await outside.page.goto(/https?:\/\/\S+adminconsent\S+/.exec(letter)?.[0] ?? '');
    const tenant = outside.page.locator(`a[data-tenant="${CONTOSO}"]`);
    await tenant.or(outside.page.locator('#accept')).first().waitFor(WAIT);
    if (await tenant.isVisible()) await tenant.click();
    await outside.page.locator('#accept').click(WAIT);
    await outside.page.getByTestId('oauth-page').getByText('The application is allowed').waitFor(WAIT);
    await outside.screenshot('outlook-approved');
    await outside.close();

    await page.getByTestId('oauth-to-mail').click();
    // The organisation has agreed for everybody: nobody is asked any more.
    await leaveFor(page, 'microsoft', 'ann@contoso.example');
    await section(page, 'ann@contoso.example').waitFor(WAIT);
  });

  it('gives administrators the consent link, and records what comes back', async () => {
    const { page, open, close } = await session({ token: host.rootToken });
    await open('', '/admin/settings/mail');
    const box = page.getByTestId('microsoft-card').getByTestId('admin-consent');
    await box.getByRole('button').click(WAIT);
    await page.goto(await box.getByTestId('admin-consent-url').inputValue(WAIT));
    const tenant = page.locator(`a[data-tenant="${CONTOSO}"]`);
    await tenant.or(page.locator('#accept')).first().waitFor(WAIT);
    if (await tenant.isVisible()) await tenant.click();
    await page.locator('#accept').click(WAIT);
    await page.getByTestId('oauth-allowed').filter({ hasText: CONTOSO }).waitFor(WAIT);
    await close();
  });

  it('refuses an account without a mailbox in words of Outlook, and helps when nobody is sent back', async () => {
    const { page, screenshot } = anns;
    await leaveFor(page, 'microsoft', 'carl@outlook.example');
    await page.locator('#accept').click(WAIT);
    await page.getByTestId('oauth-error-code').waitFor(WAIT);
    expect(await page.getByTestId('oauth-error-code').textContent()).toBe('ACCOUNT_HAS_NO_MAILBOX');
    expect(await page.getByTestId('oauth-page').textContent()).toMatch(/Microsoft/);
    await screenshot('outlook-no-mailbox');
    const fresh = await host.createUser('Dora');
    const dora = await session(fresh);
    await dora.open('', '/admin/mail');
    await openDialog(dora.page);
    await dora.page.getByTestId('choose-microsoft').click(WAIT);
    await dora.page.getByTestId('connect-continue').click();
    await dora.page.locator('a[data-account="ann@outlook.example"]').waitFor(WAIT);
    await dora.open('', '/admin/mail');
    await dora.page.getByRole('button', { name: 'You were not sent back?' }).click(WAIT);
    const helper = dora.page.getByTestId('return-helper');
    await helper.locator('code', { hasText: 'AADSTS50011' }).click(WAIT);
    expect(await helper.locator('textarea').first().inputValue()).toContain('/admin/settings/mail/oauth2');
    await dora.screenshot('outlook-no-return');
    await dora.close();
  });

  it('leaves a folder out after a warning, and takes it in again', async () => {
    const { page, screenshot } = anns;
    await anns.open('', '/admin/mail');
    await rows(page).first().waitFor(WAIT);
    await page.getByTestId('open-settings').click();
    const card = page.getByTestId('account-card').filter({ hasText: 'ann@outlook.example' });
    const skipped = async () => {
      const accounts = await host.api.expectOk('GET', '/api/mailAccounts:list', { token: ann.token });
      return accounts.find((one: { address: string }) => one.address === 'ann@outlook.example').skipFolders as string[];
    };
    await card.getByTestId('skip-spam').click(WAIT);
    await screenshot('outlook-leave-out');
    await page.locator('.ant-modal-footer .ant-btn-primary:visible').click();
    await expect.poll(skipped, WAIT).toEqual(['spam']);
    await card.getByTestId('skip-spam').click();
    await expect.poll(skipped, WAIT).toEqual([]);
  });

  it('fits a phone and the dark, in Ukrainian and Chinese', async () => {
    await host.api.expectOk('POST', '/api/systemSettings:update?filterByTk=1', {
      token: host.rootToken,
      body: { enabledLanguages: ['en-US', 'uk-UA', 'zh-CN'] },
    });
    const noOverflow = async (page: Page) =>
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      ).toBeLessThanOrEqual(0);
    await host.setTheme(host.rootToken, 'dark');
    await host.setTheme(ann.token, 'dark');
    for (const locale of ['uk-UA', 'zh-CN'] as const) {
      const settings = await session({ token: host.rootToken }, { viewport: 'phone', locale });
      await settings.open('', '/admin/settings/mail');
      await settings.page.getByTestId('microsoft-card').waitFor(WAIT);
      await noOverflow(settings.page);
      await settings.page.setViewportSize({ width: 390, height: 5_000 });
      await settings.screenshot(`outlook-settings-phone-${locale}`);
      await settings.close();
      const mail = await session(ann, { viewport: 'phone', locale });
      await mail.open('', '/admin/mail');
      await rows(mail.page).first().waitFor(WAIT);
      await noOverflow(mail.page);
      await mail.screenshot(`outlook-phone-${locale}`);
      await mail.page.getByTestId('open-nav').click();
      await section(mail.page, 'ann@outlook.example').waitFor(WAIT);
      await mail.screenshot(`outlook-phone-nav-${locale}`);
      await mail.close();
    }
    await host.setTheme(host.rootToken, 'default');
    await host.setTheme(ann.token, 'default');
  });

  it('leads to the page where the permission can be removed after the mailbox was', async () => {
    const { page, screenshot } = anns;
    await anns.open('', '/admin/mail');
    await rows(page).first().waitFor(WAIT);
    await page.getByTestId('open-settings').click();
    const card = page.getByTestId('account-card').filter({ hasText: 'ann@outlook.example' });
    await card.getByTestId('account-menu').click(WAIT);
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.locator('.ant-modal .ant-checkbox-input:visible').check(WAIT);
    await page.locator('.ant-modal-footer .ant-btn-primary:visible').click();
    const left = page.getByTestId('consent-left');
    await left.waitFor(WAIT);
    expect(await left.getByRole('link').getAttribute('href')).toMatch(
      /^https:\/\/\S*microsoft|^https:\/\/\S*live\.com/,
    );
    await screenshot('outlook-deleted');
    expect(anns.problems.filter((problem) => !problem.includes('mailOAuth:callback'))).toEqual([]);
  });
});
