import { LeaseLostError } from '../../errors';
import type { HydratedMessage, MessageState } from '../../model/message';
import type { Operation, OrganiseOp, StateEffect } from '../../model/operation';
import type { Places } from '../../model/place';
import { STRIKES, type NewWork, type WorkFailure, type WorkItem, type WorkKey, type WorkKind } from '../../model/work';
import type { LeaseExpectation, LeaseRow, LeaseStore } from '../../ports/lease-store';
import type {
  AccountOverview,
  AccountPatch,
  CursorName,
  InventoryTotals,
  LeaseToken,
  MailStore,
  OperationWrite,
  StoreRules,
  StoreWrite,
  WorkCounts,
} from '../../ports/mail-store';
import { overlay } from '../operations';
import { splitConversation, threadKey } from '../threading';
import type { StoreSnapshot, WorkRow } from './snapshot';

/** What a crash of the process looks like to the engine: thrown by the store at the commit that a test chose. */
export class CrashError extends Error {
  constructor(readonly when: 'before' | 'after') {
    super(`The process died ${when} a commit.`);
    this.name = 'CrashError';
  }
}

interface Row {
  readonly id: string;
  hidden: boolean;
  message: HydratedMessage;
  state: MessageState;
}

type Work = { -readonly [K in keyof WorkRow]: WorkRow[K] } & { threadRemoteId: string; error: string | null };

interface AccountRows {
  readonly cursors: Map<CursorName, string>;
  places: Places;
  placeIds: Set<string>;
  readonly messages: Map<string, Row>;
  readonly inventory: Map<string, { run: number; closed: boolean; hydrated: boolean }>;
  readonly work: Map<string, Work>;
  operations: (Operation & { error?: string })[];
  patch: AccountPatch;
}

const workKey = (key: WorkKey): string => `${key.kind}:${key.remoteId}`;

/**
 * The contract of MailStore and LeaseStore in memory, with everything a test wants to break: `crashAt` kills the
 * process at one write transaction, `failNext` makes one fail as a busy database does, `calls` counts statements.
 */
export class InMemoryStore implements MailStore, LeaseStore {
  /** Names of the calls since the test last emptied it. */
  readonly calls: string[] = [];
  /** Write transactions so far. */
  writes = 0;
  crashAt: { readonly write: number; readonly when: 'before' | 'after' } | null = null;
  failNext: Error | null = null;
  /** After a crash nothing of the dead process reaches the store; `revive` starts the next process. */
  dead = false;

  readonly #leases = new Map<string, { owner: string | null; fence: number; beat: number }>();
  readonly #accounts = new Map<string, AccountRows>();
  #ids = 0;

  constructor(private readonly rules: StoreRules) {}

  // Leases

  async read(accountId: string): Promise<LeaseRow | null> {
    this.calls.push('lease.read');
    const row = this.#leases.get(accountId);
    return row ? { accountId, ...row } : null;
  }

  async take(accountId: string, owner: string, expected: LeaseExpectation): Promise<boolean> {
    this.calls.push('lease.take');
    const row = this.#leases.get(accountId);
    if (!row) {
      if (expected.kind !== 'none') return false;
      this.#leases.set(accountId, { owner, fence: 1, beat: 1 });
      return true;
    }
    if (expected.kind === 'none' || row.fence !== expected.fence) return false;
    if (expected.kind === 'free' ? row.owner !== null : row.beat !== expected.beat) return false;
    Object.assign(row, { owner, fence: row.fence + 1, beat: row.beat + 1 });
    return true;
  }

  async renew(accountId: string, fence: number): Promise<boolean> {
    this.calls.push('lease.renew');
    if (this.dead) throw new CrashError('before');
    const row = this.#leases.get(accountId);
    if (!row || row.fence !== fence) return false;
    row.beat += 1;
    return true;
  }

