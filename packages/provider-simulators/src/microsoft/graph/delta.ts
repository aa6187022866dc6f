import type { GraphCall } from './call';
import { GraphError, badRequest } from './errors';
import { decodeToken, encodeToken, linkTo } from './paging';

/** Where a delta round stands. Rounds are `initial` (what there is) or `changes` (what came since the last link). */
export interface DeltaPosition {
  phase: 'initial' | 'changes';
  /** `initial`: the sequence at its start. `changes`: changes after this one … */
  from: number;
  /** … up to this one. */
  upTo: number;
  /** The sort key of the last item given, by phase. */
  last: number[];
  /** How many items were given. */
  given: number;
  /** The number of this page in its round, from 1. */
  page: number;
}

/** Query options of the first call, carried along in the links. */
export type DeltaOptions = Record<string, string>;

export interface DeltaRequest {
  /** Undefined: the first call of a first round. */
  position: DeltaPosition | undefined;
  options: DeltaOptions;
}

/**
 * Reads the state of a delta call: none, `$skiptoken` or `$deltatoken`. `target` is what is tracked; a token of another
 * one is refused. Query options are for the first call only.
 */
export function readDeltaRequest(call: GraphCall, target: number, floor: number): DeltaRequest {
  const { query, state } = call;
  const skip = query.get('$skiptoken');
  const delta = query.get('$deltatoken');
  const token = skip ?? delta;
  if (token === null) return { position: undefined, options: Object.fromEntries(query) };
  if ([...query.keys()].length > 1) {
    throw badRequest(
      'Query options are carried by the token and must not be given again with a nextLink or deltaLink.',
      'ErrorInvalidUrlQuery',
    );
  }
  const { t, k, o, p } = decodeToken(token);
  if (t !== target || k !== (skip === null ? 'd' : 's') || !isPosition(p) || typeof o !== 'object') {
    throw badRequest('Badly formed token.', 'ErrorInvalidSyncStateData');
  }
  if (p.from < floor) throw expired(call);
  const options = o as DeltaOptions;
  if (delta === null) return { position: p, options };
  return { position: { ...p, phase: 'changes', upTo: call.mailbox.sequence, last: [], given: 0, page: 1 }, options };

  function expired(current: GraphCall): GraphError {
    const how = state.switches.expiredDelta;
    if (how === 'gone' || how === 'goneWithLocation') {
      const restart = linkTo(current, [...Object.entries(o as DeltaOptions), ['$deltatoken', '']]);
      return new GraphError(
        410,
        'SyncStateNotFound',
        'The sync state generation is not found; continue with a full synchronization.',
        how === 'gone' ? {} : { location: restart },
      );
    }
    const code = how === 'syncStateNotFound' ? 'syncStateNotFound' : 'resyncRequired';
    return new GraphError(400, code, 'The sync state generation is not found; a full synchronization is required.');
  }
}

export function nextLink(call: GraphCall, target: number, position: DeltaPosition, options: DeltaOptions): string {
  return linkTo(call, [['$skiptoken', encodeToken({ t: target, k: 's', p: position, o: options })]]);
}

/** The link for the next round: it asks for everything after `from`. No two links are equal. */
export function deltaLink(call: GraphCall, target: number, from: number, options: DeltaOptions): string {
  const position: DeltaPosition = { phase: 'changes', from, upTo: 0, last: [], given: 0, page: 1 };
  const salt = Math.floor(call.state.rng() * 0xffffffff).toString(36);
  return linkTo(call, [['$deltatoken', encodeToken({ t: target, k: 'd', p: position, o: options, n: salt })]]);
}

const DEFAULT_PAGE = 10;

export function pageSizeOf(call: GraphCall): number {
  return call.prefer.maxPageSize ?? DEFAULT_PAGE;
}

/** True when this page of a round is to be empty, although the round goes on. */
export function isEmptyPage(call: GraphCall, position: DeltaPosition): boolean {
  const every = call.state.switches.deltaEmptyPageEvery;
  return every !== null && position.page % every === 0;
}

/** True when this page begins with the last item of the page before. */
export function repeatsItem(call: GraphCall, position: DeltaPosition): boolean {
  const every = call.state.switches.deltaRepeatEvery;
  return every !== null && position.page > 1 && position.page % every === 0 && position.last.length > 0;
}

function isPosition(value: unknown): value is DeltaPosition {
  const p = value as Partial<DeltaPosition> | null | undefined;
  return (
    typeof p === 'object' &&
    p !== null &&
    (p.phase === 'initial' || p.phase === 'changes') &&
    [p.from, p.upTo, p.given, p.page].every((n) => typeof n === 'number') &&
    Array.isArray(p.last) &&
    p.last.every((n) => typeof n === 'number')
  );
}
