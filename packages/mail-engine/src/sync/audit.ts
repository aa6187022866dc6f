import { z } from 'zod';
import { ACCOUNT_WIDE, MailError } from '../errors';
import type { ListEntry, ListPage } from '../model/change';
import type { NewWork } from '../model/work';
import type { CursorName, CursorWrite, MailStore } from '../ports/mail-store';
import { pieces, type SliceContext } from './context';
import { distinct } from './inventory';
import { parseJson } from './places';

const EXTRA_PAGE = 500;
const MINUTE = 60_000;

const ResultSchema = z.object({
  /** Messages that should be here: those from the account's start on, and older ones that are or were stored anyway. */
  provider: z.number(),
  here: z.number(),
  missing: z.number(),
  extra: z.number(),
  /** Messages before the account's start that are known by id only. */
  older: z.number(),
});

const AuditSchema = z.object({
  /** The request that is answered. */
  token: z.string(),
  run: z.number(),
  phase: z.enum(['scope', 'complete', 'extra', 'confirm', 'repair', 'done']),
  pageToken: z.string().nullable(),
  position: z.number(),
  estimatedTotal: z.number().nullable(),
  /** Walk over the ids that were not listed. */
  after: z.string().nullable(),
  /** Pages of suspicious ids in the cursors `audit:0` … `audit:<pages - 1>`, and the one that is next. */
  pages: z.number(),
  page: z.number(),
  restarts: z.number(),
  notBefore: z.number(),
  /** The last repair request that was taken up. */
  repair: z.string().nullable(),
  checkedAt: z.number().nullable(),
  result: ResultSchema.nullable(),
});

/** Where a verification stands; kept as JSON in the cursor `verify`. */
export type AuditState = z.infer<typeof AuditSchema>;
export type AuditResult = z.infer<typeof ResultSchema>;

const PageSchema = z.object({ kind: z.enum(['missing', 'extra']), ids: z.array(z.tuple([z.string(), z.string()])) });
type SuspectPage = z.infer<typeof PageSchema>;

export function parseAudit(value: string | null | undefined): AuditState | null {
  const parsed = AuditSchema.safeParse(parseJson(value));
  return parsed.success ? parsed.data : null;
}

/** A new verification under a new run number; the pages of the last one are removed in the same commit. */
export async function beginAudit(
  context: SliceContext,
  before: AuditState | null,
  token: string,
  run: number,
  syncFrom: number | null,
): Promise<AuditState> {
  const state: AuditState = {
    token,
    run,
    phase: syncFrom === null ? 'complete' : 'scope',
    pageToken: null,
    position: 0,
    estimatedTotal: null,
    after: null,
    pages: 0,
    page: 0,
    restarts: 0,
    notBefore: 0,
    repair: before?.repair ?? null,
    checkedAt: before?.checkedAt ?? null,
    result: before?.result ?? null,
  };
  const cleared = Array.from({ length: before?.pages ?? 0 }, (_, index) => ({ name: pageName(index), value: null }));
  await context.commit({ cursors: [...cleared, saved(state)] });
  return state;
}

/** A repair was asked for: what the verification found becomes work, and then it is verified again. */
export function beginRepair(state: AuditState, repair: string): AuditState {
  return { ...state, phase: 'repair', page: 0, repair };
}

/**
 * One step of a verification. `confirm` must only be run when no work waits, so that nothing is called missing that is
 * on its way. Resolves with the next state; `repair` ends in a new verification, which the caller begins.
 * @throws MailError account-wide kinds.
 */
export async function auditStep(
  context: SliceContext,
  state: AuditState,
  syncFrom: number | null,
): Promise<AuditState> {
  switch (state.phase) {
    case 'scope':
    case 'complete':
      return listPage(context, state, syncFrom);
    case 'extra':
      return lookForExtra(context, state);
    case 'confirm':
      return state.page < state.pages ? confirmPage(context, state) : count(context, state);
    case 'repair':
      return repairPage(context, state);
    case 'done':
      return state;
  }
}

