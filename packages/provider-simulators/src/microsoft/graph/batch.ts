import type { SimRequest, SimResponse } from '../../http/exchange';
import { spoilResponse, sufferBefore } from './accident-effects';
import { GraphError, badRequest } from './errors';
import { callOne } from './graph-api';
import type { GraphCaller, GraphContext } from './graph-api';

const MAX_ITEMS = 20;
/** Items of one batch for one mailbox run so many at a time (provider facts §4, "Limits"). */
const PARALLEL = 4;

interface BatchItem {
  id: string;
  dependsOn: readonly string[];
  /** Undefined when the item cannot be understood; then this is its answer. */
  request: SimRequest | undefined;
  refusal: GraphError | undefined;
}

/** `POST /v1.0/$batch`: up to 20 calls; each counts, is refused and is answered for itself. */
export async function callBatch(context: GraphContext, request: SimRequest, caller: GraphCaller): Promise<SimResponse> {
  const { state } = context;
  const accidents = state.accidents.take({ method: 'batch', account: caller.account.address, ids: [] });
  let response: SimResponse;
  try {
    await sufferBefore(state, accidents, context.sleep);
    const items = readItems(request);
    const answers = await runItems(context, items, caller);
    response = spoilResponse(state, joinAnswers(items, answers), accidents);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    response = error.toResponse(state, request.headers['client-request-id']);
    if (accidents.some((a) => a.kind === 'reset')) response.fault = 'drop';
  }
  state.counters.count('batch', caller.account.address, response.status, 0, false);
  return response;
}

function readItems(request: SimRequest): BatchItem[] {
  if (request.method !== 'POST') {
    throw new GraphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
  }
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw badRequest('Unable to read JSON request payload. Please ensure the payload is in valid JSON format.');
  }
  const entries = (body as { requests?: unknown } | null)?.requests;
  if (!Array.isArray(entries) || entries.length === 0) throw badRequest('Invalid batch payload format.');
  if (entries.length > MAX_ITEMS) {
    throw badRequest(`Number of batch request steps exceeds the maximum value of ${MAX_ITEMS}.`);
  }
  const items = entries.map((entry) => readItem(entry, request));
  const ids = new Set<string>();
  for (const { id, dependsOn } of items) {
    if (ids.has(id.toLowerCase())) throw badRequest(`The request id '${id}' is used more than once in the batch.`);
    if (dependsOn.some((d) => !ids.has(d.toLowerCase()))) {
      throw badRequest(`The request '${id}' depends on a request that does not come before it in the batch.`);
    }
    ids.add(id.toLowerCase());
  }
  const dependent = items.filter((i) => i.dependsOn.length > 0).length;
  if (dependent > 0 && dependent < items.length - 1) {
    throw badRequest('The requests of a batch must be either all independent or each depend on the one before.');
  }
  return items;
}

function readItem(entry: unknown, outer: SimRequest): BatchItem {
  const { id, method, url, headers, body, dependsOn } = (entry ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') throw badRequest('A request of the batch has no id.');
  if (typeof method !== 'string' || typeof url !== 'string') {
    throw badRequest(`The request '${id}' of the batch lacks its method or url.`);
  }
  if (dependsOn !== undefined && (!Array.isArray(dependsOn) || dependsOn.some((d) => typeof d !== 'string'))) {
    throw badRequest(`The property 'dependsOn' of the request '${id}' is no collection of ids.`);
  }
  const item: BatchItem = { id, dependsOn: (dependsOn ?? []) as string[], request: undefined, refusal: undefined };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    item.refusal = badRequest(`The url of the request '${id}' must be relative to the batch endpoint.`);
    return item;
  }
  const inner = lowerCase(headers);
  const hasBody = body !== undefined && body !== null;
  if (hasBody !== (inner['content-type'] !== undefined)) {
    item.refusal = badRequest(`Write request id : ${id} does not contain Content-Type header or body.`);
    return item;
  }
  const target = url.startsWith('/') ? url : `/${url}`;
  const mark = target.indexOf('?');
  inner['client-request-id'] ??= outer.headers['client-request-id'];
  item.request = {
    method: method.toUpperCase(),
    path: `/v1.0${mark < 0 ? target : target.slice(0, mark)}`,
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: inner,
    body: hasBody ? Buffer.from(JSON.stringify(body)) : Buffer.alloc(0),
  };
  return item;
}

function lowerCase(headers: unknown): Record<string, string | undefined> {
  const result: Record<string, string | undefined> = {};
  if (headers !== null && typeof headers === 'object') {
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === 'string') result[name.toLowerCase()] = value;
    }
  }
  return result;
}

async function runItems(
  context: GraphContext,
  items: readonly BatchItem[],
  caller: GraphCaller,
): Promise<SimResponse[]> {
  const answers = new Array<SimResponse>(items.length);
  const isSequence = items.some((i) => i.dependsOn.length > 0);
  let next = 0;
  const work = async () => {
    for (;;) {
      const at = next++;
      const item = items[at];
      if (!item) return;
      answers[at] = await runItem(context, item, items, answers, caller);
    }
  };
  await Promise.all(Array.from({ length: isSequence ? 1 : PARALLEL }, work));
  return answers;
}

async function runItem(
  context: GraphContext,
  item: BatchItem,
  items: readonly BatchItem[],
  answers: readonly SimResponse[],
  caller: GraphCaller,
): Promise<SimResponse> {
  const failed = item.dependsOn.some((id) => {
    const at = items.findIndex((i) => i.id.toLowerCase() === id.toLowerCase());
    return (answers[at]?.status ?? 500) >= 400;
  });
  if (failed) {
    const message = `The request '${item.id}' was not run because a request it depends on failed.`;
    return new GraphError(424, 'FailedDependency', message).toResponse(context.state);
  }
  if (!item.request) return (item.refusal ?? badRequest('Invalid batch payload format.')).toResponse(context.state);
  return callOne(context, item.request, caller);
}

/** Answers come in any order: here those of odd places after those of even ones. */
function joinAnswers(items: readonly BatchItem[], answers: readonly SimResponse[]): SimResponse {
  const order = [...items.keys()].sort((a, b) => (a % 2) - (b % 2) || a - b);
  const chunks: (string | Buffer)[] = [];
  let fault: SimResponse['fault'];
  for (const at of order) {
    const answer = answers[at] as SimResponse;
    fault ??= answer.fault;
    const head = { id: items[at]?.id ?? '', status: answer.status, headers: titled(answer.headers) };
    chunks.push(chunks.length === 0 ? '{"responses":[' : ',', JSON.stringify(head).slice(0, -1));
    if (answer.body.length > 0) chunks.push(',"body":', bodyText(answer));
    chunks.push('}');
  }
  chunks.push(']}');
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: chunks.every((c) => typeof c === 'string')
      ? chunks.join('')
      : Buffer.concat(chunks.map((c) => (typeof c === 'string' ? Buffer.from(c) : c))),
    ...(fault ? { fault } : {}),
  };
}

/** JSON stands in the answer as it is, everything else as base64. */
function bodyText(answer: SimResponse): string | Buffer {
  if (/^application\/json\b/i.test(answer.headers['content-type'] ?? '')) return answer.body;
  return JSON.stringify(Buffer.from(answer.body as string).toString('base64'));
}

function titled(headers: Readonly<Record<string, string>>): Record<string, string> {
  const wanted = ['content-type', 'retry-after', 'preference-applied', 'etag', 'location'];
  return Object.fromEntries(
    wanted
      .filter((name) => headers[name] !== undefined)
      .map((name) => [name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase()), headers[name] ?? '']),
  );
}
