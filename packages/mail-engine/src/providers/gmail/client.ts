import { ACCOUNT_WIDE, MailError } from '../../errors';
import type { Clock, Random } from '../../ports/clock';
import type { HttpClient } from '../../ports/http-client';
import type { TokenSource } from '../../ports/token-source';
import type { Pacer, PacerPriority, Permit } from '../pacer';
import { decodeBatch, encodeBatch } from './batch';
import { gmailError, isConcurrencyRefusal, malformed, poisonous, throttledUntil, unavailable } from './errors';
import type { GmailMethod, GmailQuota } from './quota';
import { AnswerTooLarge, readLimited } from './read-limited';

/** One call: where, what it costs, and how its answer is read. `decode` throws MailErrors of kind `malformed`. */
export interface GmailCall<T> {
  readonly method: GmailMethod;
  readonly verb: 'GET' | 'POST';
  /** Below `/gmail/v1/users/me`, with its query. Ids are already encoded. */
  readonly path: string;
  readonly body?: unknown;
  readonly decode: (json: unknown) => T;
}

export type CallResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MailError };

export interface GmailClientOptions {
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly quota: GmailQuota;
  /** Default: the public service. */
  readonly baseUrl?: string;
  readonly random?: Random;
  /** Ends waits and calls of this client; calls then fail with `unavailable`, code `ABORTED`. */
  readonly signal?: AbortSignal;
  /** How long a call may wait for a "not before" inside itself; longer waits are the caller's to plan. */
  readonly maxHoldMs?: number;
  readonly timeoutMs?: number;
  readonly maxAnswerBytes?: number;
}

export const GMAIL_API_URL = 'https://gmail.googleapis.com';

const TRIES = 3;
const MAX_BATCH = 25;
const MIN_BATCH = 10;
const BACKOFF_MS = { first: 1_000, cap: 32_000 };

/** One HTTP exchange, before anything is concluded from it. */
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
  readonly contentType: string | null;
}

interface Pending<T> {
  readonly call: GmailCall<T>;
  readonly index: number;
  tries: number;
}

type Verdict<T> =
  | { readonly kind: 'final'; readonly result: CallResult<T> }
  | { readonly kind: 'again'; readonly error: MailError; readonly counts: boolean }
  | { readonly kind: 'unauthorised'; readonly error: MailError };

/**
 * Gmail's REST interface for one mailbox: bearer token, pacing, time-outs, bounded answers, retries of what may be
 * repeated. All calls of this engine to Gmail are idempotent; a send will need a client of its own.
 */
export class GmailClient {
  private readonly baseUrl: string;
  private readonly maxHoldMs: number;
  private throttles = 0;

  constructor(private readonly options: GmailClientOptions) {
    this.baseUrl = (options.baseUrl ?? GMAIL_API_URL).replace(/\/+$/, '');
    this.maxHoldMs = options.maxHoldMs ?? 5_000;
  }

  /** One call. @throws MailError of any kind */
  async one<T>(call: GmailCall<T>, priority: PacerPriority = 'bulk'): Promise<T> {
    for (let tries = 1; ; tries++) {
      const results = await this.each([call], priority, { isolate: false });
      const result = results[0] as CallResult<T>;
      if (result.ok) return result.value;
      // Garbage is usually an answer that was damaged on its way.
      if (result.error.kind !== 'malformed' || tries >= TRIES) throw result.error;
      await this.pause(tries);
    }
  }

