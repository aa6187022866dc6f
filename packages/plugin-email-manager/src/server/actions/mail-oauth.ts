import { z } from 'zod';
import type { ConnectOption, OAuthCallback, OAuthStart } from '../../shared/api';
import { MailApiError } from '../errors';
import { isConfigured } from '../providers/settings-store';
import type { Services } from '../services';
import { action, conceal, idSchema, input, userId, values, type ActionHandler } from './action';
import { requestOrigin } from './request-origin';

const startSchema = z.object({
  provider: z.string(),
  accountId: idSchema.optional(),
  returnTo: z.string().max(2000).optional(),
  origin: z.string().max(2000).optional(),
});

const callbackSchema = z.object({
  state: z.string().min(1).max(512),
  code: z.string().max(4096).optional(),
  error: z.string().max(512).optional(),
  errorDescription: z.string().max(4096).optional(),
});

const dismissSchema = z.object({ pendingId: z.string().min(1).max(128) });

/** `mailOAuth:*` for any signed-in person. */
export function mailOAuth(services: Services): Record<string, ActionHandler> {
  const { connect, states, settings, log } = services;
  return {
    options: action(log, 'mailOAuth:options', async (): Promise<{ data: ConnectOption[] }> => {
      const client = await settings.google();
      const { publicUrl } = await settings.general();
      return {
        data: [
          {
            provider: 'google',
            available: true,
            configured: isConfigured(client),
            scopes: [...client.scopes],
            publicUrl,
          },
          { provider: 'microsoft', available: false, configured: false, scopes: [], publicUrl },
        ],
      };
    }),

    start: action(log, 'mailOAuth:start', async (ctx): Promise<{ data: OAuthStart }> => {
      const request = input(startSchema, { ...ctx.action.params, ...values(ctx) });
      const { provider } = request;
      if (provider !== 'google' && provider !== 'microsoft') throw new MailApiError('PROVIDER_UNKNOWN');
      return { data: await connect.start(userId(ctx), { ...request, provider }, requestOrigin(ctx)) };
    }),

    callback: action(log, 'mailOAuth:callback', async (ctx): Promise<{ data: OAuthCallback }> => {
      const sent = { ...ctx.action.params, ...values(ctx) };
      conceal(ctx, ['code', 'state']);
      const answer = input(callbackSchema, sent);
      const connected = await connect.callback(userId(ctx), answer);
      const account = await services.accountViews.one(ctx, connected.accountId);
      return { data: { account, returnTo: connected.returnTo, reconnected: connected.reconnected } };
    }),

    pending: action(log, 'mailOAuth:pending', async (ctx) => ({ data: await states.pending(userId(ctx)) })),

    dismiss: action(log, 'mailOAuth:dismiss', async (ctx) => {
      const { pendingId } = input(dismissSchema, values(ctx));
      return { data: { dismissed: await states.dismiss(userId(ctx), pendingId) } };
    }),
  };
}
