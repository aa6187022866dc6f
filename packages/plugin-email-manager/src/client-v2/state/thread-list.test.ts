import { describe, expect, it } from 'vitest';
import type { ThreadLine } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { EMPTY_LIST, threadListReducer as reduce, visibleLines, type ThreadListState } from './thread-list';

const line = (id: number, extra: Partial<ThreadLine> = {}): ThreadLine => ({
  id: String(id),
  accountId: '1',
  subject: `Subject ${id}`,
  snippet: '',
  senders: [],
  messageCount: 1,
  unreadCount: 0,
  isStarred: false,
  hasAttachments: false,
  lastMessageAt: new Date(2026, 0, id).toISOString(),
  labelIds: [],
  ...extra,
});
const ids = (lines: readonly ThreadLine[]) => lines.map(({ id }) => Number(id));

/** Lines newest first, as the server sends them. */
const listed = (numbers: number[], nextCursor: string | null = null): ThreadListState =>
  reduce(EMPTY_LIST, { type: 'loaded', page: { lines: numbers.map((id) => line(id)), nextCursor } });

const change = (key: number, id: number, op: 'archive' | 'star' | 'trash' | 'markRead') =>
  ({ type: 'changed', change: { key, threadIds: [String(id)], op } }) as const;

describe('the list of conversations', () => {
  it('shows a change before the server has answered', () => {
    const state = reduce(listed([3, 2, 1]), change(1, 2, 'archive'));
    expect(ids(visibleLines(state, 'inbox'))).toEqual([3, 1]);
  });

  it('puts a line back exactly where it was when the server refuses', () => {
    let state = reduce(listed([3, 2, 1]), change(1, 2, 'trash'));
    state = reduce(state, { type: 'refused', key: 1 });
    expect(ids(visibleLines(state, 'inbox'))).toEqual([3, 2, 1]);
  });

  it('takes back only the change that was refused', () => {
    let state = reduce(listed([3, 2, 1]), change(1, 2, 'archive'));
    state = reduce(state, change(2, 3, 'star'));
    state = reduce(state, { type: 'refused', key: 1 });
    expect(ids(visibleLines(state, 'inbox'))).toEqual([3, 2, 1]);
    expect(visibleLines(state, 'inbox')[0]?.isStarred).toBe(true);
  });

  it('does not let an older answer bring an archived conversation back', () => {
    const before = listed([3, 2, 1]);
    let state = reduce(before, change(1, 2, 'archive'));
    state = reduce(state, { type: 'confirmed', key: 1, place: 'inbox' });
    const page = { lines: [line(3), line(2), line(1)], nextCursor: null };
    state = reduce(state, { type: 'refreshed', page, changeCount: before.changeCount, keepPlace: false });
    expect(ids(visibleLines(state, 'inbox'))).toEqual([3, 1]);
  });

  it('does not hide a conversation that is archived from a label or a search', () => {
    const state = reduce(listed([2, 1]), change(1, 2, 'archive'));
    expect(ids(visibleLines(state, 'elsewhere'))).toEqual([2, 1]);
  });

  it('does not doubly list a conversation that moved up between two pages', () => {
    let state = reduce(listed([5, 4], 'next'), { type: 'moreAsked' });
    state = reduce(state, { type: 'moreLoaded', page: { lines: [line(4), line(3)], nextCursor: null } });
    expect(ids(state.lines)).toEqual([5, 4, 3]);
  });

  it('keeps the pages already read when the first page is refreshed', () => {
    let state = listed([5, 4], 'a');
    state = reduce(state, { type: 'moreLoaded', page: { lines: [line(3), line(2)], nextCursor: 'b' } });
    const page = { lines: [line(6), line(5)], nextCursor: 'c' };
    state = reduce(state, { type: 'refreshed', page, changeCount: 0, keepPlace: true });
    // 4 would have to be on the fresh page if it still were in the list: 5 is the last, and 4 is older, so it stays.
    expect(ids(state.lines)).toEqual([6, 5, 4, 3, 2]);
    expect(state.nextCursor).toBe('b');
  });

  it('drops what left the list, and does not page on from the middle of nowhere', () => {
    let state = listed([5, 4, 3]);
    const page = { lines: [line(5), line(3)], nextCursor: null };
    state = reduce(state, { type: 'refreshed', page, changeCount: 0, keepPlace: false });
    expect(ids(state.lines)).toEqual([5, 3]);
    expect(state.nextCursor).toBeNull();
  });

  it('counts what came in above only while the person reads further down', () => {
    const page = { lines: [line(6), line(5), line(4)], nextCursor: null };
    const atTop = reduce(listed([4]), { type: 'refreshed', page, changeCount: 0, keepPlace: false });
    const below = reduce(listed([4]), { type: 'refreshed', page, changeCount: 0, keepPlace: true });
    expect([atTop.prepended, below.prepended]).toEqual([0, 2]);
  });

  it('forgets no change under way when another list is opened', () => {
    let state = reduce(listed([2, 1]), change(1, 2, 'markRead'));
    state = reduce(state, { type: 'opened' });
    state = reduce(state, { type: 'loaded', page: { lines: [line(2, { unreadCount: 3 })], nextCursor: null } });
    expect(visibleLines(state, 'inbox')[0]?.unreadCount).toBe(0);
  });

  it('keeps the lines when only the next page fails', () => {
    let state = reduce(listed([2, 1], 'next'), { type: 'moreAsked' });
    state = reduce(state, { type: 'moreFailed', failure: new ApiFailure('NO_ANSWER', '', '', null, null) });
    expect(ids(state.lines)).toEqual([2, 1]);
    expect([state.loadingMore, state.nextCursor]).toEqual([false, 'next']);
  });
});
