import { describeMailStore } from '@email-manager/mail-engine/sync/testing/store-contract';
import { afterAll, beforeAll } from 'vitest';
import { describeOnEachDatabase } from '../../../test-support/database';
import { openStoreDatabase, type StoreDatabase } from './testing/open-store-database';
import { makeStoreHarness } from './testing/store-harness';

describeOnEachDatabase('The mail store', (dialect) => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await openStoreDatabase(dialect);
  });
  afterAll(() => database.close());

  describeMailStore(dialect, (rules) => makeStoreHarness(database, rules));
});
