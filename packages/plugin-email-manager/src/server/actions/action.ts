import type { Context, Next } from '@nocobase/actions';
import { z } from 'zod';
import type { Log } from '@email-manager/mail-engine/ports/log';
import { loggableError, MailApiError, toApiError } from '../errors';
import { NAMESPACE, refusalWords } from '../words';

/** What an answer consists of; `meta` goes beside the data, as NocoBase's own lists do it. */
export interface Answer<T> {
  readonly data: T;
  readonly meta?: Record<string, unknown>;
}

export type ActionHandler = (ctx: Context, next: Next) => Promise<void>;

/**
 * Makes a NocoBase action of a function: its result becomes `{ data, meta? }`, whatever it throws becomes
 * `{ errors: [{ code, message, action, field? }] }` in the person's language. Errors that nobody foresaw are logged by
 * class, code and place only, because messages of store errors quote mail.
 */
export function action<T>(log: Log, name: string, run: (ctx: Context) => Promise<Answer<T>>): ActionHandler {
  return async (ctx, next) => {
    ctx.withoutDataWrapping = true;
    try {
      ctx.body = await run(ctx);
      if (ctx.status === 204 || ctx.status === 404) ctx.status = 200;
    } catch (error) {
      answerRefusal(ctx, log, name, error);
    }
    await next();
  };
}

export function answerRefusal(ctx: Context, log: Log, name: string, error: unknown): void {
  const refusal = toApiError(error);
  if (refusal.status >= 500) log.error('An action failed.', { action: name, ...loggableError(error) });
  const words = refusalWords((key, options) => ctx.t(key, { ...options, ns: NAMESPACE }) as string, refusal);
  ctx.withoutDataWrapping = true;
  ctx.status = refusal.status;
  const { field, data } = refusal;
  ctx.body = { errors: [{ ...words, ...(field === null ? {} : { field }), ...(data === null ? {} : { data }) }] };
}

/** The signed-in person. @throws MailApiError SIGN_IN_REQUIRED */
export function userId(ctx: Context): string {
  const user = ctx.state.currentUser as { id?: unknown } | undefined;
  if (user?.id === undefined || user.id === null) throw new MailApiError('SIGN_IN_REQUIRED');
  return String(user.id);
}

/** Reads a request's input by a schema. @throws MailApiError INPUT_INVALID naming the field */
export function input<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0] ?? (issue && 'keys' in issue ? (issue.keys as string[])[0] : '') ?? '');
  throw new MailApiError('INPUT_INVALID', { field, params: { field } });
}

/** Digits of an id as they come in a query or a body. */
export const idSchema = z
  .union([z.string(), z.number().int()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,19}$/));

/** `filterByTk` as one id. @throws MailApiError INPUT_INVALID */
export function target(ctx: Context): string {
  const parsed = idSchema.safeParse(ctx.action.params.filterByTk);
  if (!parsed.success)
    throw new MailApiError('INPUT_INVALID', { field: 'filterByTk', params: { field: 'filterByTk' } });
  return parsed.data;
}

/**
 * NocoBase's request log writes an action's parameters after the answer. Secrets, codes and search words are taken out
 * of them as soon as they are read.
 */
export function conceal(ctx: Context, names: readonly string[]): void {
  for (const bag of [values(ctx), ctx.action.params as Record<string, unknown>]) {
    for (const name of names) if (bag[name] !== undefined) bag[name] = '***';
  }
}

/** Body of a POST, or the query of a GET: the parameters that a person's page sends. */
export function values(ctx: Context): Record<string, unknown> {
  const body = ctx.action.params.values as unknown;
  return body !== null && typeof body === 'object' && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
}
