import { VirtualClock } from '../clock';
import type { FetchLike } from '../http/in-process-fetch';
import { DEFAULT_CLIENT, createGoogleFetch, createGoogleSimulator } from './simulator';
import type { GoogleSimulator, GoogleSimulatorOptions } from './simulator';

export const ANN = 'ann@gmail.example';
export const START = Date.UTC(2026, 10, 2, 12);
export const REDIRECT = 'http://localhost:13000/oauth2';

export interface Answer {
  status: number;
  // The tests look into answers of every kind.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

export interface TestGoogle {
  google: GoogleSimulator;
  clock: VirtualClock;
  fetch: FetchLike;
  token: string;
  /** A Gmail call below `/gmail/v1/users/me/`. */
  call(verb: string, path: string, body?: unknown, token?: string): Promise<Answer>;
  postForm(path: string, form: Record<string, string>): Promise<Answer>;
  /** The code that a consent with these parameters gives. */
  consent(parameters?: Record<string, string>): Promise<URL>;
}

/** A simulator on virtual time with Ann's mailbox and a token for it. */
export function createTestGoogle(
  options: GoogleSimulatorOptions & { messages?: number; scopes?: string[] } = {},
): TestGoogle {
  const clock = new VirtualClock(START);
  const { messages = 60, scopes, ...rest } = options;
  const google = createGoogleSimulator({
    clock,
    quota: { enforced: false },
    accounts: [{ address: ANN, name: 'Ann', messages, profile: 'tiny', seed: 5 }],
    sleep: (ms) => {
      clock.advance(ms);
      return Promise.resolve();
    },
    ...rest,
  });
  const fetch = createGoogleFetch(google);
  const { accessToken } = google.control.issueTokens({ account: ANN, ...(scopes ? { scopes } : {}) });

  return {
    google,
    clock,
    fetch,
    token: accessToken,
    async call(verb, path, body, token = accessToken) {
      const response = await fetch(`https://gmail.googleapis.com/gmail/v1/users/me/${path}`, {
        method: verb,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    async postForm(path, form) {
      const response = await fetch(`https://oauth2.googleapis.com${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      return { status: response.status, json: await response.json() };
    },
    async consent(parameters = {}) {
      google.control.setAutoApprove({ account: ANN });
      const query = new URLSearchParams({
        client_id: DEFAULT_CLIENT.clientId,
        redirect_uri: REDIRECT,
        response_type: 'code',
        scope: 'https://www.googleapis.com/auth/gmail.modify',
        access_type: 'offline',
        ...parameters,
      });
      const response = await fetch(`https://accounts.google.com/o/oauth2/v2/auth?${query.toString()}`);
      return new URL(response.headers.get('location') ?? 'http://nowhere.example/');
    },
  };
}
