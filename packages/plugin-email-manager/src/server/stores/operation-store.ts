import type { MessageState } from '@email-manager/mail-engine/model/message';
import type { OrganiseOp, StateEffect } from '@email-manager/mail-engine/model/operation';
import { settleThreads } from './conversations';
import { idSource } from './ids';
import { readStates } from './message-reads';
import { messageContext, type RulesOf } from './message-context';
import { writeMessages } from './message-writes';
import { Sql, toId, toIdOrNull, type Columns, type HostDatabase, type Row, type Transaction } from './sql';

export interface OrganiseChange {
  readonly userId: string | null;
  readonly op: OrganiseOp;
  /** Rows of this account; others, and hidden ones, are ignored. */
  readonly messageIds: readonly string[];
  /** What the operation does to one message; null leaves that message alone (nothing would change, or not allowed). */
  readonly effectOf: (state: MessageState) => StateEffect | null;
}

export interface WrittenOperation {
  readonly operationId: string;
  readonly messageId: string;
  readonly threadId: string | null;
  readonly remoteId: string;
}

export interface OperationStore {
  /**
   * Writes a person's change in one transaction: the operations, the effective states, the threads. It excludes the
   * runner's commits (both begin by writing the lease row), so that neither works on what the other is changing.
   */
  apply(accountId: string, change: OrganiseChange): Promise<WrittenOperation[]>;
  /** Ids of the shown messages of these threads, for a click on whole conversations. */
  messageIdsOfThreads(accountId: string, threadIds: readonly string[]): Promise<string[]>;
}

const OPERATION_COLUMNS = {
  id: 'id',
  accountId: 'id',
  userId: 'id',
  messageId: 'id',
  remoteId: 'text',
  op: 'text',
  effect: 'json',
  status: 'text',
  attempts: 'int',
  createdAt: 'int',
} as const satisfies Columns;

export function createOperationStore(options: {
  readonly db: HostDatabase;
  readonly rulesOf: RulesOf;
  readonly now?: () => number;
}): OperationStore {
  const { db, rulesOf, now = Date.now } = options;
  const sql = new Sql(db);
  const newId = idSource(db);

  return {
    apply: (accountId, change) =>
      sql.urgentTransaction(async (transaction) => {
        await lockAccount(sql, transaction, accountId);
        const messages = await shownMessages(sql, transaction, accountId, change.messageIds);
        const states = await readStates(sql, accountId, [...messages.keys()], transaction);
        const operations: (Row & { id: string; messageId: string; remoteId: string })[] = [];
        const changed: MessageState[] = [];
        for (const [remoteId, { id }] of messages) {
          const state = states.get(remoteId);
          const effect = state ? change.effectOf(state) : null;
          if (!state || !effect) continue;
          changed.push(state);
          operations.push({
            id: newId(),
            accountId,
            userId: change.userId,
            messageId: id,
            remoteId,
            op: change.op,
            effect,
            status: 'applied',
            attempts: 0,
            createdAt: Math.trunc(now()),
          });
        }
        if (operations.length === 0) return [];
        await sql.run(sql.insert('mailOperations', OPERATION_COLUMNS), [sql.pack(operations)], transaction);
        // The new operations are laid over by the same code as those that a sync finds.
        const context = await messageContext(sql, transaction, accountId, rulesOf, newId);
        await writeMessages(context, [], changed);
        await settleThreads(context);
        return operations.map(({ id, messageId, remoteId }) => ({
          operationId: id,
          messageId,
          threadId: messages.get(remoteId)?.threadId ?? null,
          remoteId,
        }));
      }),

    async messageIdsOfThreads(accountId, threadIds) {
      const rows = await sql.rows(
        `SELECT "id" FROM {mailMessages}
          WHERE "threadId" IN ${sql.ids(2)} AND "accountId" = $1 AND "goneAt" IS NULL ORDER BY "receivedAt", "id"`,
        [accountId, JSON.stringify(threadIds)],
      );
      return rows.map((row) => toId(row.id));
    },
  };
}

/** Waits for the runner's commit that is under way, and holds back the next one until this transaction ends. */
async function lockAccount(sql: Sql, transaction: Transaction, accountId: string): Promise<void> {
  await sql.run(
    `INSERT INTO {mailLeases} AS t ("accountId", "owner", "fence", "beat", "writes") VALUES ($1, NULL, 0, 0, 1)
     ON CONFLICT ("accountId") DO UPDATE SET "writes" = t."writes" + 1`,
    [accountId],
    transaction,
  );
}

async function shownMessages(sql: Sql, transaction: Transaction, accountId: string, messageIds: readonly string[]) {
  const rows = await sql.rows(
    `SELECT "id", "remoteId", "threadId" FROM {mailMessages}
      WHERE "id" IN ${sql.ids(2)} AND "accountId" = $1 AND "goneAt" IS NULL`,
    [accountId, JSON.stringify(messageIds)],
    transaction,
  );
  return new Map(
    rows.map((row) => [String(row.remoteId), { id: toId(row.id), threadId: toIdOrNull(row.threadId) }] as const),
  );
}
