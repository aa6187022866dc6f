import type { StoreRules } from '@email-manager/mail-engine/ports/mail-store';
import { splitConversation } from '@email-manager/mail-engine/sync/threading';
import { expect } from 'vitest';
import { type Sql, toBool, toId, toIdOrNull, toJson, toMs, type Row } from '../sql';

/**
 * Computes from an account's messages and placements, row by row and without SQL, what every derived table must hold,
 * and compares. The same expectation on both databases means that they hold the same rows.
 */
export async function expectDerivedRows(
  sql: Sql,
  accountId: string,
  { splitThreads = false }: Partial<StoreRules> = {},
): Promise<void> {
  const all = (table: string) => sql.rows(`SELECT * FROM {${table}} WHERE "accountId" = $1`, [accountId]);
  const messages = await all('mailMessages');
  const shown = messages.filter((row) => row.goneAt === null);
  const placements = await all('mailPlacements');
  const folders = new Map((await all('mailFolders')).map((row) => [toId(row.id), String(row.remoteId)]));
  const labels = new Map((await all('mailLabels')).map((row) => [toId(row.id), String(row.remoteId)]));

  for (const row of messages) {
    const own = placements.filter((placement) => toId(placement.messageId) === toId(row.id));
    const idsIn = (places: ReadonlyMap<string, string>) =>
      own
        .map((placement) => toId(placement.placeId))
        .filter((id) => places.has(id))
        .sort((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1));
    expect(toJson<string[]>(row.folderIds, [])).toEqual(idsIn(folders));
    expect(toJson<string[]>(row.labelIds, [])).toEqual(idsIn(labels));
    expect(own.length).toBe(idsIn(folders).length + idsIn(labels).length);
    for (const placement of own) expect(toMs(placement.receivedAt)).toBe(toMs(row.receivedAt));
  }
  expect(new Set(placements.map((row) => toId(row.messageId)))).toEqual(
    new Set(
      shown.filter((row) => placements.some((p) => toId(p.messageId) === toId(row.id))).map((row) => toId(row.id)),
    ),
  );

  const threads = new Map((await all('mailThreads')).map((row) => [toId(row.id), threadFacts(row)]));
  const keys = expectedKeys(shown, splitThreads);
  expect(threads).toEqual(expectedThreads(shown, keys));
  // One thread for a key, and one key for a thread.
  expect(new Set(keys.values()).size).toBe(threads.size);
  for (const row of shown) expect(threads.get(toId(row.threadId))?.key).toBe(keys.get(String(row.remoteId)));
  const threadPlacements = (await all('mailThreadPlacements')).map((row) => ({
    key: `${toId(row.threadId)} ${toId(row.placeId)}`,
    receivedAt: toMs(row.receivedAt),
    unreadCount: Number(row.unreadCount),
    isStarred: toBool(row.isStarred),
  }));
  expect(byKey(threadPlacements)).toEqual(byKey(expectedThreadPlacements(shown, placements)));

  const shownIds = new Set(shown.map((row) => toId(row.id)));
  for (const table of ['mailParticipants', 'mailSearch']) {
    expect(new Set((await all(table)).map((row) => toId(row.messageId)))).toEqual(shownIds);
  }
  const threadOf = new Map(shown.map((row) => [toId(row.id), toIdOrNull(row.threadId)]));
  for (const row of await all('mailSearch')) expect(toIdOrNull(row.threadId)).toBe(threadOf.get(toId(row.messageId)));
}

function threadFacts(row: Row) {
  return {
    key: String(row.key),
    subject: String(row.subject),
    snippet: String(row.snippet),
    lastMessageAt: toMs(row.lastMessageAt),
    messageCount: Number(row.messageCount),
    draftCount: Number(row.draftCount),
    unreadCount: Number(row.unreadCount),
    isRead: toBool(row.isRead),
    isStarred: toBool(row.isStarred),
    hasAttachments: toBool(row.hasAttachments),
    senders: toJson<{ address: string }[]>(row.senders, []).map(({ address }) => address),
  };
}

function oldestFirst(a: Row, b: Row): number {
  const difference = (toMs(a.receivedAt) ?? 0) - (toMs(b.receivedAt) ?? 0);
  return difference || Buffer.compare(Buffer.from(String(a.remoteId)), Buffer.from(String(b.remoteId)));
}

function expectedKeys(shown: readonly Row[], splitThreads: boolean): Map<string, string> {
  const conversations = groupBy(shown, (row) => String(row.threadRemoteId || row.remoteId));
  return new Map(
    [...conversations].flatMap(([conversation, rows]) =>
      splitThreads
        ? [...splitConversation(conversation, rows.map(member))]
        : rows.map((row): [string, string] => [String(row.remoteId), conversation]),
    ),
  );
}

function member(row: Row) {
  return {
    remoteId: String(row.remoteId),
    internetMessageId: row.internetMessageId as string | null,
    inReplyTo: row.inReplyTo as string | null,
    references: toJson<string[]>(row.references, []),
    receivedAt: toMs(row.receivedAt) ?? 0,
    isDraft: toBool(row.isDraft),
  };
}

function expectedThreads(
  shown: readonly Row[],
  keys: ReadonlyMap<string, string>,
): Map<string, ReturnType<typeof threadFacts>> {
  const groups = groupBy(shown, (row) => toId(row.threadId));
  return new Map(
    [...groups].map(([id, rows]) => {
      const ordered = [...rows].sort(oldestFirst);
      const senders = new Map<string, string>();
      for (const row of ordered) {
        if (row.fromAddress === null) continue;
        // Where a sender stands is decided by their last message.
        senders.delete(String(row.fromAddress));
        senders.set(String(row.fromAddress), toJson<{ address: string }>(row.from, { address: '' }).address);
      }
      const unreadCount = rows.filter((row) => !toBool(row.isRead)).length;
      const facts = {
        key: keys.get(String(ordered[0]!.remoteId)) ?? '',
        subject: String(ordered[0]!.subject),
        snippet: String(ordered.at(-1)!.snippet),
        lastMessageAt: toMs(ordered.at(-1)!.receivedAt),
        messageCount: rows.filter((row) => !toBool(row.isDraft)).length,
        draftCount: rows.filter((row) => toBool(row.isDraft)).length,
        unreadCount,
        isRead: unreadCount === 0,
        isStarred: rows.some((row) => toBool(row.isStarred)),
        hasAttachments: rows.some((row) => toBool(row.hasAttachments)),
        senders: [...senders.values()].slice(-5),
      };
      return [id, facts] as const;
    }),
  );
}

function expectedThreadPlacements(shown: readonly Row[], placements: readonly Row[]) {
  const messageOf = new Map(shown.map((row) => [toId(row.id), row]));
  const groups = groupBy(
    placements.filter((row) => messageOf.has(toId(row.messageId))),
    (row) => `${toId(messageOf.get(toId(row.messageId))!.threadId)} ${toId(row.placeId)}`,
  );
  return [...groups].map(([key, rows]) => {
    const messages = rows.map((row) => messageOf.get(toId(row.messageId))!);
    return {
      key,
      receivedAt: Math.max(...messages.map((row) => toMs(row.receivedAt) ?? 0)),
      unreadCount: messages.filter((row) => !toBool(row.isRead)).length,
      isStarred: messages.some((row) => toBool(row.isStarred)),
    };
  });
}

function byKey<T extends { readonly key: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function groupBy(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
