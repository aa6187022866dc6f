import type { JumpingClock } from '../clock';
import type { Rng } from '../random';
import type { Accidents } from './accidents';
import type { Counters } from './counters';
import type { GrantStore } from './grants';
import type { Mailbox } from './mailbox';
import type { QuotaMeter } from './quota';

export interface SendAs {
  sendAsEmail: string;
  displayName: string;
  replyToAddress: string;
  signature: string;
  isPrimary: boolean;
  isDefault: boolean;
  treatAsAlias: boolean;
  verificationStatus: 'accepted' | 'pending';
}

export interface GoogleAccount {
  address: string;
  name: string;
  /** Google's own number for the person. */
  sub: string;
  /** Null: a Google account without Gmail. */
  mailbox: Mailbox | null;
  sendAs: SendAs[];
}

/** Pages from which Google never sends the user back. */
export type BlockPage =
  'admin_policy_enforced' | 'org_internal' | 'disallowed_useragent' | 'deleted_client' | 'invalid_client';

/** An OAuth client in a Google Cloud project. */
export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  projectNumber: string;
  redirectUris: string[];
  /** Also accepts every loopback address: for a demo whose port is not known beforehand. */
  anyLoopbackRedirect: boolean;
  /** Whether the Gmail API is enabled in the project. */
  apiEnabled: boolean;
  publishing: 'production' | 'testing';
  /** Who may consent while the status is "testing". */
  testUsers: string[];
  /** Shows the "Google hasn't verified this app" page before the consent. */
  unverified: boolean;
  blockPage: BlockPage | null;
}

/** Facts that are disputed or depend on circumstances; each can be turned the other way. */
export interface Switches {
  /** Text bodies come in UTF-8 whatever Content-Type says (`utf8`), or in the declared charset (`original`). */
  textBodies: 'utf8' | 'original';
  /** Header values come RFC 2047-decoded, or as they stand in the message. */
  headers: 'decoded' | 'raw';
  /** Text parts of at least this many bytes come as an attachment id; null: never. */
  largeTextBytes: number | null;
  /** How long `q` does not see new mail. */
  searchLagMs: number;
  /** The status of a refusal for too many units. */
  quotaStatus: 403 | 429;
  /** Whether deleting a label shows in the history of its messages. */
  labelDeletionInHistory: boolean;
  /** How long an attachment id can be used. */
  attachmentIdTtlMs: number;
  /** Life of an access token in seconds. */
  accessTokenSeconds: number;
  /** How many messages a mailbox may send within 24 hours; null: no limit. */
  sendsPerDay: number | null;
  /** Addresses that send a delivery report back. */
  bouncing: readonly string[];
  /** Life of refresh tokens in seconds for time-based access; null: unlimited. */
  refreshTokenSeconds: number | null;
}

export const DEFAULT_SWITCHES: Switches = {
  textBodies: 'utf8',
  headers: 'decoded',
  largeTextBytes: null,
  searchLagMs: 0,
  quotaStatus: 403,
  labelDeletionInHistory: true,
  attachmentIdTtlMs: 5 * 60_000,
  accessTokenSeconds: 3599,
  sendsPerDay: 500,
  bouncing: [],
  refreshTokenSeconds: null,
};

/** How consent is given without a person: for tests that do not look at the page. */
export interface AutoApprove {
  /** The account that is picked; without it `login_hint`, else the first account. */
  account?: string;
  /** Leaves these scopes unticked. */
  untick?: string[];
  deny?: boolean;
}

/** Everything a simulated Google knows; one object shared by all its parts. */
export interface GoogleState {
  clock: JumpingClock;
  /** For tokens, codes and nonces. */
  rng: Rng;
  /** By lower-case address. */
  accounts: Map<string, GoogleAccount>;
  clients: Map<string, OAuthClient>;
  grants: GrantStore;
  quota: QuotaMeter;
  counters: Counters;
  accidents: Accidents;
  switches: Switches;
  autoApprove: AutoApprove | null;
  concurrencyPerUser: number;
  latencyMs: number;
}

export function findAccount(state: GoogleState, address: string): GoogleAccount {
  const account = state.accounts.get(address.toLowerCase());
  if (!account) throw new Error(`There is no simulated Google account ${address}.`);
  return account;
}

export function findMailbox(state: GoogleState, address: string): Mailbox {
  const { mailbox } = findAccount(state, address);
  if (!mailbox) throw new Error(`The simulated account ${address} has no mailbox.`);
  return mailbox;
}
