import type { Clock } from '@email-manager/mail-engine/ports/clock';
import type { Counters, SocketMessage } from '../shared/api';
import type { AccountStore } from './accounts/account-store';
import type { Preferences } from './accounts/preferences';
import type { FolderCounts } from './stores/folder-counts';
import type { ProgressReader } from './sync/progress';
import { EMPTY_FACTS } from './accounts/account-views';

/** Changes of one mailbox are collected for this long before anybody is told. */
const DEBOUNCE_MS = 700;
/** More threads than this in one message say nothing that "something changed" does not. */
const MAX_THREAD_IDS = 200;

export interface RealtimeDeps {
  readonly accounts: AccountStore;
  readonly folders: FolderCounts;
  readonly progress: ProgressReader;
  readonly preferences: Preferences;
  readonly clock: Clock;
  readonly send: (userId: string, message: SocketMessage) => void;
  readonly failed: (error: unknown) => void;
}

/** Tells members what changed, after it was committed: ids and numbers only, and only to members. */
export interface Realtime {
  changed(accountId: string, threadIds?: readonly string[]): void;
  stateChanged(accountId: string): void;
  /** The account no longer exists; its former members are told. */
  gone(accountId: string, members: readonly string[]): void;
  counters(userId: string): Promise<Counters>;
  /** The person counts other conversations from now on. */
  countersChanged(userId: string): Promise<void>;
  stop(): void;
}

export function createRealtime(deps: RealtimeDeps): Realtime {
  const pending = new Map<string, Set<string>>();
  const lastCounters = new Map<string, string>();
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  function arm(): void {
    if (timer || stopped) return;
    timer = setTimeout(() => {
      timer = null;
      flush().catch(deps.failed);
    }, DEBOUNCE_MS);
    timer.unref();
  }

  async function counters(userId: string): Promise<Counters> {
    const [accountIds, { badge }] = await Promise.all([deps.accounts.idsOfMember(userId), deps.preferences.of(userId)]);
    const rows = (await deps.accounts.findMany(accountIds)).filter((row) => row.status !== 'deleting');
    return {
      unread: await deps.folders.unread(
        rows.map((row) => row.id),
        badge,
      ),
      accounts: rows.length,
      needsReauth: rows.filter((row) => row.status === 'needsReauth').length,
    };
  }

  async function flush(): Promise<void> {
    const batch = new Map(pending);
    pending.clear();
    const rows = await deps.accounts.findMany([...batch.keys()]);
    const facts = await deps.progress.read(rows);
    const users = new Set<string>();
    for (const [accountId, threadIds] of batch) {
      const members = await deps.accounts.memberIds(accountId);
      const row = rows.find((candidate) => candidate.id === accountId);
      const ids = threadIds.size > MAX_THREAD_IDS ? [] : [...threadIds];
      for (const member of members) {
        users.add(member);
        deps.send(member, { type: 'mail:changed', payload: { accountId, threadIds: ids } });
        if (row) {
          const { progress } = facts.get(accountId) ?? EMPTY_FACTS;
          deps.send(member, { type: 'mail:account', payload: { accountId, status: row.status, progress } });
        }
      }
    }
    for (const user of users) await sendCounters(user);
  }

  async function sendCounters(user: string): Promise<void> {
    const now = await counters(user);
    const text = JSON.stringify(now);
    if (lastCounters.get(user) === text) return;
    lastCounters.set(user, text);
    deps.send(user, { type: 'mail:counters', payload: now });
  }

  function note(accountId: string, threadIds: readonly string[]): void {
    const known = pending.get(accountId) ?? new Set<string>();
    for (const threadId of threadIds) known.add(threadId);
    pending.set(accountId, known);
    arm();
  }

  return {
    changed: (accountId, threadIds = []) => note(accountId, threadIds),
    stateChanged: (accountId) => note(accountId, []),
    gone(accountId, members) {
      for (const member of members) deps.send(member, { type: 'mail:changed', payload: { accountId, threadIds: [] } });
      Promise.all(members.map(sendCounters)).catch(deps.failed);
    },
    counters,
    countersChanged: sendCounters,
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      timer = null;
      pending.clear();
    },
  };
}
