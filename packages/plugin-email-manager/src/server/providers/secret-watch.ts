import type { Log } from '@email-manager/mail-engine/ports/log';
import type { ProviderName, SecretWarning } from '../../shared/api';
import { loggableError } from '../errors';
import type { ProviderRegistry } from './registry';
import type { SettingsStore } from './settings-store';

export interface SecretWatch {
  /** Tells the administrators of secrets that end soon: once per threshold and end, whichever process is first. */
  run(): Promise<void>;
}

export function createSecretWatch(deps: {
  settings: SettingsStore;
  registry: ProviderRegistry;
  now: () => number;
  notify: (provider: ProviderName, warning: SecretWarning & { date: string }) => Promise<void>;
  log: Log;
}): SecretWatch {
  const { settings, registry, now } = deps;
  return {
    async run() {
      for (const { name, settings: rules } of registry.all) {
        const stored = await settings.client(name);
        const { secretExpiresAt: date, secretWarning } = rules.view(stored, now());
        if (!stored.enabled || date === null || secretWarning === null) continue;
        const notice = `${date} ${secretWarning.level}`;
        if (stored.facts.secretNotice === notice || !(await settings.claimSecretNotice(name, notice))) continue;
        try {
          await deps.notify(name, { ...secretWarning, date });
        } catch (error) {
          deps.log.warn('A notice could not be sent.', loggableError(error));
        }
      }
    },
  };
}
