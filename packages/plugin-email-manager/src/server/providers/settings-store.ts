import type { Database } from '@nocobase/database';
import { GOOGLE_SCOPE_FULL, GOOGLE_SCOPE_MODIFY } from '@email-manager/mail-engine/oauth/google';
import type { ProviderName, ProviderUpdate } from '../../shared/api';
import { table, write } from '../database';
import { DEFAULT_SYNC_INTERVAL_SECONDS, syncIntervalFromEnvironment } from '../env';
import { trusted } from '../guard/trusted';
import type { Keyring } from '../secrets/keyring';
import { open, seal } from '../secrets/seal';

const SETTINGS_ROW = 1;

/** What was learnt about the administrator's project by using it; never secret. */
export interface ProviderFacts {
  readonly apiEnabled?: boolean;
  /** Shortest life that the provider announced for a grant, in seconds (Google's testing mode: 7 days). */
  readonly grantLifetimeSeconds?: number;
  /** How many grants died at an age of about seven days. */
  readonly diedAfterSevenDays?: number;
}

export interface GoogleSettings {
  readonly clientId: string | null;
  readonly enabled: boolean;
  readonly scopeChoice: 'gmail.modify' | 'mail.google.com';
  readonly scopes: readonly string[];
  readonly clientSecretReference: string | null;
  readonly hasClientSecret: boolean;
  readonly facts: ProviderFacts;
}

export type ClientSecret =
  | { readonly state: 'present'; readonly value: string }
  | { readonly state: 'missing' | 'unreadable' }
  | { readonly state: 'unknownReference'; readonly name: string };

export interface GeneralSettings {
  readonly publicUrl: string | null;
  readonly syncIntervalSeconds: number;
}

export interface SettingsStore {
  general(): Promise<GeneralSettings>;
  google(): Promise<GoogleSettings>;
  /** The secret itself: for the token endpoint only. Re-sealed when it was sealed with an older key. */
  googleSecret(): Promise<ClientSecret>;
  update(provider: ProviderName, change: ProviderUpdate): Promise<void>;
  learn(provider: ProviderName, facts: ProviderFacts): Promise<void>;
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

    async google() {
      const stored = await row('google');
      const scopeChoice = stored?.get('scope') === 'mail.google.com' ? 'mail.google.com' : 'gmail.modify';
      return {
        clientId: (stored?.get('clientId') as string | null | undefined) || null,
        enabled: Boolean(stored?.get('enabled')),
        scopeChoice,
        scopes: [scopeChoice === 'gmail.modify' ? GOOGLE_SCOPE_MODIFY : GOOGLE_SCOPE_FULL],
        clientSecretReference: (stored?.get('clientSecretReference') as string | null | undefined) ?? null,
        hasClientSecret: Boolean(stored?.get('sealedClientSecret')),
        facts: (stored?.get('options') as ProviderFacts | null | undefined) ?? {},
      };
    },

    async googleSecret() {
      const stored = await row('google');
      const reference = stored?.get('clientSecretReference') as string | null | undefined;
      if (reference) {
        const value = variable(reference);
        return value ? { state: 'present', value } : { state: 'unknownReference', name: reference };
      }
      const sealed = stored?.get('sealedClientSecret') as string | null | undefined;
      if (!sealed) return { state: 'missing' };
      const opened = open(keyring(), secretPlace('google'), sealed);
      if (opened.state === 'unreadable') return { state: 'unreadable' };
      if (opened.stale) {
        const fresh = seal(keyring(), secretPlace('google'), opened.value);
        await write(db, 'seal with the newest key', (transaction) =>
          table(db, 'mailProviderSecrets').update(
            { sealedClientSecret: fresh },
            { where: { provider: 'google', sealedClientSecret: sealed }, transaction },
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
  };
  return store;
}

/** Both halves of the OAuth client are there and the administrator has switched the provider on. */
export function isConfigured(settings: GoogleSettings): boolean {
  return (
    settings.enabled &&
    settings.clientId !== null &&
    (settings.hasClientSecret || settings.clientSecretReference !== null)
  );
}
