import type { Context } from '@nocobase/actions';
import type { ProviderCheck, ProviderName, ProviderSettings, ProviderUpdate } from '../../shared/api';
import { MailApiError } from '../errors';
import { redirectUriFor, resolveBaseUrl } from '../providers/redirect-uri';
import { isConfigured } from '../providers/settings-store';
import type { Services } from '../services';
import { action, conceal, userId, values, type ActionHandler } from './action';
import { requestOrigin } from './request-origin';

/** `mailProviders:*` for holders of pm.email-manager. The secret goes in and never comes out. */
export function mailProviders(services: Services): Record<string, ActionHandler> {
  const { settings, registry, log } = services;

  function providerName(ctx: Context): ProviderName {
    const name: unknown = ctx.action.params.filterByTk;
    if (!registry.isName(name)) throw new MailApiError('PROVIDER_UNKNOWN');
    return name;
  }

  async function read(ctx: Context, provider: ProviderName): Promise<ProviderSettings> {
    const rules = registry.of(provider).settings;
    const [client, general] = [await settings.client(provider), await settings.general()];
    return {
      provider,
      available: true,
      enabled: client.enabled,
      clientId: client.clientId,
      hasClientSecret: client.hasClientSecret,
      clientSecretReference: client.clientSecretReference,
      redirectUri: redirectUri(ctx, general.publicUrl),
      publicUrl: general.publicUrl,
      syncIntervalSeconds: general.syncIntervalSeconds,
      scopes: [...rules.scopes(client)],
      configured: isConfigured(client),
      ...rules.view(client, services.clock.now()),
    };
  }

  function readUpdate(ctx: Context, provider: ProviderName): ProviderUpdate {
    try {
      return registry.of(provider).settings.parse(values(ctx));
    } finally {
      conceal(ctx, ['clientSecret']);
    }
  }

  return {
    list: action(log, 'mailProviders:list', async (ctx) => ({
      data: await Promise.all(registry.all.map(({ name }) => read(ctx, name))),
    })),
    get: action(log, 'mailProviders:get', async (ctx) => ({ data: await read(ctx, providerName(ctx)) })),
    update: action(log, 'mailProviders:update', async (ctx) => {
      const provider = providerName(ctx);
      const change = readUpdate(ctx, provider);
      await settings.update(provider, change);
      services.worker.settingsChanged();
      return { data: await read(ctx, provider) };
    }),
    check: action(log, 'mailProviders:check', async (ctx): Promise<{ data: ProviderCheck }> => {
      const provider = providerName(ctx);
      const module = registry.of(provider);
      const stored = await settings.client(provider);
      const { publicUrl } = await settings.general();
      const uri = redirectUri(ctx, publicUrl);
      const tenant = module.oauth.tenantForSignIn(stored, null);
      const checks = await module.check({
        stored,
        secret: await settings.secret(provider),
        redirectUri: uri,
        hasPublicUrl: publicUrl !== null,
        proxied: Boolean(process.env.HTTPS_PROXY ?? process.env.https_proxy),
        http: services.http,
        now: services.clock.now(),
        context: (secret) => services.clients.contextWith(provider, tenant, stored.clientId ?? 'not-a-client', secret),
        adminConsentUrl: () =>
          services.connect.adminConsent.startFor(userId(ctx), { provider, redirectUri: uri, tenant: null }),
      });
      return { data: { checks, checkedAt: new Date(services.clock.now()).toISOString() } };
    }),
  };
}

/** The exact redirect URI as this administrator's browser would start with; `origin` in the query helps behind proxies. */
function redirectUri(ctx: Context, publicUrl: string | null): string {
  const stated: unknown = ctx.action.params.origin ?? values(ctx).origin;
  return redirectUriFor(
    resolveBaseUrl(publicUrl, { ...requestOrigin(ctx), ...(typeof stated === 'string' ? { stated } : {}) }),
  );
}