  /**
   * Many calls, batched; a result for each, in order. Errors of single calls are results. An error that concerns the
   * whole account is thrown when nothing was obtained; otherwise it is the result of every call that got no answer.
   */
  async each<T>(
    calls: readonly GmailCall<T>[],
    priority: PacerPriority = 'bulk',
    { isolate = true }: { isolate?: boolean } = {},
  ): Promise<CallResult<T>[]> {
    const results = new Array<CallResult<T> | undefined>(calls.length).fill(undefined);
    let pending: Pending<T>[] = calls.map((call, index) => ({ call, index, tries: 0 }));
    let batchLimit = MAX_BATCH;
    let reauthorised = false;
    let wholeFailures = 0;
    try {
      while (pending.length > 0) {
        const permit = await this.permit(pending, batchLimit, priority);
        const chunk = pending.slice(0, permit.count);
        pending = pending.slice(permit.count);
        let verdicts: Verdict<T>[];
        let token = '';
        try {
          token = await this.options.tokens.accessToken();
          verdicts = await this.exchange(chunk, token, permit);
        } finally {
          permit.release();
        }
        const answered = verdicts.some((verdict) => verdict.kind !== 'again');
        if (answered) wholeFailures = 0;
        let unauthorised: MailError | null = null;
        let failed: MailError | null = null;
        for (const [i, verdict] of verdicts.entries()) {
          const item = chunk[i] as Pending<T>;
          if (verdict.kind === 'final') {
            if (!verdict.result.ok && ACCOUNT_WIDE.has(verdict.result.error.kind)) throw verdict.result.error;
            results[item.index] = verdict.result;
            continue;
          }
          if (verdict.kind === 'unauthorised') unauthorised = verdict.error;
          else if (verdict.counts) {
            item.tries++;
            failed = verdict.error;
            if (item.tries >= TRIES && (answered || chunk.length === 1)) {
              if (!isolate || !(answered || (await this.alive(priority)))) throw verdict.error;
              results[item.index] = { ok: false, error: poisonous(verdict.error) };
              continue;
            }
          }
          pending.push(item);
        }
        if (unauthorised) {
          // A fresh token that is refused as well is the provider's trouble: the grant itself was just accepted.
          if (reauthorised) throw unauthorised;
          reauthorised = true;
          await this.options.tokens.replaceRefused(token);
        }
        if (failed && !answered && chunk.length > 1) {
          // One call that always kills its batch looks like an outage; a call that cannot be to blame tells.
          if (++wholeFailures >= 2 && !(await this.alive(priority))) throw failed;
          batchLimit = wholeFailures >= 2 ? 1 : Math.ceil(chunk.length / 4);
        }
        if (failed && pending.length > 0 && pending.every((item) => item.tries > 0)) {
          await this.pause(Math.min(...pending.map((item) => item.tries)));
        }
      }
    } catch (error) {
      const failure = this.toAccountError(error);
      if (results.every((result) => result === undefined)) throw failure;
      return results.map((result) => result ?? { ok: false, error: failure });
    }
    return results as CallResult<T>[];
  }

  private async permit(pending: readonly Pending<unknown>[], limit: number, priority: PacerPriority): Promise<Permit> {
    const { pacer, clock, quota, signal } = this.options;
    const notBefore = pacer.notBefore;
    if (notBefore !== null && notBefore - clock.now() > this.maxHoldMs) throw throttledUntil(notBefore);
    // Half of what may run at once, so that one batch travels while the other is worked on, and people get a turn.
    const size = Math.min(limit, MAX_BATCH, Math.max(MIN_BATCH, Math.floor(pacer.concurrency / 2)));
    const parts = pending.slice(0, size).map((item) => quota.costs[item.call.method]);
    return pacer.acquire({ parts, priority, ...(signal ? { signal } : {}) });
  }

  private async exchange<T>(chunk: readonly Pending<T>[], token: string, permit: Permit): Promise<Verdict<T>[]> {
    let answer: Answer;
    try {
      answer = await (chunk.length === 1
        ? this.sendOne((chunk[0] as Pending<T>).call, token)
        : this.sendBatch(chunk, token));
    } catch (error) {
      if (this.options.signal?.aborted) throw error;
      if (error instanceof AnswerTooLarge && chunk.length === 1) {
        return [{ kind: 'final', result: { ok: false, error: malformed('It is larger than this program accepts.') } }];
      }
      return chunk.map(() => ({ kind: 'again', error: unavailable(error), counts: true }));
    }
    if (chunk.length === 1) return [this.judge((chunk[0] as Pending<T>).call, answer, permit)];
    if (answer.status !== 200) {
      // The outer answer speaks for every part.
      return chunk.map((item) => this.judge(item.call, answer, permit));
    }
    const answers = decodeBatch(answer.contentType, answer.text);
    return chunk.map((item, i) => {
      const part = answers.get(i);
      if (part === undefined) return { kind: 'again', error: malformed('A part of a batch is missing.'), counts: true };
      return this.judge(
        item.call,
        { status: part.status, text: part.body, retryAfter: null, contentType: null },
        permit,
      );
    });
  }

