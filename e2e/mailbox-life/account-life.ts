import { expect, it } from 'vitest';
import type { Truth } from '../simulator-control';
import { choose, WAIT, type World } from './world';

/** From the first question of the provider to the last row: what a person does with a mailbox in the settings. */
export function accountLife(world: () => World): void {
  it('offers help by itself when the provider has sent nobody back for two minutes', async () => {
    const hans = await world().person('hans@gmail.example');
    const { page, session, user } = hans;
    await page.clock.install();
    await world().host.api.expectOk('POST', '/api/mailOAuth:start', {
      token: user.token,
      body: { provider: 'google', origin: world().host.baseUrl, returnTo: '/admin/mail' },
    });
    await session.open('', '/admin/mail');
    await page.getByTestId('welcome').waitFor(WAIT);
    expect(await page.getByTestId('return-helper').count()).toBe(0);

    // Two minutes pass, at the server by its rows and in the page by its clock.
    const [row] = await world().sql('SELECT stateHash, expiresAt FROM mailOAuthStates WHERE userId = ?', [user.id]);
    const earlier = new Date(Date.parse(String(row?.expiresAt)) - 121_000).toISOString();
    await world().sql('UPDATE mailOAuthStates SET expiresAt = ? WHERE stateHash = ?', [
      earlier.replace('T', ' ').replace('Z', ' +00:00'),
      row?.stateHash,
    ]);
    await page.clock.fastForward(121_000);
    await page.getByTestId('return-helper').waitFor(WAIT);
    await page.getByText('Google did not send you back?').first().waitFor(WAIT);
    await session.screenshot('return-helper-by-itself');

    // Closed is closed: it does not come back with the next visit.
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await expect
      .poll(() => world().host.api.expectOk('GET', '/api/mailOAuth:pending', { token: user.token }), WAIT)
      .toBeNull();
    await session.close();
  });

  it('warns before leaving when the provider will send the person to another address', async () => {
    const ivan = await world().person('ivan@gmail.example');
    const { page, session } = ivan;
    const setPublicUrl = (publicUrl: string | null) =>
      world().host.api.expectOk('POST', '/api/mailProviders:update?filterByTk=google', {
        token: world().host.rootToken,
        body: { publicUrl },
      });
    const warning = page.getByText('You will come back under another address');
    const dialog = async () => {
      await session.open('', '/admin/mail');
      await page.getByRole('button', { name: 'Link account' }).click(WAIT);
      await page.getByText('What Google will ask you').waitFor(WAIT);
    };
    await dialog();
    expect(await warning.count()).toBe(0);
    await setPublicUrl('https://nocobase.company.example');
    try {
      await dialog();
      await warning.waitFor(WAIT);
      const words = await page.getByTestId('connect-dialog').textContent();
      expect(words).toContain(world().host.baseUrl);
      expect(words).toContain('https://nocobase.company.example');
      await session.screenshot('origin-warning');
    } finally {
      await setPublicUrl(null);
    }
    await session.close();
  });

  it('moves the start back, and says before what that costs', async () => {
    const dora = await world().person('dora@gmail.example');
    const { page, session, address } = dora;
    const before = await dora.settled();
    const { messages } = (await world().control('truth', { account: address })) as Truth;
    const everything = Object.keys(messages).length;
    expect(before.progress.hydrated).toBeLessThan(everything);

    const card = await dora.card();
    await card.getByRole('button', { name: /^since / }).click();
    const choices = page.getByRole('radio');
    await expect.poll(() => choices.count(), WAIT).toBe(5);
    const words = await page.locator('.ant-radio-wrapper').allTextContents();
    for (const line of words) expect(line).toMatch(/about [\d,]+ messages?, about \d+ minutes?$/);
    const [all] = words.filter((line) => line.startsWith('All mail'));
    const promised = Number(/about ([\d,]+)/.exec(all ?? '')?.[1]?.replace(',', ''));
    expect(Math.abs(promised - everything)).toBeLessThanOrEqual(everything * 0.1);
    await session.screenshot('start-chooser');
    await page.getByText('All mail').click();
    await page.getByRole('button', { name: 'Use this start' }).click();

    await card.getByText(`${everything} messages are here`).waitFor(WAIT);
    await card.getByRole('button', { name: 'all mail' }).waitFor(WAIT);
    expect((await dora.account()).syncFrom).toBeNull();
    await session.close();
  });

  it('asks the provider nothing while it is paused, and fetches what came meanwhile when it is resumed', async () => {
    const emil = await world().person('emil@gmail.example');
    const { page, session, address } = emil;
    await emil.settled();
    await choose(emil, 'Pause');
    const card = await emil.card();
    await card.getByText('Paused', { exact: true }).waitFor(WAIT);
    await page.getByRole('button', { name: 'Close' }).first().click();
    const strip = page.getByText('Syncing is paused. What happens meanwhile is fetched when you resume.').first();
    await strip.waitFor(WAIT);
    await session.screenshot('paused');

    // The slice that was under way has ended when its lease is free.
    await expect
      .poll(
        async () =>
          (await world().sql('SELECT owner FROM mailLeases WHERE accountId = ?', [(await emil.account()).id]))[0],
        WAIT,
      )
      .toMatchObject({ owner: null });
    const asked = async () =>
      ((await world().control('counters', {})) as { unitsByUser: Record<string, number> }).unitsByUser[address];
    const unitsBefore = await asked();
    await world().control('newMail', { account: address, subject: 'Came during the pause', text: 'Words.' });
    // Whatever wakes mailboxes: a page that is looked at, a start of the worker's turn.
    await world().host.api.expectOk('POST', '/api/mailAccounts:touch', {
      token: emil.user.token,
      body: { visible: true },
    });
    const refused = await world().host.api.call(
      'POST',
      `/api/mailAccounts:sync?filterByTk=${(await emil.account()).id}`,
      {
        token: emil.user.token,
        body: {},
      },
    );
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(await asked()).toBe(unitsBefore);
    expect(await page.getByText('Came during the pause').count()).toBe(0);

    await page.getByRole('button', { name: 'Resume' }).first().click();
    await page.getByText('Came during the pause').first().waitFor(WAIT);
    await strip.waitFor({ state: 'detached', ...WAIT });
    await session.close();
  });

  it('deletes a mailbox with its mail only after it was confirmed, and nothing at the provider', async () => {
    const fred = await world().person('fred@gmail.example');
    const { page, session, address } = fred;
    const account = await fred.settled();
    const tables = await tablesOfAccounts(world());
    const rowsOf = async () => {
      const counted = await Promise.all(
        tables.map(async (table) => {
          const column = table === 'mailAccounts' ? 'id' : 'accountId';
          const [row] = await world().sql(`SELECT count(*) AS n FROM "${table}" WHERE "${column}" = ?`, [account.id]);
          return [table, Number(row?.n)] as const;
        }),
      );
      return Object.fromEntries(counted.filter(([, count]) => count > 0));
    };
    expect(Object.keys(await rowsOf())).toEqual(
      expect.arrayContaining(['mailAccounts', 'mailMessages', 'mailPlacements', 'mailThreads', 'mailGrants']),
    );

    await choose(fred, 'Delete…');
    const dialog = page.getByRole('dialog').filter({ hasText: 'Delete this mailbox from NocoBase?' });
    await dialog.getByText(`${account.progress.hydrated} message`).waitFor(WAIT);
    expect(await dialog.getByRole('button', { name: 'Delete mailbox' }).isDisabled()).toBe(true);
    await session.screenshot('delete-mailbox');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden', ...WAIT });
    expect((await fred.account()).status).toBe('active');

    await choose(fred, 'Delete…');
    await dialog.getByRole('checkbox').click();
    await dialog.getByRole('button', { name: 'Delete mailbox' }).click();
    await page.getByTestId('welcome').waitFor(WAIT);
    await expect.poll(rowsOf, WAIT).toEqual({});

    const { messages } = (await world().control('truth', { account: address })) as Truth;
    expect(Object.keys(messages).length).toBe(25);
    // The grant was given back: nothing is left there that could be withdrawn.
    expect(await world().control('revokeConsent', { account: address })).toEqual({ revoked: 0 });
    await session.close();
  });
}

async function tablesOfAccounts(world: World): Promise<string[]> {
  const rows = await world.sql(
    `SELECT m.name AS name FROM sqlite_master AS m WHERE m.type = 'table' AND m.name GLOB 'mail[A-Z]*'
        AND (m.name = 'mailAccounts' OR EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'accountId'))
      ORDER BY m.name`,
  );
  // Unanswered sign-ins name the account that was to be reconnected; they end by themselves.
  return rows.map((row) => String(row.name)).filter((name) => name !== 'mailOAuthStates');
}
