import type { Database } from '@nocobase/database';
import type { Transaction } from 'sequelize';
import type { FolderRole } from '@email-manager/mail-engine/model/place';
import type { AccountStatus, ProviderName } from '../../shared/api';
import { dateMs, id, table, write } from '../database';
import { trusted } from '../guard/trusted';
import { Sql } from '../stores/sql';
import { transition, type AccountEvent } from './account-state';

/** A mailbox's row. Times are epoch milliseconds. */
export interface AccountRow {
  readonly id: string;
  readonly provider: ProviderName;
  readonly address: string;
  readonly senderName: string | null;
  readonly userId: string | null;
  readonly status: AccountStatus;
  readonly syncFrom: number | null;
  readonly lastSyncedAt: number | null;
  readonly notBefore: number | null;
  readonly remoteTotal: number | null;
  readonly errorKind: string | null;
  readonly errorCode: string | null;
  readonly createdAt: number;
  /** Folders that its owner leaves out of the copy. */
  readonly skipFolders: readonly FolderRole[];
}

export type SyncRequest = 'resync' | 'verify' | 'repair';

export interface WorkerAccount {
  readonly id: string;
  readonly provider: ProviderName;
  readonly skipFolders: readonly FolderRole[];
  readonly status: AccountStatus;
  readonly syncFrom: number | null;
  readonly notBefore: number | null;
  readonly errorKind: string | null;
  readonly requests: Partial<Record<SyncRequest, string>>;
  readonly polledAt: number | null;
}

export interface NewAccount {
  readonly provider: ProviderName;
  readonly address: string;
  readonly userId: string;
  readonly syncFrom: number | null;
  readonly remoteTotal: number | null;
}

export interface AccountError {
  readonly kind: string;
  readonly message: string;
  readonly providerCode: string | null;
}

export interface AccountStore {
  find(accountId: string): Promise<AccountRow | null>;
  findMany(accountIds: readonly string[]): Promise<AccountRow[]>;
  findByAddress(provider: ProviderName, address: string): Promise<AccountRow | null>;
  ofUser(userId: string): Promise<AccountRow[]>;
  withStatus(statuses: readonly AccountStatus[]): Promise<AccountRow[]>;
  all(): Promise<AccountRow[]>;
  membership(userId: string, accountIds: readonly string[]): Promise<Map<string, 'owner' | 'reader'>>;
  memberIds(accountId: string): Promise<string[]>;
  idsOfMember(userId: string): Promise<string[]>;
  /** False when the owner's NocoBase user was deleted. */
  hasLivingOwner(account: AccountRow): Promise<boolean>;
  /** What the worker needs of every mailbox that is to be synchronised or deleted, in one statement. */
  forWorker(): Promise<WorkerAccount[]>;
  /** Notes what a person asked the sync for (resync, verify, repair); the time makes each request a new one. */
  request(accountId: string, kind: SyncRequest): Promise<void>;
  requestsOf(accountId: string): Promise<Partial<Record<SyncRequest, string>>>;
  /** Inserts the account with its owner's membership, inside the caller's transaction. Returns the new id. */
  create(account: NewAccount, transaction: Transaction): Promise<string>;
  patch(accountId: string, values: Record<string, unknown>, transaction?: Transaction): Promise<void>;
  /** Moves the account by compare and swap; false when its state does not know this event. */
  apply(
    accountId: string,
    event: AccountEvent,
    options?: { error?: AccountError; transaction?: Transaction },
  ): Promise<boolean>;
}

function toRow(stored: { get(): object }): AccountRow {
  const values = stored.get() as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  return {
    id: id(values.id),
    provider: values.provider as ProviderName,
    address: String(values.address),
    senderName: text(values.senderName),
    userId: values.userId === null || values.userId === undefined ? null : id(values.userId),
    status: values.status as AccountStatus,
    syncFrom: dateMs(values.syncFrom),
    lastSyncedAt: dateMs(values.lastSyncedAt),
    notBefore: dateMs(values.notBefore),
    remoteTotal: values.remoteTotal === null || values.remoteTotal === undefined ? null : Number(values.remoteTotal),
    errorKind: text(values.errorKind),
    errorCode: text(values.errorCode),
    createdAt: dateMs(values.createdAt) ?? 0,
    skipFolders: roles(values.skipFolders),
  };
}

export const NO_ERROR = { errorKind: null, errorCode: null, errorMessage: null, errorAt: null };

