import { JumpingClock, systemClock } from '../clock';
import type { Clock } from '../clock';
import type { SimRequest, SimResponse } from '../http/exchange';
import { jsonResponse } from '../http/exchange';
import { createInProcessFetch } from '../http/in-process-fetch';
import type { FetchLike } from '../http/in-process-fetch';
import { createRng } from '../random';
import { addAccount } from './accounts';
import { Accidents } from './accidents';
import type { Accident } from './accidents';
import { MicrosoftControl } from './control';
import { MicrosoftCounters } from './counters';
import type { MicrosoftAccountOptions } from './graph/accounts';
import { callGraph, createGraphContext } from './graph/graph-api';
import { GraphLimits } from './graph/limits';
import type { LimitOptions } from './graph/limits';
import { admit } from './graph-gate';
import { homePage } from './home-page';
import { DEFAULT_MICROSOFT_CLIENT, DEFAULT_TENANTS, newApp, newTenant } from './identity/directory';
import type { AppOptions, TenantOptions } from './identity/directory';
import { MicrosoftGrantStore } from './identity/grants';
import { handleIdentity, identityPage } from './identity/identity';
import { DEFAULT_IDENTITY_SWITCHES, LOGIN_ORIGIN } from './identity/identity-state';
import type { IdentitySwitches } from './identity/identity-state';
import { accountOfTokenRequest } from './identity/token';
import type { SimulatorState } from './simulator-state';
import { DEFAULT_SWITCHES, GRAPH_ORIGIN } from './state';
import type { Switches } from './state';

export { DEFAULT_MICROSOFT_CLIENT };

export interface MicrosoftSimulatorOptions {
  /** Default: Ann and Ben at outlook.example and Ann at contoso.example. */
  accounts?: MicrosoftAccountOptions[];
  /** Default: one app with `DEFAULT_MICROSOFT_CLIENT`'s id and secret that accepts every loopback redirect. */
  clients?: AppOptions[];
  /** Beside the personal accounts and Contoso; an entry with the id of one of those changes it. */
  tenants?: TenantOptions[];
  limits?: Partial<LimitOptions>;
  switches?: Partial<Switches & IdentitySwitches>;
  clock?: Clock;
  /** Seeds tokens, codes and ids. */
  seed?: number;
  /** Added to every answer, if `sleep` is there to wait with. */
  latencyMs?: number;
  sleep?: (ms: number) => Promise<void>;
}

export interface MicrosoftSimulator {
  handle(request: SimRequest): Promise<SimResponse>;
  control: MicrosoftControl;
  state: SimulatorState;
}

export const DEFAULT_ACCOUNTS: readonly MicrosoftAccountOptions[] = [
  { address: 'ann@outlook.example', name: 'Ann' },
  { address: 'ben@outlook.example', name: 'Ben' },
  { address: 'ann@contoso.example', name: 'Ann' },
];

