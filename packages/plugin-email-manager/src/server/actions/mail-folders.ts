import { visibleAccountIds } from '../guard/visibility';
import type { Services } from '../services';
import { action, idSchema, input, type ActionHandler } from './action';
import { z } from 'zod';
import type { Context } from '@nocobase/actions';
import { withGenericList } from './generic';

const schema = z.object({ accountId: idSchema.optional() });

async function accountIds(ctx: Context): Promise<readonly string[]> {
  const visible = await visibleAccountIds(ctx as never);
  const { accountId } = input(schema, { accountId: (ctx.action.params as { accountId?: unknown }).accountId });
  return accountId === undefined ? visible : visible.filter((id) => id === accountId);
}

/** `mailFolders:list`: folders with their counts. */
export function mailFolders(services: Services): Record<string, ActionHandler> {
  return {
    list: withGenericList(
      services,
      action(services.log, 'mailFolders:list', async (ctx) => ({
        data: await services.folders.folders(await accountIds(ctx)),
      })),
    ),
  };
}

/** `mailLabels:list`: labels with their counts. */
export function mailLabels(services: Services): Record<string, ActionHandler> {
  return {
    list: withGenericList(
      services,
      action(services.log, 'mailLabels:list', async (ctx) => ({
        data: await services.folders.labels(await accountIds(ctx)),
      })),
    ),
  };
}
