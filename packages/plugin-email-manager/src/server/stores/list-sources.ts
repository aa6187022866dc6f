import type { Folder } from '../../shared/api';
import { toId, type Sql } from './sql';

export interface ListFilter {
  /** The mailboxes that the asking person may see. Nothing of any other mailbox is ever read. */
  readonly visibleAccountIds: readonly string[];
  readonly accountIds?: readonly string[];
  readonly folderId?: string;
  readonly labelId?: string;
  /** This folder of every mailbox: `inbox` is "all inboxes". */
  readonly folderRole?: Folder['role'];
  readonly isRead?: boolean;
  readonly isStarred?: boolean;
  /** Words that must all occur in subject, people or snippet of one message. */
  readonly q?: string;
}

export interface Paging {
  /** 1 to 200; what is beyond is brought back into it. */
  readonly pageSize?: number;
  readonly cursor?: string | null;
}

/** What a list is merged from: places (each newest first), or whole mailboxes. `also` is a second place to be in. */
export type ListSources =
  | { readonly kind: 'places'; readonly ids: readonly string[]; readonly also: string | null }
  | { readonly kind: 'accounts'; readonly ids: readonly string[] };

export async function listSources(sql: Sql, filter: ListFilter): Promise<ListSources> {
  const visible = new Set(filter.visibleAccountIds);
  const accountIds = (filter.accountIds ?? filter.visibleAccountIds).filter((id) => visible.has(id));
  if (filter.folderId === undefined && filter.labelId === undefined && filter.folderRole === undefined) {
    return { kind: 'accounts', ids: accountIds };
  }
  const named = [filter.folderId, filter.labelId].filter((id): id is string => id !== undefined);
  const known = await placesOf(sql, accountIds, filter);
  const isKnown = (id: string) => known.some((place) => place.id === id);
  if (!named.every(isKnown)) return { kind: 'places', ids: [], also: null };
  if (filter.folderId !== undefined) {
    const role = known.find((place) => place.id === filter.folderId)?.role;
    if (filter.folderRole !== undefined && role !== filter.folderRole) return { kind: 'places', ids: [], also: null };
    return { kind: 'places', ids: [filter.folderId], also: filter.labelId ?? null };
  }
  if (filter.folderRole === undefined) return { kind: 'places', ids: named, also: null };
  const folders = known.filter((place) => place.role === filter.folderRole).map((place) => place.id);
  return { kind: 'places', ids: folders, also: filter.labelId ?? null };
}

async function placesOf(sql: Sql, accountIds: readonly string[], filter: ListFilter) {
  if (accountIds.length === 0) return [];
  const named = [filter.folderId, filter.labelId].filter(
    (id): id is string => id !== undefined && /^\d{1,19}$/.test(id),
  );
  const rows = await sql.rows(
    `SELECT "id", "role" FROM {mailFolders}
      WHERE "accountId" IN ${sql.ids(1)} AND ("id" IN ${sql.ids(2)} OR "role" = $3)
     UNION ALL
     SELECT "id", NULL AS "role" FROM {mailLabels} WHERE "accountId" IN ${sql.ids(1)} AND "id" IN ${sql.ids(2)}`,
    [JSON.stringify(accountIds), JSON.stringify(named), filter.folderRole ?? ''],
  );
  return rows.map((row) => ({ id: toId(row.id), role: row.role === null ? null : String(row.role) }));
}

/** How many sources one statement merges; SQLite knows at most 500 parts of a compound. */
const SOURCES_PER_STATEMENT = 100;

export function sourceGroups(ids: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (let start = 0; start < ids.length; start += SOURCES_PER_STATEMENT) {
    groups.push(ids.slice(start, start + SOURCES_PER_STATEMENT));
  }
  return groups;
}

export function pageSizeOf({ pageSize = 50 }: Paging): number {
  return Math.min(200, Math.max(1, Math.trunc(pageSize) || 50));
}