/** A simulated Microsoft without a socket: give `handle` to a server or to `createMicrosoftFetch`. */
export function createMicrosoftSimulator(options: MicrosoftSimulatorOptions = {}): MicrosoftSimulator {
  const state = newState(options);
  for (const account of options.accounts ?? DEFAULT_ACCOUNTS) addAccount(state, account);
  const control = new MicrosoftControl(state);
  const context = createGraphContext(state, options.sleep);

  async function handle(request: SimRequest): Promise<SimResponse> {
    const { path } = request;
    if (path.startsWith('/v1.0/')) return handleGraph(request);
    if (path === '/') return homePage(state);
    if (path.startsWith('/__control/')) return control.handle(request);
    const target = identityPage(path);
    if (target?.page === 'token') return handleTokenEndpoint(request);
    if (target) return handleIdentity(state.identity, request);
    return jsonResponse(404, { error: { code: 'NotFound', message: 'The simulated Microsoft has no such address.' } });
  }

  async function handleGraph(request: SimRequest): Promise<SimResponse> {
    const caller = admit(state, request);
    if ('status' in caller) {
      state.counters.apiRequests++;
      state.counters.count('unauthorized', '', caller.status, 1, false);
      return caller;
    }
    const { address } = caller.account;
    state.counters.begin(address);
    try {
      return await callGraph(context, request, caller);
    } finally {
      state.counters.end(address);
    }
  }

  async function handleTokenEndpoint(request: SimRequest): Promise<SimResponse> {
    state.counters.tokenRequests++;
    if (state.latencyMs > 0) await options.sleep?.(state.latencyMs);
    const account = accountOfTokenRequest(state.identity, request);
    const accidents = state.accidents.takeSignIn({ method: 'token', account }, (kind) => kind !== 'tokenError');
    return withAccidents(accidents, () => handleIdentity(state.identity, request));
  }

  /** The accidents that make sense for any request. */
  async function withAccidents(accidents: Accident[], work: () => SimResponse): Promise<SimResponse> {
    for (const accident of accidents) {
      if (accident.kind === 'slow') await options.sleep?.(accident.ms ?? 1000);
      if (accident.kind === 'status' || accident.kind === 'throttle') return plainError(accident);
      if (accident.kind === 'reset') return { status: 503, headers: {}, body: '', fault: 'drop' };
    }
    let response = work();
    for (const accident of accidents) {
      if (accident.kind === 'statusAfterWork') return plainError(accident);
      if (accident.kind === 'malformed') {
        response = { ...response, body: accident.body ?? response.body.toString().slice(0, -7) };
      }
      if (accident.kind === 'drop' || accident.kind === 'cut') response = { ...response, fault: accident.kind };
    }
    return response;
  }

  return { handle, control, state };
}

/** What stands in front of Microsoft's services when they are in trouble: no JSON. */
function plainError(accident: Accident): SimResponse {
  const status = accident.status ?? (accident.kind === 'throttle' ? 429 : 503);
  const headers: Record<string, string> = { 'content-type': 'text/html; charset=utf-8' };
  if (status === 429 || status === 503) headers['retry-after'] = String(Math.ceil((accident.ms ?? 1000) / 1000));
  return {
    status,
    headers,
    body: `<html><body><h2>Our services aren't available right now</h2><p>${status}</p></body></html>`,
  };
}

function newState(options: MicrosoftSimulatorOptions): SimulatorState {
  const clock = new JumpingClock(options.clock ?? systemClock);
  const rng = createRng(options.seed ?? 20260501);
  const accounts: SimulatorState['accounts'] = new Map();
  const accidents = new Accidents(clock);
  const switches = { ...DEFAULT_SWITCHES, ...pick(options.switches, DEFAULT_SWITCHES) };
  const tenants = new Map(DEFAULT_TENANTS.map((tenant) => [tenant.id, newTenant(tenant)]));
  for (const tenant of options.tenants ?? []) {
    tenants.set(tenant.id, newTenant({ ...tenants.get(tenant.id), ...tenant }));
  }
  const apps = (options.clients ?? [DEFAULT_MICROSOFT_CLIENT]).map(newApp);
  return {
    clock,
    rng,
    accounts,
    switches,
    limits: new GraphLimits(options.limits ?? {}, clock),
    accidents,
    counters: new MicrosoftCounters(clock),
    latencyMs: options.latencyMs ?? 0,
    graphOrigin: GRAPH_ORIGIN,
    identity: {
      clock,
      rng,
      users: accounts,
      tenants,
      apps: new Map(apps.map((app) => [app.clientId.toLowerCase(), app])),
      grants: new MicrosoftGrantStore(clock, rng),
      accidents,
      switches: { ...DEFAULT_IDENTITY_SWITCHES, ...pick(options.switches, DEFAULT_IDENTITY_SWITCHES) },
      lifetimes: switches,
      autoApprove: null,
      challenges: new Map(),
      loginOrigin: LOGIN_ORIGIN,
    },
  };
}

/** The entries of `values` whose names `like` has. */
function pick<T extends object>(values: Partial<T> | undefined, like: T): Partial<T> {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([name]) => name in like)) as Partial<T>;
}

/** `fetch` against a simulator in the same process: no sockets, and no time passes but what `sleep` takes. */
export function createMicrosoftFetch(simulator: MicrosoftSimulator): FetchLike {
  return createInProcessFetch((request) => simulator.handle(request));
}
