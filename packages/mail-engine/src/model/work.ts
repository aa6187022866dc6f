import type { MailErrorKind } from '../errors';

/** `hydrate`: fetch what an id stands for. `check`: ask by id whether it still exists, and its state. */
export type WorkKind = 'hydrate' | 'check';

export interface WorkKey {
  readonly kind: WorkKind;
  readonly remoteId: string;
}

export interface NewWork extends WorkKey {
  readonly threadRemoteId: string;
  /** Higher runs first: PRIORITY_LIVE for what just happened, else the position in a newest-first listing, negated. */
  readonly priority: number;
  /** True when a quarantined item of this key is to be tried anew: a person, or a repair, asked for it. */
  readonly revive?: boolean;
}

export interface WorkItem extends WorkKey {
  readonly threadRemoteId: string;
  readonly priority: number;
  /** Starts of this item that did not end in success, this one included. */
  readonly attempts: number;
}

export interface WorkFailure extends WorkKey {
  readonly error: MailErrorKind;
  /** A sentence without mail content, for the Health page. */
  readonly message: string;
  /** True when the failure says nothing about the item itself (quota, network, token): the attempt is not counted. */
  readonly notItsFault: boolean;
  /** Epoch ms before which it must not run again. */
  readonly notBefore: number;
}

/** Above every listing position. */
export const PRIORITY_LIVE = 1_000_000_000;

/** An item that failed this many times is quarantined: shown, and in nobody's way. */
export const STRIKES = 3;