  async release(accountId: string, fence: number, polledAt: number | null): Promise<boolean> {
    this.calls.push('lease.release');
    if (this.dead) throw new CrashError('before');
    const row = this.#leases.get(accountId);
    if (!row || row.fence !== fence) return false;
    row.owner = null;
    if (polledAt !== null) this.#of(accountId).patch = { ...this.#of(accountId).patch, lastSyncedAt: polledAt };
    return true;
  }

  // Writing

  async commit(lease: LeaseToken, write: StoreWrite): Promise<void> {
    this.#transaction('commit', lease, (rows) => this.#apply(rows, write));
  }

  async claimWork(lease: LeaseToken, kind: WorkKind, limit: number, now: number): Promise<readonly WorkItem[]> {
    return this.#transaction('claimWork', lease, (rows) => {
      const runnable = [...rows.work.values()]
        .filter((work) => work.kind === kind && work.status === 'pending' && work.notBefore <= now)
        .sort((a, b) => b.priority - a.priority);
      const first = runnable[0];
      if (!first || limit <= 0) return [];
      const fresh = runnable.filter((work) => work.attempts === 0);
      let taken = first.attempts > 0 ? [first] : fresh.slice(0, limit);
      if (kind === 'hydrate' && first.attempts === 0) {
        const threads = new Set(taken.map((work) => work.threadRemoteId));
        taken = fresh.filter((work, index) => index < limit || threads.has(work.threadRemoteId));
      }
      return taken.map((work) => {
        work.status = 'running';
        work.attempts += 1;
        const { remoteId, threadRemoteId, priority, attempts } = work;
        return { kind, remoteId, threadRemoteId, priority, attempts };
      });
    });
  }

  async recoverWork(lease: LeaseToken): Promise<void> {
    this.#transaction('recoverWork', lease, (rows) => {
      for (const work of rows.work.values()) {
        if (work.status === 'running') work.status = work.attempts >= STRIKES ? 'quarantined' : 'pending';
      }
    });
  }

  // Reading

  async overview(accountId: string, now: number): Promise<AccountOverview> {
    this.calls.push('overview');
    const rows = this.#of(accountId);
    return {
      cursors: new Map([...rows.cursors].filter(([name]) => !name.startsWith('audit:'))),
      hasOperations: rows.operations.some((operation) => operation.status === 'applied'),
      work: this.#counts(rows, now),
    };
  }

  async cursor(accountId: string, name: CursorName): Promise<string | null> {
    this.calls.push('cursor');
    return this.#of(accountId).cursors.get(name) ?? null;
  }

  async states(accountId: string, remoteIds: readonly string[]): Promise<ReadonlyMap<string, MessageState>> {
    this.calls.push('states');
    const found = new Map<string, MessageState>();
    for (const remoteId of remoteIds) {
      const row = this.#of(accountId).messages.get(remoteId);
      if (row && !row.hidden) found.set(remoteId, row.state);
    }
    return found;
  }

  async workCounts(accountId: string, now: number): Promise<WorkCounts> {
    this.calls.push('workCounts');
    return this.#counts(this.#of(accountId), now);
  }

  async pendingOperations(accountId: string, limit: number): Promise<readonly Operation[]> {
    this.calls.push('pendingOperations');
    return this.#of(accountId)
      .operations.filter((operation) => operation.status === 'applied')
      .slice(0, limit);
  }

  async idsWithOperations(accountId: string, remoteIds: readonly string[]): Promise<ReadonlySet<string>> {
    this.calls.push('idsWithOperations');
    const wanted = new Set(remoteIds);
    const covering = this.#of(accountId).operations.filter((operation) => operation.status !== 'conflicted');
    return new Set(covering.map((operation) => operation.remoteId).filter((remoteId) => wanted.has(remoteId)));
  }

  async inventoryNotSeenIn(
    accountId: string,
    run: number,
    after: string | null,
    limit: number,
  ): Promise<readonly string[]> {
    this.calls.push('inventoryNotSeenIn');
    const unseen = [...this.#of(accountId).inventory].filter(([, row]) => !row.closed && row.run < run);
    return page(
      unseen.map(([remoteId]) => remoteId),
      after,
      limit,
    );
  }

  async inventoryTotals(accountId: string, run: number): Promise<InventoryTotals> {
    this.calls.push('inventoryTotals');
    const rows = this.#of(accountId);
    const seen = [...rows.inventory].filter(([, row]) => !row.closed && row.run >= run);
    return { listed: seen.length, here: seen.filter(([remoteId]) => isHere(rows, remoteId)).length };
  }

  async presentIds(accountId: string, remoteIds: readonly string[]): Promise<ReadonlySet<string>> {
    this.calls.push('presentIds');
    return new Set(remoteIds.filter((remoteId) => isHere(this.#of(accountId), remoteId)));
  }

  async lostIds(accountId: string, remoteIds: readonly string[], run: number): Promise<ReadonlySet<string>> {
    this.calls.push('lostIds');
    const rows = this.#of(accountId);
    const isLost = (remoteId: string) => {
      const listed = rows.inventory.get(remoteId);
      return listed?.hydrated === true && listed.run < run && !isHere(rows, remoteId);
    };
    return new Set(remoteIds.filter(isLost));
  }

  async messageIds(accountId: string, after: string | null, limit: number): Promise<readonly string[]> {
    this.calls.push('messageIds');
    const rows = this.#of(accountId);
    return page(
      [...rows.messages.keys()].filter((remoteId) => isHere(rows, remoteId)),
      after,
      limit,
    );
  }

  // For tests

  revive(): void {
    this.dead = false;
    this.crashAt = null;
  }

  /** What the organise action does: the operation is written and laid over the row in one transaction. */
  operate(accountId: string, remoteId: string, op: OrganiseOp, effect: StateEffect, now: number): string {
    const rows = this.#of(accountId);
    const id = String(++this.#ids);
    rows.operations.push({
      id,
      remoteId,
      op,
      effect,
      status: 'applied',
      createdAt: now,
      pushedAt: null,
      attempts: 0,
    });
    const row = rows.messages.get(remoteId);
    if (row) row.state = this.#effective(rows, row.state);
    return id;
  }

  /** A person with a database tool: the message rows are gone, and nothing else knows. */
  deleteRowsByHand(accountId: string, remoteIds: readonly string[]): void {
    for (const remoteId of remoteIds) this.#of(accountId).messages.delete(remoteId);
  }

  snapshot(accountId: string): StoreSnapshot {
    const rows = this.#of(accountId);
    const threads = threadsOf(rows, this.rules);
    return {
      messages: [...rows.messages.values()].map((row) => ({
        rowId: row.id,
        remoteId: row.state.remoteId,
        threadRemoteId: row.state.threadRemoteId,
        thread: threads.get(row.state.remoteId) ?? null,
        hidden: row.hidden,
        isRead: row.state.isRead,
        isStarred: row.state.isStarred,
        isDraft: row.state.isDraft,
        places: row.state.places,
        subject: row.message.envelope.subject,
        draftRemoteId: row.message.envelope.draftRemoteId,
        html: row.message.body.html,
        text: row.message.body.text,
        attachments: row.message.attachments.map((attachment) => attachment.partId),
      })),
      inventory: [...rows.inventory]
        .filter(([, row]) => !row.closed)
        .map(([remoteId, { run, hydrated }]) => ({ remoteId, run, hydrated })),
      work: [...rows.work.values()].map(({ kind, remoteId, status, attempts, priority, notBefore }) => ({
        kind,
        remoteId,
        status,
        attempts,
        priority,
        notBefore,
      })),
      operations: rows.operations.map(({ id, remoteId, status, pushedAt }) => ({ id, remoteId, status, pushedAt })),
      cursors: new Map(rows.cursors),
      places: [...rows.places.folders, ...rows.places.labels].map(({ remoteId, name }) => ({ remoteId, name })),
      account: rows.patch,
    };
  }

  /** Effects of the operations that still cover this message, oldest first. */
  pendingEffects(accountId: string, remoteId: string): readonly StateEffect[] {
    return effectsOn(this.#of(accountId), remoteId);
  }

  #of(accountId: string): AccountRows {
    let rows = this.#accounts.get(accountId);
    if (!rows) {
      rows = {
        cursors: new Map(),
        places: { folders: [], labels: [] },
        placeIds: new Set(),
        messages: new Map(),
        inventory: new Map(),
        work: new Map(),
        operations: [],
        patch: {},
      };
      this.#accounts.set(accountId, rows);
    }
    return rows;
  }

  #transaction<T>(name: string, lease: LeaseToken, body: (rows: AccountRows) => T): T {
    this.calls.push(name);
    const failure = this.failNext;
    if (failure) {
      this.failNext = null;
      throw failure;
    }
    this.writes += 1;
    if (this.dead) throw new CrashError('before');
    const crash = this.crashAt?.write === this.writes ? this.crashAt : null;
    if (crash) this.dead = true;
    if (crash?.when === 'before') throw new CrashError('before');
    const row = this.#leases.get(lease.accountId);
    if (!row || row.fence !== lease.fence) throw new LeaseLostError();
    row.beat += 1;
    const result = body(this.#of(lease.accountId));
    if (crash) throw new CrashError('after');
    return result;
  }

  #apply(rows: AccountRows, write: StoreWrite): void {
    for (const operation of write.operations ?? []) writeOperation(rows, operation);
    const retireBefore = write.retireOperationsPushedBefore;
    if (retireBefore !== undefined) {
      rows.operations = rows.operations.filter(
        (operation) => operation.status !== 'pushed' || (operation.pushedAt ?? 0) >= retireBefore,
      );
    }
    if (write.places) this.#writePlaces(rows, write.places);
    for (const message of write.messages ?? []) this.#writeMessage(rows, message);
    for (const state of write.states ?? []) {
      const row = rows.messages.get(state.remoteId);
      if (row && !row.hidden) row.state = this.#effective(rows, state);
    }
    for (const entry of write.inventory?.entries ?? []) {
      const known = rows.inventory.get(entry.remoteId);
      const run = Math.max(known?.run ?? 0, write.inventory?.run ?? 0);
      rows.inventory.set(entry.remoteId, { run, closed: false, hydrated: known?.hydrated ?? false });
    }
    for (const work of write.work ?? []) addWork(rows, work);
    for (const key of write.workDone ?? []) rows.work.delete(workKey(key));
    for (const failure of write.workFailed ?? []) failWork(rows, failure);
    for (const remoteId of write.gone ?? []) close(rows, remoteId);
    for (const { name, value } of write.cursors ?? []) {
      if (value === null) rows.cursors.delete(name);
      else rows.cursors.set(name, value);
    }
    if (write.account) rows.patch = { ...rows.patch, ...write.account };
  }

  #writePlaces(rows: AccountRows, places: Places): void {
    rows.places = places;
    rows.placeIds = new Set([...places.folders, ...places.labels].map((place) => place.remoteId));
    for (const row of rows.messages.values()) row.state = this.#effective(rows, row.state);
  }

  #writeMessage(rows: AccountRows, message: HydratedMessage): void {
    const { remoteId, draftRemoteId } = message.envelope;
    let row = rows.messages.get(remoteId);
    if (!row && draftRemoteId !== null) {
      row = [...rows.messages.values()].find((other) => other.message.envelope.draftRemoteId === draftRemoteId);
      if (row) rows.messages.delete(row.state.remoteId);
    }
    const state = this.#effective(rows, stateOf(message));
    if (row) Object.assign(row, { hidden: false, message, state });
    rows.messages.set(remoteId, row ?? { id: String(++this.#ids), hidden: false, message, state });
    const known = rows.inventory.get(remoteId);
    rows.inventory.set(remoteId, { run: known?.run ?? 0, closed: false, hydrated: true });
  }

  #effective(rows: AccountRows, state: MessageState): MessageState {
    const laid = overlay(state, effectsOn(rows, state.remoteId), this.rules.settlePlaces);
    return { ...laid, places: [...new Set(laid.places)].filter((place) => rows.placeIds.has(place)).sort() };
  }

  #counts(rows: AccountRows, now: number): WorkCounts {
    const all = [...rows.work.values()];
    const pending = all.filter((work) => work.status === 'pending');
    const waits = pending.map((work) => work.notBefore);
    const earliest = Math.min(...waits);
    return {
      pending: pending.length,
      quarantined: all.filter((work) => work.status === 'quarantined').length,
      running: all.filter((work) => work.status === 'running').length,
      nextNotBefore: pending.length > 0 && earliest > now ? earliest : null,
    };
  }
}

function effectsOn(rows: AccountRows, remoteId: string): StateEffect[] {
  return rows.operations
    .filter((operation) => operation.remoteId === remoteId && operation.status !== 'conflicted')
    .map((operation) => operation.effect);
}

/** Keys of the threads of the messages that are here, computed from all of them at once. */
function threadsOf(rows: AccountRows, { splitThreads }: StoreRules): ReadonlyMap<string, string> {
  const shown = [...rows.messages.values()].filter((row) => !row.hidden);
  const conversations = new Map<string, Row[]>();
  for (const row of shown) {
    const conversation = threadKey(row.state);
    conversations.set(conversation, [...(conversations.get(conversation) ?? []), row]);
  }
  return new Map(
    [...conversations].flatMap(([conversation, members]) =>
      splitThreads
        ? [
            ...splitConversation(
              conversation,
              members.map(({ message, state }) => ({ ...message.envelope, ...state })),
            ),
          ]
        : members.map(({ state }): [string, string] => [state.remoteId, conversation]),
    ),
  );
}

function isHere(rows: AccountRows, remoteId: string): boolean {
  return rows.messages.get(remoteId)?.hidden === false;
}

function page(ids: string[], after: string | null, limit: number): string[] {
  return ids
    .sort()
    .filter((id) => after === null || id > after)
    .slice(0, limit);
}

function stateOf(message: HydratedMessage): MessageState {
  const { remoteId, threadRemoteId, places, isRead, isStarred, isDraft } = message.envelope;
  return { remoteId, threadRemoteId, places, isRead, isStarred, isDraft };
}

function writeOperation(rows: AccountRows, write: OperationWrite): void {
  rows.operations = rows.operations.map((operation) =>
    operation.id === write.id
      ? {
          ...operation,
          status: write.status,
          pushedAt: write.pushedAt ?? operation.pushedAt,
          attempts: write.attempts ?? operation.attempts,
          ...(write.error === undefined ? {} : { error: write.error }),
        }
      : operation,
  );
}

function addWork(rows: AccountRows, work: NewWork): void {
  const known = rows.work.get(workKey(work));
  if (!known) {
    const { kind, remoteId, threadRemoteId, priority } = work;
    const fresh = { status: 'pending', attempts: 0, notBefore: 0, error: null } as const;
    rows.work.set(workKey(work), { kind, remoteId, threadRemoteId, priority, ...fresh });
    return;
  }
  known.priority = Math.max(known.priority, work.priority);
  if (work.revive && known.status === 'quarantined') {
    Object.assign(known, { status: 'pending', attempts: 0, notBefore: 0 });
  }
}

function failWork(rows: AccountRows, failure: WorkFailure): void {
  const known = rows.work.get(workKey(failure));
  if (!known || known.status !== 'running') return;
  known.notBefore = failure.notBefore;
  known.error = failure.error;
  if (failure.notItsFault) known.attempts -= 1;
  known.status = !failure.notItsFault && known.attempts >= STRIKES ? 'quarantined' : 'pending';
}

function close(rows: AccountRows, remoteId: string): void {
  const row = rows.messages.get(remoteId);
  if (row) {
    row.hidden = true;
    row.state = { ...row.state, places: [] };
  }
  const listed = rows.inventory.get(remoteId);
  if (listed) listed.closed = true;
  rows.work.delete(workKey({ kind: 'hydrate', remoteId }));
  rows.work.delete(workKey({ kind: 'check', remoteId }));
}