async function listPage(context: SliceContext, state: AuditState, syncFrom: number | null): Promise<AuditState> {
  const since = state.phase === 'scope' ? syncFrom : null;
  let page: ListPage;
  try {
    page = await context.ask(() => context.provider.list({ since, pageToken: state.pageToken }));
  } catch (error) {
    if (!(error instanceof MailError) || ACCOUNT_WIDE.has(error.kind)) throw error;
    const restarts = state.restarts + 1;
    const notBefore = context.clock.now() + Math.min(60 * MINUTE, 15_000 * 2 ** restarts);
    return save(context, { ...state, pageToken: null, position: 0, restarts, notBefore });
  }
  const entries = distinct(page.entries);
  const ids = entries.map((entry) => entry.remoteId);
  let absent: readonly ListEntry[];
  if (state.phase === 'scope' || syncFrom === null) {
    const here = await context.store.presentIds(context.accountId, ids);
    absent = entries.filter((entry) => !here.has(entry.remoteId));
  } else {
    // Older than the start, but stored once: such a message came along with its thread. The scope's were noted before.
    const lost = await context.store.lostIds(context.accountId, ids, state.run);
    absent = entries.filter((entry) => lost.has(entry.remoteId));
  }
  const suspects = suspectPages(context, state, 'missing', absent);
  const ended = page.nextPageToken === null;
  const next: AuditState = {
    ...state,
    phase: ended ? (state.phase === 'scope' ? 'complete' : 'extra') : state.phase,
    pageToken: page.nextPageToken,
    position: ended ? 0 : state.position + entries.length,
    estimatedTotal: page.estimatedTotal ?? state.estimatedTotal,
    pages: state.pages + suspects.length,
    restarts: 0,
  };
  context.did.listed += entries.length;
  await context.commit({ inventory: { run: state.run, entries }, cursors: [...suspects, saved(next)] });
  return next;
}

/** Messages that are or were here and were not listed: gone, or arrived meanwhile. Only the provider knows, by id. */
async function lookForExtra(context: SliceContext, state: AuditState): Promise<AuditState> {
  const { store, accountId } = context;
  const limit = Math.min(EXTRA_PAGE, context.provider.capabilities.fetchBatch);
  const ids = await store.inventoryNotSeenIn(accountId, state.run, state.after, limit);
  const last = ids.at(-1);
  if (last === undefined) return save(context, { ...state, phase: 'confirm', after: null, page: 0 });
  const here = await store.presentIds(accountId, ids);
  const lost = await store.lostIds(accountId, ids, state.run);
  const asked = ids.filter((remoteId) => here.has(remoteId) || lost.has(remoteId));
  const extra: ListEntry[] = [];
  const alive: ListEntry[] = [];
  const gone: string[] = [];
  if (asked.length > 0) {
    for (const outcome of await context.ask(() => context.provider.check(asked))) {
      if (outcome.kind === 'state') alive.push(listEntry(outcome.state));
      else if (outcome.kind !== 'gone') continue;
      else if (here.has(outcome.remoteId)) extra.push({ remoteId: outcome.remoteId, threadRemoteId: '' });
      // Nothing of it is here: the earlier id of a draft, for example. It need not be asked about again.
      else gone.push(outcome.remoteId);
    }
  }
  const extraPages = suspectPages(context, state, 'extra', extra);
  const missing = alive.filter(({ remoteId }) => lost.has(remoteId));
  const noted = { ...state, pages: state.pages + extraPages.length };
  const missingPages = suspectPages(context, noted, 'missing', missing);
  const next = { ...noted, after: last, pages: noted.pages + missingPages.length };
  await context.commit({
    inventory: { run: state.run, entries: alive },
    gone,
    cursors: [...extraPages, ...missingPages, saved(next)],
  });
  return next;
}

/** What was missing may have been fetched or deleted since it was listed: only what exists and is not here counts. */
async function confirmPage(context: SliceContext, state: AuditState): Promise<AuditState> {
  const page = await readPage(context.store, context.accountId, state.page);
  const next = { ...state, page: state.page + 1 };
  if (page.kind === 'extra' || page.ids.length === 0) return save(context, next);
  const here = await context.store.presentIds(
    context.accountId,
    page.ids.map(([remoteId]) => remoteId),
  );
  const absent = page.ids.map(([remoteId]) => remoteId).filter((remoteId) => !here.has(remoteId));
  const gone = new Set<string>();
  if (absent.length > 0) {
    for (const outcome of await context.ask(() => context.provider.check(absent))) {
      if (outcome.kind === 'gone') gone.add(outcome.remoteId);
    }
  }
  const missing = page.ids.filter(([remoteId]) => !here.has(remoteId) && !gone.has(remoteId));
  const value = JSON.stringify({ kind: 'missing', ids: missing } satisfies SuspectPage);
  await context.commit({ gone: [...gone], cursors: [{ name: pageName(state.page), value }, saved(next)] });
  return next;
}

