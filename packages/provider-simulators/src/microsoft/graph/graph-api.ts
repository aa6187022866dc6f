import type { SimRequest, SimResponse } from '../../http/exchange';
import { collectBlobs, jsonBytes } from '../../http/json-blobs';
import type { GraphAccident, MicrosoftAccount, MicrosoftState } from '../state';
import { sufferBefore, spoilJson, spoilResponse } from './accident-effects';
import type { PageMemory } from './accident-effects';
import { getMe } from './account-methods';
import { callBatch } from './batch';
import type { GraphCall, GraphResult } from './call';
import { GraphError, accessDenied, badRequest, mailboxNotEnabled, newRequestId, throttled } from './errors';
import { appliedPreferences, readPreferences } from './preferences';
import type { Preferences } from './preferences';
import { routeGraph } from './routes';
import type { GraphRoute } from './routes';
import { normaliseScopes } from './scopes';

export interface GraphContext {
  state: MicrosoftState;
  /** Waits; undefined where time is virtual and nobody moves it. */
  sleep: ((ms: number) => Promise<void>) | undefined;
  pages: PageMemory;
}

export interface GraphCaller {
  account: MicrosoftAccount;
  scopes: ReadonlySet<string>;
}

export function createGraphContext(state: MicrosoftState, sleep?: (ms: number) => Promise<void>): GraphContext {
  return { state, sleep, pages: new Map() };
}

/**
 * Answers a request below `/v1.0/`, a whole batch included. Who calls must be known: a missing or expired token is
 * refused before this. Latency, limits and accidents of mail calls happen here.
 */
export async function callGraph(context: GraphContext, request: SimRequest, caller: GraphCaller): Promise<SimResponse> {
  context.state.counters.apiRequests++;
  if (/^\/v1\.0\/\$batch\/?$/.test(request.path)) return callBatch(context, request, caller);
  return callOne(context, request, caller);
}

/** One call, alone or out of a batch: it takes a slot of the mailbox, waits its latency and is answered. */
export async function callOne(context: GraphContext, request: SimRequest, caller: GraphCaller): Promise<SimResponse> {
  const { state } = context;
  const { address } = caller.account;
  const routing = routeGraph(request.method, request.path);
  const route = routing.kind === 'found' ? routing.route : undefined;
  const name = route?.method.name ?? 'unknown';
  const clientRequestId = request.headers['client-request-id'];
  let refused = false;
  let response: SimResponse;
  let accidents: GraphAccident[] = [];
  const verdict = state.limits.enter(address);
  try {
    if (state.latencyMs > 0) await context.sleep?.(state.latencyMs);
    if (!verdict.ok) throw throttled(verdict.reason, verdict.retryAfterSeconds);
    if (routing.kind === 'wrongVerb') {
      throw new GraphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
    }
    if (routing.kind === 'unknown') throw badRequest(`Resource not found for the segment '${routing.segment}'.`);
    accidents = state.accidents.take({ method: name, account: address, ids: idsOf(routing.route, caller.account) });
    await sufferBefore(state, accidents, context.sleep);
    response = run(context, request, caller, routing.route, routing.user, accidents);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    refused = error.isRefusal;
    response = error.toResponse(state, clientRequestId);
    if (accidents.some((a) => a.kind === 'reset')) response.fault = 'drop';
  } finally {
    if (verdict.ok) state.limits.leave(address);
  }
  response.headers['request-id'] ??= newRequestId(state);
  if (clientRequestId !== undefined) response.headers['client-request-id'] = clientRequestId;
  state.counters.count(name, address, response.status, 1, refused);
  return response;
}

function run(
  context: GraphContext,
  request: SimRequest,
  caller: GraphCaller,
  route: GraphRoute,
  user: string | undefined,
  accidents: readonly GraphAccident[],
): SimResponse {
  const { state } = context;
  const { account } = caller;
  checkCaller(caller, route, user);
  const prefer = readPreferences(request.headers['prefer']);
  const { value: result, blobs } = collectBlobs(() => {
    checkQuery(request.query, route);
    if (!route.method.run) return getMe(account, request.query, state.graphOrigin);
    if (!account.mailbox) throw mailboxNotEnabled();
    const call: GraphCall = {
      state,
      account,
      mailbox: account.mailbox,
      params: route.params,
      path: request.path,
      query: request.query,
      body: readBody(request),
      prefer,
      ifMatch: request.headers['if-match'],
    };
    return route.method.run(call);
  });
  const key = `${route.method.name} ${account.address}`;
  const json = result.json && spoilJson(result.json, accidents, context.pages, key);
  return spoilResponse(state, toResponse(json ? { ...result, json } : result, blobs, prefer), accidents);
}

function checkCaller(caller: GraphCaller, route: GraphRoute, user: string | undefined): void {
  const { account } = caller;
  const self = [account.address, account.objectId].map((s) => s.toLowerCase());
  if (user !== undefined && !self.includes(user.toLowerCase())) throw accessDenied();
  const scopes = normaliseScopes(caller.scopes);
  if (route.method.scopes.some((s) => scopes.has(s))) return;
  if (route.method.run) throw accessDenied();
  throw new GraphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

function checkQuery(query: URLSearchParams, route: GraphRoute): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!route.method.query.includes(name)) {
      throw badRequest(`The query parameter '${name}' is not supported.`, 'ErrorInvalidUrlQuery');
    }
    if (seen.has(name))
      throw badRequest(`Query option '${name}' was specified more than once, but it must be specified at most once.`);
    seen.add(name);
  }
}

function readBody(request: SimRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new GraphError(
      415,
      'RequestBodyRead',
      "A supported MIME type could not be found that matches the content type of the request. Use 'application/json'.",
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw badRequest('Unable to read JSON request payload. Please ensure the payload is in valid JSON format.');
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw badRequest('Unable to read JSON request payload: it must be an object.');
  }
  return parsed as Record<string, unknown>;
}

const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

function toResponse(result: GraphResult, blobs: readonly string[], prefer: Preferences): SimResponse {
  const headers: Record<string, string> = { ...result.headers, ...appliedPreferences(prefer) };
  if (result.bytes) {
    const { body, contentType } = result.bytes;
    return { status: result.status, headers: { ...headers, 'content-type': contentType }, body };
  }
  if (!result.json) return { status: result.status, headers, body: '' };
  const etag = result.json['@odata.etag'];
  if (typeof etag === 'string') headers['etag'] = etag;
  const text = JSON.stringify(result.json);
  return {
    status: result.status,
    headers: { ...headers, 'content-type': JSON_TYPE },
    body: blobs.length === 0 ? text : jsonBytes(text, blobs),
  };
}

/** The ids an accident may name: those of the path, and of a message both its ids. */
function idsOf(route: GraphRoute, account: MicrosoftAccount): string[] {
  const ids = Object.values(route.params);
  const decoded = account.mailbox?.ids.decode(route.params['message'] ?? '');
  if (!account.mailbox || decoded?.kind !== 'item') return ids;
  const message =
    decoded.idKind === 'immutable'
      ? account.mailbox.message(decoded.value)
      : account.mailbox.messageByCopy(decoded.value);
  if (message) ids.push(account.mailbox.idOf(message, true), account.mailbox.idOf(message, false));
  return ids;
}
