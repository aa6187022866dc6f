import {
  createGoogleFetch,
  createGoogleSimulator,
  type GoogleSimulatorOptions,
} from '@email-manager/provider-simulators/google/simulator';
import type { HttpClient, HttpRequest } from '../../../ports/http-client';
import type { TokenSource } from '../../../ports/token-source';
import { VirtualClock } from '../../../sync/testing/virtual-clock';
import { Pacer } from '../../pacer';
import type { GmailClientOptions } from '../client';
import { createGmailProvider } from '../provider';
import { GMAIL_QUOTAS } from '../quota';

export const ADDRESS = 'ann@example.test';

export interface SentRequest extends HttpRequest {
  readonly url: string;
}

/** A simulated Google on virtual time and a provider for one of its mailboxes, without sockets. */
export function simulatedMailbox(google: GoogleSimulatorOptions = {}, overrides: Partial<GmailClientOptions> = {}) {
  const clock = new VirtualClock();
  const simulator = createGoogleSimulator({
    clock,
    sleep: (ms) => clock.sleep(ms),
    accounts: [{ address: ADDRESS }],
    ...google,
  });
  const { control } = simulator;
  const fetchGoogle = createGoogleFetch(simulator);
  const requests: SentRequest[] = [];
  const http: HttpClient = (url, init) => {
    requests.push({ url, ...init });
    return fetchGoogle(url, init as RequestInit);
  };
  let token = control.issueTokens({ account: ADDRESS }).accessToken;
  let replaced = 0;
  const tokens: TokenSource = {
    accessToken: () => Promise.resolve(token),
    replaceRefused: () => {
      replaced++;
      token = control.issueTokens({ account: ADDRESS }).accessToken;
      return Promise.resolve(token);
    },
  };
  const quota = overrides.quota ?? GMAIL_QUOTAS['2026'];
  const pacer = overrides.pacer ?? new Pacer({ clock, unitsPerWindow: quota.unitsPerMinute });
  const provider = createGmailProvider({
    http,
    tokens,
    pacer,
    clock,
    quota,
    random: { next: () => 0.5 },
    ...overrides,
  });
  return { clock, simulator, control, provider, pacer, requests, replacedTokens: () => replaced };
}

/** Everything that a mailbox lists, newest first. */
export async function listAll(provider: ReturnType<typeof createGmailProvider>, since: number | null = null) {
  const entries = [];
  let pageToken: string | null = null;
  do {
    const page = await provider.list({ since, pageToken });
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  return entries;
}
