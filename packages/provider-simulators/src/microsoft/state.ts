import type { JumpingClock } from '../clock';
import type { Rng } from '../random';
import type { GraphLimits } from './graph/limits';
import type { Mailbox } from './graph/mailbox';

/** The tenant of all personal Microsoft accounts. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

export interface MicrosoftAccount {
  /** Also the user principal name. */
  address: string;
  name: string;
  tenantId: string;
  objectId: string;
  kind: 'work' | 'personal';
  /** Null: a Microsoft account without an Exchange Online or Outlook.com mailbox. */
  mailbox: Mailbox | null;
}

/** Facts that are disputed or depend on circumstances; each can be turned the other way. */
export interface Switches {
  /** With immutable ids, a message that left a folder and came back between two rounds shows as removed only. */
  deltaAbaFault: boolean;
  /** What `@removed` says of a message that was moved to another folder. */
  movedReason: 'deleted' | 'changed';
  /** How an expired delta link is answered: 410 with or without Location, or 400 with an error code. */
  expiredDelta: 'gone' | 'goneWithLocation' | 'syncStateNotFound' | 'resyncRequired';
  /** Every so many pages of a delta round one is empty and has a nextLink all the same; null: never. */
  deltaEmptyPageEvery: number | null;
  /** Every so many pages of a delta round one begins with the last item of the page before; null: never. */
  deltaRepeatEvery: number | null;
  /**
   * What delta says of a known message that was changed. `live`, as seen on the service: all selected properties, but
   * when nothing but the read flag changed only that and the folder, and nothing at all when `isRead` is not selected.
   * `full`: always all selected properties. `changed`: the changed ones only, which is all that is promised.
   */
  deltaUpdates: 'live' | 'full' | 'changed';
  /** Pages of lists by the number of messages before them (mail that comes or goes shifts them), or by position. */
  listPaging: 'offset' | 'position';
  /** How the body of a mail without HTML is shown when no preference is sent. */
  textBodies: 'html' | 'text';
  /** Whether a message in Recoverable Items can still be read by its id. */
  softDeletedReadable: boolean;
  /** New mail without references joins the conversation of a newer mail with the same subject. */
  mergeSameSubject: boolean;
  /** How long `$search` does not see new mail. */
  searchLagMs: number;
  /** Life of an access token in seconds. */
  accessTokenSeconds: number;
  /** Life of a refresh token in seconds without use. */
  refreshTokenSeconds: number;
}

export const DEFAULT_SWITCHES: Switches = {
  deltaAbaFault: true,
  movedReason: 'deleted',
  expiredDelta: 'gone',
  deltaEmptyPageEvery: 10,
  deltaRepeatEvery: 5,
  deltaUpdates: 'live',
  listPaging: 'offset',
  textBodies: 'html',
  softDeletedReadable: true,
  mergeSameSubject: true,
  searchLagMs: 0,
  accessTokenSeconds: 3599,
  refreshTokenSeconds: 90 * 24 * 3600,
};

/** What a call of the mail interface is about, for accidents that wait for it. */
export interface GraphCallFacts {
  /** Such as `messages.list`; `graph/routes.ts` has them all. `batch` is the envelope of a batch. */
  method: string;
  account: string;
  /** The message, folder or attachment ids that the path names; of a message both its ids. */
  ids: readonly string[];
}

/** An accident as the mail interface suffers it; `graph/accident-effects.ts` has what each kind does. */
export interface GraphAccident {
  kind: string;
  status?: number;
  /** For errors: the code in the error body. */
  code?: string;
  ms?: number;
  fields?: string[];
  body?: string;
  until?: number;
}

export interface GraphAccidents {
  /** Takes everything that hits this call, using it up. */
  take(facts: GraphCallFacts): GraphAccident[];
  /** Plans an accident for calls of this method about this message; `times` null: for ever. Gives its number. */
  plan(
    accident: GraphAccident & { method?: string; messageId?: string; account?: string; times?: number | null },
  ): number;
}

export interface GraphCounters {
  /** HTTP requests to the mail interface, counted by `callGraph`; a batch is one. */
  apiRequests: number;
  /** `refused`: for too many requests or too many at once. */
  count(method: string, account: string, status: number, requests: number, refused: boolean): void;
}

/** What the mail half of the simulated Microsoft knows and shares with the other parts. */
export interface MicrosoftState {
  clock: JumpingClock;
  /** For tokens, codes and request ids. */
  rng: Rng;
  /** By lower-case address. */
  accounts: Map<string, MicrosoftAccount>;
  switches: Switches;
  limits: GraphLimits;
  accidents: GraphAccidents;
  counters: GraphCounters;
  latencyMs: number;
  /** Scheme, host and port in links that Graph writes, without a slash at the end; a server sets its own. */
  graphOrigin: string;
}

export const GRAPH_ORIGIN = 'https://graph.microsoft.com';

export function findAccount(state: MicrosoftState, address: string): MicrosoftAccount {
  const account = state.accounts.get(address.toLowerCase());
  if (!account) throw new Error(`There is no simulated Microsoft account ${address}.`);
  return account;
}

export function findMailbox(state: MicrosoftState, address: string): Mailbox {
  const { mailbox } = findAccount(state, address);
  if (!mailbox) throw new Error(`The simulated account ${address} has no mailbox.`);
  return mailbox;
}
