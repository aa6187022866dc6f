import type { Id, Message } from '../../shared/api';
import type { ThreadOp } from './thread-list';

/** One message after a change, as far as the reader shows it. */
export function applyToMessage(message: Message, op: ThreadOp): Message {
  switch (op) {
    case 'markRead':
      return message.isRead ? message : { ...message, isRead: true };
    case 'markUnread':
      return message.isRead ? { ...message, isRead: false } : message;
    case 'star':
      return message.isStarred ? message : { ...message, isStarred: true };
    case 'unstar':
      return message.isStarred ? { ...message, isStarred: false } : message;
    default:
      return message;
  }
}

/** Which messages are open at first: the unread ones and the newest; read ones are folded, as Gmail does. */
export function initiallyExpanded(messages: readonly Message[]): Set<Id> {
  const open = new Set(messages.filter((message) => !message.isRead && !message.isDraft).map((message) => message.id));
  const newest = messages.at(-1);
  if (newest) open.add(newest.id);
  return open;
}

/** The conversation's subject: the first one that says something. */
export function subjectOf(messages: readonly Message[]): string {
  return messages.find((message) => message.subject.trim() !== '')?.subject ?? '';
}
