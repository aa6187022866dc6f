import { BATCH, deleteBatch, deleteMessageBatch, SMALL_BATCH } from './batches';
import { Sql, toId, type HostDatabase } from './sql';

export interface AccountDeletion {
  /** Takes the lease from whoever runs the mailbox: nothing of a sync can be written any more. */
  begin(accountId: string): Promise<void>;
  /**
   * Deletes everything of the account in short transactions until nothing is left, the account's own row last. May be
   * stopped at any time and called again, also by another process; true when the account is gone.
   */
  run(accountId: string, stop?: AbortSignal): Promise<boolean>;
  /** Accounts whose deletion has begun and not ended, for example because the host was stopped. */
  unfinished(): Promise<string[]>;
}

/** By account, in this order: what people see disappears first, members and the account's row last. */
const BY_ACCOUNT: readonly (readonly [table: string, batch: number])[] = [
  ['mailThreads', BATCH],
  // What is left of messages that somebody deleted by hand.
  ['mailParticipants', BATCH],
  ['mailSearch', BATCH],
  ['mailAttachments', BATCH],
  ['mailBodies', SMALL_BATCH],
  ['mailWorkItems', BATCH],
  ['mailInventory', BATCH],
  ['mailOperations', BATCH],
  ['mailCursors', SMALL_BATCH],
  ['mailSyncRuns', BATCH],
  ['mailFolders', BATCH],
  ['mailLabels', BATCH],
  ['mailGrants', BATCH],
  ['mailAccountMembers', BATCH],
  ['mailLeases', BATCH],
];

export function createAccountDeletion(db: HostDatabase): AccountDeletion {
  const sql = new Sql(db);

  async function emptyPlaces(accountId: string, stop?: AbortSignal): Promise<boolean> {
    const ofAccount = `"placeId" IN (SELECT "id" FROM {mailFolders} WHERE "accountId" = $1
      UNION ALL SELECT "id" FROM {mailLabels} WHERE "accountId" = $1)`;
    for (const table of ['mailThreadPlacements', 'mailPlacements']) {
      while (!stop?.aborted && (await deleteBatch(sql, table, ofAccount, [accountId], BATCH)) > 0);
    }
    return !stop?.aborted;
  }

  return {
    async begin(accountId) {
      await sql.urgentTransaction(async (transaction) => {
        await sql.run(`UPDATE {mailAccounts} SET "status" = 'deleting' WHERE "id" = $1`, [accountId], transaction);
        await sql.run(
          `UPDATE {mailLeases} SET "fence" = "fence" + 1, "owner" = 'deletion' WHERE "accountId" = $1`,
          [accountId],
          transaction,
        );
      });
    },

    async run(accountId, stop) {
      if (!(await emptyPlaces(accountId, stop))) return false;
      while (!stop?.aborted && (await deleteMessageBatch(sql, '"accountId" = $1', [accountId], SMALL_BATCH)) > 0);
      for (const [table, batch] of BY_ACCOUNT) {
        while (!stop?.aborted && (await deleteBatch(sql, table, '"accountId" = $1', [accountId], batch)) > 0);
      }
      if (stop?.aborted) return false;
      await deleteBatch(sql, 'mailOAuthStates', '"accountId" = $1', [accountId], BATCH);
      await deleteBatch(sql, 'mailAccounts', '"id" = $1', [accountId], 1);
      return true;
    },

    async unfinished() {
      const rows = await sql.rows(`SELECT "id" FROM {mailAccounts} WHERE "status" = 'deleting' ORDER BY "id"`, []);
      return rows.map((row) => toId(row.id));
    },
  };
}
