import { refreshTokens } from '@email-manager/mail-engine/oauth/flow';
import { createTokenSource } from '@email-manager/mail-engine/oauth/refresh-token';
import type { Clock, Random } from '@email-manager/mail-engine/ports/clock';
import type { HttpClient } from '@email-manager/mail-engine/ports/http-client';
import type { TokenSource } from '@email-manager/mail-engine/ports/token-source';
import { createGmailProvider } from '@email-manager/mail-engine/providers/gmail/provider';
import { settlePlaces } from '@email-manager/mail-engine/providers/gmail/labels';
import { GMAIL_QUOTAS, type GmailQuota } from '@email-manager/mail-engine/providers/gmail/quota';
import { Pacer } from '@email-manager/mail-engine/providers/pacer';
import type { MailboxProfile, MailProvider } from '@email-manager/mail-engine/providers/provider';
import type { RulesOf } from '../stores/message-context';
import { googleEndpoints, googleQuotaName } from '../env';
import type { GoogleClient } from '../providers/google-client';
import type { Grants } from './grants';

export interface MailboxesDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly google: GoogleClient;
  readonly grants: Grants;
  /** Names this process. */
  readonly owner: string;
  /** Ends waits and calls when the plugin stops. */
  readonly signal: AbortSignal;
}

interface Mailbox {
  readonly sync: MailProvider;
  readonly interactive: MailProvider;
  readonly pacer: Pacer;
}

/** The connected mailboxes' providers: one token source and one pacer per account and process, whoever asks. */
export interface Mailboxes {
  /** For the sync: yields to people. */
  forSync(accountId: string): MailProvider;
  /** For an answer that a person waits for. */
  forPeople(accountId: string): MailProvider;
  readProfile(accessToken: string): Promise<MailboxProfile>;
  readonly rulesOf: RulesOf;
  readonly quota: GmailQuota;
  /** Units that the account's pacer has counted in this process; null before its first call. */
  unitsUsed(accountId: string): number | null;
  forget(accountId: string): void;
}

/** A token that is about to end is not used again without looking. */
const TOKEN_MARGIN_MS = 60_000;

function quotaByEnvironment(): GmailQuota {
  const name = googleQuotaName();
  return name === 'off' ? { ...GMAIL_QUOTAS['2026'], unitsPerMinute: Infinity } : GMAIL_QUOTAS[name];
}

export function createMailboxes(deps: MailboxesDeps): Mailboxes {
  const quota = quotaByEnvironment();
  const mailboxes = new Map<string, Mailbox>();
  const shared = { http: deps.http, clock: deps.clock, random: deps.random, quota, signal: deps.signal };

  function tokensOf(accountId: string): TokenSource {
    const { grants } = deps;
    // What this process has seen last. An idle poll then asks the database for no token; one that was withdrawn or
    // replaced elsewhere is refused by the provider, and then the row is read.
    let seen: { accessToken: string | null; accessTokenExpiresAt: number } | null = null;
    const source = createTokenSource({
      clock: deps.clock,
      owner: deps.owner,
      refresh: async (refreshToken) => refreshTokens(await deps.google.context(), refreshToken),
      store: {
        read: async () => (seen = await grants.read(accountId)),
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
      replaceRefused: (refused) => {
        seen = null;
        return source.replaceRefused(refused);
      },
    };
  }

  function mailbox(accountId: string): Mailbox {
    const known = mailboxes.get(accountId);
    if (known) return known;
    const pacer = new Pacer({ clock: deps.clock, unitsPerWindow: quota.unitsPerMinute });
    const options = { ...shared, tokens: tokensOf(accountId), pacer, baseUrl: googleEndpoints().apiUrl };
    const created: Mailbox = {
      sync: createGmailProvider(options),
      interactive: createGmailProvider({ ...options, priority: 'interactive' }),
      pacer,
    };
    mailboxes.set(accountId, created);
    return created;
  }

  return {
    quota,
    rulesOf: () => ({ settlePlaces }),
    forSync: (accountId) => mailbox(accountId).sync,
    forPeople: (accountId) => mailbox(accountId).interactive,
    readProfile: (accessToken) => {
      const tokens: TokenSource = {
        accessToken: () => Promise.resolve(accessToken),
        replaceRefused: () => Promise.resolve(accessToken),
      };
      const pacer = new Pacer({ clock: deps.clock, unitsPerWindow: quota.unitsPerMinute });
      return createGmailProvider({ ...shared, tokens, pacer, baseUrl: googleEndpoints().apiUrl }).profile();
    },
    unitsUsed: (accountId) => mailboxes.get(accountId)?.pacer.stats().units ?? null,
    forget: (accountId) => {
      mailboxes.delete(accountId);
    },
  };
}
