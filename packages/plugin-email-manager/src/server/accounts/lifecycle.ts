import { revokeToken } from '@email-manager/mail-engine/oauth/flow';
import type { Log } from '@email-manager/mail-engine/ports/log';
import type { SliceResult } from '@email-manager/mail-engine/sync/runner';
import { loggableError, MailApiError } from '../errors';
import type { GoogleClient } from '../providers/google-client';
import type { SettingsStore } from '../providers/settings-store';
import type { AccountRow, AccountStore } from './account-store';
import type { Grants } from './grants';
import type { Mailboxes } from './mailboxes';

const DAY_MS = 86_400_000;

export interface LifecycleDeps {
  readonly accounts: AccountStore;
  readonly grants: Grants;
  readonly google: GoogleClient;
  readonly settings: SettingsStore;
  readonly mailboxes: Mailboxes;
  readonly log: Log;
  readonly now: () => number;
  /** Tells the owner and the administrators that somebody has to act. */
  readonly notify: (account: AccountRow) => Promise<void>;
  readonly stateChanged: (accountId: string) => void;
  readonly wake: (accountId: string) => void;
}

/** What happens to a connected mailbox apart from its mail. */
export interface Lifecycle {
  pause(account: AccountRow): Promise<void>;
  resume(account: AccountRow): Promise<void>;
  /** Marks the mailbox for deletion and ends its grant; the worker removes the rows in small batches. */
  remove(account: AccountRow): Promise<void>;
  /** What a slice's end means for the account. */
  afterSlice(accountId: string, result: SliceResult): Promise<void>;
  /** The owner's NocoBase user was disabled or deleted: nothing is synchronised and the tokens are given back. */
  ownerRemoved(userId: string): Promise<void>;
}

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { accounts, grants } = deps;

  /** Ends the grant at the provider and forgets it. A provider that does not answer does not keep us from forgetting. */
  async function endGrant(accountId: string): Promise<void> {
    const grant = await grants.read(accountId);
    await grants.remove(accountId);
    deps.mailboxes.forget(accountId);
    const token = grant?.refreshToken ?? grant?.accessToken;
    if (!token) return;
    try {
      await revokeToken(await deps.google.context(), token);
    } catch (error) {
      deps.log.warn('A grant could not be revoked at the provider.', loggableError(error));
    }
  }

  async function learnFrom(accountId: string): Promise<void> {
    const grantedAt = (await grants.read(accountId))?.grantedAt ?? null;
    if (grantedAt === null) return;
    const days = (deps.now() - grantedAt) / DAY_MS;
    // Google's testing mode ends every grant after seven days.
    if (days < 6.9 || days > 8) return;
    const { facts } = await deps.settings.google();
    await deps.settings.learn('google', { diedAfterSevenDays: (facts.diedAfterSevenDays ?? 0) + 1 });
  }

  return {
    async pause(account) {
      if (account.status === 'paused') return;
      if (!(await accounts.apply(account.id, 'pausedByMember'))) throw new MailApiError('ACCOUNT_STATE_INVALID');
      deps.wake(account.id);
      deps.stateChanged(account.id);
    },

    async resume(account) {
      if (account.status === 'active') return;
      const grant = await grants.read(account.id);
      if (account.status === 'paused' && !grant?.refreshToken) {
        await accounts.apply(account.id, 'grantLost');
        deps.stateChanged(account.id);
        throw new MailApiError('ACCOUNT_NEEDS_REAUTH');
      }
      if (!(await accounts.apply(account.id, 'resumedByMember'))) {
        throw new MailApiError(account.status === 'needsReauth' ? 'ACCOUNT_NEEDS_REAUTH' : 'ACCOUNT_STATE_INVALID');
      }
      deps.wake(account.id);
      deps.stateChanged(account.id);
    },

    async remove(account) {
      if (account.status !== 'deleting') {
        if (!(await accounts.apply(account.id, 'deletionAsked'))) throw new MailApiError('ACCOUNT_STATE_INVALID');
        await endGrant(account.id);
      }
      deps.wake(account.id);
      deps.stateChanged(account.id);
    },

    async afterSlice(accountId, result) {
      if (result.error?.kind === 'apiDisabled') await deps.settings.learn('google', { apiEnabled: false });
      if (result.account === null) return;
      const event = result.account === 'needsReauth' ? 'grantLost' : 'blockedByProvider';
      const moved = await accounts.apply(accountId, event, result.error ? { error: result.error } : {});
      if (!moved) return;
      if (result.account === 'needsReauth') await learnFrom(accountId);
      const account = await accounts.find(accountId);
      if (account) await deps.notify(account);
      deps.stateChanged(accountId);
    },

    async ownerRemoved(userId) {
      for (const account of await accounts.ofUser(userId)) {
        if (account.status === 'deleting') continue;
        await accounts.apply(account.id, 'ownerRemoved');
        await endGrant(account.id);
        deps.wake(account.id);
      }
    },
  };
}
