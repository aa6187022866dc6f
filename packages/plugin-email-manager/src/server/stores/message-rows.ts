import {
  addressDomain,
  addressKey,
  type Address,
  type ParticipantRole,
} from '@email-manager/mail-engine/model/address';
import type { AttachmentRef, Envelope, MessageState } from '@email-manager/mail-engine/model/message';
import { cleanText, cleanTextOrNull, toBool, toId, toIdOrNull, toMs, type Columns, type Row, type Sql } from './sql';

export const MESSAGE_COLUMNS = {
  id: 'id',
  accountId: 'id',
  userId: 'id',
  threadId: 'id',
  threadRemoteId: 'text',
  remoteId: 'text',
  internetMessageId: 'text',
  inReplyTo: 'text',
  references: 'json',
  subject: 'text',
  snippet: 'text',
  from: 'json',
  fromAddress: 'text',
  fromDomain: 'text',
  to: 'json',
  cc: 'json',
  bcc: 'json',
  replyTo: 'json',
  sentAt: 'time',
  receivedAt: 'time',
  isRead: 'bool',
  isStarred: 'bool',
  isDraft: 'bool',
  hasAttachments: 'bool',
  folderIds: 'json',
  labelIds: 'json',
  sizeBytes: 'int',
  draftRemoteId: 'text',
  goneAt: 'time',
} as const satisfies Columns;

export type MessageColumn = keyof typeof MESSAGE_COLUMNS;

/**
 * A row of mailMessages as the stores compare and write it: ids as digits, times as epoch ms, JSON columns as their
 * text. Two rows are the same when all their values are identical.
 */
export type MessageRow = { [Column in MessageColumn]: string | number | boolean | null };

/** SELECT list that gives the JSON columns as text on both databases. */
export const MESSAGE_SELECT = Object.entries(MESSAGE_COLUMNS)
  .map(([name, type]) => (type === 'json' ? `CAST(m."${name}" AS TEXT) AS "${name}"` : `m."${name}"`))
  .join(', ');

export function readMessageRow(row: Row): MessageRow {
  const read = Object.entries(MESSAGE_COLUMNS).map(([name, type]) => {
    const value = row[name];
    if (type === 'id') return [name, toIdOrNull(value)];
    if (type === 'time') return [name, toMs(value)];
    if (type === 'bool') return [name, toBool(value)];
    if (type === 'int') return [name, value === null || value === undefined ? null : Number(value)];
    return [name, value === undefined ? null : value];
  });
  return Object.fromEntries(read) as MessageRow;
}

/** The row as a JSON record for Sql.insert and Sql.records: JSON columns become values, times become text. */
export function packMessageRow(sql: Sql, row: MessageRow): Row {
  const packed = Object.entries(MESSAGE_COLUMNS).map(([name, type]) => {
    const value = row[name as MessageColumn];
    if (type === 'time') return [name, sql.time(value as number | null)];
    if (type === 'json') return [name, value === null ? null : (JSON.parse(String(value)) as unknown)];
    return [name, value];
  });
  return Object.fromEntries(packed) as Row;
}

/** The columns that an envelope decides, besides those of its state. */
export function envelopeColumns(envelope: Envelope) {
  return {
    internetMessageId: cleanTextOrNull(envelope.internetMessageId, 998),
    inReplyTo: cleanTextOrNull(envelope.inReplyTo, 998),
    references: JSON.stringify(envelope.references.map((reference) => cleanText(reference, 998))),
    subject: cleanText(envelope.subject, 1024),
    snippet: cleanText(envelope.snippet, 512),
    from: envelope.from ? addressJson(envelope.from) : null,
    fromAddress: envelope.from ? cleanText(addressKey(envelope.from.address), 320) : null,
    fromDomain: envelope.from ? cleanText(addressDomain(envelope.from.address), 255) : null,
    to: addressListJson(envelope.to),
    cc: addressListJson(envelope.cc),
    bcc: addressListJson(envelope.bcc),
    replyTo: addressListJson(envelope.replyTo),
    sentAt: clampTime(envelope.sentAt),
    receivedAt: clampTime(envelope.receivedAt) ?? 0,
    hasAttachments: envelope.hasAttachments,
    sizeBytes: Math.max(0, Math.trunc(envelope.sizeBytes)) || 0,
    draftRemoteId: cleanTextOrNull(envelope.draftRemoteId, 255),
  } satisfies Partial<MessageRow>;
}

