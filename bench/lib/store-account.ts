import type { LeaseToken, MailStore } from '@email-manager/mail-engine/ports/mail-store';
import { settleTestPlaces, testPlaces } from '@email-manager/mail-engine/sync/testing/messages';
import { createMailStore } from '../../packages/plugin-email-manager/src/server/stores/mail-store';
import { Sql } from '../../packages/plugin-email-manager/src/server/stores/sql';
import { createAccount, takeLease } from '../../packages/plugin-email-manager/src/server/stores/testing/store-harness';
import type { BenchDatabase } from './store-database';

export interface BenchAccount {
  readonly store: MailStore;
  readonly lease: LeaseToken;
  readonly accountId: string;
  readonly sql: Sql;
}

/** A new mailbox with its places, ready to be filled. */
export async function openBenchAccount(database: BenchDatabase): Promise<BenchAccount> {
  const sql = new Sql(database.db);
  const accountId = database.newId();
  await createAccount(sql, accountId);
  const lease = await takeLease(sql, accountId);
  const store = createMailStore({ db: database.db, rulesOf: () => ({ settlePlaces: settleTestPlaces }) });
  await store.commit(lease, { places: testPlaces() });
  return { store, lease, accountId, sql };
}
