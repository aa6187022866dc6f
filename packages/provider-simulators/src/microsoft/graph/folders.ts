import type { FolderLog } from './folder-log';
import type { MessageIndex, StoredMessage } from './message-index';

/** Names that Graph takes in place of a folder id (provider facts §4, "Folders"). */
export const WELL_KNOWN_NAMES = [
  'inbox',
  'drafts',
  'sentitems',
  'deleteditems',
  'archive',
  'junkemail',
  'outbox',
  'msgfolderroot',
  'clutter',
  'conversationhistory',
  'recoverableitemsdeletions',
  'scheduled',
  'searchfolders',
  'syncissues',
  'conflicts',
  'localfailures',
  'serverfailures',
] as const;

export type WellKnownName = (typeof WELL_KNOWN_NAMES)[number];

export type FolderLanguage = 'en' | 'de' | 'uk';

/** Which folders a new mailbox has, and how they are called; clients must not go by these names. */
export const FOLDER_NAMES: Readonly<Partial<Record<WellKnownName, Record<FolderLanguage, string>>>> = {
  inbox: { en: 'Inbox', de: 'Posteingang', uk: 'Вхідні' },
  drafts: { en: 'Drafts', de: 'Entwürfe', uk: 'Чернетки' },
  sentitems: { en: 'Sent Items', de: 'Gesendete Elemente', uk: 'Надіслані' },
  deleteditems: { en: 'Deleted Items', de: 'Gelöschte Elemente', uk: 'Видалені' },
  archive: { en: 'Archive', de: 'Archiv', uk: 'Архів' },
  junkemail: { en: 'Junk Email', de: 'Junk-E-Mail', uk: 'Небажана пошта' },
  outbox: { en: 'Outbox', de: 'Postausgang', uk: 'Вихідні' },
  conversationhistory: { en: 'Conversation History', de: 'Aufgezeichnete Unterhaltungen', uk: 'Історія розмов' },
};

export interface Folder {
  readonly number: number;
  readonly wellKnown: WellKnownName | undefined;
  displayName: string;
  /** Undefined: a root that lists never show. */
  parent: Folder | undefined;
  readonly isHidden: boolean;
  /** A search folder holds no messages of its own: it shows those of other folders that match. */
  readonly search: ((message: StoredMessage) => boolean) | undefined;
  readonly messages: MessageIndex;
  unread: number;
  readonly log: FolderLog;
  /** Grows with every change of the folder itself. */
  version: number;
}

/** True for the folder itself and everything below it. */
export function isWithin(folder: Folder, ancestor: Folder): boolean {
  for (let at: Folder | undefined = folder; at; at = at.parent) if (at === ancestor) return true;
  return false;
}