/** The columns that a state decides, besides the computed folderIds, labelIds and threadId. */
export function stateColumns(state: MessageState) {
  return {
    remoteId: state.remoteId,
    threadRemoteId: state.threadRemoteId,
    isRead: state.isRead,
    isStarred: state.isStarred,
    isDraft: state.isDraft,
  } satisfies Partial<MessageRow>;
}

export function sameMessageRow(a: MessageRow, b: MessageRow): boolean {
  return (Object.keys(MESSAGE_COLUMNS) as MessageColumn[]).every((name) => a[name] === b[name]);
}

export const PARTICIPANT_COLUMNS = {
  id: 'id',
  messageId: 'id',
  accountId: 'id',
  userId: 'id',
  role: 'text',
  address: 'text',
  domain: 'text',
  name: 'text',
} as const satisfies Columns;

/** One record per role and address; the first spelling of a name wins. Records without an address are left out. */
export function participantRecords(
  message: { readonly id: string; readonly accountId: string; readonly userId: string | null },
  envelope: Envelope,
  newId: () => string,
): Row[] {
  const byRole: readonly (readonly [ParticipantRole, readonly Address[]])[] = [
    ['from', envelope.from ? [envelope.from] : []],
    ['to', envelope.to],
    ['cc', envelope.cc],
    ['bcc', envelope.bcc],
    ['replyTo', envelope.replyTo],
  ];
  const records = new Map<string, Row>();
  for (const [role, addresses] of byRole) {
    for (const { name, address } of addresses) {
      const key = cleanText(addressKey(address), 320);
      if (!key || records.has(`${role} ${key}`)) continue;
      records.set(`${role} ${key}`, {
        id: newId(),
        messageId: message.id,
        accountId: message.accountId,
        userId: message.userId,
        role,
        address: key,
        domain: cleanText(addressDomain(address), 255),
        name: cleanText(name, 512),
      });
    }
  }
  return [...records.values()];
}

export const ATTACHMENT_COLUMNS = {
  id: 'id',
  messageId: 'id',
  accountId: 'id',
  partId: 'text',
  fileName: 'text',
  mimeType: 'text',
  sizeBytes: 'int',
  contentId: 'text',
  isInline: 'bool',
} as const satisfies Columns;

export function attachmentRecords(
  message: { readonly id: string; readonly accountId: string },
  attachments: readonly AttachmentRef[],
  newId: () => string,
): Row[] {
  const records = new Map<string, Row>();
  for (const attachment of attachments) {
    const partId = cleanText(attachment.partId, 255);
    records.set(partId, {
      id: newId(),
      messageId: message.id,
      accountId: message.accountId,
      partId,
      fileName: cleanText(attachment.fileName, 1024),
      mimeType: cleanText(attachment.mimeType, 255),
      sizeBytes: Math.max(0, Math.trunc(attachment.sizeBytes)) || 0,
      contentId: cleanTextOrNull(attachment.contentId, 998),
      isInline: attachment.isInline,
    });
  }
  return [...records.values()];
}

export const SEARCH_COLUMNS = {
  messageId: 'id',
  threadId: 'id',
  accountId: 'id',
  text: 'text',
} as const satisfies Columns;

/** Long enough for a subject, a snippet and a good hundred people. */
const SEARCH_TEXT_LENGTH = 6000;

/** The form in which texts are searched: compatible characters unified, lower case in every script. */
export function searchable(text: string): string {
  return cleanText(text).normalize('NFKC').toLowerCase();
}

export function searchText(envelope: Envelope): string {
  const people = [...(envelope.from ? [envelope.from] : []), ...envelope.to, ...envelope.cc, ...envelope.bcc].slice(
    0,
    200,
  );
  const words = [envelope.subject, envelope.snippet, ...people.map(({ name, address }) => `${name} ${address}`)];
  return searchable(words.join('\n').slice(0, SEARCH_TEXT_LENGTH));
}

export function messageRef(row: MessageRow) {
  return { id: toId(row.id), accountId: toId(row.accountId), userId: toIdOrNull(row.userId) };
}

function addressJson({ name, address }: Address): string {
  return JSON.stringify({ name: cleanText(name, 512), address: cleanText(address, 998) });
}

function addressListJson(addresses: readonly Address[]): string {
  return `[${addresses.map(addressJson).join(',')}]`;
}

/** The clamp of Sql.time, so that what is compared is what was stored. */
function clampTime(ms: number | null): number | null {
  if (ms === null || !Number.isFinite(ms)) return null;
  return Math.min(Math.max(Math.trunc(ms), -62135596800000), 253402300799999);
}