  private judge<T>(call: GmailCall<T>, answer: Answer, permit: Permit): Verdict<T> {
    const json = parseJson(answer.text);
    if (answer.status >= 200 && answer.status < 300) {
      this.throttles = 0;
      return { kind: 'final', result: decodeWith(call.decode, answer.status === 204 ? {} : json) };
    }
    const { clock, pacer } = this.options;
    const error = gmailError(answer.status, json, call.method, clock.now(), answer.retryAfter);
    if (answer.status === 401) return { kind: 'unauthorised', error };
    if (isConcurrencyRefusal(answer.status, json)) {
      permit.concurrencyRefused();
      pacer.holdUntil(clock.now() + this.backoff(++this.throttles) / 2);
      return { kind: 'again', error, counts: false };
    }
    if (error.kind === 'throttled') {
      pacer.holdUntil(error.notBefore ?? clock.now() + this.backoff(++this.throttles));
      return { kind: 'again', error, counts: false };
    }
    if (error.kind === 'unavailable') return { kind: 'again', error, counts: true };
    return { kind: 'final', result: { ok: false, error } };
  }

  private async alive(priority: PacerPriority): Promise<boolean> {
    try {
      await this.each([{ method: 'getProfile', verb: 'GET', path: '/profile', decode: () => true }], priority, {
        isolate: false,
      });
      return true;
    } catch {
      return false;
    }
  }

  private async sendOne(call: GmailCall<unknown>, token: string): Promise<Answer> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    return this.send(call.verb, `/gmail/v1/users/me${call.path}`, token, body, 'application/json');
  }

  private async sendBatch(chunk: readonly Pending<unknown>[], token: string): Promise<Answer> {
    const boundary = `batch_${Math.floor((this.options.random?.next() ?? Math.random()) * 2 ** 48).toString(16)}`;
    const body = encodeBatch(
      chunk.map(({ call }) => ({
        verb: call.verb,
        pathAndQuery: `/gmail/v1/users/me${call.path}`,
        json: call.body === undefined ? null : JSON.stringify(call.body),
      })),
      boundary,
    );
    return this.send('POST', '/batch/gmail/v1', token, body, `multipart/mixed; boundary=${boundary}`);
  }

  private async send(
    verb: 'GET' | 'POST',
    path: string,
    token: string,
    body: string | undefined,
    contentType: string,
  ): Promise<Answer> {
    const { http, signal } = this.options;
    const cancel = new AbortController();
    const onStop = (): void => cancel.abort(signal?.reason);
    signal?.addEventListener('abort', onStop, { once: true });
    const deadline = AbortSignal.timeout(this.options.timeoutMs ?? 60_000);
    const onDeadline = (): void => cancel.abort(deadline.reason);
    deadline.addEventListener('abort', onDeadline, { once: true });
    try {
      const response = await http(this.baseUrl + path, {
        method: verb,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          // Google compresses for clients that name gzip here as well.
          'user-agent': 'email-manager (gzip)',
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        signal: cancel.signal,
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: response.status,
        text: await readLimited(response, this.options.maxAnswerBytes ?? 128 * 1024 * 1024),
        retryAfter: response.headers.get('retry-after'),
        contentType: response.headers.get('content-type'),
      };
    } finally {
      signal?.removeEventListener('abort', onStop);
      deadline.removeEventListener('abort', onDeadline);
    }
  }

  private toAccountError(error: unknown): MailError {
    if (error instanceof MailError) return error;
    return unavailable(error, this.options.signal?.aborted ? 'ABORTED' : null);
  }

  private async pause(tries: number): Promise<void> {
    await this.options.clock.sleep(this.backoff(tries), this.options.signal);
    this.options.signal?.throwIfAborted();
  }

  private backoff(tries: number): number {
    return this.jitter(Math.min(BACKOFF_MS.cap, BACKOFF_MS.first * 2 ** (tries - 1)));
  }

  /** Between the whole of it and half as much again, so that many clients do not come back together. */
  private jitter(ms: number): number {
    return Math.ceil(ms * (1 + (this.options.random?.next() ?? Math.random()) / 2));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decodeWith<T>(decode: (json: unknown) => T, json: unknown): CallResult<T> {
  try {
    if (json === undefined) throw malformed('It is not JSON.');
    return { ok: true, value: decode(json) };
  } catch (error) {
    return { ok: false, error: error instanceof MailError ? error : malformed('Its shape is unexpected.', error) };
  }
}
