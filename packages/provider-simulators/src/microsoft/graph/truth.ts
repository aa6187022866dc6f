import { headerValue } from '../../mime/model';
import type { Mailbox } from './mailbox';
import type { FlagStatus, Inference, StoredMessage } from './message-index';
import { graphDate } from './message-view';

/** What is true of a message at Microsoft, for comparison with a copy of it. */
export interface MessageTruth {
  /** The id without the preference for immutable ones; it changes with every move. */
  defaultId: string;
  conversationId: string;
  parentFolderId: string;
  isRead: boolean;
  /** True for `flagStatus: flagged`, not for `complete`. */
  flagged: boolean;
  flagStatus: FlagStatus;
  categories: readonly string[];
  inferenceClassification: Inference;
  isDraft: boolean;
  receivedDateTime: string;
  subject: string;
  /** The Message-ID header with its brackets, empty when there is none. */
  internetMessageId: string;
}

export interface FolderTruth {
  displayName: string;
  /** Null for children of the root. */
  parentFolderId: string | null;
  wellKnownName: string | null;
  totalItemCount: number;
  unreadItemCount: number;
}

export interface MailboxTruth {
  address: string;
  /** By immutable id; without messages in hidden folders and in Recoverable Items. */
  messages: Record<string, MessageTruth>;
  /** The same for those that people do not see: in hidden folders and in Recoverable Items. */
  unseenMessages: Record<string, MessageTruth>;
  /** By id; without hidden folders and search folders. */
  folders: Record<string, FolderTruth>;
  /** By id: name. */
  searchFolders: Record<string, string>;
  hiddenFolders: Record<string, string>;
  masterCategories: string[];
}

export function mailboxTruth(mailbox: Mailbox): MailboxTruth {
  const folders: MailboxTruth['folders'] = {};
  const searchFolders: Record<string, string> = {};
  const hiddenFolders: Record<string, string> = {};
  for (const folder of mailbox.folders.all()) {
    const id = mailbox.folderId(folder);
    if (!mailbox.folders.isVisible(folder)) hiddenFolders[id] = folder.displayName;
    else if (folder.search) searchFolders[id] = folder.displayName;
    else {
      const isTop = folder.parent === mailbox.folders.root;
      folders[id] = {
        displayName: folder.displayName,
        parentFolderId: isTop || !folder.parent ? null : mailbox.folderId(folder.parent),
        wellKnownName: folder.wellKnown ?? null,
        totalItemCount: folder.messages.size,
        unreadItemCount: folder.unread,
      };
    }
  }
  return {
    address: mailbox.address,
    messages: Object.fromEntries(truthEntries(mailbox)),
    unseenMessages: Object.fromEntries(unseenEntries(mailbox)),
    folders,
    searchFolders,
    hiddenFolders,
    masterCategories: mailbox.categories.all().map((c) => c.displayName),
  };
}

/** The messages that people see, newest first, one by one: for mailboxes too large for one object. */
export function* truthEntries(mailbox: Mailbox): Generator<[id: string, truth: MessageTruth]> {
  for (const message of mailbox.messages.newestFirst()) {
    if (mailbox.folders.isVisible(message.folder)) yield [mailbox.idOf(message, true), messageTruth(mailbox, message)];
  }
}

function* unseenEntries(mailbox: Mailbox): Generator<[id: string, truth: MessageTruth]> {
  for (const folder of mailbox.folders.all()) {
    if (mailbox.folders.isVisible(folder)) continue;
    for (const message of folder.messages.newestFirst()) {
      yield [mailbox.idOf(message, true), messageTruth(mailbox, message)];
    }
  }
}

export function messageTruth(mailbox: Mailbox, message: StoredMessage): MessageTruth {
  const { root } = mailbox.content(message);
  return {
    defaultId: mailbox.idOf(message, false),
    conversationId: mailbox.conversationId(message.conversation),
    parentFolderId: mailbox.folderId(message.folder),
    isRead: message.isRead,
    flagged: message.flag === 'flagged',
    flagStatus: message.flag,
    categories: message.categories,
    inferenceClassification: message.inference,
    isDraft: message.isDraft,
    receivedDateTime: graphDate(message.receivedAt),
    subject: headerValue(root, 'Subject') ?? '',
    internetMessageId: /<[^<>\s]+>/.exec(headerValue(root, 'Message-ID') ?? '')?.[0] ?? '',
  };
}
