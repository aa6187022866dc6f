import type { Attachment } from '../../shared/api';
import { Sql, toBool, toId, type HostDatabase, type Row } from './sql';

export interface StoredAttachment extends Attachment {
  readonly accountId: string;
  readonly messageId: string;
  /** The message's id at its provider, and the part of it that holds the bytes. */
  readonly remoteId: string;
  readonly partId: string;
}

export interface AttachmentStore {
  /** Null when there is no such attachment, its message is gone, or its mailbox is not visible. */
  read(visibleAccountIds: readonly string[], id: string): Promise<StoredAttachment | null>;
  /** Attachments of these messages by message id, in the order of their parts. */
  ofMessages(visibleAccountIds: readonly string[], messageIds: readonly string[]): Promise<Map<string, Attachment[]>>;
}

const SELECT = `SELECT a."id", a."messageId", a."accountId", a."partId", a."fileName", a."mimeType", a."sizeBytes",
  a."contentId", a."isInline", m."remoteId"
  FROM {mailAttachments} AS a JOIN {mailMessages} AS m ON m."id" = a."messageId" AND m."goneAt" IS NULL`;

export function createAttachmentStore(db: HostDatabase): AttachmentStore {
  const sql = new Sql(db);
  return {
    async read(visibleAccountIds, id) {
      if (!/^\d{1,19}$/.test(id) || visibleAccountIds.length === 0) return null;
      const [row] = await sql.rows(
        `${SELECT} WHERE a."id" = ${sql.idParameter(1)} AND m."accountId" IN ${sql.ids(2)}`,
        [id, JSON.stringify(visibleAccountIds)],
      );
      if (!row) return null;
      return {
        ...attachment(row),
        accountId: toId(row.accountId),
        messageId: toId(row.messageId),
        remoteId: String(row.remoteId),
        partId: String(row.partId),
      };
    },

    async ofMessages(visibleAccountIds, messageIds) {
      const found = new Map<string, Attachment[]>();
      if (messageIds.length === 0 || visibleAccountIds.length === 0) return found;
      const rows = await sql.rows(
        `${SELECT} WHERE a."messageId" IN ${sql.ids(1)} AND m."accountId" IN ${sql.ids(2)} ORDER BY a."id"`,
        [JSON.stringify(messageIds), JSON.stringify(visibleAccountIds)],
      );
      for (const row of rows) {
        const id = toId(row.messageId);
        found.set(id, [...(found.get(id) ?? []), attachment(row)]);
      }
      return found;
    },
  };
}

function attachment(row: Row): Attachment {
  return {
    id: toId(row.id),
    fileName: String(row.fileName ?? ''),
    mimeType: String(row.mimeType ?? 'application/octet-stream'),
    sizeBytes: Number(row.sizeBytes ?? 0),
    contentId: row.contentId === null || row.contentId === undefined ? null : String(row.contentId),
    isInline: toBool(row.isInline),
  };
}
