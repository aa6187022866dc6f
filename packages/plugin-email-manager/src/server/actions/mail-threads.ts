import { MailApiError } from '../errors';
import { visibleAccountIds } from '../guard/visibility';
import type { Services } from '../services';
import { action, target, type ActionHandler } from './action';
import { withGenericList } from './generic';
import { listInput } from './list-input';

/** `mailThreads:list|get`. */
export function mailThreads(services: Services): Record<string, ActionHandler> {
  const { lists, log } = services;
  return {
    list: withGenericList(
      services,
      action(log, 'mailThreads:list', async (ctx) => {
        const { filter, paging } = listInput(ctx);
        const visible = await visibleAccountIds(ctx as never);
        const page = await lists.threads({ ...filter, visibleAccountIds: visible }, paging);
        return { data: page.data, meta: { nextCursor: page.nextCursor } };
      }),
    ),
    get: withGenericList(
      services,
      action(log, 'mailThreads:get', async (ctx) => {
        const thread = await lists.thread(await visibleAccountIds(ctx as never), target(ctx));
        if (!thread) throw new MailApiError('THREAD_NOT_FOUND');
        return { data: thread };
      }),
    ),
  };
}
