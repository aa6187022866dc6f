import { VirtualClock } from '../clock';
import type { FetchLike } from '../http/in-process-fetch';
import { DEFAULT_MICROSOFT_CLIENT, createMicrosoftFetch, createMicrosoftSimulator } from './simulator';
import type { MicrosoftSimulator, MicrosoftSimulatorOptions } from './simulator';

export const ANN = 'ann@outlook.example';
export const WORK_ANN = 'ann@contoso.example';
export const START = Date.UTC(2026, 10, 2, 12);
export const REDIRECT = 'http://localhost:13000/oauth2';
export const SCOPES = 'openid profile offline_access User.Read Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite';

export interface SignInAnswer {
  status: number;
  headers: Headers;
  // The tests look into answers of every kind.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

export interface TestSignIn {
  microsoft: MicrosoftSimulator;
  clock: VirtualClock;
  fetch: FetchLike;
  /** `GET` of the sign-in page; redirects come back as they are. */
  open(query?: Record<string, string>, tenant?: string): Promise<Response>;
  /** Presses a button of the sign-in page. */
  press(decision: string, query?: Record<string, string>, tenant?: string): Promise<Response>;
  /** The address that an approved sign-in comes back to. */
  consent(query?: Record<string, string>, tenant?: string): Promise<URL>;
  token(form: Record<string, string>, tenant?: string): Promise<SignInAnswer>;
  exchange(code: string, form?: Record<string, string>, tenant?: string): Promise<SignInAnswer>;
  refresh(token: string, form?: Record<string, string>, tenant?: string): Promise<SignInAnswer>;
  /** `GET` below `/v1.0/me`. */
  graph(path: string, token: string): Promise<SignInAnswer>;
}

const CLIENT = {
  client_id: DEFAULT_MICROSOFT_CLIENT.clientId,
  client_secret: DEFAULT_MICROSOFT_CLIENT.clientSecret,
};

/** A simulator on virtual time, seen from an app that signs people in. */
export function createTestSignIn(options: MicrosoftSimulatorOptions = {}): TestSignIn {
  const clock = new VirtualClock(START);
  const sleep = (ms: number) => {
    clock.advance(ms);
    return Promise.resolve();
  };
  const microsoft = createMicrosoftSimulator({ clock, sleep, ...options });
  const fetch = createMicrosoftFetch(microsoft);
  const address = (page: string, tenant: string, query: Record<string, string> = {}) =>
    `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/${page}?${new URLSearchParams(query).toString()}`;
  const signIn = (query: Record<string, string>) => ({
    client_id: CLIENT.client_id,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: SCOPES,
    ...query,
  });

  const test: TestSignIn = {
    microsoft,
    clock,
    fetch,
    open: (query = {}, tenant = 'common') => fetch(address('authorize', tenant, signIn(query))),
    press: (decision, query = {}, tenant = 'common') =>
      fetch(address('authorize', tenant, signIn(query)), { method: 'POST', body: new URLSearchParams({ decision }) }),
    async consent(query = {}, tenant = 'common') {
      microsoft.control.setAutoApprove({ account: query['login_hint'] ?? ANN });
      const response = await test.open(query, tenant);
      microsoft.control.setAutoApprove(null);
      return backAt(response);
    },
    async token(form, tenant = 'common') {
      const response = await fetch(address('token', tenant), { method: 'POST', body: new URLSearchParams(form) });
      return { status: response.status, headers: response.headers, json: await response.json() };
    },
    exchange: (code, form = {}, tenant = 'common') =>
      test.token({ grant_type: 'authorization_code', ...CLIENT, code, redirect_uri: REDIRECT, ...form }, tenant),
    refresh: (token, form = {}, tenant = 'common') =>
      test.token({ grant_type: 'refresh_token', ...CLIENT, refresh_token: token, ...form }, tenant),
    async graph(path, token) {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`https://graph.microsoft.com/v1.0/me${path}`, { headers });
      return { status: response.status, headers: response.headers, json: await response.json() };
    },
  };
  return test;
}

/** Where an answer sends the browser. */
export function backAt(response: Response): URL {
  return new URL(response.headers.get('location') ?? 'http://nowhere.example/');
}
