import type { Context } from '@nocobase/actions';
import { z } from 'zod';
import type { FolderRole } from '@email-manager/mail-engine/model/place';
import type { AuditReport, StartEstimate } from '../../shared/api';
import { monthsBefore } from '../accounts/connect';
import { toDate, type AccountRow, type SyncRequest } from '../accounts/account-store';
import { MailApiError } from '../errors';
import type { Services } from '../services';
import { readAuditReport } from '../sync/audit-report';
import { action, idSchema, input, target, userId, values, type ActionHandler } from './action';
import { withGenericList } from './generic';

const updateSchema = z.strictObject({
  syncFrom: z.iso
    .datetime({ offset: true })
    .refine((text) => new Date(text).getTime() >= 0 && new Date(text).getTime() <= Date.now())
    .nullable()
    .optional(),
  senderName: z
    .string()
    .trim()
    .max(255)
    // eslint-disable-next-line no-control-regex -- a name becomes a header: no line breaks and no other controls
    .regex(/^[^\u0000-\u001f\u007f]*$/)
    .nullable()
    .optional(),
  skipFolders: z
    .array(z.enum(['inbox', 'sent', 'drafts', 'spam', 'trash', 'archive', 'other']))
    .max(7)
    .optional(),
});

const CHOICES = [
  ['1month', 1],
  ['3months', 3],
  ['6months', 6],
  ['1year', 12],
  ['all', null],
] as const;

