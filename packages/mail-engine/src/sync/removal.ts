import type { MessageState } from '../model/message';
import { type NewWork, PRIORITY_LIVE, type WorkFailure, type WorkItem, type WorkKey } from '../model/work';
import type { StoreWrite } from '../ports/mail-store';
import { MailError } from '../errors';
import type { SliceContext } from './context';
import type { PlacesKeeper } from './places';
import { failureOf, itsOwnFault, runPass } from './workers';

/** Asks by id what became of messages. Resolves with the number of claimed items. */
export function checkPass(context: SliceContext, places: PlacesKeeper, maxClaims: number): Promise<number> {
  const { fetchBatch, fetchConcurrency } = context.provider.capabilities;
  return runPass(context, { kind: 'check', limit: fetchBatch, concurrency: fetchConcurrency, maxClaims }, (items) =>
    checkItems(context, places, items),
  );
}

async function checkItems(
  context: SliceContext,
  places: PlacesKeeper,
  items: readonly WorkItem[],
): Promise<StoreWrite> {
  const ids = items.map((item) => item.remoteId);
  const outcomes = await context.ask(() => context.provider.check(ids));
  const states = new Map<string, MessageState>();
  const gone = new Set<string>();
  const failed = new Map<string, MailError>();
  for (const outcome of outcomes) {
    if (outcome.kind === 'state') states.set(outcome.state.remoteId, outcome.state);
    else if (outcome.kind === 'gone') gone.add(outcome.remoteId);
    else failed.set(outcome.remoteId, outcome.error);
  }
  const errors = [...failed.values()];
  const outage = errors.find((error) => error.kind === 'unavailable' || error.kind === 'throttled');
  if (outage && items.length > 1 && errors.length === outcomes.length) throw outage;

  const workDone: WorkKey[] = [];
  const workFailed: WorkFailure[] = [];
  for (const item of items) {
    if (states.has(item.remoteId) || gone.has(item.remoteId)) {
      workDone.push({ kind: 'check', remoteId: item.remoteId });
      continue;
    }
    const error =
      failed.get(item.remoteId) ?? new MailError('malformed', 'The provider gave no answer for this message.');
    workFailed.push(failureOf(context, item, error, !itsOwnFault(error)));
  }
  const here = await context.store.presentIds(context.accountId, [...states.keys()]);
  const work: NewWork[] = [...states.values()]
    .filter((state) => !here.has(state.remoteId))
    .map(({ remoteId, threadRemoteId }) => ({ kind: 'hydrate', remoteId, threadRemoteId, priority: PRIORITY_LIVE }));
  await places.ensure(new Set([...states.values()].flatMap((state) => state.places)));
  context.did.checked += items.length - workFailed.length;
  context.did.gone += gone.size;
  context.did.failed += workFailed.length;
  return { states: [...states.values()], gone: [...gone], work, workDone, workFailed };
}
