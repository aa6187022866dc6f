import type { AccountHealth } from '../../shared/api';
import type { AccountRow } from '../accounts/account-store';
import type { SyncFacts } from './progress';

const MISCONFIGURED = new Set(['misconfigured', 'apiDisabled']);
/** Polls that may be missed before a mailbox counts as behind. */
const MISSED_POLLS = 3;

/** Health is computed from rows and never stored. The gravest finding wins. */
export function healthOf(account: AccountRow, facts: SyncFacts, now: number, intervalSeconds: number): AccountHealth {
  const { errorKind } = account;
  if (errorKind !== null && MISCONFIGURED.has(errorKind)) return 'misconfigured';
  if (errorKind === 'throttled') return 'throttled';
  if (account.status !== 'active' && account.status !== 'paused') return errorKind === null ? 'ok' : 'error';
  if (errorKind !== null) return 'error';
  if (facts.progress.quarantined > 0) return 'quarantine';
  const polledAt = facts.polledAt ?? account.lastSyncedAt;
  const late = polledAt !== null && now - polledAt > MISSED_POLLS * intervalSeconds * 1000 + 60_000;
  return account.status === 'active' && late ? 'behind' : 'ok';
}
