import { JumpingClock, systemClock } from '../clock';
import type { Clock } from '../clock';
import type { SimRequest, SimResponse } from '../http/exchange';
import { jsonResponse } from '../http/exchange';
import { createInProcessFetch } from '../http/in-process-fetch';
import type { FetchLike } from '../http/in-process-fetch';
import { createRng } from '../random';
import { errorOfStatus } from './accident-effects';
import { Accidents } from './accidents';
import type { Accident } from './accidents';
import { addAccount } from './accounts';
import type { AccountOptions } from './accounts';
import { callBatch, countParts } from './batch';
import { GoogleControl } from './control';
import { Counters } from './counters';
import { callGmail } from './gmail-api';
import type { GmailApiContext } from './gmail-api';
import { GrantStore } from './grants';
import { homePage } from './home-page';
import { AUTHORIZE_PATH, handleAuthorize } from './oauth-authorize';
import { handleRevoke, handleToken } from './oauth-token';
import { QuotaMeter } from './quota';
import type { QuotaOptions } from './quota';
import { DEFAULT_SWITCHES } from './state';
import type { GoogleState, OAuthClient, Switches } from './state';
import { Uploads, isUpload, isUploadedCall } from './uploads';

export interface GoogleSimulatorOptions {
  accounts?: AccountOptions[];
  /** Default: one client with `DEFAULT_CLIENT`'s id and secret that accepts every loopback redirect. */
  clients?: (Partial<OAuthClient> & { clientId: string; clientSecret: string })[];
  quota?: Partial<QuotaOptions>;
  /** Simultaneous calls per user; refused with 429 beyond. Only while the quota is enforced. */
  concurrencyPerUser?: number;
  switches?: Partial<Switches>;
  clock?: Clock;
  /** Seeds tokens, codes and ids. */
  seed?: number;
  /** Added to every answer, if `sleep` is there to wait with. */
  latencyMs?: number;
  sleep?: (ms: number) => Promise<void>;
}

export const DEFAULT_CLIENT = {
  clientId: '100000000001-simulator.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-simulated-client-secret',
} as const;

export interface GoogleSimulator {
  handle(request: SimRequest): Promise<SimResponse>;
  control: GoogleControl;
  state: GoogleState;
}

/** A simulated Google without a socket: give `handle` to a server or to `createGoogleFetch`. */
export function createGoogleSimulator(options: GoogleSimulatorOptions = {}): GoogleSimulator {
  const clock = new JumpingClock(options.clock ?? systemClock);
  const rng = createRng(options.seed ?? 20260501);
  const state: GoogleState = {
    clock,
    rng,
    accounts: new Map(),
    clients: new Map((options.clients ?? [DEFAULT_CLIENT]).map((c) => [c.clientId, withClientDefaults(c)])),
    grants: new GrantStore(clock, rng),
    quota: new QuotaMeter({ table: '2026', enforced: true, ...options.quota }, clock),
    counters: new Counters(clock),
    accidents: new Accidents(clock),
    switches: { ...DEFAULT_SWITCHES, ...options.switches },
    autoApprove: null,
    concurrencyPerUser: options.concurrencyPerUser ?? 25,
    latencyMs: options.latencyMs ?? 0,
  };
  for (const account of options.accounts ?? []) addAccount(state, account);
  const context: GmailApiContext = { state, sleep: options.sleep, pages: new Map() };
  const control = new GoogleControl(state);
  const uploads = new Uploads(state);
  const inFlight = new Map<string, number>();

  async function handle(request: SimRequest): Promise<SimResponse> {
    const { path } = request;
    if (path.startsWith('/gmail/v1/') || isUpload(path) || path === '/batch/gmail/v1' || path === '/batch')
      return handleApi(request);
    if (path === '/token' || path === '/revoke') return handleTokenEndpoint(request, path.slice(1));
    if (path === AUTHORIZE_PATH) return handleAuthorize(state, request);
    if (path === '/') return homePage(state);
    if (path.startsWith('/__control/')) return control.handle(request);
    return jsonResponse(404, {
      error: { code: 404, message: 'Not found in the simulated Google.', status: 'NOT_FOUND' },
    });
  }

  async function handleApi(request: SimRequest): Promise<SimResponse> {
    state.counters.apiRequests++;
    const isBatch = !request.path.startsWith('/gmail/') && !isUpload(request.path);
    const token = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
    const user = state.grants.findAccessToken(token)?.grant.account ?? '';
    const running = inFlight.get(user) ?? 0;
    const free = state.quota.options.enforced ? Math.max(0, state.concurrencyPerUser - running) : Infinity;
    const held = Math.min(free, isBatch ? countParts(request) : 1);
    inFlight.set(user, running + held);
    try {
      if (state.latencyMs > 0) await options.sleep?.(state.latencyMs);
      if (isUpload(request.path)) {
        const uploaded = uploads.receive(request);
        return isUploadedCall(uploaded)
          ? await callGmail(context, uploaded.request, free < 1, uploaded.media)
          : uploaded;
      }
      if (!isBatch) return await callGmail(context, request, free < 1);
      const facts = { method: 'batch', account: user, ids: [] };
      return await withAccidents(state.accidents.take(facts), () => callBatch(context, request, free));
    } finally {
      inFlight.set(user, (inFlight.get(user) ?? held) - held);
    }
  }

  async function handleTokenEndpoint(request: SimRequest, method: string): Promise<SimResponse> {
    if (state.latencyMs > 0) await options.sleep?.(state.latencyMs);
    const accidents = state.accidents.take({ method, ids: [] }, (kind) => kind !== 'invalidRapt');
    return withAccidents(accidents, async () =>
      method === 'token' ? handleToken(state, request) : handleRevoke(state, request),
    );
  }

  /** For requests that are no mail calls: the accidents that make sense for any request. */
  async function withAccidents(accidents: Accident[], work: () => Promise<SimResponse>): Promise<SimResponse> {
    for (const accident of accidents) {
      if (accident.kind === 'slow') await options.sleep?.(accident.ms ?? 1000);
      if (accident.kind === 'status' || accident.kind === 'throttle')
        return errorOfStatus(state, accident).toResponse();
      if (accident.kind === 'reset') return { status: 503, headers: {}, body: '', fault: 'drop' };
    }
    const response = await work();
    for (const accident of accidents) {
      if (accident.kind === 'statusAfterWork') return errorOfStatus(state, accident).toResponse();
      if (accident.kind === 'malformed')
        return { ...response, body: accident.body ?? response.body.toString().slice(0, -7) };
      if (accident.kind === 'drop' || accident.kind === 'cut') return { ...response, fault: accident.kind };
    }
    return response;
  }

  return { handle, control, state };
}

/** `fetch` against a simulator in the same process: no sockets, and no time passes but what `sleep` takes. */
export function createGoogleFetch(simulator: GoogleSimulator): FetchLike {
  return createInProcessFetch((request) => simulator.handle(request));
}

function withClientDefaults(client: Partial<OAuthClient> & { clientId: string; clientSecret: string }): OAuthClient {
  return {
    projectNumber: client.clientId.split('-')[0] ?? '100000000001',
    redirectUris: [],
    anyLoopbackRedirect: client.redirectUris === undefined,
    apiEnabled: true,
    publishing: 'production',
    testUsers: [],
    unverified: false,
    blockPage: null,
    ...client,
  };
}
