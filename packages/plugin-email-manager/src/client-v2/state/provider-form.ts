import type { ProviderSettings, ProviderUpdate } from '../../shared/api';
import type { ProviderClient } from '../providers/provider';

/** The settings form of a provider: what every provider has, and the provider's own fields beside it. */
export interface ProviderForm {
  clientId: string;
  secretFrom: 'entered' | 'reference';
  clientSecret: string;
  clientSecretReference: string;
  enabled: boolean;
  [own: string]: unknown;
}

export function formOf(provider: Pick<ProviderClient, 'form'>, settings: ProviderSettings): ProviderForm {
  return {
    ...provider.form.values(settings),
    clientId: settings.clientId ?? '',
    secretFrom: settings.clientSecretReference ? 'reference' : 'entered',
    clientSecret: '',
    clientSecretReference: settings.clientSecretReference ?? '',
    enabled: settings.enabled,
  };
}

/** What differs from the stored settings: an unchanged field is not sent, and the secret only when one was typed. */
export function updateOf(
  provider: Pick<ProviderClient, 'form'>,
  form: ProviderForm,
  settings: ProviderSettings,
): ProviderUpdate {
  const before = formOf(provider, settings);
  const update: ProviderUpdate = { ...provider.form.update(form, settings) };
  if (form.clientId.trim() !== before.clientId) update.clientId = form.clientId.trim();
  if (form.enabled !== before.enabled) update.enabled = form.enabled;
  if (form.secretFrom === 'reference') {
    const name = form.clientSecretReference.trim();
    if (name !== before.clientSecretReference) update.clientSecretReference = name || null;
  } else {
    if (settings.clientSecretReference) update.clientSecretReference = null;
    if (form.clientSecret.trim()) update.clientSecret = form.clientSecret.trim();
  }
  return update;
}