async function count(context: SliceContext, state: AuditState): Promise<AuditState> {
  const { store, accountId } = context;
  const { missingIds, extraIds } = await suspects(store, accountId, state);
  const here = await store.presentIds(accountId, [...missingIds, ...extraIds]);
  const missing = missingIds.filter((remoteId) => !here.has(remoteId)).length;
  const extra = extraIds.filter((remoteId) => here.has(remoteId)).length;
  const listed = await store.inventoryTotals(accountId, state.run);
  // Run 0 counts what arrived after the listing as well: the change feed vouches for it.
  const all = await store.inventoryTotals(accountId, 0);
  const result: AuditResult = {
    provider: all.here - extra + missing,
    here: all.here,
    missing,
    extra,
    older: Math.max(0, listed.listed - listed.here - missing),
  };
  return save(context, { ...state, phase: 'done', result, checkedAt: context.clock.now() });
}

async function repairPage(context: SliceContext, state: AuditState): Promise<AuditState> {
  if (state.page >= state.pages) return save(context, { ...state, phase: 'done' });
  const page = await readPage(context.store, context.accountId, state.page);
  const kind = page.kind === 'missing' ? 'hydrate' : 'check';
  const work: NewWork[] = page.ids.map(([remoteId, threadRemoteId]) => ({
    kind,
    remoteId,
    threadRemoteId,
    priority: 0,
    revive: true,
  }));
  const next = { ...state, page: state.page + 1 };
  await context.commit({ work, cursors: [saved(next)] });
  return next;
}

export interface AuditReport {
  readonly token: string;
  readonly running: boolean;
  readonly progress: { readonly phase: AuditState['phase']; readonly listed: number; readonly expected: number | null };
  /** The last finished verification's numbers; while a new one runs they are still the old ones. */
  readonly result: AuditResult | null;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly checkedAt: number | null;
}

/** What a verification has found, for the page that asked for it. Null before the first one. */
export async function readAudit(store: MailStore, accountId: string): Promise<AuditReport | null> {
  const state = parseAudit(await store.cursor(accountId, 'verify'));
  if (!state) return null;
  const running = state.phase !== 'done';
  const found = running ? { missingIds: [], extraIds: [] } : await suspects(store, accountId, state);
  return {
    token: state.token,
    running,
    progress: { phase: state.phase, listed: state.position, expected: state.estimatedTotal },
    result: state.result,
    missing: found.missingIds,
    extra: found.extraIds,
    checkedAt: state.checkedAt,
  };
}

async function suspects(store: MailStore, accountId: string, state: AuditState) {
  const missingIds = new Set<string>();
  const extraIds = new Set<string>();
  for (let index = 0; index < state.pages; index += 1) {
    const page = await readPage(store, accountId, index);
    for (const [remoteId] of page.ids) (page.kind === 'missing' ? missingIds : extraIds).add(remoteId);
  }
  return { missingIds: [...missingIds], extraIds: [...extraIds] };
}

async function readPage(store: MailStore, accountId: string, index: number): Promise<SuspectPage> {
  const parsed = PageSchema.safeParse(parseJson(await store.cursor(accountId, pageName(index))));
  return parsed.success ? parsed.data : { kind: 'missing', ids: [] };
}

/** Pages are as large as one call of check() likes its ids, so that confirming one is one step. */
function suspectPages(
  context: SliceContext,
  state: AuditState,
  kind: SuspectPage['kind'],
  entries: readonly ListEntry[],
): CursorWrite[] {
  const ids = entries.map(({ remoteId, threadRemoteId }): [string, string] => [remoteId, threadRemoteId]);
  return pieces(ids, context.provider.capabilities.fetchBatch).map((piece, index) => ({
    name: pageName(state.pages + index),
    value: JSON.stringify({ kind, ids: piece } satisfies SuspectPage),
  }));
}

function listEntry({ remoteId, threadRemoteId }: ListEntry): ListEntry {
  return { remoteId, threadRemoteId };
}

async function save(context: SliceContext, state: AuditState): Promise<AuditState> {
  await context.commit({ cursors: [saved(state)] });
  return state;
}

function saved(state: AuditState): CursorWrite {
  return { name: 'verify', value: JSON.stringify(state) };
}

function pageName(index: number): CursorName {
  return `audit:${index}`;
}