export function createAccountStore(db: Database, now: () => number): AccountStore {
  const accounts = () => table(db, 'mailAccounts');
  const members = () => table(db, 'mailAccountMembers');
  const findAll = async (where: object) =>
    (await trusted('accounts', () => accounts().findAll({ where: where as never, order: [['id', 'ASC']] }))).map(toRow);

  return {
    find: async (accountId) => (await findAll({ id: accountId }))[0] ?? null,
    findMany: (accountIds) => (accountIds.length === 0 ? Promise.resolve([]) : findAll({ id: [...accountIds] })),
    findByAddress: async (provider, address) =>
      (await findAll({ provider, address: address.trim().toLowerCase() }))[0] ?? null,
    ofUser: (userId) => findAll({ userId }),
    withStatus: (statuses) => findAll({ status: [...statuses] }),
    all: () => findAll({}),

    async membership(userId, accountIds) {
      if (accountIds.length === 0) return new Map();
      const rows = await trusted('membership', () =>
        members().findAll({ where: { userId, accountId: [...accountIds] } }),
      );
      return new Map(rows.map((row) => [id(row.get('accountId')), row.get('role') === 'owner' ? 'owner' : 'reader']));
    },

    async memberIds(accountId) {
      const rows = await trusted('members', () => members().findAll({ where: { accountId } }));
      return rows.map((row) => id(row.get('userId')));
    },

    async idsOfMember(userId) {
      const rows = await trusted('mailboxes of a member', () => members().findAll({ where: { userId } }));
      return rows.map((row) => id(row.get('accountId')));
    },

    async hasLivingOwner(account) {
      if (account.userId === null) return false;
      return (await trusted('owner', () => table(db, 'users').count({ where: { id: account.userId as string } }))) > 0;
    },

    async forWorker() {
      const sql = new Sql(db as never);
      const rows = await sql.rows(
        `SELECT a."id", a."provider", a."skipFolders", a."status", a."syncFrom", a."notBefore", a."errorKind", a."requests", l."polledAt"
           FROM {mailAccounts} AS a LEFT JOIN {mailLeases} AS l ON l."accountId" = a."id"
          WHERE a."status" IN ('active', 'deleting')`,
        [],
      );
      return rows.map((row) => ({
        id: id(row.id),
        provider: row.provider as ProviderName,
        skipFolders: roles(row.skipFolders),
        status: row.status as AccountStatus,
        syncFrom: dateMs(row.syncFrom),
        notBefore: dateMs(row.notBefore),
        errorKind: typeof row.errorKind === 'string' ? row.errorKind : null,
        requests: parsed(row.requests),
        polledAt: row.polledAt === null || row.polledAt === undefined ? null : Number(row.polledAt),
      }));
    },

    async request(accountId, kind) {
      await write(db, 'ask the sync', async (transaction) => {
        const row = await accounts().findByPk(accountId, { transaction, lock: true });
        const requests = { ...parsed(row?.get('requests')), [kind]: new Date(now()).toISOString() };
        await accounts().update({ requests }, { where: { id: accountId }, transaction });
      });
    },

    async requestsOf(accountId) {
      const row = await trusted('requests', () => accounts().findByPk(accountId));
      return parsed(row?.get('requests'));
    },

    async create(account, transaction) {
      const created = await accounts().create(
        {
          ...account,
          address: account.address.trim().toLowerCase(),
          status: 'connecting',
          syncFrom: toDate(account.syncFrom),
        },
        { transaction, hooks: true },
      );
      const accountId = id(created.get('id'));
      await members().create({ accountId, userId: account.userId, role: 'owner' }, { transaction });
      return accountId;
    },

    async patch(accountId, values, transaction) {
      const update = (inside: Transaction) =>
        accounts().update(values, { where: { id: accountId }, transaction: inside });
      await (transaction ? update(transaction) : write(db, 'account', update));
    },

    async apply(accountId, event, options = {}) {
      const { from, to } = transition(event);
      const { error } = options;
      const values = {
        status: to,
        ...(error
          ? {
              errorKind: error.kind,
              errorCode: error.providerCode,
              errorMessage: error.message,
              errorAt: new Date(now()),
            }
          : {}),
      };
      const update = (inside: Transaction) =>
        accounts().update(values, { where: { id: accountId, status: [...from] }, transaction: inside });
      const [changed] = await (options.transaction ? update(options.transaction) : write(db, 'account state', update));
      return changed === 1;
    },
  };
}

/** A JSON column: its value, or its text where the database has no such type; null when it is neither. */
function json(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? null;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return null;
  }
}

function parsed(value: unknown): Partial<Record<SyncRequest, string>> {
  return (json(value) as Partial<Record<SyncRequest, string>> | null) ?? {};
}

function roles(value: unknown): readonly FolderRole[] {
  const list = json(value);
  return Array.isArray(list) ? (list as FolderRole[]) : [];
}

export function toDate(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}
