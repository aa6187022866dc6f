import { useCallback, useEffect, useState } from 'react';
import type { MailPreferences } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import type { Host } from '../host';

const KEY = 'email-manager.preferences';
export const DEFAULT_PREFERENCES: MailPreferences = { badge: 'primary', tab: 'primary' };

/** What this browser knew last, so that the first list need not wait for the server. */
export function rememberedPreferences(storage: Pick<globalThis.Storage, 'getItem'>): MailPreferences {
  try {
    const { badge, tab } = JSON.parse(storage.getItem(KEY) ?? '{}') as Partial<MailPreferences>;
    return { badge: badge === 'all' ? 'all' : 'primary', tab: tab === 'other' ? 'other' : 'primary' };
  } catch {
    return DEFAULT_PREFERENCES;
  }
}

/** The person's own choices. They are the server's; a change is shown at once and goes back when it is refused. */
export function usePreferences(host: Host, failed: (failure: ApiFailure) => void) {
  const [preferences, setPreferences] = useState(() => rememberedPreferences(window.localStorage));

  const take = useCallback((next: MailPreferences) => {
    window.localStorage.setItem(KEY, JSON.stringify(next));
    setPreferences((before) => (before.badge === next.badge && before.tab === next.tab ? before : next));
  }, []);
  useEffect(() => {
    let mounted = true;
    // Without an answer the last known choices stand.
    host.api.preferences().then(
      (next) => mounted && take(next),
      () => undefined,
    );
    return () => {
      mounted = false;
    };
  }, [host, take]);

  const change = useCallback(
    async (next: Partial<MailPreferences>) => {
      const before = preferences;
      take({ ...before, ...next });
      try {
        take(await host.api.changePreferences(next));
      } catch (error) {
        take(before);
        if (error instanceof ApiFailure) failed(error);
      }
    },
    [failed, host.api, preferences, take],
  );
  return { preferences, change };
}
