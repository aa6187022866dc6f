import { InMemoryStore } from './in-memory-store';
import { describeMailStore } from './store-contract';

describeMailStore('in memory', async (rules) => {
  const store = new InMemoryStore(rules);
  return {
    store,
    accountId: '1',
    otherAccountId: '2',
    takeLease: async (accountId) => {
      const row = await store.read(accountId);
      await store.take(accountId, 'node', row ? { kind: 'stale', fence: row.fence, beat: row.beat } : { kind: 'none' });
      return { accountId, fence: (row?.fence ?? 0) + 1 };
    },
    operate: async (accountId, remoteId, op, effect) => store.operate(accountId, remoteId, op, effect, 0),
    deleteRowsByHand: async (accountId, remoteIds) => store.deleteRowsByHand(accountId, remoteIds),
    snapshot: async (accountId) => store.snapshot(accountId),
    close: async () => {},
  };
});
