import { revokeToken } from '@email-manager/mail-engine/oauth/flow';
import type { Log } from '@email-manager/mail-engine/ports/log';
import type { SliceResult } from '@email-manager/mail-engine/sync/runner';
import type { ProviderName } from '../../shared/api';
import { loggableError, MailApiError } from '../errors';
import type { OAuthClients } from '../providers/oauth-clients';
import type { ProviderFacts } from '../providers/provider-module';
import type { ProviderRegistry } from '../providers/registry';
import type { SettingsStore } from '../providers/settings-store';
import type { AccountRow, AccountStore } from './account-store';
import type { Grants } from './grants';
import type { Mailboxes } from './mailboxes';

export interface LifecycleDeps {
  readonly accounts: AccountStore;
  readonly grants: Grants;
  readonly registry: ProviderRegistry;
  readonly clients: OAuthClients;
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
  /**
   * Marks the mailbox for deletion and ends its grant; the worker removes the rows in small batches. Returns the page
   * on which the person ends the application's access, where the provider has no other way.
   */
  remove(account: AccountRow): Promise<{ consentUrl: string | null }>;
  /** What a slice's end means for the account. */
  afterSlice(accountId: string, result: SliceResult): Promise<void>;
  /** The owner's NocoBase user was disabled or deleted: nothing is synchronised and the tokens are given back. */
  ownerRemoved(userId: string): Promise<void>;
}

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { accounts, grants } = deps;

  /** Ends the grant at the provider and forgets it. A provider that does not answer does not keep us from forgetting. */
  async function endGrant({ id: accountId, provider }: AccountRow): Promise<{ consentUrl: string | null }> {
    const grant = await grants.read(accountId);
    await grants.remove(accountId);
    deps.mailboxes.forget(accountId);
    const { oauth } = deps.registry.of(provider);
    const tenant = grant?.tenant ?? null;
    const token = grant?.refreshToken ?? grant?.accessToken;
    if (token && oauth.endpoints(tenant).revokeUrl !== null) await revoke(provider, tenant, token);
    return { consentUrl: oauth.consentPage(tenant) };
  }

  async function revoke(provider: ProviderName, tenant: string | null, token: string): Promise<void> {
    try {
      await revokeToken(await deps.clients.contextOfGrant(provider, tenant), token);
    } catch (error) {
      deps.log.warn('A grant could not be revoked at the provider.', loggableError(error));
    }
  }

  async function learn(provider: ProviderName, facts: ProviderFacts | null): Promise<void> {
    if (facts !== null) await deps.settings.learn(provider, facts);
  }

  async function learnFromEnd({ id: accountId, provider }: AccountRow): Promise<void> {
    const grantedAt = (await grants.read(accountId))?.grantedAt ?? null;
    if (grantedAt === null) return;
    const { facts } = await deps.settings.client(provider);
    await learn(provider, deps.registry.of(provider).oauth.factsOfEnd(deps.now() - grantedAt, facts));
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
      let ended = { consentUrl: null as string | null };
      if (account.status !== 'deleting') {
        if (!(await accounts.apply(account.id, 'deletionAsked'))) throw new MailApiError('ACCOUNT_STATE_INVALID');
        ended = await endGrant(account);
      }
      deps.wake(account.id);
      deps.stateChanged(account.id);
      return ended;
    },

    async afterSlice(accountId, result) {
      const known = result.error === null ? null : await accounts.find(accountId);
      if (known && result.error) {
        const { oauth } = deps.registry.of(known.provider);
        await learn(known.provider, oauth.factsOfRefusal(result.error.kind, result.error.providerCode));
      }
      if (result.account === null) return;
      const event = result.account === 'needsReauth' ? 'grantLost' : 'blockedByProvider';
      const moved = await accounts.apply(accountId, event, result.error ? { error: result.error } : {});
      if (!moved) return;
      if (known && result.account === 'needsReauth') await learnFromEnd(known);
      const account = await accounts.find(accountId);
      if (account) await deps.notify(account);
      deps.stateChanged(accountId);
    },

    async ownerRemoved(userId) {
      for (const account of await accounts.ofUser(userId)) {
        if (account.status === 'deleting') continue;
        await accounts.apply(account.id, 'ownerRemoved');
        await endGrant(account);
        deps.wake(account.id);
      }
    },
  };
}
