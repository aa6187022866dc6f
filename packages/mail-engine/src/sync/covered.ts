import { PRIORITY_LIVE } from '../model/work';
import type { StoreWrite } from '../ports/mail-store';
import type { SliceContext } from './context';

/**
 * A state that is committed while a pushed operation still covers its message loses what the operation covers: the
 * round that retires the operation ends in another commit. So those messages are asked by id afterwards.
 */
export async function askAgainWhatIsCovered(context: SliceContext, write: StoreWrite): Promise<StoreWrite> {
  const ids = (write.states ?? []).map((state) => state.remoteId);
  if (ids.length === 0) return write;
  const covered = await context.store.idsWithOperations(context.accountId, ids);
  const checks = [...covered].map((remoteId) => ({
    kind: 'check' as const,
    remoteId,
    threadRemoteId: '',
    priority: PRIORITY_LIVE,
  }));
  return { ...write, work: [...(write.work ?? []), ...checks] };
}
