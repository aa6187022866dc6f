import type { Context } from '@nocobase/actions';
import type { ProviderCheck, ProviderName, ProviderSettings, ProviderUpdate } from '../../shared/api';
import { MailApiError } from '../errors';
import { checkGoogle } from '../providers/check';
import { redirectUriFor, resolveBaseUrl } from '../providers/redirect-uri';
import { parseGoogleUpdate } from '../providers/settings-input';
import { isConfigured } from '../providers/settings-store';
import type { Services } from '../services';
import { action, conceal, values, type ActionHandler } from './action';
import { requestOrigin } from './request-origin';

/** `mailProviders:*` for holders of pm.email-manager. The secret goes in and never comes out. */
export function mailProviders(services: Services): Record<string, ActionHandler> {
  const { settings, log } = services;

  async function google(ctx: Context): Promise<ProviderSettings> {
    const [client, general] = [await settings.google(), await settings.general()];
    return {
      provider: 'google',
      available: true,
      enabled: client.enabled,
      clientId: client.clientId,
      hasClientSecret: client.hasClientSecret,
      clientSecretReference: client.clientSecretReference,
      redirectUri: redirectUri(ctx, general.publicUrl),
      publicUrl: general.publicUrl,
      syncIntervalSeconds: general.syncIntervalSeconds,
      scopes: [...client.scopes],
      scopeChoice: client.scopeChoice,
      configured: isConfigured(client),
      tenant: null,
      secretExpiresAt: null,
      secretWarning: null,
    };
  }

  async function read(ctx: Context, provider: ProviderName): Promise<ProviderSettings> {
    const settingsOfGoogle = await google(ctx);
    if (provider === 'google') return settingsOfGoogle;
    return {
      ...settingsOfGoogle,
      provider,
      available: false,
      enabled: false,
      clientId: null,
      hasClientSecret: false,
      clientSecretReference: null,
      scopes: [],
      configured: false,
    };
  }

  return {
    list: action(log, 'mailProviders:list', async (ctx) => ({
      data: [await read(ctx, 'google'), await read(ctx, 'microsoft')],
    })),
    get: action(log, 'mailProviders:get', async (ctx) => ({ data: await read(ctx, providerName(ctx)) })),
    update: action(log, 'mailProviders:update', async (ctx) => {
      const provider = providerName(ctx);
      if (provider !== 'google') throw new MailApiError('PROVIDER_NOT_AVAILABLE');
      const change = readUpdate(ctx);
      await settings.update(provider, change);
      services.worker.settingsChanged();
      return { data: await read(ctx, provider) };
    }),
    check: action(log, 'mailProviders:check', async (ctx): Promise<{ data: ProviderCheck }> => {
      const provider = providerName(ctx);
      if (provider !== 'google') throw new MailApiError('PROVIDER_NOT_AVAILABLE');
      const client = await settings.google();
      const { publicUrl } = await settings.general();
      const checks = await checkGoogle({
        settings: client,
        secret: await settings.googleSecret(),
        redirectUri: redirectUri(ctx, publicUrl),
        hasPublicUrl: publicUrl !== null,
        proxied: Boolean(process.env.HTTPS_PROXY ?? process.env.https_proxy),
        context: (secret) => services.google.contextWith(client.clientId ?? '', secret),
      });
      return { data: { checks, checkedAt: new Date(services.clock.now()).toISOString() } };
    }),
  };
}

function readUpdate(ctx: Context): ProviderUpdate {
  try {
    return parseGoogleUpdate(values(ctx));
  } finally {
    conceal(ctx, ['clientSecret']);
  }
}

/** @throws MailApiError PROVIDER_UNKNOWN */
export function providerName(ctx: Context): ProviderName {
  const name: unknown = ctx.action.params.filterByTk;
  if (name !== 'google' && name !== 'microsoft') throw new MailApiError('PROVIDER_UNKNOWN');
  return name;
}

/** The exact redirect URI as this administrator's browser would start with; `origin` in the query helps behind proxies. */
function redirectUri(ctx: Context, publicUrl: string | null): string {
  const stated: unknown = ctx.action.params.origin ?? values(ctx).origin;
  return redirectUriFor(
    resolveBaseUrl(publicUrl, { ...requestOrigin(ctx), ...(typeof stated === 'string' ? { stated } : {}) }),
  );
}
