import type { ApiAddress, Message, ThreadLine } from '../../shared/api';
import { decodeCursor, encodeCursor, type ListPosition } from './list-cursor';
import { listSources, pageSizeOf, sourceGroups, type ListFilter, type Paging, type TabPlaces } from './list-sources';
import { searchable } from './message-rows';
import { Sql, toBool, toId, toJson, toMs, type Bind, type HostDatabase, type Row } from './sql';

export interface Page<T> {
  readonly data: T[];
  /** Null at the end of the list. */
  readonly nextCursor: string | null;
}

export interface MessageLists {
  /** Conversations, newest first. Their date is that of their newest message in the places asked for. */
  threads(filter: ListFilter, paging: Paging): Promise<Page<ThreadLine>>;
  /** Messages, newest first; with `threadId` those of one conversation, oldest first. */
  messages(filter: ListFilter & { readonly threadId?: string }, paging: Paging): Promise<Page<Message>>;
  /** A single conversation as a line of its list; null when it is not there or not visible. */
  thread(visibleAccountIds: readonly string[], id: string): Promise<ThreadLine | null>;
  message(visibleAccountIds: readonly string[], id: string): Promise<Message | null>;
}

/** Lists by keyset paging: a page costs the same wherever it stands and however many messages there are. */
export function createMessageLists(db: HostDatabase): MessageLists {
  const sql = new Sql(db);
  return {
    async threads(filter, paging) {
      const found = await findPage(sql, THREADS, filter, paging);
      const lines = await threadLines(sql, filter.visibleAccountIds, found.positions);
      return { data: lines, nextCursor: found.nextCursor };
    },

    async messages({ threadId, ...filter }, paging) {
      if (threadId !== undefined) return messagesOfThread(sql, filter.visibleAccountIds, threadId, paging);
      const found = await findPage(sql, MESSAGES, filter, paging);
      const ids = found.positions.map(({ id }) => id);
      return { data: await messagesById(sql, filter.visibleAccountIds, ids), nextCursor: found.nextCursor };
    },

    async thread(visibleAccountIds, id) {
      if (!/^\d{1,19}$/.test(id)) return null;
      const [line] = await threadLines(sql, visibleAccountIds, [{ id, at: null }]);
      return line ?? null;
    },

    async message(visibleAccountIds, id) {
      if (!/^\d{1,19}$/.test(id)) return null;
      const [message] = await messagesById(sql, visibleAccountIds, [id]);
      return message ?? null;
    },
  };
}

/** How one kind of line is found: `l` is the row that orders the list. */
interface ListShape {
  readonly inPlaces: ListTable;
  readonly inAccounts: ListTable;
  /**
   * That a line `l` is also in a place `o` for which the condition holds. With an OFFSET PostgreSQL asks for each line
   * instead of reading all placements first to ask none.
   */
  isIn(condition: string): string;
}

interface ListTable {
  readonly from: string;
  readonly source: string;
  readonly id: string;
  readonly at: string;
  readonly searchKey: string;
  /** The thread or message of a search row. */
  readonly searched: 'threadId' | 'messageId';
  isRead(sql: Sql, wanted: boolean): string;
  isStarred(sql: Sql, wanted: boolean): string;
}

const THREADS: ListShape = {
  inPlaces: {
    from: '{mailThreadPlacements} AS l',
    source: 'l."placeId"',
    id: 'l."threadId"',
    at: 'l."receivedAt"',
    searchKey: 'l."threadId"',
    searched: 'threadId',
    isRead: (_, wanted) => (wanted ? 'l."unreadCount" = 0' : 'l."unreadCount" > 0'),
    isStarred: (sql, wanted) => `l."isStarred" = ${sql.bool(wanted)}`,
  },
  inAccounts: {
    from: '{mailThreads} AS l',
    source: 'l."accountId"',
    id: 'l."id"',
    at: 'l."lastMessageAt"',
    searchKey: 'l."id"',
    searched: 'threadId',
    isRead: (sql, wanted) => `l."isRead" = ${sql.bool(wanted)}`,
    isStarred: (sql, wanted) => `l."isStarred" = ${sql.bool(wanted)}`,
  },
  isIn: (condition) =>
    `EXISTS (SELECT 1 FROM {mailThreadPlacements} AS o WHERE o."threadId" = l."threadId" AND ${condition} LIMIT 1 OFFSET 0)`,
};

