import { htmlResponse } from '../http/exchange';
import type { SimRequest, SimResponse } from '../http/exchange';
import { blobResponse, collectBlobs } from '../http/json-blobs';
import { errorOfStatus, spoilResponse, spoilResult } from './accident-effects';
import type { PageMemory } from './accident-effects';
import type { Accident } from './accidents';
import { noContent } from './call';
import type { GmailCall } from './call';
import {
  ApiError,
  apiNotEnabled,
  backendError,
  badRequest,
  delegationDenied,
  invalidCredentials,
  notFound,
  quotaExceeded,
  scopeInsufficient,
  tooManyConcurrent,
} from './errors';
import { applyFields } from './fields';
import { SCOPE_METADATA } from './scopes';
import { isMetadataOnly } from './gmail-messages';
import { routeGmail } from './gmail-methods';
import type { GmailRoute } from './gmail-methods';
import type { AccessToken } from './grants';
import type { GoogleAccount, GoogleState } from './state';

/** Parameters that every Google API takes. */
const STANDARD_PARAMETERS = new Set([
  'alt', 'prettyPrint', 'fields', 'key', 'quotaUser', 'access_token', 'oauth_token', 'callback', '$.xgafv', 'uploadType', 'upload_protocol',
]); // prettier-ignore

export interface GmailApiContext {
  state: GoogleState;
  /** Waits; undefined where time is virtual and nobody moves it. */
  sleep: ((ms: number) => Promise<void>) | undefined;
  pages: PageMemory;
}

interface Caller {
  access: AccessToken;
  account: GoogleAccount;
  route: GmailRoute;
}

/** One call, alone or as a part of a batch. `slotRefused`: too many calls of this user run already. */
export async function callGmail(
  context: GmailApiContext,
  request: SimRequest,
  slotRefused = false,
  media?: Buffer,
): Promise<SimResponse> {
  const { state } = context;
  const route = routeGmail(request.method, request.path);
  if (!route) return unknownPath(request);
  let caller: Caller | undefined;
  let units = 0;
  let refusedByQuota = false;
  let response: SimResponse;
  let accidents: Accident[] = [];
  try {
    caller = authorize(state, request, route);
    accidents = state.accidents.take({
      method: route.method.name,
      account: caller.account.address,
      ids: idsOf(caller),
    });
    await sufferBefore(context, accidents);
    const call = prepareCall(state, request, caller, media);
    if (slotRefused) throw tooManyConcurrent();
    units = charge(state, caller);
    response = answer(context, request, caller, call, accidents);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refusedByQuota = error.fields.reason === 'rateLimitExceeded';
    response = error.toResponse();
    if (accidents.some((a) => a.kind === 'reset')) response.fault = 'drop';
  }
  state.counters.count(route.method.name, caller?.account.address ?? '', response.status, units, refusedByQuota);
  return response;
}

function authorize(state: GoogleState, request: SimRequest, route: GmailRoute): Caller {
  const bearer = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const token = bearer ?? request.query.get('access_token') ?? '';
  const access = state.grants.findAccessToken(token);
  const account = access && state.accounts.get(access.grant.account);
  if (!access || !account) throw invalidCredentials();
  const client = state.clients.get(access.grant.clientId);
  if (client && !client.apiEnabled) throw apiNotEnabled(client.projectNumber);
  if (route.userId !== 'me' && route.userId.toLowerCase() !== account.address.toLowerCase()) {
    throw delegationDenied(route.userId);
  }
  if (!route.method.scopes.some((s) => access.scopes.has(s))) {
    throw scopeInsufficient(`caribou.api.proto.MailboxService.${route.method.name}`);
  }
  return { access, account, route };
}

