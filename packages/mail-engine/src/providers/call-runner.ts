import { ACCOUNT_WIDE, MailError } from '../errors';
import type { Clock, Random } from '../ports/clock';
import type { TokenSource } from '../ports/token-source';
import type { Pacer, PacerPriority, Permit } from './pacer';
import type { ProviderErrors } from './provider-errors';
import { AnswerTooLarge } from './read-limited';

/** One call: where, what it costs, and how its answer is read. `decode` throws MailErrors of kind `malformed`. */
export interface ApiCall<Method extends string, T> {
  readonly method: Method;
  readonly verb: 'GET' | 'POST' | 'PATCH';
  /** Below the mailbox's own path, with its query. Ids are already encoded. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly decode: (json: unknown) => T;
}

export type CallResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MailError };

/** The provider's answer to one call, alone or inside a batch. `json` is undefined when it is not JSON. */
export interface Reply {
  readonly status: number;
  readonly json: unknown;
  readonly retryAfter: string | null;
  /** Claims that a refused token lacks (continuous access evaluation), for the next refresh. */
  readonly claims?: string | null;
}

/** What differs between providers. */
export interface CallRules<Method extends string> {
  readonly errors: ProviderErrors;
  cost(method: Method): number;
  /** How many calls may travel in one request now. */
  batchSize(): number;
  /** See PaceRequest.slots. */
  slots?(calls: number): number;
  /** Sends calls, several as a batch. A reply for each, in order; null where none came. @throws what the network throws */
  exchange(calls: readonly ApiCall<Method, unknown>[], token: string): Promise<readonly (Reply | null)[]>;
  toError(call: ApiCall<Method, unknown>, reply: Reply): MailError;
  /** "Too many at once": the same call may be repeated as soon as fewer run. */
  isConcurrencyRefusal(reply: Reply): boolean;
  /** A call that cannot be to blame itself: it tells whether the mailbox answers at all. */
  readonly probe: ApiCall<Method, unknown>;
}

export interface CallRunnerOptions {
  readonly tokens: TokenSource;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly random?: Random;
  /** Ends waits and calls; calls then fail with `unavailable`, code `ABORTED`. */
  readonly signal?: AbortSignal;
  /** How long a call may wait for a "not before" inside itself; longer waits are the caller's to plan. */
  readonly maxHoldMs?: number;
}

const TRIES = 3;
const BACKOFF_MS = { first: 1_000, cap: 32_000 };

interface Pending<Method extends string, T> {
  readonly call: ApiCall<Method, T>;
  readonly index: number;
  tries: number;
}

type Verdict<T> =
  | { readonly kind: 'final'; readonly result: CallResult<T> }
  | { readonly kind: 'again'; readonly error: MailError; readonly counts: boolean }
  | { readonly kind: 'unauthorised'; readonly error: MailError; readonly claims: string | null };

/** Token, pacing and retries of calls that may be repeated, for one mailbox of any provider. */
export class CallRunner<Method extends string> {
  private readonly maxHoldMs: number;
  private throttles = 0;

  constructor(
    private readonly rules: CallRules<Method>,
    private readonly options: CallRunnerOptions,
  ) {
    this.maxHoldMs = options.maxHoldMs ?? 5_000;
  }

