import type { Context } from '@nocobase/actions';
import type { RequestOrigin } from '../providers/redirect-uri';

/** What the request itself tells about the public address: NocoBase does not know it (its koa trusts no proxy). */
export function requestOrigin(ctx: Context): Omit<RequestOrigin, 'stated'> {
  const header = (name: string): string | undefined => (ctx.get(name) as string) || undefined;
  return {
    originHeader: header('origin'),
    forwardedProto: header('x-forwarded-proto'),
    forwardedHost: header('x-forwarded-host'),
    host: header('host'),
    encrypted: Boolean((ctx.req.socket as { encrypted?: boolean }).encrypted),
    publicPath: process.env.APP_PUBLIC_PATH || '/',
  };
}
