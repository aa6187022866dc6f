import { describe, expect, it } from 'vitest';
import type { Folder } from '../../shared/api';
import { ALL_INBOXES, mailPath, parseMailView, placeKindOf, serialiseMailView, threadQueryOf } from './mail-view';

const folder = (id: string, role: Folder['role']): Folder => ({
  id,
  role,
  accountId: '1',
  name: id,
  parentId: null,
  unread: 0,
  unreadPrimary: 0,
  total: 0,
});

describe('the address of a list', () => {
  it('loses nothing on the way through the address bar', () => {
    const view = {
      accountId: '12',
      folderId: '34',
      labelId: null,
      filter: 'unread' as const,
      tab: null,
      q: 'Größe & 合同 #1?',
    };
    expect(parseMailView(new URLSearchParams(serialiseMailView(view)))).toEqual(view);
    const tabbed = { ...ALL_INBOXES, tab: 'other' as const };
    expect(parseMailView(new URLSearchParams(serialiseMailView(tabbed)))).toEqual(tabbed);
  });

  it('does not break on an address that somebody has edited', () => {
    const search = new URLSearchParams('account=../../x&folder=&filter=everything&label=1%00&tab=__proto__&q=%20%20');
    expect(parseMailView(search)).toEqual(ALL_INBOXES);
  });

  it('cuts a search that no person typed', () => {
    expect(parseMailView(new URLSearchParams({ q: 'x'.repeat(5_000) })).q).toHaveLength(500);
  });

  it('keeps the list in the address of a conversation, so that Back returns to it', () => {
    expect(mailPath({ ...ALL_INBOXES, labelId: '7' }, '99')).toBe('/admin/mail/99?label=7');
    expect(mailPath(ALL_INBOXES)).toBe('/admin/mail');
  });

  it('searches everywhere, not only in the inboxes', () => {
    expect(threadQueryOf({ ...ALL_INBOXES, q: 'invoice' }).folderRole).toBeUndefined();
    expect(threadQueryOf({ ...ALL_INBOXES, filter: 'starred' }).folderRole).toBeUndefined();
    expect(threadQueryOf(ALL_INBOXES).folderRole).toBe('inbox');
    expect(threadQueryOf({ ...ALL_INBOXES, filter: 'unread' })).toMatchObject({ folderRole: 'inbox', isRead: false });
  });

  it('shows the tab of the address and not the one that was looked at last', () => {
    expect(threadQueryOf({ ...ALL_INBOXES, tab: 'primary' }, 'other').tab).toBe('primary');
    expect(threadQueryOf(ALL_INBOXES, 'other').tab).toBe('other');
    expect(threadQueryOf({ ...ALL_INBOXES, filter: 'unread' }, 'other').tab).toBeUndefined();
    expect(threadQueryOf({ ...ALL_INBOXES, q: 'x' }, 'other').tab).toBeUndefined();
    expect(threadQueryOf({ ...ALL_INBOXES, labelId: '7' }, 'other').tab).toBeUndefined();
  });

  it('knows a trash folder from an inbox, since deleting means different things there', () => {
    const folders = [folder('1', 'inbox'), folder('2', 'trash'), folder('3', 'other')];
    expect(placeKindOf({ ...ALL_INBOXES, folderId: '2' }, folders)).toBe('trash');
    expect(placeKindOf({ ...ALL_INBOXES, folderId: '3' }, folders)).toBe('elsewhere');
    expect(placeKindOf(ALL_INBOXES, folders)).toBe('inbox');
    expect(placeKindOf({ ...ALL_INBOXES, q: 'x' }, folders)).toBe('elsewhere');
  });
});