/** `mailAccounts:*`. Members act on their own mailboxes only; a stranger's does not exist. */
export function mailAccounts(services: Services): Record<string, ActionHandler> {
  const { accounts, accountViews, lifecycle, worker, log } = services;

  /** The mailbox of the request, for its owner. */
  async function own(ctx: Context): Promise<AccountRow> {
    const account = await accounts.find(target(ctx));
    if (!account) throw new MailApiError('ACCOUNT_NOT_FOUND');
    const role = (await accounts.membership(userId(ctx), [account.id])).get(account.id);
    if (role !== 'owner') throw new MailApiError('ACCOUNT_NOT_FOUND');
    return account;
  }

  /** The mailbox of the request, for its owner or for whoever manages the Email manager (numbers only). */
  async function ownOrManaged(ctx: Context): Promise<AccountRow> {
    const account = await accounts.find(target(ctx));
    if (!account) throw new MailApiError('ACCOUNT_NOT_FOUND');
    const role = (await accounts.membership(userId(ctx), [account.id])).get(account.id);
    if (role !== 'owner' && !services.managesMail(ctx)) throw new MailApiError('ACCOUNT_NOT_FOUND');
    return account;
  }

  /** The mailbox of the request, for its owner; a mailbox whose owner's user is gone, for whoever manages them. */
  async function ownOrOrphaned(ctx: Context): Promise<AccountRow> {
    const account = await ownOrManaged(ctx);
    const role = (await accounts.membership(userId(ctx), [account.id])).get(account.id);
    if (role !== 'owner' && (await accounts.hasLivingOwner(account))) throw new MailApiError('ACCOUNT_NOT_FOUND');
    return account;
  }

  function requireSyncing(account: AccountRow): void {
    const refused = services.syncRefused();
    if (refused) throw new MailApiError(refused);
    if (account.status === 'needsReauth') throw new MailApiError('ACCOUNT_NEEDS_REAUTH');
    if (account.status === 'blocked') throw new MailApiError('ACCOUNT_BLOCKED');
    if (account.status === 'deleting') throw new MailApiError('ACCOUNT_DELETING');
    if (account.status !== 'active') throw new MailApiError('ACCOUNT_STATE_INVALID');
  }

  /** The folders to leave out from now on; null when that changes nothing. @throws MailApiError INPUT_INVALID */
  function skipChange(account: AccountRow, wanted: readonly FolderRole[] | undefined): FolderRole[] | null {
    if (wanted === undefined) return null;
    const { skippableFolders } = services.registry.of(account.provider).mail;
    if (!wanted.every((role) => skippableFolders.includes(role))) {
      throw new MailApiError('INPUT_INVALID', { field: 'skipFolders', params: { field: 'skipFolders' } });
    }
    const next = skippableFolders.filter((role) => wanted.includes(role));
    return next.join() === [...account.skipFolders].sort().join() ? null : next.sort();
  }

  async function request(account: AccountRow, kind: SyncRequest): Promise<void> {
    requireSyncing(account);
    await accounts.request(account.id, kind);
    worker.wake(account.id, { urgent: true });
  }

  const audit = async (account: AccountRow, ctx: Context): Promise<{ data: AuditReport }> => ({
    data: await readAuditReport(services, account, ctx),
  });

  return {
    list: withGenericList(
      services,
      action(log, 'mailAccounts:list', async (ctx) => ({ data: await accountViews.list(ctx) })),
    ),
    get: withGenericList(
      services,
      action(log, 'mailAccounts:get', async (ctx) => ({ data: await accountViews.one(ctx, target(ctx)) })),
    ),

    update: action(log, 'mailAccounts:update', async (ctx) => {
      const account = await own(ctx);
      const change = input(updateSchema, values(ctx));
      if (account.status === 'deleting') throw new MailApiError('ACCOUNT_DELETING');
      const patch: Record<string, unknown> = {};
      if (change.syncFrom !== undefined) {
        patch.syncFrom = toDate(change.syncFrom === null ? null : new Date(change.syncFrom).getTime());
      }
      if (change.senderName !== undefined) patch.senderName = change.senderName || null;
      const skipFolders = skipChange(account, change.skipFolders);
      if (skipFolders) patch.skipFolders = skipFolders;
      if (Object.keys(patch).length > 0) await accounts.patch(account.id, patch);
      // What was left out so far has to be listed, and what is left out from now on to be found missing.
      if (skipFolders) await accounts.request(account.id, 'resync');
      worker.wake(account.id, { urgent: true });
      return { data: await accountViews.one(ctx, account.id) };
    }),

    sync: action(log, 'mailAccounts:sync', async (ctx) => {
      // Without a mailbox the button means all of one's own.
      if (ctx.action.params.filterByTk === undefined) {
        const all = (await accounts.ofUser(userId(ctx))).filter((account) => account.status === 'active');
        for (const account of all) worker.wake(account.id, { urgent: true });
        return { data: { started: all.length } };
      }
      const account = await own(ctx);
      requireSyncing(account);
      worker.wake(account.id, { urgent: true });
      return { data: { started: 1 } };
    }),

    pause: action(log, 'mailAccounts:pause', async (ctx) => {
      const account = await own(ctx);
      await lifecycle.pause(account);
      return { data: await accountViews.one(ctx, account.id) };
    }),

    resume: action(log, 'mailAccounts:resume', async (ctx) => {
      const account = await own(ctx);
      await lifecycle.resume(account);
      return { data: await accountViews.one(ctx, account.id) };
    }),

    destroy: action(log, 'mailAccounts:destroy', async (ctx) => {
      const account = await ownOrOrphaned(ctx);
      const { consentUrl } = await lifecycle.remove(account);
      return { data: { status: 'deleting', consentUrl } };
    }),

    resync: action(log, 'mailAccounts:resync', async (ctx) => {
      const account = await ownOrManaged(ctx);
      await request(account, 'resync');
      return { data: { started: 1 } };
    }),

    verify: action(log, 'mailAccounts:verify', async (ctx) => {
      const account = await ownOrManaged(ctx);
      if (ctx.method === 'POST') await request(account, 'verify');
      return audit((await accounts.find(account.id)) ?? account, ctx);
    }),

    repair: action(log, 'mailAccounts:repair', async (ctx) => {
      const account = await ownOrManaged(ctx);
      // Without a finished verification there is nothing to repair yet: it comes first, and the repair follows it.
      if (!(await services.store.cursor(account.id, 'verify'))) await request(account, 'verify');
      await request(account, 'repair');
      return audit((await accounts.find(account.id)) ?? account, ctx);
    }),

    touch: action(log, 'mailAccounts:touch', async (ctx) => {
      const { visible } = input(z.object({ visible: z.boolean().default(true) }), values(ctx));
      await worker.touch(userId(ctx), visible);
      return { data: { ok: true } };
    }),

    estimates: action(log, 'mailAccounts:estimates', async (ctx): Promise<{ data: StartEstimate[] }> => {
      const account = await own(ctx);
      requireSyncing(account);
      const now = services.clock.now();
      const starts = CHOICES.map(([, months]) => (months === null ? null : monthsBefore(now, months)));
      const provider = await services.mailboxes.forPeople(account.id);
      const counts = await provider.estimate(starts);
      const { unitsPerMessage, unitsPerMinute } = provider.capabilities;
      const msPerMessage =
        services.rate.measured(account.id) ??
        (Number.isFinite(unitsPerMinute) ? (unitsPerMessage / unitsPerMinute) * 60_000 : 2);
      return {
        data: CHOICES.map(([choice], index) => {
          const messages = counts[index] ?? null;
          const from = starts[index] ?? null;
          return {
            choice,
            syncFrom: from === null ? null : new Date(from).toISOString(),
            messages,
            minutes: messages === null ? null : Math.max(1, Math.ceil((messages * msPerMessage) / 60_000)),
          };
        }),
      };
    }),

    handOver: action(log, 'mailAccounts:handOver', async (ctx) => {
      if (!services.managesMail(ctx)) throw new MailApiError('ACCOUNT_NOT_FOUND');
      const account = await accounts.find(target(ctx));
      if (!account) throw new MailApiError('ACCOUNT_NOT_FOUND');
      const order = input(z.object({ userId: idSchema }), values(ctx));
      const { currentRole, currentRoles } = ctx.state as { currentRole?: string; currentRoles?: string[] };
      const roles = currentRoles ?? (currentRole ? [currentRole] : []);
      await services.handOver({ account, userId: order.userId, by: { userId: userId(ctx), roles } });
      return { data: { status: 'needsReauth' } };
    }),

    adminList: action(log, 'mailAccounts:adminList', async () => ({ data: await accountViews.forAdministrators() })),
  };
}