const MESSAGES: ListShape = {
  inPlaces: {
    from: '{mailPlacements} AS l JOIN {mailMessages} AS m ON m."id" = l."messageId"',
    source: 'l."placeId"',
    id: 'l."messageId"',
    at: 'l."receivedAt"',
    searchKey: 'l."messageId"',
    searched: 'messageId',
    isRead: (sql, wanted) => `m."isRead" = ${sql.bool(wanted)}`,
    isStarred: (sql, wanted) => `m."isStarred" = ${sql.bool(wanted)}`,
  },
  inAccounts: {
    from: '{mailMessages} AS l',
    source: 'l."goneAt" IS NULL AND l."accountId"',
    id: 'l."id"',
    at: 'l."receivedAt"',
    searchKey: 'l."id"',
    searched: 'messageId',
    isRead: (sql, wanted) => `l."isRead" = ${sql.bool(wanted)}`,
    isStarred: (sql, wanted) => `l."isStarred" = ${sql.bool(wanted)}`,
  },
  isIn: (condition) =>
    `EXISTS (SELECT 1 FROM {mailPlacements} AS o WHERE o."messageId" = l."messageId" AND ${condition} LIMIT 1 OFFSET 0)`,
};

async function findPage(sql: Sql, shape: ListShape, filter: ListFilter, paging: Paging) {
  const after = paging.cursor ? decodeCursor(paging.cursor) : null;
  const size = pageSizeOf(paging);
  const sources = await listSources(sql, filter);
  const found = new Map<string, number>();
  for (const group of sourceGroups(sources.ids)) {
    const { text, binds } = pageStatement(sql, shape, sources, group, filter, after, size + 1);
    for (const row of await sql.rows(text, binds)) {
      const id = toId(row.id);
      const at = toMs(row.at) ?? 0;
      if (at > (found.get(id) ?? Number.NEGATIVE_INFINITY)) found.set(id, at);
    }
  }
  const positions = [...found].map(([id, at]) => ({ id, at })).sort(newestFirst);
  const last = positions.length > size ? positions[size - 1] : undefined;
  return { positions: positions.slice(0, size), nextCursor: last ? encodeCursor(last) : null };
}

/** The first lines of each source, each read from its index and stopped early, merged. */
export function pageStatement(
  sql: Sql,
  shape: ListShape,
  sources: Awaited<ReturnType<typeof listSources>>,
  group: readonly string[],
  filter: ListFilter,
  after: ListPosition | null,
  limit: number,
): { readonly text: string; readonly binds: Bind[] } {
  const table = sources.kind === 'places' ? shape.inPlaces : shape.inAccounts;
  const binds: Bind[] = [limit];
  const bind = (value: Bind) => `$${binds.push(value)}`;
  const conditions: string[] = [];
  if (after) {
    const at = sql.timeParameter(binds.push(sql.time(after.at)));
    conditions.push(`(${table.at}, ${table.id}) < (${at}, ${sql.idParameter(binds.push(after.id))})`);
  }
  if (sources.kind === 'places' && sources.also !== null) {
    conditions.push(shape.isIn(`o."placeId" = ${sql.idParameter(binds.push(sources.also))}`));
  }
  if (sources.kind === 'places' && sources.tabs !== null) {
    conditions.push(tabCondition(sql, shape, sources.tabs, (ids) => binds.push(JSON.stringify(ids))));
  }
  if (filter.isRead !== undefined) conditions.push(table.isRead(sql, filter.isRead));
  if (filter.isStarred !== undefined) conditions.push(table.isStarred(sql, filter.isStarred));
  const words = searchable(filter.q ?? '')
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 8);
  if (words.length > 0) {
    const hits = words.map((word) => sql.contains('s."text"', bind(word))).join(' AND ');
    conditions.push(
      `EXISTS (SELECT 1 FROM {mailSearch} AS s WHERE s."${table.searched}" = ${table.searchKey} AND ${hits})`,
    );
  }
  const parts = group.map((source) => {
    const where = [`${table.source} = ${sql.idParameter(binds.push(source))}`, ...conditions].join(' AND ');
    return `SELECT * FROM (SELECT ${table.id} AS "id", ${table.at} AS "at" FROM ${table.from} WHERE ${where}
      ORDER BY ${table.at} DESC, ${table.id} DESC LIMIT $1) AS part`;
  });
  return { text: `${parts.join(' UNION ALL ')} ORDER BY "at" DESC, "id" DESC LIMIT $1`, binds };
}

