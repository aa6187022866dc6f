import type { HttpClient } from '../../ports/http-client';
import { type ApiCall, type CallResult, CallRunner, type CallRunnerOptions, type Reply } from '../call-runner';
import { exchange, parseJson } from '../http-exchange';
import type { PacerPriority } from '../pacer';
import { readLimited } from '../read-limited';
import { decodeBatch, encodeBatch } from './batch';
import { gmailError, gmailErrors, isConcurrencyRefusal } from './errors';
import type { GmailMethod, GmailQuota } from './quota';

/** `path` is what stands below `/gmail/v1/users/me`. */
export type GmailCall<T> = ApiCall<GmailMethod, T>;
export type { CallResult };

export interface GmailClientOptions extends CallRunnerOptions {
  readonly http: HttpClient;
  readonly quota: GmailQuota;
  /** Default: the public service. */
  readonly baseUrl?: string;
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
}

export const GMAIL_API_URL = 'https://gmail.googleapis.com';

const MAX_BATCH = 25;
const MIN_BATCH = 10;

/** One HTTP exchange, before anything is concluded from it. */
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
  readonly contentType: string | null;
}

/**
 * Gmail's REST interface for one mailbox: bearer token, pacing, time-outs, bounded answers, retries of what may be
 * repeated. All its calls are idempotent; what must not be repeated goes through GmailWriter.
 */
export class GmailClient {
  private readonly baseUrl: string;
  private readonly runner: CallRunner<GmailMethod>;

  constructor(private readonly options: GmailClientOptions) {
    this.baseUrl = (options.baseUrl ?? GMAIL_API_URL).replace(/\/+$/, '');
    const { pacer, clock, quota } = options;
    this.runner = new CallRunner<GmailMethod>(
      {
        errors: gmailErrors,
        cost: (method) => quota.costs[method],
        // Half of what may run at once, so that one batch travels while the other is worked on, and people get a turn.
        batchSize: () => Math.min(MAX_BATCH, Math.max(MIN_BATCH, Math.floor(pacer.concurrency / 2))),
        exchange: (calls, token) => this.exchange(calls, token),
        toError: (call, reply) => gmailError(reply.status, reply.json, call.method, clock.now(), reply.retryAfter),
        isConcurrencyRefusal: (reply) => isConcurrencyRefusal(reply.status, reply.json),
        probe: { method: 'getProfile', verb: 'GET', path: '/profile', decode: () => true },
      },
      options,
    );
  }

  /** See CallRunner.one. */
  one<T>(call: GmailCall<T>, priority: PacerPriority = 'bulk'): Promise<T> {
    return this.runner.one(call, priority);
  }

  /** See CallRunner.each. */
  each<T>(calls: readonly GmailCall<T>[], priority: PacerPriority = 'bulk'): Promise<CallResult<T>[]> {
    return this.runner.each(calls, priority);
  }

  private async exchange(calls: readonly GmailCall<unknown>[], token: string): Promise<readonly (Reply | null)[]> {
    const [only] = calls;
    const single = calls.length === 1 && only !== undefined;
    const answer = await (single ? this.sendOne(only, token) : this.sendBatch(calls, token));
    // The outer answer of a batch that was refused speaks for every part.
    if (single || answer.status !== 200) {
      const reply = toReply(answer.status, answer.text, answer.retryAfter);
      return calls.map(() => reply);
    }
    const answers = decodeBatch(answer.contentType, answer.text);
    return calls.map((_, i) => {
      const part = answers.get(i);
      return part === undefined ? null : toReply(part.status, part.body, null);
    });
  }

  private async sendOne(call: GmailCall<unknown>, token: string): Promise<Answer> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    return this.send(call.verb, `/gmail/v1/users/me${call.path}`, token, body, 'application/json');
  }

  private async sendBatch(calls: readonly GmailCall<unknown>[], token: string): Promise<Answer> {
    const boundary = `batch_${Math.floor((this.options.random?.next() ?? Math.random()) * 2 ** 48).toString(16)}`;
    const body = encodeBatch(
      calls.map((call) => ({
        verb: call.verb,
        pathAndQuery: `/gmail/v1/users/me${call.path}`,
        json: call.body === undefined ? null : JSON.stringify(call.body),
      })),
      boundary,
    );
    return this.send('POST', '/batch/gmail/v1', token, body, `multipart/mixed; boundary=${boundary}`);
  }

  private send(
    verb: GmailCall<unknown>['verb'],
    path: string,
    token: string,
    body: string | undefined,
    contentType: string,
  ): Promise<Answer> {
    const { http, signal, timeoutMs = 60_000, maxAnswerBytes = 128 * 1024 * 1024 } = this.options;
    const request = {
      method: verb,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        // Google compresses for clients that name gzip here as well.
        'user-agent': 'email-manager (gzip)',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body }),
    };
    return exchange({ http, signal, timeoutMs }, this.baseUrl + path, request, async (response) => ({
      status: response.status,
      text: await readLimited(response, maxAnswerBytes),
      retryAfter: response.headers.get('retry-after'),
      contentType: response.headers.get('content-type'),
    }));
  }
}

function toReply(status: number, text: string, retryAfter: string | null): Reply {
  return { status, json: parseJson(text), retryAfter };
}
