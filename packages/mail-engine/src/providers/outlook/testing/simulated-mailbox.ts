import { addMicrosoftAccount } from '@email-manager/provider-simulators/microsoft/graph/accounts';
import { MailControl } from '@email-manager/provider-simulators/microsoft/graph/mail-control';
import {
  createMicrosoftFetch,
  createMicrosoftSimulator,
  type MicrosoftSimulatorOptions,
} from '@email-manager/provider-simulators/microsoft/simulator';
import type { HttpClient, HttpRequest } from '../../../ports/http-client';
import type { TokenSource } from '../../../ports/token-source';
import { VirtualClock } from '../../../sync/testing/virtual-clock';
import { Pacer } from '../../pacer';
import { createOutlookProvider, type OutlookProviderOptions } from '../provider';
import { outlookPace } from '../quota';

export const ADDRESS = 'ann@outlook.example';

export interface SentRequest extends HttpRequest {
  readonly url: string;
}

export interface SimulatedMailboxOptions extends Omit<MicrosoftSimulatorOptions, 'accounts'> {
  /** Generated messages; none by default. */
  readonly messages?: number;
  readonly lacks?: readonly 'archive'[];
  readonly withoutMailbox?: boolean;
}

/** A simulated Microsoft on virtual time and a provider for one of its mailboxes, without sockets. */
export function simulatedMailbox(
  { messages = 0, lacks, withoutMailbox, ...microsoft }: SimulatedMailboxOptions = {},
  overrides: Partial<OutlookProviderOptions> = {},
) {
  const clock = new VirtualClock();
  const simulator = createMicrosoftSimulator({ clock, sleep: (ms) => clock.sleep(ms), ...microsoft, accounts: [] });
  addMicrosoftAccount(simulator.state, {
    address: ADDRESS,
    messages,
    profile: 'tiny',
    seed: 7,
    ...(lacks ? { lacks } : {}),
    ...(withoutMailbox ? { withoutMailbox } : {}),
  });
  const { control } = simulator;
  const mail = new MailControl(simulator.state);
  const fetchGraph = createMicrosoftFetch(simulator);
  const requests: SentRequest[] = [];
  const http: HttpClient = (url, init) => {
    requests.push({ url, ...init });
    return fetchGraph(url, init as RequestInit);
  };
  let token = control.issueTokens({ account: ADDRESS }).accessToken;
  const replaced: (string | null)[] = [];
  const tokens: TokenSource = {
    accessToken: () => Promise.resolve(token),
    replaceRefused: (_refused, claims) => {
      replaced.push(claims ?? null);
      clock.advance(2);
      token = control.issueTokens({ account: ADDRESS }).accessToken;
      return Promise.resolve(token);
    },
  };
  const pacer = overrides.pacer ?? new Pacer({ clock, ...outlookPace() });
  const options: OutlookProviderOptions = { http, tokens, pacer, clock, random: { next: () => 0.5 }, ...overrides };
  return {
    clock,
    simulator,
    control,
    mail,
    options,
    provider: createOutlookProvider(options),
    pacer,
    requests,
    /** The claims of each replaced token. */
    replaced,
  };
}

/** Everything that a mailbox lists, newest first. */
export async function listAll(provider: ReturnType<typeof createOutlookProvider>, since: number | null = null) {
  const entries = [];
  let pageToken: string | null = null;
  do {
    const page = await provider.list({ since, pageToken });
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  return entries;
}
