import type { Account, Folder, InboxTab } from '../../shared/api';
import type { MailView } from './mail-view';

/** The mailboxes whose inboxes a view shows; null when it is not a plain view of inboxes. */
function shownInboxes(view: MailView, accounts: readonly Account[]): readonly Account[] | null {
  if (view.q !== '' || view.labelId !== null || view.filter !== null) return null;
  if (view.folderId !== null) {
    const owner = accounts.find((account) => account.folders?.some(({ id }) => id === view.folderId));
    const folder = owner?.folders?.find(({ id }) => id === view.folderId);
    return owner && folder?.role === 'inbox' ? [owner] : null;
  }
  return view.accountId === null ? accounts : accounts.filter((account) => account.id === view.accountId);
}

export interface InboxTabs {
  /** Unread conversations of each tab. */
  unread: Record<InboxTab, number>;
}

/** The tabs above the list, or null where there are none: elsewhere than in an inbox, and for mailboxes without tabs. */
export function inboxTabsOf(view: MailView, accounts: readonly Account[]): InboxTabs | null {
  const shown = shownInboxes(view, accounts);
  const hasTabs = shown?.some((account) =>
    account.labels?.some(({ kind }) => kind === 'primary' || kind === 'category'),
  );
  if (!shown || !hasTabs) return null;
  const inboxes = shown.flatMap(inboxesOf);
  const primary = inboxes.reduce((sum, { unreadPrimary }) => sum + unreadPrimary, 0);
  const all = inboxes.reduce((sum, { unread }) => sum + unread, 0);
  return { unread: { primary, other: Math.max(0, all - primary) } };
}

function inboxesOf(account: Account): Folder[] {
  return (account.folders ?? []).filter(({ role }) => role === 'inbox');
}

/** The number at an inbox, as the person wants it counted. */
export function inboxUnread(folder: Folder, badge: 'primary' | 'all'): number {
  return badge === 'primary' ? folder.unreadPrimary : folder.unread;
}
