import { arrayField, field, isRecord, numberField } from '../../decode';
import type { HttpClient } from '../../ports/http-client';
import { type ApiCall, type CallResult, CallRunner, type CallRunnerOptions, type Reply } from '../call-runner';
import { exchange, parseJson } from '../http-exchange';
import type { PacerPriority } from '../pacer';
import { readLimited } from '../read-limited';
import { graphError, graphErrors, isConcurrencyRefusal } from './errors';
import { Links } from './links';
import { type GraphMethod, MAX_BATCH, SLOTS } from './quota';

/** `path` is below the Graph URL, such as `/me/messages`. */
export type GraphCall<T> = ApiCall<GraphMethod, T>;
export type { CallResult };

export interface GraphClientOptions extends CallRunnerOptions {
  readonly http: HttpClient;
  /** Default: the public service. */
  readonly graphUrl?: string;
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
}

export const GRAPH_URL = 'https://graph.microsoft.com/v1.0';

/** Ids that survive a move; wanted on every request, in batches and behind links too ("Get immutable identifiers"). */
const IMMUTABLE_IDS = 'IdType="ImmutableId"';

/** A download may be slow, but not for ever: it holds one of the four slots. */
const STREAM_TIMEOUT_MS = 15 * 60_000;
const MAX_REFUSAL_BYTES = 1024 * 1024;

/** The header for a call that prefers something besides immutable ids. */
export function prefer(...preferences: readonly string[]): Readonly<Record<string, string>> {
  return { prefer: [IMMUTABLE_IDS, ...preferences].join(', ') };
}

/** Microsoft Graph for one mailbox: the one place that sends. All its calls may be repeated. */
export class GraphClient {
  readonly links: Links;
  private readonly runner: CallRunner<GraphMethod>;

  constructor(private readonly options: GraphClientOptions) {
    this.links = new Links(options.graphUrl ?? GRAPH_URL);
    const { clock } = options;
    this.runner = new CallRunner<GraphMethod>(
      {
        errors: graphErrors,
        cost: () => 1,
        batchSize: () => MAX_BATCH,
        slots: (calls) => Math.min(calls, SLOTS),
        exchange: (calls, token) => this.exchange(calls, token),
        toError: (call, reply) => graphError(reply.status, reply.json, call.method, clock.now(), reply.retryAfter),
        isConcurrencyRefusal: (reply) => isConcurrencyRefusal(reply.status, reply.json),
        probe: { method: 'read', verb: 'GET', path: '/me/mailFolders/inbox?$select=id', decode: () => true },
      },
      options,
    );
  }

  /** See CallRunner.one. */
  one<T>(call: GraphCall<T>, priority: PacerPriority = 'bulk'): Promise<T> {
    return this.runner.one(call, priority);
  }

  /** See CallRunner.each. */
  each<T>(calls: readonly GraphCall<T>[], priority: PacerPriority = 'bulk'): Promise<CallResult<T>[]> {
    return this.runner.each(calls, priority);
  }

  /** The bytes behind a path, as they come; a slot is held until their end. @throws MailError of any kind */
  stream(path: string, priority: PacerPriority = 'interactive'): Promise<ReadableStream<Uint8Array>> {
    const { http, signal } = this.options;
    const call: GraphCall<null> = { method: 'read', verb: 'GET', path, decode: () => null };
    return this.runner.open(call, priority, async (token) => {
      const deadline = AbortSignal.timeout(STREAM_TIMEOUT_MS);
      const response = await http(this.links.toUrl(path), {
        method: 'GET',
        headers: { authorization: `Bearer ${token}`, ...prefer() },
        signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
      });
      if (response.ok) return { opened: response };
      return { refused: toReply(response, await readLimited(response, MAX_REFUSAL_BYTES)) };
    });
  }

  private async exchange(calls: readonly GraphCall<unknown>[], token: string): Promise<readonly (Reply | null)[]> {
    const [only] = calls;
    if (calls.length === 1 && only !== undefined) {
      return [await this.send(only.verb, only.path, only.headers ?? prefer(), only.body, token)];
    }
    const requests = calls.map((call, index) => ({
      id: String(index),
      method: call.verb,
      url: call.path,
      headers: {
        ...(call.headers ?? prefer()),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
    }));
    const reply = await this.send('POST', '/$batch', prefer(), { requests }, token);
    // The outer answer of a batch that was refused speaks for every part.
    if (reply.status !== 200) return calls.map(() => reply);
    return readBatch(reply.json, calls.length);
  }

  private send(
    verb: GraphCall<unknown>['verb'],
    path: string,
    headers: Readonly<Record<string, string>>,
    body: unknown,
    token: string,
  ): Promise<Reply> {
    const { http, signal, timeoutMs = 60_000, maxAnswerBytes = 128 * 1024 * 1024 } = this.options;
    const request = {
      method: verb,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    return exchange({ http, signal, timeoutMs }, this.links.toUrl(path), request, async (response) =>
      toReply(response, await readLimited(response, maxAnswerBytes)),
    );
  }
}

function toReply(response: Response, text: string): Reply {
  return {
    status: response.status,
    json: parseJson(text),
    retryAfter: response.headers.get('retry-after'),
    claims: claimsOf(response.headers.get('www-authenticate')),
  };
}

/** Answers of a batch come in any order and are told apart by their id; what cannot be read is unanswered. */
function readBatch(json: unknown, count: number): readonly (Reply | null)[] {
  const replies = new Array<Reply | null>(count).fill(null);
  for (const entry of arrayField(json, 'responses')) {
    const id = field(entry, 'id');
    const index = typeof id === 'string' && /^\d{1,3}$/.test(id) ? Number(id) : typeof id === 'number' ? id : -1;
    const status = numberField(entry, 'status');
    if (status === null || !(index in replies)) continue;
    replies[index] = {
      status,
      json: field(entry, 'body'),
      retryAfter: headerOf(entry, 'retry-after'),
      claims: claimsOf(headerOf(entry, 'www-authenticate')),
    };
  }
  return replies;
}

function headerOf(entry: unknown, name: string): string | null {
  const headers = field(entry, 'headers');
  if (!isRecord(headers)) return null;
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name && (typeof value === 'string' || typeof value === 'number')) return String(value);
  }
  return null;
}

/** The claims challenge of continuous access evaluation: base64 of JSON inside WWW-Authenticate. */
function claimsOf(challenge: string | null): string | null {
  const encoded = /\bclaims="([\w+/=-]{1,20000})"/i.exec(challenge ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return isRecord(parseJson(text)) ? text : null;
}
