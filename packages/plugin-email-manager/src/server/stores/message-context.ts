import type { StoreRules } from '@email-manager/mail-engine/ports/mail-store';
import type { MessageContext } from './message-writes';
import { loadPlaces } from './places';
import { toBool, toIdOrNull, type Sql, type Transaction } from './sql';

/** The rules of a provider's mailboxes, by the provider's name on the account's row. */
export type RulesOf = (provider: string) => StoreRules;

/** What writing messages of an account needs to know, read inside the transaction that writes. */
export async function messageContext(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  rulesOf: RulesOf,
  newId: () => string,
): Promise<MessageContext> {
  const [account] = await sql.rows(
    `SELECT "userId", "provider",
            EXISTS (SELECT 1 FROM {mailOperations} WHERE "accountId" = $1 AND "status" IN ('applied', 'pushed'))
              AS "hasOperations"
       FROM {mailAccounts} WHERE "id" = $1`,
    [accountId],
    transaction,
  );
  const rules = rulesOf(String(account?.provider));
  return {
    sql,
    transaction,
    accountId,
    userId: toIdOrNull(account?.userId),
    settle: rules.settlePlaces,
    splitThreads: rules.splitThreads ?? false,
    newId,
    places: await loadPlaces(sql, accountId, transaction),
    touchedThreads: new Set(),
    freshThreads: new Set(),
    // An account's row that somebody deleted says nothing.
    hasOperations: !account || toBool(account.hasOperations),
    touchedConversations: new Set(),
    unsettled: new Set(),
  };
}
