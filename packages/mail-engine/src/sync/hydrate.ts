import { MailError } from '../errors';
import type { HydratedMessage } from '../model/message';
import type { WorkFailure, WorkItem, WorkKey } from '../model/work';
import type { StoreWrite } from '../ports/mail-store';
import type { FetchOutcome } from '../providers/provider';
import type { SliceContext } from './context';
import type { PlacesKeeper } from './places';
import { failureOf, itsOwnFault, runPass } from './workers';

/** Fetches what ids stand for, the most important first. Resolves with the number of claimed items. */
export function hydratePass(
  context: SliceContext,
  places: PlacesKeeper,
  maxClaims: number,
  until: () => boolean,
): Promise<number> {
  const { fetchBatch, fetchConcurrency } = context.provider.capabilities;
  return runPass(
    context,
    { kind: 'hydrate', limit: fetchBatch, concurrency: fetchConcurrency, maxClaims, until },
    (items) => hydrateItems(context, places, items),
  );
}

async function hydrateItems(
  context: SliceContext,
  places: PlacesKeeper,
  items: readonly WorkItem[],
): Promise<StoreWrite> {
  const wanted = items.map(({ remoteId, threadRemoteId }) => ({ remoteId, threadRemoteId }));
  const outcomes = await context.ask(() => context.provider.fetch(wanted));
  throwWhenNothingWorked(outcomes, items);

  const messages = new Map<string, HydratedMessage>();
  const failed = new Map<string, MailError>();
  const missing: string[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'message') messages.set(outcome.message.envelope.remoteId, outcome.message);
    else if (outcome.kind === 'gone') missing.push(outcome.remoteId);
    else failed.set(outcome.remoteId, outcome.error);
  }
  const gone = await proveGone(
    context,
    missing.filter((remoteId) => !messages.has(remoteId)),
    failed,
  );

  const workDone: WorkKey[] = [...messages.keys()].map((remoteId) => ({ kind: 'hydrate', remoteId }));
  const workFailed: WorkFailure[] = [];
  for (const item of items) {
    if (messages.has(item.remoteId)) continue;
    if (gone.has(item.remoteId)) {
      workDone.push({ kind: 'hydrate', remoteId: item.remoteId });
      continue;
    }
    const error =
      failed.get(item.remoteId) ?? new MailError('malformed', 'The provider gave no answer for this message.');
    workFailed.push(failureOf(context, item, error, !itsOwnFault(error)));
  }
  await places.ensure(new Set([...messages.values()].flatMap((message) => message.envelope.places)));
  context.did.hydrated += messages.size;
  context.did.skipped += gone.size;
  context.did.failed += workFailed.length;
  return { messages: [...messages.values()], workDone, workFailed, gone: [...gone] };
}

/**
 * A fetch that does not find an id proves nothing (a thread may have come without it), so the id itself is asked. One
 * that exists after all counts as failed: it is tried again alone, and not for ever.
 */
async function proveGone(
  context: SliceContext,
  missing: readonly string[],
  failed: Map<string, MailError>,
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  if (missing.length === 0) return gone;
  for (const outcome of await context.ask(() => context.provider.check(missing))) {
    if (outcome.kind === 'gone') gone.add(outcome.remoteId);
    else if (outcome.kind === 'failed') failed.set(outcome.remoteId, outcome.error);
    else failed.set(outcome.state.remoteId, new MailError('malformed', 'The message exists but was not delivered.'));
  }
  return gone;
}

/** When every one of several messages meets a server error, the server is to blame and nobody gets a strike. */
function throwWhenNothingWorked(outcomes: readonly FetchOutcome[], items: readonly WorkItem[]): void {
  if (items.length < 2) return;
  let last: MailError | null = null;
  for (const outcome of outcomes) {
    if (outcome.kind !== 'failed' || (outcome.error.kind !== 'unavailable' && outcome.error.kind !== 'throttled'))
      return;
    last = outcome.error;
  }
  if (last) throw last;
}
