import type { Context } from '@nocobase/actions';
import { z } from 'zod';
import type { AdminConsentNeeded, AdminConsentStart, ConnectOption, OAuthCallback, OAuthStart } from '../../shared/api';
import { ConsentNeededError } from '../accounts/connect';
import type { ConsumedSignIn } from '../accounts/oauth-states';
import { MailApiError } from '../errors';
import { redirectUriFor, resolveBaseUrl, safeReturnPath } from '../providers/redirect-uri';
import { isConfigured } from '../providers/settings-store';
import type { Services } from '../services';
import { BRANDS, NAMESPACE } from '../words';
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
  code: z.string().max(8192).optional(),
  error: z.string().max(512).optional(),
  errorDescription: z.string().max(4096).optional(),
  errorSubcode: z.string().max(512).optional(),
  adminConsent: z.boolean().optional(),
  tenant: z.string().max(255).optional(),
});

const consentSchema = z.object({
  provider: z.string(),
  tenant: z.string().max(255).optional(),
  returnTo: z.string().max(2000).optional(),
  origin: z.string().max(2000).optional(),
});

const dismissSchema = z.object({ pendingId: z.string().min(1).max(128) });

/** `mailOAuth:*` for any signed-in person; `adminConsent` for holders of pm.email-manager. */
export function mailOAuth(services: Services): Record<string, ActionHandler> {
  const { connect, states, settings, registry, log } = services;

  /** What the person can do about a missing consent of their organisation: a link, or a text to send to somebody. */
  async function consentNeeded(ctx: Context, signIn: ConsumedSignIn): Promise<AdminConsentNeeded | null> {
    const { provider, redirectUri } = signIn;
    const page = { provider, redirectUri, tenant: signIn.tenant };
    const link = await connect.adminConsent.linkToPassOn(page);
    if (link === null) return null;
    const { clientId } = await settings.client(provider);
    const words = { ns: NAMESPACE, provider: BRANDS[provider], clientId, link, interpolation: { escapeValue: false } };
    return {
      adminConsentUrl: services.managesMail(ctx)
        ? await connect.adminConsent.startFor(userId(ctx), page, signIn.returnTo)
        : null,
      message: ctx.t('adminConsent.message', words) as string,
    };
  }

  return {
    options: action(log, 'mailOAuth:options', async (): Promise<{ data: ConnectOption[] }> => {
      const { publicUrl } = await settings.general();
      const options = registry.all.map(async ({ name, settings: rules }): Promise<ConnectOption> => {
        const client = await settings.client(name);
        const scopes = [...rules.scopes(client)];
        return { provider: name, available: true, configured: isConfigured(client), scopes, publicUrl };
      });
      return { data: await Promise.all(options) };
    }),

    start: action(log, 'mailOAuth:start', async (ctx): Promise<{ data: OAuthStart }> => {
      const request = input(startSchema, { ...ctx.action.params, ...values(ctx) });
      const { provider } = request;
      if (!registry.isName(provider)) throw new MailApiError('PROVIDER_UNKNOWN');
      return { data: await connect.start(userId(ctx), { ...request, provider }, requestOrigin(ctx)) };
    }),

    callback: action(log, 'mailOAuth:callback', async (ctx): Promise<{ data: OAuthCallback }> => {
      const sent = { ...ctx.action.params, ...values(ctx) };
      conceal(ctx, ['code', 'state']);
      const answer = input(callbackSchema, sent);
      try {
        const connected = await connect.callback(userId(ctx), answer);
        const { returnTo } = connected;
        if (connected.accountId === null) {
          return { data: { account: null, returnTo, reconnected: false, adminConsent: connected.adminConsent } };
        }
        const account = await services.accountViews.one(ctx, connected.accountId);
        return { data: { account, returnTo, reconnected: connected.reconnected } };
      } catch (error) {
        if (!(error instanceof ConsentNeededError)) throw error;
        const { code, provider } = error;
        throw new MailApiError(code, { provider, data: await consentNeeded(ctx, error.signIn) });
      }
    }),

    adminConsent: action(log, 'mailOAuth:adminConsent', async (ctx): Promise<{ data: AdminConsentStart }> => {
      const { provider, tenant = null, returnTo, origin } = input(consentSchema, values(ctx));
      if (!registry.isName(provider)) throw new MailApiError('PROVIDER_UNKNOWN');
      if (!isConfigured(await settings.client(provider))) {
        throw new MailApiError('PROVIDER_NOT_CONFIGURED', { provider });
      }
      const { publicUrl } = await settings.general();
      const base = resolveBaseUrl(publicUrl, {
        ...requestOrigin(ctx),
        ...(origin === undefined ? {} : { stated: origin }),
      });
      const page = { provider, redirectUri: redirectUriFor(base), tenant };
      const url = await connect.adminConsent.startFor(userId(ctx), page, safeReturnPath(returnTo));
      // There is no such page for personal accounts, and none at some providers.
      if (url === null) throw new MailApiError('INPUT_INVALID', { field: 'provider', params: { field: 'provider' } });
      return { data: { url } };
    }),

    pending: action(log, 'mailOAuth:pending', async (ctx) => ({ data: await states.pending(userId(ctx)) })),

    dismiss: action(log, 'mailOAuth:dismiss', async (ctx) => {
      const { pendingId } = input(dismissSchema, values(ctx));
      return { data: { dismissed: await states.dismiss(userId(ctx), pendingId) } };
    }),
  };
}
