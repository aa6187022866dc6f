import type { Context } from '@nocobase/actions';
import { z } from 'zod';
import type { MessageState } from '@email-manager/mail-engine/model/message';
import type { StateEffect } from '@email-manager/mail-engine/model/operation';
import type { FoldersByRole, SettlePlaces } from '@email-manager/mail-engine/model/place';
import { overlay } from '@email-manager/mail-engine/sync/operations';
import { MailApiError } from '../errors';
import { visibleAccountIds } from '../guard/visibility';
import type { Services } from '../services';
import { Sql, toId, type HostDatabase } from '../stores/sql';
import { idSchema, input, userId, values } from './action';

const MAX_IDS = 1_000;
const OPS = [
  'markRead',
  'markUnread',
  'star',
  'unstar',
  'archive',
  'trash',
  'untrash',
  'move',
  'addLabel',
  'removeLabel',
] as const;
const WITH_PLACE = new Set<string>(['move', 'addLabel', 'removeLabel']);
/** Folders that a message cannot be moved to: what was sent or is a draft is one by nature. */
const FIXED_ROLES = new Set(['sent', 'drafts']);

const schema = z.object({
  ids: z.array(idSchema).max(MAX_IDS).optional(),
  threadIds: z.array(idSchema).max(MAX_IDS).optional(),
  op: z.enum(OPS),
  placeId: idSchema.optional(),
});

/**
 * A person's change: written as operations over the provider's state at once, and pushed to the provider by the sync,
 * which is woken. Only owners change mail; what one does not see does not exist.
 * @returns the number of messages that changed
 */
export async function organise(services: Services, ctx: Context): Promise<{ changed: number }> {
  const request = input(schema, {
    ...values(ctx),
    ...(ctx.action.params.filterByTk ? { ids: [ctx.action.params.filterByTk] } : {}),
  });
  const { op, placeId, ids = [], threadIds = [] } = request;
  if (ids.length + threadIds.length === 0)
    throw new MailApiError('INPUT_INVALID', { field: 'ids', params: { field: 'ids' } });
  if (WITH_PLACE.has(op) && placeId === undefined) {
    throw new MailApiError('INPUT_INVALID', { field: 'placeId', params: { field: 'placeId' } });
  }
  const user = userId(ctx);
  const visible = await visibleAccountIds(ctx as never);
  const byAccount = await groupByAccount(services, visible, ids, threadIds);
  if (byAccount.size === 0) throw new MailApiError(ids.length > 0 ? 'MESSAGE_NOT_FOUND' : 'THREAD_NOT_FOUND');
  const roles = await services.accounts.membership(user, [...byAccount.keys()]);
  if ([...byAccount.keys()].some((accountId) => roles.get(accountId) !== 'owner')) {
    throw new MailApiError('MAIL_ACCESS_DENIED');
  }

  let changed = 0;
  for (const [accountId, messageIds] of byAccount) {
    const place = placeId === undefined ? null : await placeOf(services, accountId, placeId, op);
    const provider = await services.mailboxes.forPeople(accountId);
    const folders = await foldersByRole(services, accountId);
    const written = await services.operations.apply(accountId, {
      userId: user,
      op,
      messageIds,
      effectOf: (state) =>
        effective(state, provider.effectOf(op, place, state, folders), provider.capabilities.settlePlaces),
    });
    changed += written.length;
    if (written.length === 0) continue;
    const threads = new Set(written.map((operation) => operation.threadId).filter((id) => id !== null));
    services.realtime.changed(accountId, [...threads]);
    services.worker.wake(accountId, { urgent: true });
  }
  return { changed };
}

/** Null when the effect changes nothing: then there is nothing to tell the provider either. */
function effective(state: MessageState, effect: StateEffect, settle: SettlePlaces): StateEffect | null {
  const after = overlay(state, [effect], settle);
  const same =
    after.isRead === state.isRead &&
    after.isStarred === state.isStarred &&
    after.places.length === state.places.length &&
    [...after.places].sort().join('\n') === [...state.places].sort().join('\n');
  return same ? null : effect;
}

/** Visible messages by mailbox: those named, and all of the named conversations. */
async function groupByAccount(
  services: Services,
  visible: readonly string[],
  ids: readonly string[],
  threadIds: readonly string[],
): Promise<Map<string, string[]>> {
  const sql = new Sql(services.app.db as unknown as HostDatabase);
  const rows = await sql.rows(
    `SELECT "id", "accountId" FROM {mailMessages}
      WHERE "accountId" IN ${sql.ids(1)} AND "goneAt" IS NULL AND ("id" IN ${sql.ids(2)} OR "threadId" IN ${sql.ids(3)})`,
    [JSON.stringify(visible), JSON.stringify(ids), JSON.stringify(threadIds)],
  );
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const accountId = toId(row.accountId);
    found.set(accountId, [...(found.get(accountId) ?? []), toId(row.id)]);
  }
  return found;
}

async function foldersByRole(services: Services, accountId: string): Promise<FoldersByRole> {
  const sql = new Sql(services.app.db as unknown as HostDatabase);
  const rows = await sql.rows(
    `SELECT "remoteId", "role" FROM {mailFolders} WHERE "accountId" = $1 AND "role" <> 'other'`,
    [accountId],
  );
  return Object.fromEntries(rows.map((row) => [String(row.role), String(row.remoteId)]));
}

/** The provider's id of a folder or label of this mailbox. @throws MailApiError PLACE_NOT_FOUND */
async function placeOf(services: Services, accountId: string, placeId: string, op: string): Promise<string> {
  const sql = new Sql(services.app.db as unknown as HostDatabase);
  const table = op === 'move' ? 'mailFolders' : 'mailLabels';
  const [row] = await sql.rows(
    `SELECT "remoteId", ${op === 'move' ? '"role"' : '"kind" AS "role"'} FROM {${table}}
      WHERE "id" = ${sql.idParameter(1)} AND "accountId" = ${sql.idParameter(2)}`,
    [placeId, accountId],
  );
  if (!row || FIXED_ROLES.has(String(row.role))) throw new MailApiError('PLACE_NOT_FOUND', { field: 'placeId' });
  return String(row.remoteId);
}
