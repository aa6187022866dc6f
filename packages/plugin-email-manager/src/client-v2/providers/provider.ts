import { useMemo, type ComponentType, type ReactNode } from 'react';
import type { ConnectOption, ProviderName, ProviderSettings, ProviderUpdate } from '../../shared/api';
import { useHost, type Host, type Translate } from '../host';

/** Values of a provider's own fields in the settings form, by field name. */
export type FieldValues = Record<string, unknown>;

/** One step of a guide. Its words are `guide.step.<key>.title` and `.text` of the provider. */
export interface GuideStep {
  key: string;
  /** The page of the provider's console on which the step is done. */
  link?: string;
  /** What is entered there, each to be copied. */
  values?: readonly string[];
}

export interface ProviderGuide {
  /** The answers to the guide's first question, which decides everything after it. */
  answers: readonly string[];
  /** The answer that fits what is set already. */
  fitting(settings: ProviderSettings): string;
  /** Whether this answer is the easy way. */
  isEasy(answer: string): boolean;
  steps(answer: string, settings: ProviderSettings): readonly GuideStep[];
  /** What an application lacks that was made after another guide, for mail protocols instead of the API. */
  existing?(settings: ProviderSettings): readonly GuideStep[];
}

/**
 * All that pages know about one provider. Pages take what they need from here and never ask which provider it is;
 * a further provider is a further file beside this one, a line in the registry and its words.
 */
export interface ProviderClient {
  name: ProviderName;
  icon: ReactNode;
  /** What a client id looks like. */
  clientIdExample: string;
  secretReferenceExample: string;
  form: {
    values(settings: ProviderSettings): FieldValues;
    /** What differs from the stored settings, of the provider's own fields. */
    update(values: FieldValues, settings: ProviderSettings): ProviderUpdate;
    /** The form's field for a field that the server refused; absent when both have the same name. */
    fieldOf?: Readonly<Record<string, string>>;
    Fields: ComponentType<{ settings: ProviderSettings }>;
    /** Directly under the secret. */
    SecretFields?: ComponentType<{ settings: ProviderSettings }>;
    /** Under the redirect URI. */
    RedirectNote?: ComponentType;
    /** After the check: things to hand to somebody. */
    After?: ComponentType<{ settings: ProviderSettings }>;
  };
  guide: ProviderGuide;
  /** What the provider's own pages say when they send nobody back; the last one is `other`. */
  noReturnCases: readonly string[];
  /** Words, under `connect.`, for what the consent page will ask. */
  asked(option: ConnectOption | undefined): readonly string[];
  /** Words, under `connect.`, for a warning of the provider that is to be expected; null when none is. */
  expectedWarning: string | null;
  /** In organisations an administrator has to approve the application first, as a rule. */
  mayNeedApproval: boolean;
}

/** A provider's own words where it has some, else those that fit every provider. `{{provider}}` is its company. */
export function providerWords(host: Host, name: ProviderName): Translate {
  const company = host.t(`ui.provider.${name}.company`);
  return (key, params) => {
    const filled = { provider: company, ...params };
    const own = `ui.provider.${name}.${key}`;
    const text = host.t(own, filled);
    return text === own ? host.t(`ui.anyProvider.${key}`, filled) : text;
  };
}

export function useProviderWords(name: ProviderName): Translate {
  const host = useHost();
  return useMemo(() => providerWords(host, name), [host, name]);
}
