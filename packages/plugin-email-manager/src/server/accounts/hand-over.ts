import type { Database } from '@nocobase/database';
import type { Log } from '@email-manager/mail-engine/ports/log';
import { Op } from 'sequelize';
import { table, write } from '../database';
import { loggableError, MailApiError } from '../errors';
import { reassignRows } from '../stores/ownership';
import type { HostDatabase } from '../stores/sql';
import { NO_ERROR, type AccountRow, type AccountStore } from './account-store';
import type { Grants } from './grants';
import type { Mailboxes } from './mailboxes';

export interface HandOverDeps {
  readonly db: Database;
  readonly accounts: AccountStore;
  readonly grants: Pick<Grants, 'remove'>;
  readonly mailboxes: Pick<Mailboxes, 'forget'>;
  readonly log: Log;
  readonly now: () => number;
  /** Tells the new owner that the mailbox has to be connected again. */
  readonly notify: (account: AccountRow) => Promise<void>;
  readonly stateChanged: (accountId: string) => void;
  /** The end of the application's work. */
  readonly signal: AbortSignal;
}

export interface HandOverOrder {
  readonly account: AccountRow;
  /** The person who gets the mailbox with its mail. */
  readonly userId: string;
  readonly by: { readonly userId: string; readonly roles: readonly string[] };
}

/**
 * Gives the mailbox of a person who was deleted to another one, with the mail that is here. It stays still until its
 * new owner connects it: the consent of the old one is worth nothing any more. Who did it is recorded in the same
 * transaction. @throws MailApiError ACCOUNT_OWNED while its owner exists, INPUT_INVALID when the new one does not
 */
export type HandOver = (order: HandOverOrder) => Promise<void>;

export function createHandOver(deps: HandOverDeps): HandOver {
  const { db, accounts } = deps;
  return async ({ account, userId, by }) => {
    await write(db, 'hand a mailbox over', async (transaction) => {
      const exists = async (person: string) =>
        (await table(db, 'users').count({ where: { id: person }, transaction })) > 0;
      if (account.userId !== null && (await exists(account.userId))) throw new MailApiError('ACCOUNT_OWNED');
      if (!(await exists(userId)))
        throw new MailApiError('INPUT_INVALID', { field: 'userId', params: { field: 'userId' } });
      const [changed] = await table(db, 'mailAccounts').update(
        { userId, status: 'needsReauth', notBefore: null, ...NO_ERROR },
        // Compare and swap: of two administrators at once the second finds an owner.
        { where: { id: account.id, userId: account.userId, status: { [Op.ne]: 'deleting' } }, transaction },
      );
      if (changed !== 1) throw new MailApiError('ACCOUNT_STATE_INVALID');
      const members = table(db, 'mailAccountMembers');
      const before = [userId, ...(account.userId === null ? [] : [account.userId])];
      await members.destroy({ where: { accountId: account.id, userId: before }, transaction });
      await members.create({ accountId: account.id, userId, role: 'owner' }, { transaction });
      const call = `mailAccounts:handOver?userId=${userId}`;
      await table(db, 'mailAccessLogs').create(
        { userId: by.userId, roles: [...by.roles], call, accountIds: [account.id], at: new Date(deps.now()) },
        { transaction },
      );
    });
    await deps.grants.remove(account.id);
    deps.mailboxes.forget(account.id);
    const after = await accounts.find(account.id);
    if (after) await deps.notify(after);
    deps.stateChanged(account.id);
    // What rows show of their owner; who may read them is decided by the membership alone.
    reassignRows(db as unknown as HostDatabase, account.id, userId, deps.signal).catch((error: unknown) =>
      deps.log.warn('Rows of a mailbox that was handed over still show its old owner.', loggableError(error)),
    );
  };
}
