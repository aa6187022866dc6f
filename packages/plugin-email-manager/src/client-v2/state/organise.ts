import type { Account, Id, Message } from '../../shared/api';
import type { MailApi } from '../api/mail-api';
import type { ThreadOp } from './thread-list';

function inboxIds(accounts: readonly Account[]): Set<Id> {
  return new Set(
    accounts.flatMap((account) =>
      (account.folders ?? []).flatMap((folder) => (folder.role === 'inbox' ? folder.id : [])),
    ),
  );
}

/** Which messages of a conversation a change is meant for; a change that would do nothing is not sent. */
export function messagesFor(op: ThreadOp, messages: readonly Message[], inboxes: ReadonlySet<Id>): Message[] {
  switch (op) {
    case 'archive':
      return messages.filter((message) => message.folderIds.some((id) => inboxes.has(id)));
    case 'markRead':
      return messages.filter((message) => !message.isRead);
    case 'unstar':
      return messages.filter((message) => message.isStarred);
    case 'markUnread':
    case 'star': {
      // As in Gmail: the newest message carries the mark of the conversation.
      const newest = messages.filter((message) => !message.isDraft).at(-1) ?? messages.at(-1);
      return newest ? [newest] : [];
    }
    default:
      return [...messages];
  }
}

export type Undo = () => Promise<void>;

/**
 * Sends a change of a whole conversation. Resolves to what takes it back: exactly the messages that were changed, and
 * those that were in the inbox go back there. Only archive and trash can be taken back.
 */
export async function organiseThread(
  api: MailApi,
  accounts: readonly Account[],
  threadId: Id,
  op: ThreadOp,
): Promise<Undo | null> {
  const inboxes = inboxIds(accounts);
  const messages = await api.messages(threadId);
  return organiseMessages(api, inboxes, messagesFor(op, messages, inboxes), op);
}

export async function organiseMessages(
  api: MailApi,
  inboxes: ReadonlySet<Id>,
  targets: readonly Message[],
  op: ThreadOp,
): Promise<Undo | null> {
  if (targets.length === 0) return null;
  const ids = targets.map((message) => message.id);
  await api.organise({ ids, op });
  if (op !== 'archive' && op !== 'trash') return null;
  return async () => {
    if (op === 'trash') await api.organise({ ids, op: 'untrash' });
    for (const inboxId of inboxes) {
      const back = targets.filter((message) => message.folderIds.includes(inboxId)).map((message) => message.id);
      if (back.length > 0) await api.organise({ ids: back, op: 'move', placeId: inboxId });
    }
  };
}

export { inboxIds };
