import type { ProviderName } from '../../shared/api';
import { google } from './google';
import { microsoft } from './microsoft';
import type { ProviderClient } from './provider';

/** The providers in the order in which pages offer them. */
export const PROVIDERS: readonly ProviderClient[] = [google, microsoft];

/** Shown where nothing has been chosen or set up yet. */
export const FIRST: ProviderClient = google;

const BY_NAME = new Map(PROVIDERS.map((provider) => [provider.name, provider]));

export function providerOf(name: ProviderName): ProviderClient {
  return BY_NAME.get(name) ?? FIRST;
}
