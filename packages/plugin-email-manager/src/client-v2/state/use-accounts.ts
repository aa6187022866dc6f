import { useCallback, useEffect, useRef, useState } from 'react';
import type { Account, AccountStatus, ConnectOption, Id, SyncProgress } from '../../shared/api';
import type { Host } from '../host';
import { ApiFailure } from '../api/api-failure';

export interface AccountsState {
  phase: 'loading' | 'ready' | 'failed';
  accounts: readonly Account[];
  options: readonly ConnectOption[];
  failure: ApiFailure | null;
}

/** The person's mailboxes with folders and labels, and what can be connected. Progress arrives over the socket. */
export function useAccounts(host: Host) {
  const [state, setState] = useState<AccountsState>({ phase: 'loading', accounts: [], options: [], failure: null });
  const asking = useRef(0);

  const refresh = useCallback(async () => {
    asking.current += 1;
    const asked = asking.current;
    try {
      const [accounts, options] = await Promise.all([
        host.api.accounts(),
        host.api.connectOptions().catch((error: unknown) => {
          if (error instanceof ApiFailure && error.status !== 401) return [];
          throw error;
        }),
      ]);
      if (asked === asking.current) setState({ phase: 'ready', accounts, options, failure: null });
    } catch (error) {
      if (asked !== asking.current) return;
      const failure = error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null);
      setState((before) => (before.phase === 'ready' ? before : { ...before, phase: 'failed', failure }));
    }
  }, [host]);

  useEffect(() => void refresh(), [refresh]);

  useEffect(
    () =>
      host.on<{ accountId: Id; status: AccountStatus; progress: SyncProgress }>('mail:account', (news) => {
        setState((before) => {
          const known = before.accounts.find((account) => account.id === String(news.accountId));
          if (!known || known.status !== news.status || news.progress.phase === 'done') void refresh();
          return {
            ...before,
            accounts: before.accounts.map((account) =>
              account === known ? { ...account, status: news.status, progress: news.progress } : account,
            ),
          };
        });
      }),
    [host, refresh],
  );

  return { ...state, refresh };
}
