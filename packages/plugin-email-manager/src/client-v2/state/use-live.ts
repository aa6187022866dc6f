import { useEffect, useRef, useState } from 'react';
import type { Id } from '../../shared/api';
import type { Host } from '../host';

const TOUCH_EVERY_MS = 20_000;
const SETTLE_MS = 400;
const LONGEST_WAIT_MS = 2_000;

/** Tells the server that mail is being looked at: syncing is every 15 seconds while the page is visible. */
export function usePresence(host: Host): void {
  useEffect(() => {
    const tell = () => {
      // A lost word about presence costs a slower sync and nothing else.
      host.api.touch(document.visibilityState === 'visible').catch(() => undefined);
    };
    const tick = () => document.visibilityState === 'visible' && tell();
    tell();
    const timer = window.setInterval(tick, TOUCH_EVERY_MS);
    document.addEventListener('visibilitychange', tell);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', tell);
    };
  }, [host]);
}

/**
 * Calls back when mail of this person changed: once things are quiet for a moment, and at the latest after two seconds
 * of unbroken news, as during a first sync.
 */
export function useMailChanges(host: Host, onChange: (threadIds: ReadonlySet<Id>) => void): void {
  const callback = useRef(onChange);
  callback.current = onChange;
  useEffect(() => {
    const changed = new Set<Id>();
    let quiet: number | undefined;
    let latest: number | undefined;
    const flush = () => {
      window.clearTimeout(quiet);
      window.clearTimeout(latest);
      quiet = latest = undefined;
      const threadIds = new Set(changed);
      changed.clear();
      callback.current(threadIds);
    };
    const stop = host.on<{ threadIds?: Id[] }>('mail:changed', (news) => {
      for (const id of news.threadIds ?? []) changed.add(String(id));
      window.clearTimeout(quiet);
      quiet = window.setTimeout(flush, SETTLE_MS);
      latest ??= window.setTimeout(flush, LONGEST_WAIT_MS);
    });
    return () => {
      stop();
      window.clearTimeout(quiet);
      window.clearTimeout(latest);
    };
  }, [host]);
}

/** The width of an element in pixels, measured when it changes; 0 before the first measurement. */
export function useWidth<T extends HTMLElement>() {
  const [width, setWidth] = useState(0);
  const [element, setElement] = useState<T | null>(null);
  useEffect(() => {
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width] as const;
}

/** The current time, again every half minute, for "3 minutes ago". */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(new Date()), 30_000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
