import type { HydratedMessage } from '@email-manager/mail-engine/model/message';
import {
  ATTACHMENT_COLUMNS,
  attachmentRecords,
  messageRef,
  PARTICIPANT_COLUMNS,
  participantRecords,
  SEARCH_COLUMNS,
  searchText,
  type MessageColumn,
  type MessageRow,
} from './message-rows';
import { cleanTextOrNull, toBool, toId, type Columns, type Row, type Sql, type Transaction } from './sql';

export interface WrittenMessage {
  /** The row before this write; null for a new message. */
  readonly before: MessageRow | null;
  readonly after: MessageRow;
  readonly message: HydratedMessage;
}

const BODY_COLUMNS = { messageId: 'id', accountId: 'id', html: 'text', text: 'text' } as const satisfies Columns;

const PEOPLE: readonly MessageColumn[] = ['from', 'to', 'cc', 'bcc', 'replyTo'];

/** Writes what hangs on a hydrated message: participants, search text, body and attachments. Only what differs. */
export async function writeMessageParts(
  sql: Sql,
  transaction: Transaction,
  written: readonly WrittenMessage[],
  newId: () => string,
): Promise<void> {
  if (written.length === 0) return;
  await writeParticipants(sql, transaction, written, newId);
  await writeSearchTexts(sql, transaction, written);
  await writeBodies(sql, transaction, written);
  await writeAttachments(sql, transaction, written, newId);
}

/** New here, or hidden until now: hiding removes participants and search text. */
function appears({ before }: WrittenMessage): boolean {
  return before === null || before.goneAt !== null;
}

async function writeParticipants(
  sql: Sql,
  transaction: Transaction,
  written: readonly WrittenMessage[],
  newId: () => string,
) {
  const stale = written.filter(
    (message) => message.before && PEOPLE.some((name) => message.before?.[name] !== message.after[name]),
  );
  await deleteOf(sql, transaction, 'mailParticipants', stale);
  const records = written
    .filter((message) => appears(message) || stale.includes(message))
    .flatMap(({ after, message }) => participantRecords(messageRef(after), message.envelope, newId));
  await insert(sql, transaction, 'mailParticipants', PARTICIPANT_COLUMNS, records);
}

async function writeSearchTexts(sql: Sql, transaction: Transaction, written: readonly WrittenMessage[]) {
  const columns: readonly MessageColumn[] = [...PEOPLE, 'subject', 'snippet', 'threadId'];
  const records = written
    .filter((message) => appears(message) || columns.some((name) => message.before?.[name] !== message.after[name]))
    .map(({ after, message }) => ({
      messageId: after.id,
      threadId: after.threadId,
      accountId: after.accountId,
      text: searchText(message.envelope),
    }));
  const conflict = '("messageId") DO UPDATE SET "threadId" = excluded."threadId", "text" = excluded."text"';
  await insert(sql, transaction, 'mailSearch', SEARCH_COLUMNS, records, conflict);
}

async function writeBodies(sql: Sql, transaction: Transaction, written: readonly WrittenMessage[]) {
  const records = written.map(({ after, message }) => ({
    messageId: after.id,
    accountId: after.accountId,
    html: cleanTextOrNull(message.body.html),
    text: cleanTextOrNull(message.body.text),
  }));
  // A body that changed makes what was cached of it worthless.
  const conflict = `("messageId") DO UPDATE
    SET "html" = excluded."html", "text" = excluded."text", "safeHtml" = NULL, "safeVersion" = NULL
    WHERE t."html" IS DISTINCT FROM excluded."html" OR t."text" IS DISTINCT FROM excluded."text"`;
  await insert(sql, transaction, 'mailBodies', BODY_COLUMNS, records, conflict);
}

async function writeAttachments(
  sql: Sql,
  transaction: Transaction,
  written: readonly WrittenMessage[],
  newId: () => string,
) {
  const known = written.filter(({ before }) => before !== null);
  const existing = await loadAttachments(sql, transaction, known);
  const records: Row[] = [];
  const stale: WrittenMessage[] = [];
  for (const message of written) {
    const wanted = attachmentRecords(messageRef(message.after), message.message.attachments, newId);
    const before = existing.get(toId(message.after.id)) ?? [];
    if (before.length > 0) {
      if (signature(before) === signature(wanted)) continue;
      stale.push(message);
    }
    records.push(...wanted);
  }
  await deleteOf(sql, transaction, 'mailAttachments', stale);
  await insert(sql, transaction, 'mailAttachments', ATTACHMENT_COLUMNS, records);
}

async function loadAttachments(sql: Sql, transaction: Transaction, messages: readonly WrittenMessage[]) {
  const found = new Map<string, Row[]>();
  if (messages.length === 0) return found;
  const rows = await sql.rows(
    `SELECT "messageId", "partId", "fileName", "mimeType", "sizeBytes", "contentId", "isInline"
       FROM {mailAttachments} WHERE "messageId" IN ${sql.ids(1)}`,
    [idList(messages)],
    transaction,
  );
  for (const row of rows) {
    const id = toId(row.messageId);
    found.set(id, [...(found.get(id) ?? []), row]);
  }
  return found;
}

function signature(attachments: readonly Row[]): string {
  const lines = attachments.map((row) =>
    JSON.stringify([
      row.partId,
      row.fileName,
      row.mimeType,
      Number(row.sizeBytes),
      row.contentId,
      toBool(row.isInline),
    ]),
  );
  return lines.sort().join('\n');
}

async function deleteOf(sql: Sql, transaction: Transaction, table: string, messages: readonly WrittenMessage[]) {
  if (messages.length === 0) return;
  await sql.run(`DELETE FROM {${table}} WHERE "messageId" IN ${sql.ids(1)}`, [idList(messages)], transaction);
}

async function insert(
  sql: Sql,
  transaction: Transaction,
  table: string,
  columns: Columns,
  records: readonly Row[],
  conflict?: string,
) {
  if (records.length === 0) return;
  await sql.run(sql.insert(table, columns, conflict), [sql.pack(records)], transaction);
}

function idList(messages: readonly WrittenMessage[]): string {
  return JSON.stringify(messages.map(({ after }) => after.id));
}
