import { outgoing } from '../../mime/testing/outgoing';
import { InMemoryOutbox, queuedItem } from './in-memory-outbox';
import { describeOutboxStore } from './outbox-contract';

describeOutboxStore('in memory', async () => {
  const store = new InMemoryOutbox();
  let count = 0;
  return {
    store,
    accountId: 'account-1',
    otherAccountId: 'account-2',
    queue: async (accountId, extra) => {
      count += 1;
      const id = `${count}x`;
      store.add(queuedItem(id, { accountId, ...extra }), outgoing());
      return id;
    },
    close: async () => undefined,
  };
});
