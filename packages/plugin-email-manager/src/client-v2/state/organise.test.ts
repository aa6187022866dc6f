import { describe, expect, it } from 'vitest';
import type { Account, Message, OrganiseRequest } from '../../shared/api';
import type { MailApi } from '../api/mail-api';
import { messagesFor, organiseThread } from './organise';

const message = (id: string, extra: Partial<Message> = {}): Message => ({
  id,
  accountId: '1',
  threadId: '9',
  remoteId: id,
  subject: '',
  snippet: '',
  from: null,
  to: [],
  cc: [],
  bcc: [],
  replyTo: [],
  sentAt: null,
  receivedAt: '2026-01-01T00:00:00Z',
  isRead: true,
  isStarred: false,
  isDraft: false,
  hasAttachments: false,
  folderIds: [],
  labelIds: [],
  sizeBytes: 0,
  ...extra,
});

const account = {
  id: '1',
  folders: [{ id: 'in', accountId: '1', name: 'INBOX', role: 'inbox', parentId: null, unread: 0, total: 0 }],
} as unknown as Account;

function recordingApi(messages: Message[]) {
  const sent: OrganiseRequest[] = [];
  const api = {
    messages: () => Promise.resolve(messages),
    organise: (request: OrganiseRequest) => {
      sent.push(request);
      return Promise.resolve({ changed: request.ids?.length ?? 0 });
    },
  } as unknown as MailApi;
  return { api, sent };
}

describe('changes of a conversation', () => {
  it('does not move a sent answer into the inbox when archiving is taken back', async () => {
    const { api, sent } = recordingApi([message('a', { folderIds: ['in'] }), message('b', { folderIds: ['sent'] })]);
    const undo = await organiseThread(api, [account], '9', 'archive');
    await undo?.();
    expect(sent).toEqual([
      { ids: ['a'], op: 'archive' },
      { ids: ['a'], op: 'move', placeId: 'in' },
    ]);
  });

  it('brings a deleted conversation back to the inbox and not only out of the trash', async () => {
    const { api, sent } = recordingApi([message('a', { folderIds: ['in'] }), message('b', { folderIds: ['sent'] })]);
    const undo = await organiseThread(api, [account], '9', 'trash');
    await undo?.();
    expect(sent).toEqual([
      { ids: ['a', 'b'], op: 'trash' },
      { ids: ['a', 'b'], op: 'untrash' },
      { ids: ['a'], op: 'move', placeId: 'in' },
    ]);
  });

  it('sends nothing when there is nothing to change', async () => {
    const { api, sent } = recordingApi([message('a')]);
    expect(await organiseThread(api, [account], '9', 'archive')).toBeNull();
    expect(sent).toEqual([]);
  });

  it('marks the newest message unread, not a hundred old ones', () => {
    const all = [message('a'), message('b'), message('draft', { isDraft: true })];
    expect(messagesFor('markUnread', all, new Set()).map(({ id }) => id)).toEqual(['b']);
    expect(messagesFor('unstar', [message('a', { isStarred: true }), message('b')], new Set())).toHaveLength(1);
  });
});
