import { MailError } from '@email-manager/mail-engine/errors';
import type { FolderRole } from '@email-manager/mail-engine/model/place';
import { refreshTokens } from '@email-manager/mail-engine/oauth/flow';
import { createTokenSource } from '@email-manager/mail-engine/oauth/refresh-token';
import type { Clock, Random } from '@email-manager/mail-engine/ports/clock';
import type { HttpClient } from '@email-manager/mail-engine/ports/http-client';
import type { TokenSource } from '@email-manager/mail-engine/ports/token-source';
import type { Pacer } from '@email-manager/mail-engine/providers/pacer';
import type { MailboxProfile, MailProvider } from '@email-manager/mail-engine/providers/provider';
import type { ProviderName } from '../../shared/api';
import { MailApiError } from '../errors';
import type { OAuthClients } from '../providers/oauth-clients';
import type { ProviderRegistry } from '../providers/registry';
import type { RulesOf } from '../stores/message-context';
import type { AccountStore } from './account-store';
import type { Grants } from './grants';

export interface MailboxesDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: ProviderRegistry;
  readonly clients: OAuthClients;
  readonly accounts: Pick<AccountStore, 'find'>;
  readonly grants: Grants;
  /** Names this process. */
  readonly owner: string;
  /** Ends waits and calls when the plugin stops. */
  readonly signal: AbortSignal;
}

/** What an account's row says about its provider. */
export interface MailboxAccount {
  readonly id: string;
  readonly provider: ProviderName;
  readonly skipFolders: readonly FolderRole[];
}

interface Mailbox {
  readonly tokens: TokenSource;
  readonly pacer: Pacer;
  readonly skipFolders: string;
  readonly sync: MailProvider;
  readonly interactive: MailProvider;
}

/** The connected mailboxes' providers: one token source and one pacer per account and process, whoever asks. */
export interface Mailboxes {
  /** For the sync: yields to people. */
  forSync(account: MailboxAccount): MailProvider;
  /** For an answer that a person waits for. @throws MailApiError ACCOUNT_NOT_FOUND */
  forPeople(accountId: string): Promise<MailProvider>;
  readProfile(provider: ProviderName, accessToken: string): Promise<MailboxProfile>;
  readonly rulesOf: RulesOf;
  /** Units that the account's pacer has counted in this process; null before its first call. */
  unitsUsed(accountId: string): number | null;
  forget(accountId: string): void;
}

/** A token that is about to end is not used again without looking. */
const TOKEN_MARGIN_MS = 60_000;

export function createMailboxes(deps: MailboxesDeps): Mailboxes {
  const { grants, registry } = deps;
  const mailboxes = new Map<string, Mailbox>();
  const shared = { http: deps.http, clock: deps.clock, random: deps.random, signal: deps.signal };

  function tokensOf({ id: accountId, provider }: MailboxAccount): TokenSource {
    // What this process has seen last. An idle poll then asks the database for no token; one that was withdrawn or
    // replaced elsewhere is refused by the provider, and then the row is read.
    let seen: { accessToken: string | null; accessTokenExpiresAt: number } | null = null;
    let tenant: string | null = null;
    const source = createTokenSource({
      clock: deps.clock,
      owner: deps.owner,
      refresh: async (refreshToken, claims) => {
        try {
          return await refreshTokens(await deps.clients.contextOfGrant(provider, tenant), refreshToken, claims);
        } catch (error) {
          const challenge =
            error instanceof MailError && error.kind === 'needsReauth' ? (error.claims ?? claims) : null;
          if (challenge !== null) await grants.keepClaims(accountId, challenge);
          throw error;
        }
      },
      store: {
        read: async () => {
          const grant = await grants.read(accountId);
          tenant = grant?.tenant ?? null;
          return (seen = grant);
        },
        beginRefresh: (version, owner, staleMs) => grants.beginRefresh(accountId, version, owner, staleMs),
        commitRefresh: async (version, owner, tokens) => {
          const stored = await grants.commitRefresh(accountId, version, owner, tokens);
          seen = stored ? tokens : null;
          return stored;
        },
        endRefresh: (version, owner) => grants.endRefresh(accountId, version, owner),
      },
    });
    return {
      accessToken: () => {
        const usable = seen && seen.accessTokenExpiresAt > deps.clock.now() + TOKEN_MARGIN_MS ? seen.accessToken : null;
        return usable === null ? source.accessToken() : Promise.resolve(usable);
      },
      replaceRefused: (refused, claims) => {
        seen = null;
        return source.replaceRefused(refused, claims);
      },
    };
  }

  function mailbox(account: MailboxAccount): Mailbox {
    const known = mailboxes.get(account.id);
    const skipFolders = [...account.skipFolders].sort().join(',');
    if (known?.skipFolders === skipFolders) return known;
    const { mail } = registry.of(account.provider);
    // Another choice of folders changes what is read, not who reads it or how fast.
    const tokens = known?.tokens ?? tokensOf(account);
    const pacer = known?.pacer ?? mail.createPacer(deps.clock);
    const options = { ...shared, tokens, pacer, skipFolders: account.skipFolders };
    const created: Mailbox = {
      tokens,
      pacer,
      skipFolders,
      sync: mail.createProvider(options),
      interactive: mail.createProvider({ ...options, priority: 'interactive' }),
    };
    mailboxes.set(account.id, created);
    return created;
  }

  return {
    rulesOf: (provider) => registry.of(provider as ProviderName).mail.rules,
    forSync: (account) => mailbox(account).sync,
    async forPeople(accountId) {
      const known = mailboxes.get(accountId);
      if (known) return known.interactive;
      const account = await deps.accounts.find(accountId);
      if (!account) throw new MailApiError('ACCOUNT_NOT_FOUND');
      return mailbox(account).interactive;
    },
    readProfile: (provider, accessToken) => {
      const { mail } = registry.of(provider);
      const tokens: TokenSource = {
        accessToken: () => Promise.resolve(accessToken),
        replaceRefused: () => Promise.resolve(accessToken),
      };
      const pacer = mail.createPacer(deps.clock);
      return mail.createProvider({ ...shared, tokens, pacer, skipFolders: [] }).profile();
    },
    unitsUsed: (accountId) => mailboxes.get(accountId)?.pacer.stats().units ?? null,
    forget: (accountId) => {
      mailboxes.delete(accountId);
    },
  };
}
