import { splitConversation, type Conversing } from '@email-manager/mail-engine/sync/threading';
import { noteLoss, type MessageContext } from './message-writes';
import { toBool, toId, toIdOrNull, toJson, toMs, type Row } from './sql';
import { recomputeThreads } from './threads';

interface Thread {
  readonly id: string;
  readonly key: string;
  readonly conversation: string;
}

interface Member extends Conversing {
  readonly id: string;
  readonly threadId: string;
}

/** What the rows of one conversation have to become. */
interface Regrouping {
  readonly created: Thread[];
  readonly renamed: Thread[];
  readonly left: Thread[];
  readonly moved: { readonly id: string; readonly threadId: string }[];
}

/** Brings the threads into line with the messages that a transaction has written: to be called at its end. */
export async function settleThreads(context: MessageContext): Promise<void> {
  await regroupConversations(context);
  await recomputeThreads(context.sql, context.transaction, context.touchedThreads, context.freshThreads);
}

/**
 * Splits the touched conversations into threads, and joins threads that belong together, from the messages that are
 * not gone. Which key a thread has depends on these messages only. A thread's row goes with the messages that it had
 * before, so that a link to it keeps showing them, even when its key changes.
 */
async function regroupConversations(context: MessageContext): Promise<void> {
  const { touchedConversations } = context;
  if (touchedConversations.size === 0) return;
  const conversations = await loadConversations(context, [...touchedConversations]);
  const all = [...conversations.values()].map(({ threads, members }) => regroup(context, threads, members));
  touchedConversations.clear();
  context.unsettled.clear();
  await writeRegrouping(context, {
    created: all.flatMap(({ created }) => created),
    renamed: all.flatMap(({ renamed }) => renamed),
    left: all.flatMap(({ left }) => left),
    moved: all.flatMap(({ moved }) => moved),
  });
}

async function loadConversations({ sql, transaction, accountId }: MessageContext, conversations: readonly string[]) {
  // The first thread of a conversation is found by its key, the others by the conversation they were split from.
  const threadsOf = (column: 'key' | 'conversation') =>
    `SELECT "id", "key", coalesce("conversation", "key") AS "conversation" FROM {mailThreads}
      WHERE "accountId" = $1 AND "${column}" IN ${sql.texts(2)}
        ${column === 'conversation' ? 'AND "conversation" IS NOT NULL' : ''}`;
  const rows = await sql.rows(
    `SELECT t."id" AS "threadId", t."key", t."conversation", m."id", m."remoteId", m."internetMessageId",
            m."inReplyTo", CAST(m."references" AS TEXT) AS "references", m."receivedAt", m."isDraft"
       FROM (${threadsOf('key')} UNION ALL ${threadsOf('conversation')}) AS t
       LEFT JOIN {mailMessages} AS m ON m."threadId" = t."id" AND m."goneAt" IS NULL`,
    [accountId, JSON.stringify(conversations)],
    transaction,
  );
  const found = new Map<string, { readonly threads: Map<string, Thread>; readonly members: Member[] }>();
  for (const row of rows) {
    const conversation = String(row.conversation);
    const entry = found.get(conversation) ?? { threads: new Map<string, Thread>(), members: [] };
    found.set(conversation, entry);
    const threadId = toId(row.threadId);
    entry.threads.set(threadId, { id: threadId, key: String(row.key), conversation });
    if (row.id !== null) entry.members.push(readMember(row, threadId));
  }
  return found;
}

function readMember(row: Row, threadId: string): Member {
  return {
    id: toId(row.id),
    threadId,
    remoteId: String(row.remoteId),
    internetMessageId: toIdOrNull(row.internetMessageId),
    inReplyTo: toIdOrNull(row.inReplyTo),
    references: toJson<string[]>(row.references, []),
    receivedAt: toMs(row.receivedAt) ?? 0,
    isDraft: toBool(row.isDraft),
  };
}

