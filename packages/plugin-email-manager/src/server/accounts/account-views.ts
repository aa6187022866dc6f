import type { Context } from '@nocobase/actions';
import type { Account, AdminAccount, ApiError } from '../../shared/api';
import type { Database } from '@nocobase/database';
import { id, table } from '../database';
import { codeOfKind, MailApiError, type ErrorCode } from '../errors';
import { trusted } from '../guard/trusted';
import { visibleAccountIds } from '../guard/visibility';
import { healthOf } from '../sync/health';
import type { ProgressReader, SyncFacts } from '../sync/progress';
import type { FolderCounts } from '../stores/folder-counts';
import { NAMESPACE, refusalWords, type Translate } from '../words';
import type { ProviderRegistry } from '../providers/registry';
import type { AccountRow, AccountStore } from './account-store';
import type { Grants } from './grants';

export interface AccountViewDeps {
  readonly db: Database;
  readonly accounts: AccountStore;
  readonly grants: Pick<Grants, 'tenants'>;
  readonly registry: ProviderRegistry;
  readonly progress: ProgressReader;
  readonly folders: FolderCounts;
  readonly now: () => number;
  readonly intervalSeconds: () => Promise<number>;
}

/** Mailboxes as people see them over HTTP. */
export interface AccountViews {
  /** The person's own and shared mailboxes, those that are being deleted included. */
  list(ctx: Context): Promise<Account[]>;
  /** @throws MailApiError ACCOUNT_NOT_FOUND also for a stranger's mailbox */
  one(ctx: Context, accountId: string): Promise<Account>;
  /** Everybody's, without content: for the administrators' table. */
  forAdministrators(): Promise<AdminAccount[]>;
}

export const EMPTY_FACTS: SyncFacts = {
  progress: { listed: 0, hydrated: 0, total: 0, etaSeconds: null, phase: 'listing', quarantined: 0 },
  pendingWork: 0,
  pendingOperations: 0,
  conflictedOperations: 0,
  polledAt: null,
};

/** The code that an account shows, by the kind of its last error or by its state. */
export function errorCodeOf(account: AccountRow): ErrorCode | null {
  if (account.errorKind !== null) return codeOfKind(account.errorKind);
  if (account.status === 'needsReauth') return 'ACCOUNT_NEEDS_REAUTH';
  return account.status === 'blocked' ? 'ACCOUNT_BLOCKED' : null;
}

/** The sentences about an account's error, as precise as the provider's code allows. */
export function accountErrorWords(
  registry: ProviderRegistry,
  account: AccountRow,
  code: ErrorCode,
  translate: Translate,
): ApiError {
  const { provider, errorCode } = account;
  return refusalWords(translate, { code, provider, reason: registry.of(provider).oauth.reasonOf(errorCode) });
}

export function lastSyncedAt(account: AccountRow, facts: SyncFacts): string | null {
  const at = Math.max(facts.polledAt ?? 0, account.lastSyncedAt ?? 0);
  return at > 0 ? new Date(at).toISOString() : null;
}

export function createAccountViews(deps: AccountViewDeps): AccountViews {
  async function view(ctx: Context, rows: readonly AccountRow[], withPlaces: boolean): Promise<Account[]> {
    const user = String((ctx.state.currentUser as { id: unknown }).id);
    const ids = rows.map((row) => row.id);
    const [facts, roles, tenants, interval] = await Promise.all([
      deps.progress.read(rows),
      deps.accounts.membership(user, ids),
      tenantsOf(deps, rows),
      deps.intervalSeconds(),
    ]);
    const owners = await ownersOf(deps.db, rows);
    const [folders, labels] = withPlaces
      ? await Promise.all([deps.folders.folders(ids), deps.folders.labels(ids)])
      : [undefined, undefined];
    const translate = (key: string, options?: object) => ctx.t(key, { ...options, ns: NAMESPACE }) as string;
    return rows.map((row) => {
      const found = facts.get(row.id) ?? EMPTY_FACTS;
      const code = errorCodeOf(row);
      const { oauth, mail } = deps.registry.of(row.provider);
      const owner = row.userId === null ? undefined : owners.get(row.userId);
      return {
        id: row.id,
        provider: row.provider,
        address: row.address,
        senderName: row.senderName,
        status: row.status,
        health: healthOf(row, found, deps.now(), interval),
        progress: found.progress,
        syncFrom: row.syncFrom === null ? null : new Date(row.syncFrom).toISOString(),
        lastSyncedAt: lastSyncedAt(row, found),
        error: code === null ? null : accountErrorWords(deps.registry, row, code, translate),
        role: roles.get(row.id) ?? 'reader',
        ...(owner ? { owner } : {}),
        skippableFolders: [...mail.skippableFolders],
        skipFolders: [...row.skipFolders],
        consentUrl: oauth.consentPage(tenants.get(row.id) ?? null),
        ...(folders ? { folders: folders.filter((folder) => folder.accountId === row.id) } : {}),
        ...(labels ? { labels: labels.filter((label) => label.accountId === row.id) } : {}),
      };
    });
  }

  return {
    async list(ctx) {
      const visible = await visibleAccountIds(ctx as never);
      const own = await deps.accounts.ofUser(String((ctx.state.currentUser as { id: unknown }).id));
      const deleting = own.filter((row) => row.status === 'deleting').map((row) => row.id);
      return view(ctx, await deps.accounts.findMany([...new Set([...visible, ...deleting])]), true);
    },

    async one(ctx, accountId) {
      const row = await deps.accounts.find(accountId);
      const user = String((ctx.state.currentUser as { id: unknown }).id);
      const visible = row && (row.userId === user || (await visibleAccountIds(ctx as never)).includes(accountId));
      if (!row || !visible) throw new MailApiError('ACCOUNT_NOT_FOUND');
      return (await view(ctx, [row], true))[0] as Account;
    },

    async forAdministrators() {
      const rows = await deps.accounts.all();
      const [facts, owners, interval] = await Promise.all([
        deps.progress.read(rows),
        ownersOf(deps.db, rows),
        deps.intervalSeconds(),
      ]);
      return rows.map((row) => {
        const found = facts.get(row.id) ?? EMPTY_FACTS;
        return {
          id: row.id,
          provider: row.provider,
          address: row.address,
          owner: (row.userId === null ? undefined : owners.get(row.userId)) ?? null,
          status: row.status,
          health: healthOf(row, found, deps.now(), interval),
          lastSyncedAt: lastSyncedAt(row, found),
          errorCode: errorCodeOf(row),
        };
      });
    },
  };
}

/** Only where deleting a mailbox does not end its grant is the tenant of anybody's interest. */
function tenantsOf({ grants, registry }: AccountViewDeps, rows: readonly AccountRow[]): Promise<Map<string, string>> {
  const endsByPage = rows.filter(({ provider }) => registry.of(provider).oauth.endpoints(null).revokeUrl === null);
  return grants.tenants(endsByPage.map(({ id: accountId }) => accountId));
}

async function ownersOf(
  db: Database,
  rows: readonly AccountRow[],
): Promise<Map<string, { id: string; nickname: string }>> {
  const ids = [...new Set(rows.map((row) => row.userId).filter((user) => user !== null))];
  if (ids.length === 0) return new Map();
  const users = await trusted('names of owners', () => table(db, 'users').findAll({ where: { id: ids } }));
  return new Map(
    users.map((user) => {
      const userId = id(user.get('id'));
      return [userId, { id: userId, nickname: String(user.get('nickname') ?? user.get('username') ?? userId) }];
    }),
  );
}