/**
 * A line is in Other when it has another tab's label and not Primary's: a conversation of which one message is meant
 * for the person (an answer of theirs, too) is in Primary, and so is one without any label of a tab.
 */
function tabCondition(sql: Sql, shape: ListShape, tabs: TabPlaces, bind: (ids: readonly string[]) => number): string {
  const anyOf = (ids: readonly string[]) => `o."placeId" IN ${sql.ids(bind(ids))}`;
  const inOthers = () => shape.isIn(anyOf(tabs.others));
  const inPrimary = () => (tabs.primary.length === 0 ? null : shape.isIn(anyOf(tabs.primary)));
  if (tabs.tab === 'primary') {
    const primary = inPrimary();
    return primary === null ? `NOT ${inOthers()}` : `(NOT ${inOthers()} OR ${primary})`;
  }
  const primary = inPrimary();
  // In two other tabs at once, a line stands where it is newest, so that no page repeats it.
  const newer = `(o."receivedAt" > l."receivedAt" OR (o."receivedAt" = l."receivedAt" AND o."placeId" > l."placeId"))`;
  return [
    shape.isIn(anyOf(tabs.inboxes)),
    ...(primary === null ? [] : [`NOT ${primary}`]),
    ...(tabs.others.length > 1 ? [`NOT ${shape.isIn(`${anyOf(tabs.others)} AND ${newer}`)}`] : []),
  ].join(' AND ');
}

async function threadLines(
  sql: Sql,
  visibleAccountIds: readonly string[],
  positions: readonly { readonly id: string; readonly at: number | null }[],
): Promise<ThreadLine[]> {
  if (positions.length === 0 || visibleAccountIds.length === 0) return [];
  const ids = JSON.stringify(positions.map(({ id }) => id));
  const rows = await sql.rows(
    `SELECT "id", "accountId", "subject", "snippet", CAST("senders" AS TEXT) AS "senders", "messageCount",
            "unreadCount", "isStarred", "hasAttachments", "lastMessageAt"
       FROM {mailThreads} WHERE "id" IN ${sql.ids(1)} AND "accountId" IN ${sql.ids(2)}`,
    [ids, JSON.stringify(visibleAccountIds)],
  );
  const labels = await sql.rows(
    `SELECT p."threadId", p."placeId" FROM {mailThreadPlacements} AS p JOIN {mailLabels} AS l ON l."id" = p."placeId"
      WHERE p."threadId" IN ${sql.ids(1)} ORDER BY l."name", l."id"`,
    [ids],
  );
  const labelIds = new Map<string, string[]>();
  for (const row of labels) {
    labelIds.set(toId(row.threadId), [...(labelIds.get(toId(row.threadId)) ?? []), toId(row.placeId)]);
  }
  const byId = new Map(rows.map((row) => [toId(row.id), row]));
  return positions.flatMap(({ id, at }) => {
    const row = byId.get(id);
    return row ? [threadLine(row, at, labelIds.get(id) ?? [])] : [];
  });
}

function threadLine(row: Row, at: number | null, labelIds: string[]): ThreadLine {
  return {
    id: toId(row.id),
    accountId: toId(row.accountId),
    subject: String(row.subject ?? ''),
    snippet: String(row.snippet ?? ''),
    senders: toJson<ApiAddress[]>(row.senders, []),
    messageCount: Number(row.messageCount),
    unreadCount: Number(row.unreadCount),
    isStarred: toBool(row.isStarred),
    hasAttachments: toBool(row.hasAttachments),
    lastMessageAt: isoTime(at ?? toMs(row.lastMessageAt)),
    labelIds,
  };
}

