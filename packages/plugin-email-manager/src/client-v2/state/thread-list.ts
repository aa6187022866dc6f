import type { Id, OrganiseRequest, ThreadLine } from '../../shared/api';
import type { ThreadPage } from '../api/mail-api';
import type { ApiFailure } from '../api/api-failure';
import type { PlaceKind } from './mail-view';

export type ThreadOp = OrganiseRequest['op'];

/** A change that the person has made and the server has not yet answered. */
export interface PendingChange {
  key: number;
  threadIds: readonly Id[];
  op: ThreadOp;
}

export interface ThreadListState {
  phase: 'loading' | 'ready' | 'failed';
  /** As the server said last. What is shown is this with `pending` laid over it. */
  lines: readonly ThreadLine[];
  nextCursor: string | null;
  loadingMore: boolean;
  failure: ApiFailure | null;
  pending: readonly PendingChange[];
  /**
   * Counts starts and ends of changes. An answer that was asked for under an older count may not know a change that is
   * already confirmed, so it is not taken over.
   */
  changeCount: number;
  /** How many lines came in above while the person was reading further down: keeps the scroll position steady. */
  prepended: number;
}

export const EMPTY_LIST: ThreadListState = {
  phase: 'loading',
  lines: [],
  nextCursor: null,
  loadingMore: false,
  failure: null,
  pending: [],
  changeCount: 0,
  prepended: 0,
};

export type ThreadListAction =
  | { type: 'opened' }
  | { type: 'loaded'; page: ThreadPage }
  | { type: 'loadFailed'; failure: ApiFailure }
  | { type: 'moreAsked' }
  | { type: 'moreLoaded'; page: ThreadPage }
  | { type: 'moreFailed'; failure: ApiFailure }
  | { type: 'refreshed'; page: ThreadPage; changeCount: number; keepPlace: boolean }
  | { type: 'changed'; change: PendingChange }
  | { type: 'confirmed'; key: number; place: PlaceKind }
  | { type: 'refused'; key: number };

/** One line after a change; null when the conversation leaves a list of this kind. */
export function applyToLine(line: ThreadLine, op: ThreadOp, place: PlaceKind): ThreadLine | null {
  switch (op) {
    case 'markRead':
      return line.unreadCount === 0 ? line : { ...line, unreadCount: 0 };
    case 'markUnread':
      return line.unreadCount > 0 ? line : { ...line, unreadCount: 1 };
    case 'star':
      return line.isStarred ? line : { ...line, isStarred: true };
    case 'unstar':
      return line.isStarred ? { ...line, isStarred: false } : line;
    case 'archive':
      return place === 'inbox' ? null : line;
    case 'trash':
      return place === 'trash' ? line : null;
    case 'untrash':
      return place === 'trash' ? null : line;
    case 'move':
    case 'addLabel':
    case 'removeLabel':
      return line;
  }
}

function applyAll(lines: readonly ThreadLine[], changes: readonly PendingChange[], place: PlaceKind): ThreadLine[] {
  return lines.flatMap((line) => {
    let current: ThreadLine | null = line;
    for (const change of changes) {
      if (current && change.threadIds.includes(line.id)) current = applyToLine(current, change.op, place);
    }
    return current ? [current] : [];
  });
}

/** What the page shows: the server's lines with the changes under way laid over them. */
export function visibleLines(state: ThreadListState, place: PlaceKind): readonly ThreadLine[] {
  return state.pending.length === 0 ? state.lines : applyAll(state.lines, state.pending, place);
}

function appended(lines: readonly ThreadLine[], more: readonly ThreadLine[]): ThreadLine[] {
  const known = new Set(lines.map((line) => line.id));
  return [...lines, ...more.filter((line) => !known.has(line.id))];
}

/**
 * A fresh first page over a longer list: lines older than the page stay, lines that the page should have held and does
 * not hold are gone.
 */
function refreshedLines(state: ThreadListState, page: ThreadPage): ThreadLine[] {
  const last = page.lines.at(-1);
  if (page.nextCursor === null || !last) return [...page.lines];
  const fresh = new Set(page.lines.map((line) => line.id));
  const older = state.lines.filter((line) => !fresh.has(line.id) && line.lastMessageAt < last.lastMessageAt);
  return [...page.lines, ...older];
}

function newAbove(before: readonly ThreadLine[], after: readonly ThreadLine[]): number {
  const known = new Set(before.map((line) => line.id));
  const firstKnown = after.findIndex((line) => known.has(line.id));
  return firstKnown === -1 ? 0 : firstKnown;
}

export function threadListReducer(state: ThreadListState, action: ThreadListAction): ThreadListState {
  switch (action.type) {
    case 'opened':
      return { ...EMPTY_LIST, changeCount: state.changeCount, pending: state.pending };
    case 'loaded':
      return { ...state, phase: 'ready', failure: null, lines: action.page.lines, nextCursor: action.page.nextCursor };
    case 'loadFailed':
      return { ...state, phase: 'failed', failure: action.failure };
    case 'moreAsked':
      return { ...state, loadingMore: true, failure: null };
    case 'moreLoaded':
      return {
        ...state,
        loadingMore: false,
        lines: appended(state.lines, action.page.lines),
        nextCursor: action.page.nextCursor,
      };
    case 'moreFailed':
      return { ...state, loadingMore: false, failure: action.failure };
    case 'refreshed': {
      if (action.changeCount !== state.changeCount) return state;
      const lines = refreshedLines(state, action.page);
      const isLonger = lines.length > action.page.lines.length;
      return {
        ...state,
        phase: 'ready',
        failure: null,
        lines,
        nextCursor: isLonger ? state.nextCursor : action.page.nextCursor,
        prepended: action.keepPlace ? state.prepended + newAbove(state.lines, lines) : state.prepended,
      };
    }
    case 'changed':
      return { ...state, pending: [...state.pending, action.change], changeCount: state.changeCount + 1 };
    case 'confirmed': {
      const change = state.pending.find((pending) => pending.key === action.key);
      if (!change) return state;
      return {
        ...state,
        lines: applyAll(state.lines, [change], action.place),
        pending: state.pending.filter((pending) => pending.key !== action.key),
        changeCount: state.changeCount + 1,
      };
    }
    case 'refused':
      return {
        ...state,
        pending: state.pending.filter((pending) => pending.key !== action.key),
        changeCount: state.changeCount + 1,
      };
  }
}
