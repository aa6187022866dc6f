import type { Folder, InboxTab } from '../../shared/api';
import { toId, type Sql } from './sql';

export interface ListFilter {
  /** The mailboxes that the asking person may see. Nothing of any other mailbox is ever read. */
  readonly visibleAccountIds: readonly string[];
  readonly accountIds?: readonly string[];
  readonly folderId?: string;
  readonly labelId?: string;
  /** This folder of every mailbox: `inbox` is "all inboxes". */
  readonly folderRole?: Folder['role'];
  /** Of inboxes only: the provider's tabs as two. A mailbox without tabs has all of its inbox in Primary. */
  readonly tab?: InboxTab;
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

/** The places by which tabs are told apart. */
export interface TabPlaces {
  readonly tab: InboxTab;
  readonly inboxes: readonly string[];
  /** Labels of the tab for mail that is meant for the person. */
  readonly primary: readonly string[];
  /** Labels of all other tabs. */
  readonly others: readonly string[];
}

/** What a list is merged from: places (each newest first), or whole mailboxes. `also` is a second place to be in. */
export type ListSources =
  | {
      readonly kind: 'places';
      readonly ids: readonly string[];
      readonly also: string | null;
      readonly tabs: TabPlaces | null;
    }
  | { readonly kind: 'accounts'; readonly ids: readonly string[] };

const NOWHERE: ListSources = { kind: 'places', ids: [], also: null, tabs: null };

export async function listSources(sql: Sql, filter: ListFilter): Promise<ListSources> {
  const visible = new Set(filter.visibleAccountIds);
  const accountIds = (filter.accountIds ?? filter.visibleAccountIds).filter((id) => visible.has(id));
  if (filter.folderId === undefined && filter.labelId === undefined && filter.folderRole === undefined) {
    return { kind: 'accounts', ids: accountIds };
  }
  const named = [filter.folderId, filter.labelId].filter((id): id is string => id !== undefined);
  const known = await placesOf(sql, accountIds, filter);
  const isKnown = (id: string) => known.some((place) => place.id === id);
  if (!named.every(isKnown)) return NOWHERE;
  const also = filter.folderId === undefined && filter.folderRole === undefined ? null : (filter.labelId ?? null);
  if (filter.folderId !== undefined) {
    const role = known.find((place) => place.id === filter.folderId)?.role;
    if (filter.folderRole !== undefined && role !== filter.folderRole) return NOWHERE;
    return inTab(sql, accountIds, role === 'inbox' ? filter.tab : undefined, [filter.folderId], also);
  }
  if (filter.folderRole === undefined) return { kind: 'places', ids: named, also, tabs: null };
  const folders = known.filter((place) => place.role === filter.folderRole).map((place) => place.id);
  return inTab(sql, accountIds, filter.folderRole === 'inbox' ? filter.tab : undefined, folders, also);
}

/**
 * Narrows inboxes to one of their tabs. What is in Other is found from the other tabs' labels and not from the inbox:
 * a large inbox in which nothing is in Other is then not read to its end to find that out.
 */
async function inTab(
  sql: Sql,
  accountIds: readonly string[],
  tab: InboxTab | undefined,
  inboxes: readonly string[],
  also: string | null,
): Promise<ListSources> {
  if (tab === undefined || inboxes.length === 0) return { kind: 'places', ids: inboxes, also, tabs: null };
  const { primary, others } = await tabLabels(sql, accountIds, inboxes);
  if (tab === 'other') return { kind: 'places', ids: others, also, tabs: { tab, inboxes, primary, others } };
  return { kind: 'places', ids: inboxes, also, tabs: others.length > 0 ? { tab, inboxes, primary, others } : null };
}

/** The tabs' labels of the mailboxes to which these inboxes belong. */
async function tabLabels(sql: Sql, accountIds: readonly string[], inboxes: readonly string[]) {
  const rows = await sql.rows(
    `SELECT "id", "kind" FROM {mailLabels}
      WHERE "accountId" IN ${sql.ids(1)} AND "kind" IN ('primary', 'category')
        AND "accountId" IN (SELECT "accountId" FROM {mailFolders} WHERE "id" IN ${sql.ids(2)})`,
    [JSON.stringify(accountIds), JSON.stringify(inboxes)],
  );
  const ofKind = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => toId(row.id));
  return { primary: ofKind('primary'), others: ofKind('category') };
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
