import type { Folder, Label, MailPreferences } from '../../shared/api';
import { Sql, toId, type HostDatabase } from './sql';

export interface FolderCounts {
  /** Folders of these mailboxes in their provider's order, with conversations counted from the index. */
  folders(accountIds: readonly string[]): Promise<Folder[]>;
  labels(accountIds: readonly string[]): Promise<Label[]>;
  /** Unread conversations in the inboxes of these mailboxes, or in the Primary tabs of them. */
  unread(accountIds: readonly string[], counted?: MailPreferences['badge']): Promise<number>;
}

/** That a conversation of an inbox is in Primary, by the same rule as the lists (see tabCondition). */
function isPrimary(thread: string): string {
  const has = (kind: 'primary' | 'category') =>
    `EXISTS (SELECT 1 FROM {mailThreadPlacements} AS o JOIN {mailLabels} AS k ON k."id" = o."placeId"
              WHERE o."threadId" = ${thread}."threadId" AND k."kind" = '${kind}')`;
  return `(NOT ${has('category')} OR ${has('primary')})`;
}

export function createFolderCounts(db: HostDatabase): FolderCounts {
  const sql = new Sql(db);
  const unreadIn = (place: string, condition = '') =>
    `(SELECT count(*) FROM {mailThreadPlacements} AS u
       WHERE u."placeId" = ${place} AND u."unreadCount" > 0${condition})`;

  return {
    async folders(accountIds) {
      if (accountIds.length === 0) return [];
      const rows = await sql.rows(
        `SELECT f."id", f."accountId", f."remoteId", f."name", f."role", f."parentRemoteId",
                ${unreadIn('f."id"')} AS "unread",
                CASE WHEN f."role" = 'inbox' THEN ${unreadIn('f."id"', ` AND ${isPrimary('u')}`)} END AS "unreadPrimary",
                (SELECT count(*) FROM {mailThreadPlacements} AS t WHERE t."placeId" = f."id") AS "total"
           FROM {mailFolders} AS f WHERE f."accountId" IN ${sql.ids(1)} ORDER BY f."accountId", f."sort", f."id"`,
        [JSON.stringify(accountIds)],
      );
      const idOf = new Map(rows.map((row) => [`${toId(row.accountId)} ${String(row.remoteId)}`, toId(row.id)]));
      return rows.map((row) => ({
        id: toId(row.id),
        accountId: toId(row.accountId),
        name: String(row.name ?? ''),
        role: row.role as Folder['role'],
        parentId: idOf.get(`${toId(row.accountId)} ${String(row.parentRemoteId)}`) ?? null,
        unread: Number(row.unread),
        unreadPrimary: Number(row.unreadPrimary ?? row.unread),
        total: Number(row.total),
      }));
    },

    async labels(accountIds) {
      if (accountIds.length === 0) return [];
      const rows = await sql.rows(
        `SELECT l."id", l."accountId", l."name", l."kind", l."textColor", l."backgroundColor",
                ${unreadIn('l."id"')} AS "unread"
           FROM {mailLabels} AS l WHERE l."accountId" IN ${sql.ids(1)} ORDER BY l."accountId", l."name", l."id"`,
        [JSON.stringify(accountIds)],
      );
      return rows.map((row) => ({
        id: toId(row.id),
        accountId: toId(row.accountId),
        name: String(row.name ?? ''),
        kind: row.kind as Label['kind'],
        textColor: row.textColor === null ? null : String(row.textColor),
        backgroundColor: row.backgroundColor === null ? null : String(row.backgroundColor),
        unread: Number(row.unread),
      }));
    },

    async unread(accountIds, counted = 'all') {
      if (accountIds.length === 0) return 0;
      const [row] = await sql.rows(
        `SELECT count(*) AS "unread" FROM {mailFolders} AS f
           JOIN {mailThreadPlacements} AS p ON p."placeId" = f."id" AND p."unreadCount" > 0
          WHERE f."accountId" IN ${sql.ids(1)} AND f."role" = 'inbox'${counted === 'primary' ? ` AND ${isPrimary('p')}` : ''}`,
        [JSON.stringify(accountIds)],
      );
      return Number(row?.unread ?? 0);
    },
  };
}
