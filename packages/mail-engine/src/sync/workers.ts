import { ACCOUNT_WIDE, LeaseLostError, MailError } from '../errors';
import type { WorkFailure, WorkItem, WorkKind } from '../model/work';
import type { StoreWrite } from '../ports/mail-store';
import { type SliceContext, StopError } from './context';
import { retryAt } from './decide';

/** For items that were held up without their fault when the provider gave no time. */
const PAUSE_MS = 5_000;

export interface PassOptions {
  readonly kind: WorkKind;
  /** Items per claim. */
  readonly limit: number;
  readonly concurrency: number;
  /** Claims in all, so that other steps get their turn. */
  readonly maxClaims: number;
  /** No further claims once this is true. */
  readonly until?: () => boolean;
}

/**
 * Runs work items of one kind: several claims at once, each claimed (the store marks the attempt), processed, committed.
 * `process` returns what to write; its account-wide errors end the pass for everybody and count for no item, any other
 * error counts for each item of its claim. An item that has failed before runs alone in its claim *and in time*: if it
 * kills the process, nothing else was running that could be struck with it.
 * Resolves with the number of items that were claimed.
 */
export async function runPass(
  context: SliceContext,
  options: PassOptions,
  process: (items: readonly WorkItem[]) => Promise<StoreWrite>,
): Promise<number> {
  const running = new Set<Promise<void>>();
  let claims = 0;
  let claimed = 0;
  let failure: Error | undefined;
  let gate: Promise<unknown> = Promise.resolve();

  const run = async (items: readonly WorkItem[]): Promise<void> => {
    try {
      await commitOutcome(context, items, await outcomeOf(context, items, process));
    } catch (error) {
      failure ??= asError(error);
    }
  };
  /** One claim at a time; resolves when the next may be made, with the job of this one or null at the end. */
  const claim = async (): Promise<{ readonly job: Promise<void> } | null> => {
    if (failure !== undefined || claims >= options.maxClaims || context.over || options.until?.()) return null;
    claims += 1;
    const items = await context.store.claimWork(context.lease, options.kind, options.limit, context.claimTime());
    if (items.length === 0) return null;
    claimed += items.length;
    if (items.some((item) => item.attempts > 1)) {
      await Promise.all(running);
      await run(items);
      return { job: Promise.resolve() };
    }
    const job = run(items).finally(() => running.delete(job));
    running.add(job);
    return { job };
  };
  const worker = async (): Promise<void> => {
    for (;;) {
      const turn = gate.then(claim);
      gate = turn.catch(() => undefined);
      const next = await turn;
      if (!next) return;
      await next.job;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: options.concurrency }, worker));
  for (const ended of workers) if (ended.status === 'rejected') failure ??= asError(ended.reason);
  if (failure !== undefined) throw failure;
  return claimed;
}

async function outcomeOf(
  context: SliceContext,
  items: readonly WorkItem[],
  process: (items: readonly WorkItem[]) => Promise<StoreWrite>,
): Promise<StoreWrite> {
  try {
    return await process(items);
  } catch (error) {
    if (error instanceof StopError || (error instanceof MailError && ACCOUNT_WIDE.has(error.kind))) {
      await giveBack(context, items, error);
      throw error;
    }
    if (!(error instanceof MailError)) throw error;
    context.did.failed += items.length;
    return { workFailed: items.map((item) => failureOf(context, item, error, false)) };
  }
}

/** What the store cannot take in is the fault of these items: they are struck, and the others go on. */
async function commitOutcome(context: SliceContext, items: readonly WorkItem[], write: StoreWrite): Promise<void> {
  try {
    await context.commit(write);
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    context.log.warn('Messages could not be stored and will be tried one by one.', { items: items.length });
    const reason = new MailError('malformed', 'The message could not be stored.');
    await context.commit({ workFailed: items.map((item) => failureOf(context, item, reason, false)) });
  }
}

/** Back to the queue without a strike: what happened says nothing about these items. */
async function giveBack(context: SliceContext, items: readonly WorkItem[], error: unknown): Promise<void> {
  const reason = error instanceof MailError ? error : new MailError('unavailable', 'The worker was asked to stop.');
  try {
    const at = error instanceof StopError ? 0 : undefined;
    await context.commit({ workFailed: items.map((item) => failureOf(context, item, reason, true, at)) });
  } catch (lost) {
    if (!(lost instanceof LeaseLostError)) throw lost;
  }
}

export function failureOf(
  context: SliceContext,
  item: WorkItem,
  error: MailError,
  notItsFault: boolean,
  at?: number,
): WorkFailure {
  const now = context.clock.now();
  const { kind, remoteId, attempts } = item;
  const notBefore = at ?? (notItsFault ? (error.notBefore ?? now + PAUSE_MS) : retryAt(now, attempts));
  return { kind, remoteId, error: error.kind, message: error.message, notItsFault, notBefore };
}

/** Of one item's own failure: limits are never its fault; a server error may be, as other items show. */
export function itsOwnFault(error: MailError): boolean {
  return error.kind === 'unavailable' || !ACCOUNT_WIDE.has(error.kind);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('Something that is no error was thrown.', { cause: thrown });
}
