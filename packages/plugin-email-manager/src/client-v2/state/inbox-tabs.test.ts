import { describe, expect, it } from 'vitest';
import type { Account, Folder, Label } from '../../shared/api';
import { accountColours } from '../format/account-colours';
import { inboxTabsOf } from './inbox-tabs';
import { ALL_INBOXES } from './mail-view';
import { rememberedPreferences } from './use-preferences';

const account = (id: string, unread: number, unreadPrimary: number, kinds: Label['kind'][]): Account =>
  ({
    id,
    folders: [
      { id: `${id}-in`, role: 'inbox', unread, unreadPrimary },
      { id: `${id}-sent`, role: 'sent', unread: 9, unreadPrimary: 9 },
    ] as Folder[],
    labels: kinds.map((kind) => ({ id: `${id}-${kind}`, kind })) as Label[],
  }) as unknown as Account;

const outlook = account('1', 7, 3, ['primary', 'category']);
const plain = account('2', 4, 4, ['user']);

describe('the tabs above the list', () => {
  it('are shown only where an inbox has tabs', () => {
    expect(inboxTabsOf(ALL_INBOXES, [outlook, plain])).not.toBeNull();
    expect(inboxTabsOf(ALL_INBOXES, [plain])).toBeNull();
    expect(inboxTabsOf({ ...ALL_INBOXES, folderId: '1-in' }, [outlook, plain])).not.toBeNull();
    expect(inboxTabsOf({ ...ALL_INBOXES, folderId: '2-in' }, [outlook, plain])).toBeNull();
    expect(inboxTabsOf({ ...ALL_INBOXES, folderId: '1-sent' }, [outlook, plain])).toBeNull();
    expect(inboxTabsOf({ ...ALL_INBOXES, folderId: 'gone' }, [outlook, plain])).toBeNull();
    expect(inboxTabsOf({ ...ALL_INBOXES, q: 'x' }, [outlook])).toBeNull();
    expect(inboxTabsOf({ ...ALL_INBOXES, filter: 'unread' }, [outlook])).toBeNull();
  });

  it('count every unread conversation once, those of mailboxes without tabs as Primary', () => {
    expect(inboxTabsOf(ALL_INBOXES, [outlook, plain])?.unread).toEqual({ primary: 7, other: 4 });
    expect(inboxTabsOf({ ...ALL_INBOXES, folderId: '1-in' }, [outlook, plain])?.unread).toEqual({
      primary: 3,
      other: 4,
    });
  });

  it('do not break on a preference that somebody has edited', () => {
    const stored = (value: string | null) => rememberedPreferences({ getItem: () => value });
    expect(stored(null)).toEqual({ badge: 'primary', tab: 'primary' });
    expect(stored('[1')).toEqual({ badge: 'primary', tab: 'primary' });
    expect(stored('{"badge":"all","tab":"third"}')).toEqual({ badge: 'all', tab: 'primary' });
  });
});

describe('the colour of a mailbox', () => {
  it('does not change when another one is linked, and differs from it', () => {
    const before = accountColours([{ id: '10' }, { id: '9' }]);
    const after = accountColours([{ id: '11' }, { id: '9' }, { id: '10' }]);
    expect(after.get('9')).toBe(before.get('9'));
    expect(after.get('10')).toBe(before.get('10'));
    expect(new Set(after.values()).size).toBe(3);
  });
});
