import {
  createGoogleFetch,
  createGoogleSimulator,
  type GoogleSimulatorOptions,
} from '@email-manager/provider-simulators/google/simulator';
import type { HttpClient } from '../../../ports/http-client';
import type { TokenSource } from '../../../ports/token-source';
import { VirtualClock } from '../../../sync/testing/virtual-clock';
import { Pacer } from '../../pacer';
import { GMAIL_QUOTAS } from '../quota';
import { createGmailSender } from '../sender';
import { ADDRESS, type SentRequest } from './simulated-mailbox';

/** A simulated Google on virtual time and a sender for one of its mailboxes, without sockets. */
export function simulatedSender(google: GoogleSimulatorOptions = {}) {
  const clock = new VirtualClock();
  const simulator = createGoogleSimulator({
    clock,
    sleep: (ms) => clock.sleep(ms),
    accounts: [{ address: ADDRESS, name: 'Ann' }, { address: 'ben@example.test' }],
    switches: { sendsPerDay: null },
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
  const tokens: TokenSource = {
    accessToken: () => Promise.resolve(token),
    replaceRefused: () => {
      token = control.issueTokens({ account: ADDRESS }).accessToken;
      return Promise.resolve(token);
    },
  };
  const quota = GMAIL_QUOTAS['2026'];
  const options = {
    http,
    tokens,
    clock,
    quota,
    address: ADDRESS,
    pacer: new Pacer({ clock, unitsPerWindow: quota.unitsPerMinute }),
    random: { next: () => 0.5 },
  };
  const sender = createGmailSender(options);
  const sent = () => control.truth({ account: ADDRESS }).sent;
  return { clock, simulator, control, sender, requests, tokens, options, sent };
}
