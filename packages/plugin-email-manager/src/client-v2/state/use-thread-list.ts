import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react';
import type { Id } from '../../shared/api';
import type { MailApi, ThreadQuery } from '../api/mail-api';
import { ApiFailure } from '../api/api-failure';
import type { PlaceKind } from './mail-view';
import { EMPTY_LIST, threadListReducer, type ThreadOp, visibleLines } from './thread-list';

const PAGE_SIZE = 50;
const LARGEST_PAGE = 200;

const failureOf = (error: unknown) =>
  error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null);

/** The list of conversations for one query: paged, refreshed without losing the place, with changes laid over it. */
export function useThreadList(api: MailApi, query: ThreadQuery, place: PlaceKind, isAtTop: () => boolean) {
  const [state, dispatch] = useReducer(threadListReducer, EMPTY_LIST);
  const key = JSON.stringify(query);
  const latest = useRef({ state, key, place });
  latest.current = { state, key, place };
  const nextKey = useRef(1);
  const refreshing = useRef(false);
  const refreshAgain = useRef(false);

  const load = useCallback(async () => {
    const asked = key;
    dispatch({ type: 'opened' });
    try {
      const page = await api.threads(JSON.parse(asked) as ThreadQuery, { pageSize: PAGE_SIZE });
      if (latest.current.key === asked) dispatch({ type: 'loaded', page });
    } catch (error) {
      if (latest.current.key === asked) dispatch({ type: 'loadFailed', failure: failureOf(error) });
    }
  }, [api, key]);

  useEffect(() => void load(), [load]);

  const loadMore = useCallback(async () => {
    const { state: current, key: asked } = latest.current;
    if (current.phase !== 'ready' || current.loadingMore || current.nextCursor === null) return;
    dispatch({ type: 'moreAsked' });
    try {
      const page = await api.threads(JSON.parse(asked) as ThreadQuery, {
        cursor: current.nextCursor,
        pageSize: PAGE_SIZE,
      });
      if (latest.current.key === asked) dispatch({ type: 'moreLoaded', page });
    } catch (error) {
      if (latest.current.key === asked) dispatch({ type: 'moreFailed', failure: failureOf(error) });
    }
  }, [api]);

  /** Asks again for what is loaded. Calls during a refresh become one more refresh after it. */
  const refresh = useCallback(async () => {
    if (refreshing.current) {
      refreshAgain.current = true;
      return;
    }
    refreshing.current = true;
    try {
      do {
        refreshAgain.current = false;
        const { state: current, key: asked } = latest.current;
        const pageSize = Math.min(LARGEST_PAGE, Math.max(PAGE_SIZE, current.lines.length));
        const page = await api.threads(JSON.parse(asked) as ThreadQuery, { pageSize });
        if (latest.current.key !== asked) return;
        if (latest.current.state.changeCount !== current.changeCount) refreshAgain.current = true;
        else dispatch({ type: 'refreshed', page, changeCount: current.changeCount, keepPlace: !isAtTop() });
      } while (refreshAgain.current && latest.current.state.pending.length === 0);
    } catch {
      // What is on the page stays; the next message from the server asks again.
    } finally {
      refreshing.current = false;
    }
  }, [api, isAtTop]);

  /**
   * Shows a change at once and sends it with `send`. Rejects with the server's refusal after the lines are back as they
   * were.
   */
  const change = useCallback(async (threadIds: readonly Id[], op: ThreadOp, send: () => Promise<unknown>) => {
    const changeKey = nextKey.current;
    nextKey.current += 1;
    dispatch({ type: 'changed', change: { key: changeKey, threadIds, op } });
    try {
      await send();
      dispatch({ type: 'confirmed', key: changeKey, place: latest.current.place });
    } catch (error) {
      dispatch({ type: 'refused', key: changeKey });
      throw failureOf(error);
    }
  }, []);

  const lines = useMemo(() => visibleLines(state, place), [state, place]);
  return { state, lines, reload: load, loadMore, refresh, change };
}
