import { useCallback } from 'react';
import type { Account, Id } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import type { Feedback } from '../components/feedback';
import type { Host } from '../host';
import { organiseThread } from './organise';
import type { ThreadOp } from './thread-list';

interface ChangeTargets {
  accounts: readonly Account[];
  /** The conversation that is open. */
  openId: Id | null;
  /** Shows a change of conversations at once and sends it. */
  change: (threadIds: readonly Id[], op: ThreadOp, send: () => Promise<unknown>) => Promise<void>;
  goToList: () => void;
  refresh: () => Promise<void>;
  refreshAccounts: () => Promise<void>;
}

/** A change of a whole conversation: shown at once, sent, offered to be taken back, and undone when it is refused. */
export function useChangeThread(host: Host, feedback: Feedback, targets: ChangeTargets) {
  const { accounts, openId, change, goToList, refresh, refreshAccounts } = targets;
  const { api, t } = host;
  return useCallback(
    async (id: Id, op: ThreadOp) => {
      if ((op === 'archive' || op === 'trash' || op === 'markUnread') && id === openId) goToList();
      try {
        let undo: Awaited<ReturnType<typeof organiseThread>> = null;
        await change([id], op, async () => {
          undo = await organiseThread(api, accounts, id, op);
        });
        void refreshAccounts();
        const takeBack = undo as (() => Promise<void>) | null;
        if (!takeBack) return;
        feedback.undoable(t(op === 'trash' ? 'ui.done.trashed' : 'ui.done.archived'), () => {
          takeBack().then(
            () => {
              void refresh();
              void refreshAccounts();
            },
            (error: unknown) => error instanceof ApiFailure && feedback.failed(error),
          );
        });
      } catch (error) {
        if (error instanceof ApiFailure) feedback.failed(error);
        void refresh();
      }
    },
    [accounts, api, change, feedback, goToList, openId, refresh, refreshAccounts, t],
  );
}
