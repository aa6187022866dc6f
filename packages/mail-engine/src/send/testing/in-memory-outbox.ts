import { mayBecome, type OutboxItem, type OutboxPatch } from '../../model/outbox';
import type { OutgoingMessage } from '../../model/outgoing';
import type { OutboxExpectation, OutboxStore, SendUsage } from '../../ports/outbox-store';
import { CrashError } from '../../sync/testing/in-memory-store';

const DAY = 24 * 3_600_000;

export function queuedItem(id: string, extra: Partial<OutboxItem> = {}): OutboxItem {
  return {
    id,
    accountId: 'account-1',
    state: 'queued',
    attempt: 0,
    owner: null,
    beat: 0,
    markerId: `mark-${id}`,
    recipients: 1,
    sendAt: 0,
    notBefore: null,
    draft: null,
    submits: 0,
    submittedAt: null,
    needsPerson: false,
    receipt: null,
    error: null,
    history: [],
    ...extra,
  };
}

/**
 * The contract of OutboxStore in memory, with what a test wants to break: `crashAt` kills the process that makes the
 * n-th write from now on, before or after it is committed; `failWrites` lets so many writes fail as a busy database does.
 */
export class InMemoryOutbox implements OutboxStore {
  readonly rows = new Map<string, OutboxItem>();
  readonly messages = new Map<string, OutgoingMessage>();
  /** Times at which anything was handed over. */
  readonly submissions: number[] = [];
  writes = 0;
  crashAt: { readonly write: number; readonly when: 'before' | 'after' } | null = null;
  failWrites = 0;

  add(item: OutboxItem, message: OutgoingMessage): void {
    this.rows.set(item.id, item);
    this.messages.set(item.id, { ...message, markerId: item.markerId });
  }

  /** The store as one process sees it: once that process has died, nothing of it reaches the rows any more. */
  process(): OutboxStore & { readonly dead: boolean } {
    const state = { dead: false };
    const alive = <T>(work: () => Promise<T>): Promise<T> =>
      state.dead ? Promise.reject(new CrashError('before')) : work();
    return {
      get dead() {
        return state.dead;
      },
      read: (id) => alive(() => this.read(id)),
      message: (id) => alive(() => this.message(id)),
      due: (now, limit) => alive(() => this.due(now, limit)),
      usage: (accountId, now) => alive(() => this.usage(accountId, now)),
      renew: (expected) => alive(() => this.renew(expected)),
      write: (expected, patch) =>
        alive(async () => {
          this.writes += 1;
          const crash = this.crashAt?.write === this.writes ? this.crashAt.when : null;
          if (crash === 'before') state.dead = true;
          if (crash === 'before') throw new CrashError('before');
          const written = await this.write(expected, patch);
          if (crash === 'after') state.dead = true;
          if (crash === 'after') throw new CrashError('after');
          return written;
        }),
    };
  }

  async read(id: string): Promise<OutboxItem | null> {
    return this.rows.get(id) ?? null;
  }

  async message(id: string): Promise<OutgoingMessage | null> {
    return this.messages.get(id) ?? null;
  }

  async write(expected: OutboxExpectation, patch: OutboxPatch): Promise<boolean> {
    if (this.failWrites > 0) {
      this.failWrites -= 1;
      throw new Error('The database is busy.');
    }
    const row = this.rows.get(expected.id);
    if (!row || row.state !== expected.state || row.attempt !== expected.attempt) return false;
    if (expected.beat !== undefined && row.beat !== expected.beat) return false;
    if (patch.state !== undefined && patch.state !== row.state && !mayBecome(row.state, patch.state)) {
      throw new Error(`An outbox row cannot go from ${row.state} to ${patch.state}.`);
    }
    const next = { ...row, ...patch, beat: row.beat + 1 };
    this.rows.set(row.id, next);
    if (patch.state === 'submitting') this.submissions.push(next.submittedAt ?? 0);
    return true;
  }

  async renew(expected: OutboxExpectation): Promise<boolean> {
    const row = this.rows.get(expected.id);
    if (!row || row.state !== expected.state || row.attempt !== expected.attempt) return false;
    this.rows.set(row.id, { ...row, beat: row.beat + 1 });
    return true;
  }

  async due(now: number, limit: number): Promise<readonly string[]> {
    const moves = (row: OutboxItem): boolean =>
      (row.state === 'queued' && row.sendAt <= now) ||
      row.state === 'claimed' ||
      row.state === 'submitting' ||
      (row.state === 'uncertain' && !row.needsPerson);
    return [...this.rows.values()]
      .filter((row) => moves(row) && (row.notBefore ?? 0) <= now)
      .sort((a, b) => a.sendAt - b.sendAt)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  async usage(accountId: string, now: number): Promise<SendUsage> {
    const own = [...this.rows.values()].flatMap(({ accountId: owner, submittedAt, recipients }) =>
      owner === accountId && submittedAt !== null && submittedAt > now - DAY ? [{ at: submittedAt, recipients }] : [],
    );
    const times = own.map(({ at }) => at).sort((a, b) => a - b);
    return {
      lastMinute: times.filter((at) => at > now - 60_000),
      dayMessages: own.length,
      dayRecipients: own.reduce((sum, { recipients }) => sum + recipients, 0),
      dayOldest: times[0] ?? null,
    };
  }
}
