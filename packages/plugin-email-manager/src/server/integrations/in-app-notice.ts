import type { Application } from '@nocobase/server';
import type { ProviderName, SecretWarning } from '../../shared/api';
import type { AccountRow } from '../accounts/account-store';
import { codeOfKind } from '../errors';
import { table } from '../database';
import { trusted } from '../guard/trusted';
import { BRANDS, NAMESPACE } from '../words';

const CHANNEL = 'email-manager-in-app';
const SNIPPET = 'pm.email-manager';

interface NotificationPlugin {
  send?(message: Record<string, unknown>): Promise<unknown>;
}

/**
 * Tells the owner of a mailbox, and whoever manages the Email manager, that the connection has to be renewed: as an
 * in-app message through NocoBase's notification plugin when it is there. No mail content; the owner's notice names the
 * mailbox, the administrators' does not.
 */
export async function noticeNeedsReconnect(app: Application, account: AccountRow): Promise<void> {
  const send = await sender(app);
  if (!send) return;
  const managers = (await managersOf(app)).filter((user) => user !== account.userId);
  const code = account.errorKind === null ? 'ACCOUNT_NEEDS_REAUTH' : codeOfKind(account.errorKind);
  const provider = BRANDS[account.provider];
  const { address } = account;
  await send(account.userId === null ? [] : [account.userId], 'notices.owner', { address, provider }, '/admin/mail');
  await send(managers, 'notices.administrator', { code }, '/admin/mail');
}

/** Tells whoever manages the Email manager that the client secret of a provider ends. */
export async function noticeSecretEnds(
  app: Application,
  provider: ProviderName,
  { date, daysLeft, level }: SecretWarning & { readonly date: string },
): Promise<void> {
  const send = await sender(app);
  const words = level === 'expired' ? 'notices.secretEnded' : 'notices.secretEnds';
  const params = { provider: BRANDS[provider], date, days: String(daysLeft) };
  await send?.(await managersOf(app), words, params, '/admin/settings/mail');
}

type Send = (
  users: readonly string[],
  words: string,
  params: Readonly<Record<string, string>>,
  url: string,
) => Promise<void>;

/** Null when the host has no in-app messages. */
async function sender(app: Application): Promise<Send | null> {
  const notifications = app.pm.get('notification-manager') as NotificationPlugin | undefined;
  const inApp = app.pm.get('notification-in-app-message') as { enabled?: boolean } | undefined;
  if (!notifications?.send || !inApp?.enabled) return null;
  await ensureChannel(app);
  return async (users, words, params, url) => {
    if (users.length === 0) return;
    const options = { ns: NAMESPACE, ...params, interpolation: { escapeValue: false } };
    await notifications.send?.({
      channelName: CHANNEL,
      triggerFrom: NAMESPACE,
      receivers: { type: 'userId', value: users.map(Number) },
      message: {
        title: app.i18n.t(`${words}.title`, options),
        content: app.i18n.t(`${words}.content`, options),
        options: { url },
      },
    });
  };
}

async function ensureChannel(app: Application): Promise<void> {
  await trusted('notification channel', async () => {
    const channels = app.db.getRepository('notificationChannels');
    if (!(await channels.findOne({ filterByTk: CHANNEL }))) {
      await channels.create({
        values: { name: CHANNEL, title: 'Email manager', notificationType: 'in-app-message' },
      });
    }
  });
}

/** Users of the roles that may manage the Email manager. */
async function managersOf(app: Application): Promise<string[]> {
  const rows = await trusted('roles of administrators', () => table(app.db, 'rolesUsers').findAll());
  const manages = (role: string) => role === 'root' || app.acl.getRole(role)?.snippetAllowed(`${SNIPPET}:*`) === true;
  const known = new Map<string, boolean>();
  const users = new Set<string>();
  for (const row of rows) {
    const role = String(row.get('roleName'));
    if (!known.has(role)) known.set(role, manages(role));
    if (known.get(role)) users.add(String(row.get('userId')));
  }
  return [...users];
}
