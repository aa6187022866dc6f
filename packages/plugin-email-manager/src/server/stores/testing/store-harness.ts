import type { AccountPatch, CursorName, LeaseToken, StoreRules } from '@email-manager/mail-engine/ports/mail-store';
import type { WorkKind } from '@email-manager/mail-engine/model/work';
import type { StoreHarness } from '@email-manager/mail-engine/sync/testing/store-contract';
import type { MessageRow, StoreSnapshot } from '@email-manager/mail-engine/sync/testing/snapshot';
import { createMailStore } from '../mail-store';
import { createOperationStore } from '../operation-store';
import { loadPlaces } from '../places';
import { Sql, toBool, toId, toMs, type HostDatabase } from '../sql';

/** The store on a real database as the engine's contract suite wants it: two new accounts in a shared database. */
export async function makeStoreHarness(
  database: { readonly db: unknown; newId(): string },
  rules: StoreRules,
): Promise<StoreHarness> {
  const db = database.db as HostDatabase;
  const sql = new Sql(db);
  const accounts = [database.newId(), database.newId()] as const;
  for (const id of accounts) await createAccount(sql, id);
  let clock = Date.UTC(2026, 10, 2, 12);
  const operations = createOperationStore({ db, rulesOf: () => rules, now: () => (clock += 1) });

  return {
    store: createMailStore({ db, rulesOf: () => rules }),
    accountId: accounts[0],
    otherAccountId: accounts[1],
    takeLease: (accountId) => takeLease(sql, accountId),
    async operate(accountId, remoteId, op, effect) {
      const [row] = await sql.rows(`SELECT "id" FROM {mailMessages} WHERE "accountId" = $1 AND "remoteId" = $2`, [
        accountId,
        remoteId,
      ]);
      const [written] = await operations.apply(accountId, {
        userId: null,
        op,
        messageIds: [toId(row?.id)],
        effectOf: () => effect,
      });
      return written!.operationId;
    },
    deleteRowsByHand: (accountId, remoteIds) =>
      sql.run(`DELETE FROM {mailMessages} WHERE "accountId" = $1 AND "remoteId" IN ${sql.texts(2)}`, [
        accountId,
        JSON.stringify(remoteIds),
      ]),
    snapshot: (accountId) => snapshot(sql, accountId),
    close: async () => {},
  };
}

export async function createAccount(sql: Sql, id: string, userId: string | null = '1'): Promise<void> {
  const now = sql.time(Date.UTC(2026, 0, 1));
  await sql.run(
    `INSERT INTO {mailAccounts} ("id", "provider", "address", "userId", "status", "createdAt", "updatedAt")
     VALUES ($1, 'google', $2, $3, 'active', ${sql.timeParameter(4)}, ${sql.timeParameter(4)})`,
    [id, `account-${id}@example.org`, userId, now],
  );
}

/** Whoever has the lease loses it. */
export async function takeLease(sql: Sql, accountId: string): Promise<LeaseToken> {
  const [row] = await sql.rows(
    `INSERT INTO {mailLeases} AS t ("accountId", "owner", "fence", "beat", "writes") VALUES ($1, 'test', 1, 0, 0)
     ON CONFLICT ("accountId") DO UPDATE SET "fence" = t."fence" + 1 RETURNING "fence"`,
    [accountId],
  );
  return { accountId, fence: Number(row?.fence) };
}

