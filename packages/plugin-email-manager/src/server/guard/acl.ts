import type { Application } from '@nocobase/server';
import { accessDenied, paginationRequired } from './access-denied';
import { refuseForeignPaths } from './association-paths';
import { EXPOSED, mailCollectionNames } from './mail-collections';

interface ActionContext {
  state: { currentUser?: { id?: unknown } | null };
  action: { resourceName: string; actionName: string; params: Record<string, unknown> };
  permission: { resourceName: string; skip?: boolean; can?: unknown };
  can(options: { resource: string; action: string }): { params?: Record<string, unknown> } | null;
}

/** NocoBase's own actions that read; the guard restricts their rows, the role decides whether they may be called. */
const GENERIC_READS = new Set(['list', 'get', 'query', 'export', 'exportXlsx']);

interface ResourceManager {
  getRegisteredHandler(name: string): unknown;
  isDefined(name: string): boolean;
  getResource(name: string): { options?: { actions?: Record<string, unknown> } };
}

/** True when an action of this resource was written for it (by us), false when it is NocoBase's generic one. */
function isOwnAction(app: Application, resourceName: string, actionName: string): boolean {
  const manager = app.resourceManager as unknown as ResourceManager;
  if (manager.getRegisteredHandler(`${resourceName}:${actionName}`)) return true;
  if (!manager.isDefined(resourceName)) return false;
  // NocoBase puts its generic handlers among a resource's own ones.
  const handler = manager.getResource(resourceName).options?.actions?.[actionName];
  return handler !== undefined && handler !== manager.getRegisteredHandler(actionName);
}

/**
 * Rights on mail through NocoBase's generic actions: whatever the roles say, everybody who is signed in may list and get
 * exposed collections (the guard at the model leaves them their own rows), and nobody may write or reach hidden ones.
 * Actions of ours keep the rights they were registered with.
 */
export function guardAcl(app: Application): void {
  const names = new Set(mailCollectionNames(app.db.collections.values() as never));
  app.acl.use(
    async (context: unknown, next: () => Promise<unknown>) => {
      const ctx = context as ActionContext;
      const { resourceName: path, actionName, params } = ctx.action;
      const target = ctx.permission.resourceName;
      const source = path.includes('.') ? (path.split('.')[0] as string) : null;
      if (!names.has(target) && !(source && names.has(source))) return next();
      if (isOwnAction(app, path, actionName) && actionName !== 'list' && actionName !== 'get') return next();
      const exposed = names.has(target) ? EXPOSED[target] !== undefined : true;
      if (!exposed || !GENERIC_READS.has(actionName)) throw accessDenied();
      if (String(params.paginate) === 'false') throw paginationRequired();
      if (names.has(target)) refuseForeignPaths(app, target, ctx);
      // Through somebody else's collection (an association that an administrator added) its own rights decide.
      const ours = names.has(target) && (source === null || names.has(source));
      if (ours && (actionName === 'list' || actionName === 'get') && ctx.state.currentUser) {
        ctx.permission.skip = true;
        // What the role says about these collections (own rows by createdById, chosen fields) does not count.
        ctx.permission.can = { resource: target, action: actionName };
      }
      return next();
    },
    { tag: 'mail-guard', before: 'core' },
  );
}
