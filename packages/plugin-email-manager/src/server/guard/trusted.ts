import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf the code that is running now touches mail tables. */
export type AccessContext =
  /** The plugin's own code, which checks visibility itself where it answers a person. */
  | { kind: 'trusted'; reason: string }
  /** A request of this application; its user is read from koa's context when it is needed, after the sign-in check. */
  | { kind: 'request'; request: RequestAccess }
  /** Somebody else's code that a request or our own work happens to run (a workflow's nodes): no access at all. */
  | { kind: 'none'; reason: string };

/** What the guard needs to know about one HTTP request. */
export interface RequestAccess {
  /** koa's context: `state.currentUser`, `state.currentRoles`. */
  ctx: {
    /** The application that answers; a request gives no access to another application's database. */
    app: { db?: unknown };
    state: { currentUser?: { id?: unknown } | null; currentRole?: string; currentRoles?: string[] };
    action?: { resourceName?: string; actionName?: string } | null;
  };
  /** True once the answer is out: work that outlives its request has no access. */
  ended: boolean;
  /** Visibility already computed in this request, by user and roles. Never outlives it. */
  cache: Map<string, unknown>;
}

// On globalThis: a second copy of this module in the process (a test beside the bundle) must see the same context.
const KEY = Symbol.for('@nocobase/plugin-email-manager:access-context');
const registry = globalThis as typeof globalThis & { [KEY]?: AsyncLocalStorage<AccessContext> };
const storage: AsyncLocalStorage<AccessContext> = (registry[KEY] ??= new AsyncLocalStorage<AccessContext>());

/** The context of the code that is running, undefined outside of any request and of `trusted`. */
export function accessContext(): AccessContext | undefined {
  return storage.getStore();
}

/**
 * Runs the plugin's own database work past the guard. Whoever calls this inside a person's request must have checked
 * visibility (`visibleAccountIds`). `reason` says what the work is, for whoever reads the code.
 */
export function trusted<T>(reason: string, work: () => T): T {
  return storage.run({ kind: 'trusted', reason }, work);
}

const requests = new WeakMap<object, RequestAccess>();

/** The access of the request with this koa context, the same object for as long as the request lasts. */
export function requestOf(ctx: RequestAccess['ctx']): RequestAccess {
  let request = requests.get(ctx);
  if (!request) {
    request = { ctx, ended: false, cache: new Map() };
    requests.set(ctx, request);
  }
  return request;
}

/** Runs a request; everything it awaits sees its context. */
export function inRequest<T>(request: RequestAccess, work: () => T): T {
  return storage.run({ kind: 'request', request }, work);
}

/** Runs foreign code without any access to mail, whatever context it was called from. */
export function withoutAccess<T>(reason: string, work: () => T): T {
  return storage.run({ kind: 'none', reason }, work);
}
