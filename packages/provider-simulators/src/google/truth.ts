import { headerValue } from '../mime/model';
import type { Mailbox } from './mailbox';
import type { StoredMessage } from './message-index';
import { MARKER_HEADER, sentLog } from './sending';
import type { SentLogEntry } from './sending';

/** What is true of a message at Google, for comparison with a copy of it. */
export interface MessageTruth {
  threadId: string;
  /** Sorted. */
  labelIds: readonly string[];
  /** Decimal string. */
  historyId: string;
  /** Milliseconds since the epoch. */
  internalDate: number;
  subject: string;
  from: string;
  /** The Message-ID header with its brackets, empty when there is none. */
  messageId: string;
  sizeEstimate: number;
  draftId?: string;
  /** What X-Email-Manager-Id says, on drafts and sent mail of the product. */
  marker?: string;
}

export interface MailboxTruth {
  address: string;
  historyId: string;
  messages: Record<string, MessageTruth>;
  /** Label id → name; system labels included. */
  labels: Record<string, string>;
  /** Draft id → message id. */
  drafts: Record<string, string>;
  /** Everything that ever left this mailbox, oldest first, also when the copy is gone. */
  sent: readonly SentLogEntry[];
}

export function mailboxTruth(mailbox: Mailbox): MailboxTruth {
  const messages: Record<string, MessageTruth> = {};
  for (const [id, truth] of truthEntries(mailbox)) messages[id] = truth;
  return {
    address: mailbox.address,
    historyId: mailbox.historyIdText(mailbox.history.sequence),
    messages,
    labels: Object.fromEntries(mailbox.labels.all().map((l) => [l.id, l.name])),
    drafts: Object.fromEntries(mailbox.drafts()),
    sent: sentLog(mailbox),
  };
}

/** The messages one by one, newest first: for mailboxes too large for one object. */
export function* truthEntries(mailbox: Mailbox): Generator<[id: string, truth: MessageTruth]> {
  for (const message of mailbox.messages.newestFirst()) yield [message.id, messageTruth(mailbox, message)];
}

export function messageTruth(mailbox: Mailbox, message: StoredMessage): MessageTruth {
  const content = mailbox.content(message);
  const draftId = mailbox.draftIdOf(message.id);
  const marker = headerValue(content.root, MARKER_HEADER);
  return {
    threadId: message.threadId,
    labelIds: message.labels,
    historyId: mailbox.historyIdText(message.history),
    internalDate: message.internalDate,
    subject: headerValue(content.root, 'Subject') ?? '',
    from: headerValue(content.root, 'From') ?? '',
    messageId: headerValue(content.root, 'Message-ID') ?? '',
    sizeEstimate: content.size,
    ...(draftId === undefined ? {} : { draftId }),
    ...(marker === undefined ? {} : { marker }),
  };
}
