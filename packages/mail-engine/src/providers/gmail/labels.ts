import { arrayField, field, stringField } from '../../decode';
import type { FolderInfo, FolderRole, LabelInfo, LabelKind, Places, SettlePlaces } from '../../model/place';
import { malformed } from './errors';

/** Gmail has no archive: a message that is in none of the folders is shown here. Never sent to Gmail. */
export const ARCHIVE = 'ARCHIVE';

const FOLDERS: readonly { readonly id: string; readonly name: string; readonly role: FolderRole }[] = [
  { id: 'INBOX', name: 'Inbox', role: 'inbox' },
  { id: 'SENT', name: 'Sent', role: 'sent' },
  { id: 'DRAFT', name: 'Drafts', role: 'drafts' },
  { id: 'SPAM', name: 'Spam', role: 'spam' },
  { id: 'TRASH', name: 'Trash', role: 'trash' },
  { id: ARCHIVE, name: 'Archive', role: 'archive' },
];

const REAL_FOLDERS = FOLDERS.filter((folder) => folder.id !== ARCHIVE).map((folder) => folder.id);

/** Labels that are flags of a message and no places. */
export const UNREAD = 'UNREAD';
export const STARRED = 'STARRED';

const SYSTEM_NAMES: ReadonlyMap<string, string> = new Map([
  ['CATEGORY_PERSONAL', 'Personal'],
  ['CATEGORY_SOCIAL', 'Social'],
  ['CATEGORY_PROMOTIONS', 'Promotions'],
  ['CATEGORY_UPDATES', 'Updates'],
  ['CATEGORY_FORUMS', 'Forums'],
  ['IMPORTANT', 'Important'],
  ['CHAT', 'Chat'],
]);

/** In none of the folders means archived; in one of them means not. */
export const settlePlaces: SettlePlaces = (places) => {
  const settled = new Set(places);
  if (REAL_FOLDERS.some((folder) => settled.has(folder))) settled.delete(ARCHIVE);
  else settled.add(ARCHIVE);
  return settled;
};

export function isFlagLabel(id: string): boolean {
  return id === UNREAD || id === STARRED;
}

/** A label that Gmail itself defines; it exists in every mailbox whether or not the listing names it. */
export function isSystemLabel(id: string): boolean {
  return isFlagLabel(id) || id === ARCHIVE || REAL_FOLDERS.includes(id) || SYSTEM_NAMES.has(id);
}

/** Flags and settled places of a message from its label ids. */
export function stateOfLabels(labelIds: readonly string[]): {
  isRead: boolean;
  isStarred: boolean;
  isDraft: boolean;
  places: string[];
} {
  const labels = new Set(labelIds);
  const isRead = !labels.delete(UNREAD);
  const isStarred = labels.delete(STARRED);
  return { isRead, isStarred, isDraft: labels.has('DRAFT'), places: [...settlePlaces(labels)].sort() };
}

/** Reads labels.list. Entries without id or name are left out; an answer without a list at all is malformed. */
export function decodePlaces(json: unknown): Places {
  if (!Array.isArray(field(json, 'labels'))) throw malformed('The list of labels is missing.');
  const labels = new Map<string, LabelInfo>();
  for (const id of SYSTEM_NAMES.keys()) labels.set(id, systemLabel(id));
  for (const entry of arrayField(json, 'labels')) {
    const id = stringField(entry, 'id');
    const name = stringField(entry, 'name');
    if (id === null || id === '' || isFlagLabel(id) || id === ARCHIVE || REAL_FOLDERS.includes(id)) continue;
    if (SYSTEM_NAMES.has(id)) continue;
    const color = field(entry, 'color');
    labels.set(id, {
      remoteId: id,
      name: name ?? id,
      kind: stringField(entry, 'type') === 'system' ? 'system' : 'user',
      textColor: hexColor(stringField(color, 'textColor')),
      backgroundColor: hexColor(stringField(color, 'backgroundColor')),
    });
  }
  return { folders: FOLDERS.map(toFolder), labels: [...labels.values()] };
}

function toFolder(folder: { id: string; name: string; role: FolderRole }): FolderInfo {
  return { remoteId: folder.id, name: folder.name, role: folder.role, parentRemoteId: null };
}

function systemLabel(id: string): LabelInfo {
  const kind: LabelKind = id === 'CATEGORY_PERSONAL' ? 'primary' : id.startsWith('CATEGORY_') ? 'category' : 'system';
  return { remoteId: id, name: SYSTEM_NAMES.get(id) ?? id, kind, textColor: null, backgroundColor: null };
}

/** Colours end up in style attributes: nothing but the form that Gmail documents. */
function hexColor(value: string | null): string | null {
  return value !== null && /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : null;
}