  /** One call. @throws MailError of any kind */
  async one<T>(call: ApiCall<Method, T>, priority: PacerPriority = 'bulk'): Promise<T> {
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
    calls: readonly ApiCall<Method, T>[],
    priority: PacerPriority = 'bulk',
    { isolate = true }: { isolate?: boolean } = {},
  ): Promise<CallResult<T>[]> {
    const results = new Array<CallResult<T> | undefined>(calls.length).fill(undefined);
    let pending: Pending<Method, T>[] = calls.map((call, index) => ({ call, index, tries: 0 }));
    let batchLimit = Infinity;
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
        let unauthorised: Extract<Verdict<T>, { kind: 'unauthorised' }> | null = null;
        let failed: MailError | null = null;
        for (const [i, verdict] of verdicts.entries()) {
          const item = chunk[i] as Pending<Method, T>;
          if (verdict.kind === 'final') {
            if (!verdict.result.ok && ACCOUNT_WIDE.has(verdict.result.error.kind)) throw verdict.result.error;
            results[item.index] = verdict.result;
            continue;
          }
          if (verdict.kind === 'unauthorised') unauthorised = verdict;
          else if (verdict.counts) {
            item.tries++;
            failed = verdict.error;
            if (item.tries >= TRIES && (answered || chunk.length === 1)) {
              if (!isolate || !(answered || (await this.alive(priority)))) throw verdict.error;
              results[item.index] = { ok: false, error: this.rules.errors.poisonous(verdict.error) };
              continue;
            }
          }
          pending.push(item);
        }
        if (unauthorised) {
          // A fresh token that is refused as well is the provider's trouble: the grant itself was just accepted.
          if (reauthorised) throw unauthorised.error;
          reauthorised = true;
          await this.reauthorise(token, unauthorised.claims);
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

  /**
   * The bytes of an answer as they come. Its turn is held until their end, as the provider holds the call open so long.
   * @param send resolves with the answer when it has a body to give, else with what was said instead
   * @throws MailError of any kind
   */
  async open(
    call: ApiCall<Method, null>,
    priority: PacerPriority,
    send: (token: string) => Promise<{ readonly opened: Response } | { readonly refused: Reply }>,
  ): Promise<ReadableStream<Uint8Array>> {
    let reauthorised = false;
    for (let tries = 1; ;) {
      const permit = await this.permit([{ call }], 1, priority, true).catch((error: unknown) => {
        throw this.toAccountError(error);
      });
      let opened = false;
      let token = '';
      let verdict: Verdict<null>;
      try {
        token = await this.options.tokens.accessToken();
        const answer = await send(token);
        if ('opened' in answer) {
          opened = true;
          return releasing(answer.opened, permit);
        }
        verdict = this.judge(call, answer.refused, permit);
      } catch (error) {
        if (error instanceof MailError || this.options.signal?.aborted) throw this.toAccountError(error);
        verdict = { kind: 'again', error: this.rules.errors.unavailable(error), counts: true };
      } finally {
        if (!opened) permit.release();
      }
      if (verdict.kind === 'final') {
        throw verdict.result.ok ? this.rules.errors.malformed('It has no content.') : verdict.result.error;
      }
      if (verdict.kind === 'unauthorised') {
        if (reauthorised) throw verdict.error;
        reauthorised = true;
        await this.reauthorise(token, verdict.claims);
      } else if (verdict.counts) {
        if (tries >= TRIES) throw verdict.error;
        await this.pause(tries++);
      }
    }
  }

  /** Waits for a turn of `parts` calls. @throws MailError throttled when the wait is longer than a call may wait. */
  private async permit(
    pending: readonly { readonly call: Pick<ApiCall<Method, unknown>, 'method'> }[],
    limit: number,
    priority: PacerPriority,
    isLong = false,
  ): Promise<Permit> {
    const { pacer, clock, signal } = this.options;
    const { rules } = this;
    const notBefore = pacer.notBefore;
    if (notBefore !== null && notBefore - clock.now() > this.maxHoldMs) throw rules.errors.throttledUntil(notBefore);
    const size = Math.min(limit, rules.batchSize());
    const parts = pending.slice(0, size).map((item) => rules.cost(item.call.method));
    const slots = rules.slots?.(parts.length);
    return pacer.acquire({
      parts,
      priority,
      isLong,
      ...(slots === undefined ? {} : { slots }),
      ...(signal ? { signal } : {}),
    });
  }

  private async reauthorise(refused: string, claims: string | null): Promise<void> {
    await this.options.tokens.replaceRefused(refused, claims ?? undefined);
  }

  private toAccountError(error: unknown): MailError {
    if (error instanceof MailError) return error;
    return this.rules.errors.unavailable(error, this.options.signal?.aborted ? 'ABORTED' : null);
  }

  private async exchange<T>(
    chunk: readonly Pending<Method, T>[],
    token: string,
    permit: Permit,
  ): Promise<Verdict<T>[]> {
    const { errors } = this.rules;
    let replies: readonly (Reply | null)[];
    try {
      replies = await this.rules.exchange(
        chunk.map((item) => item.call),
        token,
      );
    } catch (error) {
      if (this.options.signal?.aborted) throw error;
      if (error instanceof AnswerTooLarge && chunk.length === 1) {
        return [
          { kind: 'final', result: { ok: false, error: errors.malformed('It is larger than this program accepts.') } },
        ];
      }
      return chunk.map(() => ({ kind: 'again', error: errors.unavailable(error), counts: true }));
    }
    return chunk.map((item, i) => {
      const reply = replies[i] ?? null;
      if (reply !== null) return this.judge(item.call, reply, permit);
      return { kind: 'again', error: errors.malformed('A part of a batch is missing.'), counts: true };
    });
  }

  /** Holds and cuts what the refusal asks for, and says what becomes of the call. */
  private judge<T>(call: ApiCall<Method, T>, reply: Reply, permit: Permit): Verdict<T> {
    if (reply.status >= 200 && reply.status < 300) {
      this.throttles = 0;
      return {
        kind: 'final',
        result: this.decode(call.decode, reply.status === 204 || reply.status === 202 ? {} : reply.json),
      };
    }
    const { clock, pacer } = this.options;
    const error = this.rules.toError(call, reply);
    if (reply.status === 401) return { kind: 'unauthorised', error, claims: reply.claims ?? null };
    if (this.rules.isConcurrencyRefusal(reply)) {
      permit.concurrencyRefused();
      pacer.holdUntil(error.notBefore ?? clock.now() + this.backoff(++this.throttles) / 2);
      return { kind: 'again', error, counts: false };
    }
    if (error.kind === 'throttled') {
      pacer.holdUntil(error.notBefore ?? clock.now() + this.backoff(++this.throttles));
      return { kind: 'again', error, counts: false };
    }
    if (error.kind === 'unavailable') {
      if (error.notBefore !== null) pacer.holdUntil(error.notBefore);
      return { kind: 'again', error, counts: true };
    }
    return { kind: 'final', result: { ok: false, error } };
  }

  private decode<T>(decode: (json: unknown) => T, json: unknown): CallResult<T> {
    const { errors } = this.rules;
    try {
      if (json === undefined) throw errors.malformed('It is not JSON.');
      return { ok: true, value: decode(json) };
    } catch (error) {
      return {
        ok: false,
        error: error instanceof MailError ? error : errors.malformed('Its shape is unexpected.', error),
      };
    }
  }

  private async alive(priority: PacerPriority): Promise<boolean> {
    try {
      await this.each([this.rules.probe], priority, { isolate: false });
      return true;
    } catch {
      return false;
    }
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

/** A body whose end, failure or cancelling gives the turn back. */
function releasing(response: Response, permit: Permit): ReadableStream<Uint8Array> {
  if (response.body === null) {
    permit.release();
    return new ReadableStream({ start: (controller) => controller.close() });
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        permit.release();
        controller.close();
      } catch (error) {
        permit.release();
        controller.error(error);
      }
    },
    async cancel(reason) {
      permit.release();
      await reader.cancel(reason);
    },
  });
}
