import type { Folder, Id, InboxTab } from '../../shared/api';
import type { ThreadQuery } from '../api/mail-api';

/** What the list shows. It lives in the address, so that Back, a reload and a shared link lead to the same list. */
export interface MailView {
  accountId: Id | null;
  folderId: Id | null;
  labelId: Id | null;
  filter: 'unread' | 'starred' | null;
  /** Of an inbox; null is the tab that the person looked at last. */
  tab: InboxTab | null;
  q: string;
}

export const ALL_INBOXES: MailView = {
  accountId: null,
  folderId: null,
  labelId: null,
  filter: null,
  tab: null,
  q: '',
};

const ID = /^[\w-]{1,64}$/;

function idOf(value: string | null): Id | null {
  return value !== null && ID.test(value) ? value : null;
}

/** Reads the query string; whatever it cannot understand is left out, never an error. */
export function parseMailView(search: URLSearchParams): MailView {
  const filter = search.get('filter');
  const tab = search.get('tab');
  return {
    accountId: idOf(search.get('account')),
    folderId: idOf(search.get('folder')),
    labelId: idOf(search.get('label')),
    filter: filter === 'unread' || filter === 'starred' ? filter : null,
    tab: tab === 'primary' || tab === 'other' ? tab : null,
    q: (search.get('q') ?? '').trim().slice(0, 500),
  };
}

export function serialiseMailView(view: MailView): string {
  const search = new URLSearchParams();
  if (view.accountId) search.set('account', view.accountId);
  if (view.folderId) search.set('folder', view.folderId);
  if (view.labelId) search.set('label', view.labelId);
  if (view.filter) search.set('filter', view.filter);
  if (view.tab) search.set('tab', view.tab);
  if (view.q) search.set('q', view.q);
  return search.toString();
}

/** A path inside the application, for a link or for navigating. */
export function mailPath(view: MailView, threadId?: Id | null): string {
  const search = serialiseMailView(view);
  return `/admin/mail${threadId ? `/${encodeURIComponent(threadId)}` : ''}${search ? `?${search}` : ''}`;
}

/**
 * What the server is asked. A search and the list of starred conversations look everywhere; without a folder or a label
 * everything else is the inboxes. A tab narrows plain inboxes only; the server leaves it out for any other folder and
 * for mailboxes without tabs.
 */
export function threadQueryOf(view: MailView, remembered: InboxTab = 'primary'): ThreadQuery {
  const plain = view.q === '' && view.filter === null && view.labelId === null;
  const everywhere = view.q !== '' || view.filter === 'starred';
  return {
    accountId: view.accountId ?? undefined,
    folderId: view.folderId ?? undefined,
    labelId: view.labelId ?? undefined,
    folderRole: !view.folderId && !view.labelId && !everywhere ? 'inbox' : undefined,
    tab: plain ? (view.tab ?? remembered) : undefined,
    isRead: view.filter === 'unread' ? false : undefined,
    isStarred: view.filter === 'starred' ? true : undefined,
    q: view.q || undefined,
  };
}

/** What kind of place the list is: it decides which changes make a conversation leave it. */
export type PlaceKind = 'inbox' | 'trash' | 'spam' | 'elsewhere';

export function placeKindOf(view: MailView, folders: readonly Folder[]): PlaceKind {
  if (view.folderId) {
    const role = folders.find((folder) => folder.id === view.folderId)?.role;
    return role === 'inbox' || role === 'trash' || role === 'spam' ? role : 'elsewhere';
  }
  return threadQueryOf(view).folderRole === 'inbox' ? 'inbox' : 'elsewhere';
}
