import { useMemo } from 'react';
import { useFlowEngine } from '@nocobase/flow-engine';
import { MailApi } from './api/mail-api';

export const NAMESPACE = '@nocobase/plugin-email-manager';
export const SETTINGS_SNIPPET = 'pm.email-manager';

export type Params = Record<string, string | number>;
export type Translate = (key: string, params?: Params) => string;

/** What both clients of NocoBase give a component, in one shape: neither page knows in which client it runs. */
export interface Host {
  api: MailApi;
  t: Translate;
  /** The word form for a number: reads `<key>.one`, `<key>.few`, `<key>.many` or `<key>.other` by the language's rule. */
  plural: (key: string, count: number, params?: Params) => string;
  language: string;
  /** Goes to a path inside the application, for example `/admin/mail`. */
  navigate: (path: string) => void;
  /** Listens to a socket message of the server; the returned function ends it. */
  on: <T>(type: string, listener: (payload: T) => void) => () => void;
  /** Whether this person may open the page Email settings. */
  mayConfigure: () => boolean;
}

const hosts = new WeakMap<object, Host>();

export function hostOf(app: any): Host {
  const known = hosts.get(app);
  if (known) return known;
  const language: string = app.i18n?.language ?? 'en-US';
  const t: Translate = (key, params) =>
    app.i18n.t(key, { ns: NAMESPACE, ...params, interpolation: { escapeValue: false } });
  const rules = new Intl.PluralRules(language);
  const host: Host = {
    api: new MailApi(app.apiClient),
    t,
    plural: (key, count, params) => {
      const form = `${key}.${rules.select(count)}`;
      const text = t(form, { count: formatCount(count, language), ...params });
      return text === form ? t(`${key}.other`, { count: formatCount(count, language), ...params }) : text;
    },
    language,
    navigate: (path) => void app.router.router.navigate(path),
    on: (type, listener) => {
      const handle = (event: any) => listener(event.detail);
      app.eventBus.addEventListener(`ws:message:${type}`, handle);
      return () => app.eventBus.removeEventListener(`ws:message:${type}`, handle);
    },
    mayConfigure: () => Boolean(app.pluginSettingsManager?.hasAuth?.('mail')),
  };
  hosts.set(app, host);
  return host;
}

function formatCount(count: number, language: string): string {
  return new Intl.NumberFormat(language).format(count);
}

export function useHost(): Host {
  const engine = useFlowEngine();
  const { app } = engine.context;
  return useMemo(() => hostOf(app), [app]);
}
