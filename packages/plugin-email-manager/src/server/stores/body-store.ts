import type { AttachmentRef, BodyParts } from '@email-manager/mail-engine/model/message';
import { ATTACHMENT_COLUMNS, attachmentRecords } from './message-rows';
import { idSource } from './ids';
import { cleanText, cleanTextOrNull, Sql, toBool, toId, type HostDatabase } from './sql';

/** A body as the provider gave it, hostile, and its sanitised form as far as one is cached. */
export interface StoredBody extends BodyParts {
  readonly messageId: string;
  readonly accountId: string;
  /** The message's id at its provider, to fetch what is not here. */
  readonly remoteId: string;
  /** False when the body has not been fetched yet. */
  readonly isStored: boolean;
  readonly safeHtml: string | null;
  readonly safeVersion: number | null;
  readonly hasRemoteContent: boolean;
}

export interface BodyStore {
  /** Null when there is no such message, it is gone, or its mailbox is not visible. */
  read(visibleAccountIds: readonly string[], messageId: string): Promise<StoredBody | null>;
  /** What the first opening of a message has fetched. */
  save(messageId: string, body: BodyParts, attachments: readonly AttachmentRef[]): Promise<void>;
  /** Keeps the sanitised form under the sanitiser's version, unless the body changed since `read`. */
  cacheSafe(body: StoredBody, safe: { html: string | null; version: number; hasRemoteContent: boolean }): Promise<void>;
}

export function createBodyStore(db: HostDatabase): BodyStore {
  const sql = new Sql(db);
  const newId = idSource(db);
  return {
    async read(visibleAccountIds, messageId) {
      if (!/^\d{1,19}$/.test(messageId) || visibleAccountIds.length === 0) return null;
      const [row] = await sql.rows(
        `SELECT m."id", m."accountId", m."remoteId", b."messageId" AS "stored", b."html", b."text", b."safeHtml",
                b."safeVersion", b."hasRemoteContent"
           FROM {mailMessages} AS m LEFT JOIN {mailBodies} AS b ON b."messageId" = m."id"
          WHERE m."id" = ${sql.idParameter(1)} AND m."accountId" IN ${sql.ids(2)} AND m."goneAt" IS NULL`,
        [messageId, JSON.stringify(visibleAccountIds)],
      );
      if (!row) return null;
      const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
      return {
        messageId: toId(row.id),
        accountId: toId(row.accountId),
        remoteId: String(row.remoteId),
        isStored: row.stored !== null,
        html: text(row.html),
        text: text(row.text),
        safeHtml: text(row.safeHtml),
        safeVersion: row.safeVersion === null ? null : Number(row.safeVersion),
        hasRemoteContent: toBool(row.hasRemoteContent),
      };
    },

    save: (messageId, body, attachments) =>
      sql.urgentTransaction(async (transaction) => {
        const [message] = await sql.rows(
          `SELECT "accountId" FROM {mailMessages} WHERE "id" = ${sql.idParameter(1)}`,
          [messageId],
          transaction,
        );
        // Purged meanwhile: nothing may be left behind without its message.
        if (!message) return;
        const accountId = toId(message.accountId);
        const columns = { messageId: 'id', accountId: 'id', html: 'text', text: 'text' } as const;
        await sql.run(
          sql.insert(
            'mailBodies',
            columns,
            `("messageId") DO UPDATE SET "html" = excluded."html", "text" = excluded."text",
              "safeHtml" = NULL, "safeVersion" = NULL`,
          ),
          [sql.pack([{ messageId, accountId, html: cleanTextOrNull(body.html), text: cleanTextOrNull(body.text) }])],
          transaction,
        );
        const records = attachmentRecords({ id: messageId, accountId }, attachments, newId);
        if (records.length === 0) return;
        await sql.run(
          sql.insert('mailAttachments', ATTACHMENT_COLUMNS, '("messageId", "partId") DO NOTHING'),
          [sql.pack(records)],
          transaction,
        );
      }),

    cacheSafe: (body, safe) =>
      sql.urgentTransaction(async (transaction) => {
        await sql.run(
          `UPDATE {mailBodies} SET "safeHtml" = $2, "safeVersion" = $3, "hasRemoteContent" = ${sql.bool(safe.hasRemoteContent)}
            WHERE "messageId" = ${sql.idParameter(1)} AND "html" IS NOT DISTINCT FROM $4`,
          [body.messageId, safe.html === null ? null : cleanText(safe.html), safe.version, body.html],
          transaction,
        );
      }),
  };
}
