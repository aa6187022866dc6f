import type { Sql } from '../sql';
import { createAccount } from './store-harness';

export interface FilledMailbox {
  readonly accountId: string;
  readonly inboxId: string;
  readonly archiveId: string;
  /** On one message in fifty. */
  readonly labelId: string;
  readonly rareLabelId: string;
}

const FIRST_SECOND = Date.UTC(2020, 0, 1) / 1000;

/**
 * A large mailbox written by set statements, for measuring reads: three messages per conversation, one a minute, 60 %
 * of the conversations in the inbox, one in twenty unread, one in a hundred starred. Not a way to test writes.
 */
export async function fillMailbox(sql: Sql, newId: () => string, messages: number): Promise<FilledMailbox> {
  const accountId = newId();
  await createAccount(sql, accountId);
  const [inboxId, archiveId, labelId, rareLabelId] = [newId(), newId(), newId(), newId()] as const;
  for (const [id, role, sort] of [
    [inboxId, 'inbox', 0],
    [archiveId, 'archive', 1],
  ] as const) {
    await sql.run(
      `INSERT INTO {mailFolders} ("id", "accountId", "remoteId", "name", "role", "sort") VALUES ($1, $2, $3, $3, $3, $4)`,
      [id, accountId, role, sort],
    );
  }
  for (const [id, name] of [
    [labelId, 'often'],
    [rareLabelId, 'rare'],
  ] as const) {
    await sql.run(
      `INSERT INTO {mailLabels} ("id", "accountId", "remoteId", "name", "kind") VALUES ($1, $2, $3, $3, 'user')`,
      [id, accountId, name],
    );
  }
  const base = BigInt(newId()) * 1000n;
  for (let from = 0; from < messages; from += 50_000) {
    await fillSlice(
      sql,
      { accountId, inboxId, archiveId, labelId, rareLabelId },
      base,
      from,
      Math.min(messages, from + 50_000),
    );
  }
  await fillThreads(sql, accountId);
  await sql.run('ANALYZE', []);
  return { accountId, inboxId, archiveId, labelId, rareLabelId };
}

async function fillSlice(sql: Sql, mailbox: FilledMailbox, base: bigint, from: number, to: number): Promise<void> {
  // Message ids start at the base, thread ids beyond all of them.
  const id = `(${base} + i)`;
  const threadId = `(${base + 500_000_000n} + i / 3)`;
  const time = sql.isPostgres
    ? `to_timestamp(${FIRST_SECOND} + i * 60)`
    : `strftime('%Y-%m-%d %H:%M:%S.000 +00:00', ${FIRST_SECOND} + i * 60, 'unixepoch')`;
  const text = (expression: string) => `CAST(${expression} AS TEXT)`;
  const json = (expression: string) => (sql.isPostgres ? `(${expression})::json` : expression);
  const numbers = `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${to})`;
  const inInbox = '((i / 3) % 10 < 6)';
  const folder = `CASE WHEN ${inInbox} THEN ${mailbox.inboxId} ELSE ${mailbox.archiveId} END`;
  const isUnread = '(i % 3 = 2 AND (i / 3) % 20 = 7)';
  const isStarred = '(i % 3 = 0 AND (i / 3) % 100 = 11)';
  const bool = (condition: string) => `CASE WHEN ${condition} THEN ${sql.bool(true)} ELSE ${sql.bool(false)} END`;
  const person = `'{"name":"Person ' || i % 400 || '","address":"person' || i % 400 || '@example.org"}'`;
  await sql.run(
    `${numbers} INSERT INTO {mailMessages} ("id", "accountId", "userId", "threadId", "threadRemoteId", "remoteId",
       "internetMessageId", "subject", "snippet", "from", "fromAddress", "fromDomain", "to", "cc", "bcc", "replyTo",
       "sentAt", "receivedAt", "isRead", "isStarred", "isDraft", "hasAttachments", "folderIds", "labelIds", "sizeBytes")
     SELECT ${id}, ${mailbox.accountId}, 1, ${threadId}, 't' || ${text('i / 3')}, 'm' || ${text('i')},
       '<' || ${text('i')} || '@example.org>', 'Subject number ' || ${text('i / 3')},
       'A snippet of the usual length, which says in about a hundred characters what message ' || ${text('i')} || ' is about',
       ${json(person)}, 'person' || ${text('i % 400')} || '@example.org', 'example.org',
       ${json(`'[{"name":"","address":"me@example.org"}]'`)}, ${json(`'[]'`)}, ${json(`'[]'`)}, ${json(`'[]'`)},
       ${time}, ${time}, ${bool(`NOT ${isUnread}`)}, ${bool(isStarred)}, ${sql.bool(false)}, ${bool('i % 7 = 0')},
       ${json(`'["' || ${text(folder)} || '"]'`)}, ${json(`'[]'`)}, 20000 FROM n`,
    [],
  );
  await sql.run(
    `${numbers} INSERT INTO {mailSearch} ("messageId", "threadId", "accountId", "text")
     SELECT ${id}, ${threadId}, ${mailbox.accountId}, 'subject number ' || ${text('i / 3')} || ' a snippet of the usual length, which says in about a hundred characters what message ' || ${text('i')} || ' is about person' || ${text('i % 400')} || '@example.org me@example.org' FROM n`,
    [],
  );
  const place = (placeId: string, condition: string) =>
    sql.run(
      `${numbers} INSERT INTO {mailPlacements} ("messageId", "placeId", "accountId", "receivedAt")
       SELECT ${id}, ${placeId}, ${mailbox.accountId}, ${time} FROM n WHERE ${condition}`,
      [],
    );
  await place(mailbox.inboxId, inInbox);
  await place(mailbox.archiveId, `NOT ${inInbox}`);
  await place(mailbox.labelId, 'i % 50 = 0');
  await place(mailbox.rareLabelId, 'i % 20000 = 0');
}

async function fillThreads(sql: Sql, accountId: string): Promise<void> {
  const oldest = sql.isPostgres ? `json_build_array()` : `'[]'`;
  await sql.run(
    `INSERT INTO {mailThreads} ("id", "accountId", "userId", "key", "subject", "snippet", "lastMessageAt",
       "messageCount", "draftCount", "unreadCount", "isRead", "isStarred", "hasAttachments", "senders")
     SELECT "threadId", max("accountId"), 1, max("threadRemoteId"), max("subject"), max("snippet"), max("receivedAt"),
       count(*), 0, sum(CASE WHEN "isRead" THEN 0 ELSE 1 END), min(CASE WHEN "isRead" THEN 1 ELSE 0 END) = 1,
       max(CASE WHEN "isStarred" THEN 1 ELSE 0 END) = 1, max(CASE WHEN "hasAttachments" THEN 1 ELSE 0 END) = 1, ${oldest}
       FROM {mailMessages} WHERE "accountId" = $1 GROUP BY "threadId"`,
    [accountId],
  );
  await sql.run(
    `INSERT INTO {mailThreadPlacements} ("threadId", "placeId", "accountId", "receivedAt", "unreadCount", "isStarred")
     SELECT m."threadId", p."placeId", max(m."accountId"), max(m."receivedAt"),
       sum(CASE WHEN m."isRead" THEN 0 ELSE 1 END), max(CASE WHEN m."isStarred" THEN 1 ELSE 0 END) = 1
       FROM {mailMessages} AS m JOIN {mailPlacements} AS p ON p."messageId" = m."id"
      WHERE m."accountId" = $1 GROUP BY m."threadId", p."placeId"`,
    [accountId],
  );
}
