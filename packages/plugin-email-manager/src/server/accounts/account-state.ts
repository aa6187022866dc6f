import type { AccountStatus } from '../../shared/api';

/** Everything that can happen to a connected mailbox. */
export type AccountEvent =
  /** Consent was given and the mailbox identified: a new connection, or a reconnection in place. */
  | 'connected'
  | 'pausedByMember'
  | 'resumedByMember'
  /** The provider no longer accepts the grant, or the grant cannot be read any more. */
  | 'grantLost'
  /** The provider or an organisation's policy refuses this mailbox. */
  | 'blockedByProvider'
  /** The owner's NocoBase user was disabled or deleted. */
  | 'ownerRemoved'
  | 'deletionAsked';

const TRANSITIONS: Readonly<Record<AccountEvent, { from: readonly AccountStatus[]; to: AccountStatus }>> = {
  connected: { from: ['connecting', 'active', 'paused', 'needsReauth', 'blocked'], to: 'active' },
  pausedByMember: { from: ['active'], to: 'paused' },
  resumedByMember: { from: ['paused'], to: 'active' },
  grantLost: { from: ['connecting', 'active', 'paused'], to: 'needsReauth' },
  blockedByProvider: { from: ['active'], to: 'blocked' },
  ownerRemoved: { from: ['connecting', 'active', 'needsReauth', 'blocked'], to: 'paused' },
  deletionAsked: { from: ['connecting', 'active', 'paused', 'needsReauth', 'blocked'], to: 'deleting' },
};

/** Where an event leads, and from which states it may happen; in any other state it changes nothing. */
export function transition(event: AccountEvent): {
  readonly from: readonly AccountStatus[];
  readonly to: AccountStatus;
} {
  return TRANSITIONS[event];
}

/** States in which the provider is asked at all. */
export const SYNCING: ReadonlySet<AccountStatus> = new Set<AccountStatus>(['active']);