const MESSAGE_LINE = `"id", "accountId", "threadId", "remoteId", "subject", "snippet", CAST("from" AS TEXT) AS "from",
  CAST("to" AS TEXT) AS "to", CAST("cc" AS TEXT) AS "cc", CAST("bcc" AS TEXT) AS "bcc",
  CAST("replyTo" AS TEXT) AS "replyTo", "sentAt", "receivedAt", "isRead", "isStarred", "isDraft", "hasAttachments",
  CAST("folderIds" AS TEXT) AS "folderIds", CAST("labelIds" AS TEXT) AS "labelIds", "sizeBytes"`;

async function messagesOfThread(
  sql: Sql,
  visibleAccountIds: readonly string[],
  threadId: string,
  paging: Paging,
): Promise<Page<Message>> {
  const size = pageSizeOf(paging);
  if (!/^\d{1,19}$/.test(threadId)) return { data: [], nextCursor: null };
  const binds: Bind[] = [threadId, JSON.stringify(visibleAccountIds), size + 1];
  let after = '';
  if (paging.cursor) {
    const { at, id } = decodeCursor(paging.cursor);
    const time = sql.timeParameter(binds.push(sql.time(at)));
    after = `AND ("receivedAt", "id") > (${time}, ${sql.idParameter(binds.push(id))})`;
  }
  const rows = await sql.rows(
    `SELECT ${MESSAGE_LINE} FROM {mailMessages}
      WHERE "threadId" = ${sql.idParameter(1)} AND "accountId" IN ${sql.ids(2)} AND "goneAt" IS NULL ${after}
      ORDER BY "receivedAt", "id" LIMIT $3`,
    binds,
  );
  const data = rows.slice(0, size).map(messageLine);
  const last = rows.length > size ? data.at(-1) : undefined;
  return { data, nextCursor: last ? encodeCursor({ at: Date.parse(last.receivedAt), id: last.id }) : null };
}

/** In the order of the ids; those that are gone or not visible are left out. */
async function messagesById(
  sql: Sql,
  visibleAccountIds: readonly string[],
  ids: readonly string[],
): Promise<Message[]> {
  if (ids.length === 0 || visibleAccountIds.length === 0) return [];
  const rows = await sql.rows(
    `SELECT ${MESSAGE_LINE} FROM {mailMessages}
      WHERE "id" IN ${sql.ids(1)} AND "accountId" IN ${sql.ids(2)} AND "goneAt" IS NULL`,
    [JSON.stringify(ids), JSON.stringify(visibleAccountIds)],
  );
  const byId = new Map(rows.map((row) => [toId(row.id), messageLine(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function messageLine(row: Row): Message {
  const sentAt = toMs(row.sentAt);
  return {
    id: toId(row.id),
    accountId: toId(row.accountId),
    threadId: toId(row.threadId),
    remoteId: String(row.remoteId),
    subject: String(row.subject ?? ''),
    snippet: String(row.snippet ?? ''),
    from: toJson<ApiAddress | null>(row.from, null),
    to: toJson<ApiAddress[]>(row.to, []),
    cc: toJson<ApiAddress[]>(row.cc, []),
    bcc: toJson<ApiAddress[]>(row.bcc, []),
    replyTo: toJson<ApiAddress[]>(row.replyTo, []),
    sentAt: sentAt === null ? null : isoTime(sentAt),
    receivedAt: isoTime(toMs(row.receivedAt)),
    isRead: toBool(row.isRead),
    isStarred: toBool(row.isStarred),
    isDraft: toBool(row.isDraft),
    hasAttachments: toBool(row.hasAttachments),
    folderIds: toJson<string[]>(row.folderIds, []),
    labelIds: toJson<string[]>(row.labelIds, []),
    sizeBytes: Number(row.sizeBytes ?? 0),
  };
}

function isoTime(ms: number | null): string {
  return new Date(ms ?? 0).toISOString();
}

function newestFirst(a: ListPosition, b: ListPosition): number {
  if (a.at !== b.at) return b.at - a.at;
  // Ids have up to 19 digits: compared as numbers they would lose some.
  return a.id.length === b.id.length ? (a.id < b.id ? 1 : -1) : b.id.length - a.id.length;
}
