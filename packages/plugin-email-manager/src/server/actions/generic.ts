import type { Context, Next } from '@nocobase/actions';
import { MailApiError } from '../errors';
import type { Services } from '../services';
import { answerRefusal, type ActionHandler } from './action';

/** Parameters that only NocoBase's own lists know: blocks send them, our pages do not. */
const GENERIC = ['page', 'filter', 'fields', 'appends', 'except', 'sort', 'paginate', 'tree'] as const;

interface HandlerRegistry {
  getRegisteredHandler(name: string): ActionHandler | undefined;
}

/**
 * One action, two callers: pages of ours (keyset paging, our wire types), and NocoBase's blocks, which bring `page` and
 * other parameters of its own. The latter get NocoBase's own action, under the guard at the model.
 */
export function withGenericList(services: Services, own: ActionHandler): ActionHandler {
  return async (ctx: Context, next: Next) => {
    const params = ctx.action.params as Record<string, unknown>;
    if (!GENERIC.some((name) => params[name] !== undefined)) return own(ctx, next);
    if (String(params.paginate) === 'false') {
      answerRefusal(ctx, services.log, 'list', new MailApiError('PAGINATION_REQUIRED'));
      return next();
    }
    if (!sortsByOwnColumns(services, ctx)) {
      const refusal = new MailApiError('INPUT_INVALID', { field: 'sort', params: { field: 'sort' } });
      answerRefusal(ctx, services.log, 'list', refusal);
      return next();
    }
    const registry = services.app.resourceManager as unknown as HandlerRegistry;
    const generic =
      (services.app.dataSourceManager.dataSources.get('main')?.resourceManager as HandlerRegistry | undefined) ??
      registry;
    const handler = generic.getRegisteredHandler(ctx.action.actionName as string);
    if (!handler) throw new MailApiError('INPUT_INVALID');
    return handler(ctx, next);
  };
}

/** NocoBase's lists fall over (500) when asked to sort by a field of an association, also of their own collections. */
function sortsByOwnColumns(services: Services, ctx: Context): boolean {
  const { sort } = ctx.action.params as { sort?: unknown };
  const wanted = typeof sort === 'string' ? sort.split(',') : Array.isArray(sort) ? sort.map(String) : [];
  const columns = services.app.db.getCollection(ctx.action.resourceName as string)?.model.rawAttributes ?? {};
  return wanted.every((name) => name === '' || Object.hasOwn(columns, name.replace(/^-/, '')));
}