function regroup(
  context: MessageContext,
  threads: ReadonlyMap<string, Thread>,
  members: readonly Member[],
): Regrouping {
  const [{ conversation } = { conversation: '' }] = threads.values();
  const keys = splitConversation(conversation, members);
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const key = keys.get(member.remoteId) ?? conversation;
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  const rowOf = chooseRows(threads, groups, context.unsettled);
  const result: Regrouping = { created: [], renamed: [], left: [], moved: [] };
  for (const [key, group] of groups) {
    const kept = rowOf.get(key);
    const thread = { id: kept?.id ?? context.newId(), key, conversation };
    if (!kept) result.created.push(thread);
    else if (kept.key !== key) result.renamed.push(thread);
    for (const { id, threadId } of group) {
      if (threadId === thread.id) continue;
      result.moved.push({ id, threadId: thread.id });
      noteLoss(context, threadId);
      context.touchedThreads.add(thread.id);
    }
  }
  const kept = new Set([...rowOf.values()].map(({ id }) => id));
  result.left.push(...[...threads.values()].filter(({ id }) => !kept.has(id)));
  return result;
}

/** Each group keeps the row that held most of it; what is left over goes by the key. */
function chooseRows(
  threads: ReadonlyMap<string, Thread>,
  groups: ReadonlyMap<string, readonly Member[]>,
  unsettled: ReadonlySet<string>,
): Map<string, Thread> {
  const ofKey = new Map([...threads.values()].map((thread) => [thread.key, thread]));
  const claims = [...groups].flatMap(([key, group]) => {
    const held = new Map<string, number>();
    for (const { id, threadId } of group) if (!unsettled.has(id)) held.set(threadId, (held.get(threadId) ?? 0) + 1);
    const own = ofKey.get(key);
    if (own) held.set(own.id, (held.get(own.id) ?? 0) + 0.5);
    return [...held].flatMap(([id, weight]) => {
      const thread = threads.get(id);
      return thread ? [{ key, thread, weight }] : [];
    });
  });
  claims.sort((a, b) => b.weight - a.weight || compare(a.key, b.key) || compare(a.thread.id, b.thread.id));
  const chosen = new Map<string, Thread>();
  const taken = new Set<string>();
  for (const { key, thread } of claims) {
    if (chosen.has(key) || taken.has(thread.id)) continue;
    chosen.set(key, thread);
    taken.add(thread.id);
  }
  return chosen;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const THREAD_COLUMNS = { id: 'id', accountId: 'id', userId: 'id', key: 'text', conversation: 'text' } as const;

async function writeRegrouping(context: MessageContext, { created, renamed, left, moved }: Regrouping): Promise<void> {
  const { sql, transaction, accountId, userId } = context;
  const record = ({ id, key, conversation }: Thread) => ({
    id,
    accountId,
    userId,
    key,
    conversation: key === conversation ? null : conversation,
  });
  if (moved.length > 0) {
    for (const [table, column] of [
      ['mailMessages', 'id'],
      ['mailSearch', 'messageId'],
    ]) {
      await sql.run(
        `UPDATE {${table}} AS m SET "threadId" = r."threadId"
           FROM ${sql.records(1, { id: 'id', threadId: 'id' })} AS r WHERE m."${column}" = r."id"`,
        [sql.pack(moved)],
        transaction,
      );
    }
  }
  if (left.length > 0) {
    for (const { id } of left) noteLoss(context, id);
    await sql.run(
      `DELETE FROM {mailThreads} WHERE "id" IN ${sql.ids(1)}`,
      [JSON.stringify(left.map(({ id }) => id))],
      transaction,
    );
  }
  if (renamed.length > 0) {
    // Two rows may swap their keys: each steps aside before any takes its own.
    await sql.run(
      `UPDATE {mailThreads} SET "key" = '~' || CAST("id" AS TEXT) WHERE "id" IN ${sql.ids(1)}`,
      [JSON.stringify(renamed.map(({ id }) => id))],
      transaction,
    );
    await sql.run(
      `UPDATE {mailThreads} AS t SET "key" = r."key", "conversation" = r."conversation"
         FROM ${sql.records(1, THREAD_COLUMNS)} AS r WHERE t."id" = r."id"`,
      [sql.pack(renamed.map(record))],
      transaction,
    );
  }
  if (created.length > 0) {
    await sql.run(sql.insert('mailThreads', THREAD_COLUMNS), [sql.pack(created.map(record))], transaction);
  }
}