export async function snapshot(sql: Sql, accountId: string): Promise<StoreSnapshot> {
  const places = await loadPlaces(sql, accountId);
  const nameRows = await sql.rows(
    `SELECT "remoteId", "name" FROM {mailFolders} WHERE "accountId" = $1
     UNION ALL SELECT "remoteId", "name" FROM {mailLabels} WHERE "accountId" = $1`,
    [accountId],
  );
  const all = (table: string) => sql.rows(`SELECT * FROM {${table}} WHERE "accountId" = $1`, [accountId]);
  const work = await all('mailWorkItems');
  const operations = await all('mailOperations');
  const cursors = await all('mailCursors');
  const inventory = await all('mailInventory');
  const [account] = await sql.rows(`SELECT * FROM {mailAccounts} WHERE "id" = $1`, [accountId]);
  return {
    messages: await messageRows(
      sql,
      accountId,
      new Map([...places.values()].map((place) => [place.id, place.remoteId])),
    ),
    inventory: inventory
      .filter((row) => !toBool(row.closed))
      .map((row) => ({ remoteId: String(row.remoteId), run: Number(row.run), hydrated: toBool(row.hydrated) })),
    work: work.map((row) => ({
      kind: row.kind as WorkKind,
      remoteId: String(row.remoteId),
      status: row.status as 'pending' | 'running' | 'quarantined',
      attempts: Number(row.attempts),
      priority: Number(row.priority),
      notBefore: Number(row.notBefore),
    })),
    operations: operations.map((row) => ({
      id: toId(row.id),
      remoteId: String(row.remoteId),
      status: row.status as 'applied' | 'pushed' | 'conflicted',
      pushedAt: row.pushedAt === null ? null : Number(row.pushedAt),
    })),
    cursors: new Map(cursors.map((row) => [row.name as CursorName, String(row.value)])),
    places: nameRows.map((row) => ({ remoteId: String(row.remoteId), name: String(row.name) })),
    account: accountPatch(account ?? {}),
  };
}

/** What has been patched: the contract suite leaves out what nobody wrote. */
function accountPatch(row: Readonly<Record<string, unknown>>): AccountPatch {
  const lastSyncedAt = toMs(row.lastSyncedAt);
  return {
    ...(lastSyncedAt === null ? {} : { lastSyncedAt }),
    ...(row.remoteTotal === null ? {} : { remoteTotal: Number(row.remoteTotal) }),
    notBefore: toMs(row.notBefore),
    error:
      row.errorKind === null
        ? null
        : {
            kind: String(row.errorKind),
            message: String(row.errorMessage),
            providerCode: row.errorCode === null ? null : String(row.errorCode),
          },
  };
}

async function messageRows(
  sql: Sql,
  accountId: string,
  remoteIdOf: ReadonlyMap<string, string>,
): Promise<MessageRow[]> {
  const messages = await sql.rows(
    `SELECT m.*, b."html", b."text", t."key" AS "threadKey" FROM {mailMessages} AS m
       LEFT JOIN {mailBodies} AS b ON b."messageId" = m."id" LEFT JOIN {mailThreads} AS t ON t."id" = m."threadId"
      WHERE m."accountId" = $1`,
    [accountId],
  );
  const placements = await sql.rows(`SELECT "messageId", "placeId" FROM {mailPlacements} WHERE "accountId" = $1`, [
    accountId,
  ]);
  const attachments = await sql.rows(`SELECT "messageId", "partId" FROM {mailAttachments} WHERE "accountId" = $1`, [
    accountId,
  ]);
  const of = (rows: readonly Readonly<Record<string, unknown>>[], id: string) =>
    rows.filter((row) => toId(row.messageId) === id);
  return messages.map((row) => ({
    rowId: toId(row.id),
    remoteId: String(row.remoteId),
    threadRemoteId: String(row.threadRemoteId),
    thread: row.goneAt === null ? String(row.threadKey) : null,
    hidden: row.goneAt !== null,
    isRead: toBool(row.isRead),
    isStarred: toBool(row.isStarred),
    isDraft: toBool(row.isDraft),
    places: of(placements, toId(row.id))
      .map((placement) => remoteIdOf.get(toId(placement.placeId)) ?? `orphan ${toId(placement.placeId)}`)
      .sort(),
    subject: String(row.subject),
    draftRemoteId: row.draftRemoteId === null ? null : String(row.draftRemoteId),
    html: row.html === null ? null : String(row.html),
    text: row.text === null ? null : String(row.text),
    attachments: of(attachments, toId(row.id))
      .map((attachment) => String(attachment.partId))
      .sort(),
  }));
}
