import fs from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findBrowser } from '../scripts/lib/browser.mjs';
import { screenshotsDir } from '../scripts/lib/paths.mjs';

/** The two NocoBase clients by the prefix of their URLs: v1 at `/`, v2 at `/v/`. */
export const CLIENTS = [
  { name: 'v1', prefix: '' },
  { name: 'v2', prefix: '/v' },
] as const;

export type ClientPrefix = (typeof CLIENTS)[number]['prefix'];

export const VIEWPORTS = {
  desktop: { width: 1400, height: 850 },
  phone: { width: 390, height: 844 },
} as const;

export interface SessionOptions {
  baseUrl: string;
  /** Signed in without the form; without a token the page starts signed out. */
  token?: string;
  viewport?: keyof typeof VIEWPORTS;
  locale?: 'en-US' | 'uk-UA' | 'zh-CN';
}

export interface Session {
  context: BrowserContext;
  page: Page;
  /** What went wrong in the page so far: exceptions, failed requests of ours, error lines of the console. */
  problems: string[];
  /** Opens `path` (for example `/admin/mail`) in one of the two clients. */
  open(prefix: ClientPrefix, path: string): Promise<void>;
  /** Writes artifacts/screenshots/<name>.png. */
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

/** One Chromium for a test file; close it in afterAll. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, env } = await findBrowser();
  return chromium.launch({
    executablePath,
    env: { ...(process.env as Record<string, string>), ...env },
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  });
}

/** NocoBase itself asks for a favicon that does not exist, and signs pages out with a 401. */
const EXPECTED_FAILURES = /favicon|auth:check|auth:signOut/;

function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    // Failed requests are reported below, with their address.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      problems.push(`console: ${message.text().slice(0, 500)}`);
    }
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && !EXPECTED_FAILURES.test(response.url())) {
      problems.push(`HTTP ${response.status()}: ${response.request().method()} ${response.url()}`);
    }
  });
  return problems;
}

/** A browser session of its own (storage, cookies), signed in by token. */
export async function openSession(browser: Browser, options: SessionOptions): Promise<Session> {
  const { baseUrl, token, viewport = 'desktop', locale = 'en-US' } = options;
  const context = await browser.newContext({
    viewport: VIEWPORTS[viewport],
    isMobile: viewport === 'phone',
    hasTouch: viewport === 'phone',
    locale,
  });
  await context.addInitScript(
    ([storedToken, storedLocale]) => {
      localStorage.setItem('NOCOBASE_LOCALE', storedLocale ?? 'en-US');
      if (!storedToken || localStorage.getItem('NOCOBASE_TOKEN')) return;
      localStorage.setItem('NOCOBASE_TOKEN', storedToken);
      localStorage.setItem('NOCOBASE_AUTH', 'basic');
    },
    [token, locale],
  );
  const page = await context.newPage();
  return {
    context,
    page,
    problems: collectProblems(page),
    open: async (prefix, target) => {
      await page.goto(`${baseUrl}${prefix}${target}`);
    },
    screenshot: async (name) => {
      fs.mkdirSync(screenshotsDir, { recursive: true });
      await page.screenshot({ path: path.join(screenshotsDir, `${name}.png`) });
    },
    close: () => context.close(),
  };
}