function prepareCall(state: GoogleState, request: SimRequest, caller: Caller, media: Buffer | undefined): GmailCall {
  const { account, route } = caller;
  if (!account.mailbox) throw badRequest('Mail service not enabled', 'failedPrecondition');
  for (const name of request.query.keys()) {
    if (!STANDARD_PARAMETERS.has(name) && !route.method.query.includes(name)) {
      throw badRequest(
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. ` +
          `Field '${name}' could not be found in request message.`,
      );
    }
  }
  const call: GmailCall = {
    state,
    account,
    mailbox: account.mailbox,
    params: route.params,
    query: request.query,
    body: readBody(request, route),
    media,
    scopes: caller.access.scopes,
  };
  if (request.query.has('q') && caller.access.scopes.has(SCOPE_METADATA) && isMetadataOnly(call)) {
    throw new ApiError({
      status: 403,
      grpcStatus: 'PERMISSION_DENIED',
      reason: 'forbidden',
      message: "Metadata scope does not support 'q' parameter",
    });
  }
  return call;
}

function readBody(request: SimRequest, route: GmailRoute): Record<string, unknown> {
  const allowed = route.method.body;
  if (request.body.length === 0) return {};
  if (allowed === null) throw badRequest('Request body is not allowed for this method.');
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw badRequest('Invalid JSON payload received. The content type must be application/json.');
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw badRequest('Invalid JSON payload received. Unexpected token.', 'parseError');
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw badRequest('Invalid JSON payload received. Root element must be a message.');
  }
  for (const name of Object.keys(parsed)) {
    if (!allowed.includes(name)) {
      throw badRequest(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    }
  }
  return parsed as Record<string, unknown>;
}

function charge(state: GoogleState, caller: Caller): number {
  const { account, access, route } = caller;
  const units = state.quota.cost(route.method.name);
  const project = state.clients.get(access.grant.clientId)?.projectNumber ?? access.grant.clientId;
  const verdict = state.quota.charge(account.address, project, units);
  if (!verdict.ok) throw quotaExceeded(verdict.retryAt, state.switches.quotaStatus);
  return units;
}

/** Accidents that happen before the work is done; each but slowness ends the call. */
async function sufferBefore(context: GmailApiContext, accidents: readonly Accident[]): Promise<void> {
  for (const accident of accidents) {
    switch (accident.kind) {
      case 'slow':
        await context.sleep?.(accident.ms ?? 1000);
        break;
      case 'throttle':
        throw quotaExceeded(accident.until ?? context.state.clock.now() + 1000, 429);
      case 'status':
        throw errorOfStatus(context.state, accident);
      case 'ghost':
        throw notFound();
      case 'reset':
        throw backendError(503);
      default:
        break;
    }
  }
}

function answer(
  context: GmailApiContext,
  request: SimRequest,
  caller: Caller,
  call: GmailCall,
  accidents: readonly Accident[],
): SimResponse {
  const { value: result, blobs } = collectBlobs(() => caller.route.method.run(call));
  let response: SimResponse;
  if (result === noContent) {
    response = { status: 204, headers: {}, body: '' };
  } else {
    const key = `${caller.route.method.name} ${caller.account.address}`;
    let value: unknown = spoilResult(result, accidents, context.pages, key);
    const fields = request.query.get('fields');
    if (fields !== null) value = applyFields(value, fields);
    const pretty = request.query.get('prettyPrint') === 'true';
    response = blobResponse(JSON.stringify(value, null, pretty ? 2 : 0), blobs);
  }
  return spoilResponse(context.state, response, accidents);
}

/** The ids an accident may name: the message, the thread, and the messages of that thread. */
function idsOf(caller: Caller): string[] {
  const id = caller.route.params['messageId'] ?? caller.route.params['id'];
  if (id === undefined) return [];
  const thread = caller.route.method.name.startsWith('threads.') ? caller.account.mailbox?.thread(id) : undefined;
  return thread ? [id, ...thread.messages.map((m) => m.id)] : [id];
}

function unknownPath(request: SimRequest): SimResponse {
  return htmlResponse(
    404,
    `<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p>The requested URL was not found on this ` +
      `server. The simulated Gmail has no ${request.method === 'GET' ? 'such page' : 'such method'}.</html>`,
  );
}
