import type { Database } from '@nocobase/database';
import type { ProviderName, ProviderUpdate } from '../../shared/api';
import { table, write } from '../database';
import { DEFAULT_SYNC_INTERVAL_SECONDS, syncIntervalFromEnvironment } from '../env';
import { trusted } from '../guard/trusted';
import type { Keyring } from '../secrets/keyring';
import { open, seal } from '../secrets/seal';
import type { ClientSecret, ProviderFacts, StoredClient } from './provider-module';

const SETTINGS_ROW = 1;

export interface GeneralSettings {
  readonly publicUrl: string | null;
  readonly syncIntervalSeconds: number;
}

export interface SettingsStore {
  general(): Promise<GeneralSettings>;
  client(provider: ProviderName): Promise<StoredClient>;
  /** The secret itself: for the token endpoint only. Re-sealed when it was sealed with an older key. */
  secret(provider: ProviderName): Promise<ClientSecret>;
  update(provider: ProviderName, change: ProviderUpdate): Promise<void>;
  learn(provider: ProviderName, facts: ProviderFacts): Promise<void>;
  /** Notes that the administrators are told this about the secret's end; false when they were told already. */
  claimSecretNotice(provider: ProviderName, notice: string): Promise<boolean>;
}

const secretPlace = (provider: ProviderName) => ({
  table: 'mailProviderSecrets',
  row: provider,
  column: 'sealedClientSecret',
});

/** @param variable looks a NocoBase environment variable or secret up by name */
export function createSettingsStore(
  db: Database,
  keyring: () => Keyring,
  variable: (name: string) => string | undefined,
): SettingsStore {
  const row = (provider: ProviderName) =>
    trusted('provider settings', () => table(db, 'mailProviderSecrets').findByPk(provider));

  async function saveGeneral(change: ProviderUpdate): Promise<void> {
    const values: Record<string, unknown> = {};
    if (change.publicUrl !== undefined) values.publicUrl = change.publicUrl;
    if (change.syncIntervalSeconds !== undefined) values.syncIntervalSeconds = change.syncIntervalSeconds;
    if (Object.keys(values).length === 0) return;
    await write(db, 'general settings', async (transaction) => {
      const settings = table(db, 'mailSettings');
      await settings.bulkCreate([{ id: SETTINGS_ROW }], { ignoreDuplicates: true, hooks: false, transaction });
      await settings.update(values, { where: { id: SETTINGS_ROW }, transaction });
    });
  }

  async function patchRow(provider: ProviderName, change: (current: Record<string, unknown>) => object): Promise<void> {
    await write(db, 'provider settings', async (transaction) => {
      const secrets = table(db, 'mailProviderSecrets');
      await secrets.bulkCreate([{ provider }], { ignoreDuplicates: true, hooks: false, transaction });
      const current = await secrets.findByPk(provider, { transaction, lock: true });
      const values = { ...change((current?.get() ?? {}) as Record<string, unknown>), updatedAt: new Date() };
      await secrets.update(values, { where: { provider }, transaction });
    });
  }

  const store: SettingsStore = {
    async general() {
      const settings = await trusted('general settings', () => table(db, 'mailSettings').findByPk(SETTINGS_ROW));
      const stored = Number(settings?.get('syncIntervalSeconds') ?? 0);
      return {
        publicUrl: (settings?.get('publicUrl') as string | null | undefined) ?? null,
        syncIntervalSeconds: stored > 0 ? stored : (syncIntervalFromEnvironment() ?? DEFAULT_SYNC_INTERVAL_SECONDS),
      };
    },

    async client(provider) {
      const stored = await row(provider);
      const text = (name: string) => (stored?.get(name) as string | null | undefined) || null;
      return {
        provider,
        clientId: text('clientId'),
        enabled: Boolean(stored?.get('enabled')),
        scopeChoice: text('scope'),
        tenant: text('tenant'),
        clientSecretReference: text('clientSecretReference'),
        hasClientSecret: Boolean(stored?.get('sealedClientSecret')),
        secretExpiresAt: text('secretExpiresAt'),
        facts: (stored?.get('options') as ProviderFacts | null | undefined) ?? {},
      };
    },

    async secret(provider) {
      const stored = await row(provider);
      const reference = stored?.get('clientSecretReference') as string | null | undefined;
      if (reference) {
        const value = variable(reference);
        return value ? { state: 'present', value } : { state: 'unknownReference', name: reference };
      }
      const sealed = stored?.get('sealedClientSecret') as string | null | undefined;
      if (!sealed) return { state: 'missing' };
      const opened = open(keyring(), secretPlace(provider), sealed);
      if (opened.state === 'unreadable') return { state: 'unreadable' };
      if (opened.stale) {
        const fresh = seal(keyring(), secretPlace(provider), opened.value);
        await write(db, 'seal with the newest key', (transaction) =>
          table(db, 'mailProviderSecrets').update(
            { sealedClientSecret: fresh },
            { where: { provider, sealedClientSecret: sealed }, transaction },
          ),
        );
      }
      return { state: 'present', value: opened.value };
    },

    async update(provider, change) {
      const values: Record<string, unknown> = {};
      if (change.clientId !== undefined) values.clientId = change.clientId || null;
      if (change.clientSecret !== undefined) {
        values.sealedClientSecret = change.clientSecret
          ? seal(keyring(), secretPlace(provider), change.clientSecret)
          : null;
        if (change.clientSecret) values.clientSecretReference = null;
      }
      if (change.clientSecretReference !== undefined) values.clientSecretReference = change.clientSecretReference;
      if (change.enabled !== undefined) values.enabled = change.enabled;
      if (change.scopeChoice !== undefined) values.scope = change.scopeChoice;
      if (change.tenant !== undefined) values.tenant = change.tenant;
      if (change.secretExpiresAt !== undefined) values.secretExpiresAt = change.secretExpiresAt;
      if (Object.keys(values).length > 0) {
        await patchRow(provider, (current) =>
          // Another client is another project: what was learnt about the old one does not hold for it.
          values.clientId !== undefined && values.clientId !== current.clientId ? { ...values, options: {} } : values,
        );
      }
      await saveGeneral(change);
    },

    async learn(provider, facts) {
      const known = (await row(provider))?.get('options') as ProviderFacts | null | undefined;
      if (Object.entries(facts).every(([name, value]) => known?.[name as keyof ProviderFacts] === value)) return;
      await patchRow(provider, (current) => ({ options: { ...(current.options as object | null), ...facts } }));
    },

    async claimSecretNotice(provider, notice) {
      let isNew = false;
      await patchRow(provider, (current) => {
        const options = (current.options as ProviderFacts | null | undefined) ?? {};
        isNew = options.secretNotice !== notice;
        return { options: { ...options, secretNotice: notice } };
      });
      return isNew;
    },
  };
  return store;
}

/** Both halves of the OAuth client are there and the administrator has switched the provider on. */
export function isConfigured(settings: StoredClient): boolean {
  return (
    settings.enabled &&
    settings.clientId !== null &&
    (settings.hasClientSecret || settings.clientSecretReference !== null)
  );
}
