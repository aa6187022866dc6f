import type { Application } from '@nocobase/server';
import { accessDenied } from './access-denied';
import { recordViewAll } from './audit-log';
import { accessContext, requestOf, trusted, type RequestAccess } from './trusted';

/** The right to see everyone's mail. Held only where a role names it: no wildcard and no root includes it. */
export const VIEW_ALL = 'pm.email-manager.view-all';

export interface Reader {
  userId: string;
  roles: readonly string[];
}

/** Which mailboxes a person sees. Ids are strings of digits. */
export interface Visibility {
  /** Mailboxes whose mail is visible. */
  accountIds: readonly string[];
  /** Mailboxes whose own row is visible: also those that are being deleted, so that their state can be shown. */
  rowIds: readonly string[];
  /** Of `accountIds`, those that are visible by the right to see everyone's mail only. */
  viewAllIds: readonly string[];
}

interface Finder {
  findAll(options: Record<string, unknown>): Promise<Record<string, unknown>[]>;
}

const finder = (app: Application, collection: string): Finder => app.db.getModel(collection) as unknown as Finder;

/** True when one of these roles was given the right by name. */
export function holdsViewAll(app: Application, roles: readonly string[]): boolean {
  return roles.some((name) => {
    const snippets = app.acl.getRole(name)?.snippets as Iterable<string> | undefined;
    const named = new Set(snippets ?? []);
    return named.has(VIEW_ALL) && !named.has(`!${VIEW_ALL}`);
  });
}

/**
 * The one place that decides who sees which mailbox: members, and holders of the right to see everyone's mail. The
 * mail of a mailbox that is being deleted, or whose owner's user no longer exists, is hidden from everybody.
 */
export function computeVisibility(app: Application, reader: Reader, transaction?: unknown): Promise<Visibility> {
  return trusted('who sees which mailbox', async () => {
    const shared = { raw: true, transaction };
    const own = await finder(app, 'mailAccountMembers').findAll({
      ...shared,
      attributes: ['accountId'],
      where: { userId: reader.userId },
    });
    const memberOf = new Set(own.map((row) => String(row.accountId)));
    const viewAll = holdsViewAll(app, reader.roles);
    if (memberOf.size === 0 && !viewAll) return NOTHING_VISIBLE;

    const accounts = await finder(app, 'mailAccounts').findAll({
      ...shared,
      attributes: ['id', 'status'],
      ...(viewAll ? {} : { where: { id: [...memberOf] } }),
    });
    const owned = await withLivingOwner(app, reader, accounts, shared);
    const living = accounts.filter((account) => account.status !== 'deleting' && owned.has(String(account.id)));
    const accountIds = living.map((account) => String(account.id));
    const rowIds = accounts.map((account) => String(account.id)).filter((id) => owned.has(id));
    return { accountIds, rowIds, viewAllIds: accountIds.filter((id) => !memberOf.has(id)) };
  });
}

const NOTHING_VISIBLE: Visibility = { accountIds: [], rowIds: [], viewAllIds: [] };

/** Of these mailboxes, those that have an owner whose user exists. */
async function withLivingOwner(
  app: Application,
  reader: Reader,
  accounts: readonly Record<string, unknown>[],
  shared: { raw: boolean; transaction: unknown },
): Promise<Set<string>> {
  const owners = await finder(app, 'mailAccountMembers').findAll({
    ...shared,
    attributes: ['accountId', 'userId'],
    where: { accountId: accounts.map((account) => String(account.id)), role: 'owner' },
  });
  const others = [...new Set(owners.map((row) => String(row.userId)))].filter((id) => id !== reader.userId);
  const users =
    others.length === 0
      ? []
      : await finder(app, 'users').findAll({ ...shared, attributes: ['id'], where: { id: others } });
  const living = new Set([reader.userId, ...users.map((row) => String(row.id))]);
  return new Set(owners.filter((row) => living.has(String(row.userId))).map((row) => String(row.accountId)));
}

/** The person behind a request, or null when nobody is signed in (yet). */
export function readerOf(ctx: RequestAccess['ctx']): Reader | null {
  const id = ctx.state.currentUser?.id;
  if (typeof id !== 'string' && typeof id !== 'number') return null;
  const { currentRole, currentRoles } = ctx.state;
  return { userId: String(id), roles: currentRoles ?? (currentRole ? [currentRole] : []) };
}

/**
 * What the person of the request that is running sees; remembered for this request only. Use of the right to see
 * everyone's mail is recorded before anything is read. @throws MAIL_ACCESS_DENIED outside of a signed-in request.
 */
export function currentVisibility(app: Application, transaction?: unknown): Promise<Visibility> {
  const context = accessContext();
  if (context?.kind !== 'request' || context.request.ended) throw accessDenied();
  // By the database: a plugin's application object is a proxy of the one that koa's context holds.
  if (context.request.ctx.app.db !== app.db) throw accessDenied();
  return requestVisibility(app, context.request, transaction);
}

function requestVisibility(app: Application, request: RequestAccess, transaction?: unknown): Promise<Visibility> {
  const reader = readerOf(request.ctx);
  if (!reader) throw accessDenied();
  const key = `visibility:${reader.userId}:${reader.roles.join(',')}`;
  let visibility = request.cache.get(key) as Promise<Visibility> | undefined;
  if (!visibility) {
    visibility = computeVisibility(app, reader, transaction).then(async (found) => {
      if (found.viewAllIds.length > 0) await recordViewAll(app, reader, request, found.viewAllIds, transaction);
      return found;
    });
    request.cache.set(key, visibility);
    visibility.catch(() => request.cache.delete(key));
  }
  return visibility;
}

/**
 * The mailboxes whose mail the person of this request sees: what an action of ours must restrict its queries to.
 * Works inside `trusted` too, because it goes by koa's context. @throws MAIL_ACCESS_DENIED when nobody is signed in.
 */
export async function visibleAccountIds(ctx: RequestAccess['ctx']): Promise<readonly string[]> {
  const visibility = await requestVisibility(ctx.app as unknown as Application, requestOf(ctx));
  return visibility.accountIds;
}
