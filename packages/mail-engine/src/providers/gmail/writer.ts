import { MailError } from '../../errors';
import { field, stringField } from '../../decode';
import { exchange, parseJson } from '../http-exchange';
import { readLimited } from '../read-limited';
import { GMAIL_API_URL, type GmailClientOptions } from './client';
import { gmailError, gmailErrors, isConcurrencyRefusal } from './errors';
import type { GmailMethod } from './quota';

export interface WriteCall {
  readonly method: GmailMethod;
  readonly verb: 'POST' | 'PUT' | 'DELETE';
  /** From the root of the host on, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** False for the further requests of an upload that was paid for with its first. */
  readonly charged?: boolean;
}

export interface WriteReply {
  readonly status: number;
  /** Undefined when the answer is not JSON. */
  readonly json: unknown;
  readonly location: string | null;
  readonly range: string | null;
}

export type Written =
  | { readonly kind: 'done'; readonly reply: WriteReply }
  /** Gmail was not reached, or refused: certainly nothing was done. `reply` when it refused. */
  | { readonly kind: 'no'; readonly error: MailError; readonly reply: WriteReply | null }
  /** It may have been done. */
  | { readonly kind: 'unknown'; readonly error: MailError };

/** The connection was never made: nothing can have been written to it. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const MAX_ANSWER_BYTES = 1_048_576;
const TRIES = 3;
const WAIT_MS = 1_000;

/**
 * Calls to Gmail that must not be repeated when nobody knows whether they were executed. Repeated are only those that
 * were certainly not: a refused token, and "too many at once".
 */
export class GmailWriter {
  private readonly baseUrl: string;

  constructor(
    private readonly options: GmailClientOptions,
    private readonly timeoutMs = options.timeoutMs ?? 120_000,
  ) {
    this.baseUrl = (options.baseUrl ?? GMAIL_API_URL).replace(/\/+$/, '');
  }

  /** One call. Never throws for what the network, the token source or Gmail does. */
  async write(call: WriteCall): Promise<Written> {
    let reauthorised = false;
    for (let tries = 1; ; tries++) {
      const written = await this.once(call);
      if (written.kind !== 'no' || written.reply === null || tries === TRIES) return written;
      const { status, json } = written.reply;
      if (status === 401 && !reauthorised) {
        reauthorised = true;
        const refused = await this.reauthorise();
        if (refused !== null) return { kind: 'no', error: refused, reply: null };
      } else if (isConcurrencyRefusal(status, json)) {
        await this.options.clock.sleep(WAIT_MS * tries, this.options.signal);
      } else {
        return written;
      }
    }
  }

  private lastToken = '';

  private async once(call: WriteCall): Promise<Written> {
    const { pacer, clock, quota, tokens, signal, maxHoldMs = 5_000 } = this.options;
    const { notBefore } = pacer;
    if (notBefore !== null && notBefore - clock.now() > maxHoldMs) {
      return { kind: 'no', error: gmailErrors.throttledUntil(notBefore), reply: null };
    }
    let token: string;
    try {
      const parts = [call.charged === false ? 0 : quota.costs[call.method]];
      const permit = await pacer.acquire({ parts, priority: 'interactive', ...(signal ? { signal } : {}) });
      try {
        token = await tokens.accessToken();
        this.lastToken = token;
        const reply = await this.exchange(call, token);
        return this.conclude(call, reply, () => permit.concurrencyRefused());
      } finally {
        permit.release();
      }
    } catch (error) {
      if (error instanceof Unanswered) return { kind: 'unknown', error: gmailErrors.unavailable(error.cause) };
      const known = error instanceof MailError ? error : gmailErrors.unavailable(error, this.abortCode());
      return { kind: 'no', error: known, reply: null };
    }
  }

  private conclude(call: WriteCall, answer: Answer, concurrencyRefused: () => void): Written {
    const { pacer, clock } = this.options;
    const reply: WriteReply = answer;
    if (answer.status < 400) return { kind: 'done', reply };
    const error = gmailError(answer.status, answer.json, call.method, clock.now(), answer.retryAfter);
    if (answer.status >= 500 || answer.status === 408) return { kind: 'unknown', error };
    if (isConcurrencyRefusal(answer.status, answer.json)) concurrencyRefused();
    // The day's limit of sending says when as well, but it must not keep this mailbox from being read.
    else if (error.kind === 'throttled' && error.notBefore !== null && call.method !== 'drafts.send') {
      pacer.holdUntil(error.notBefore);
    }
    return { kind: 'no', error, reply };
  }

  private async exchange(call: WriteCall, token: string): Promise<Answer> {
    const { http, signal } = this.options;
    const request = {
      method: call.verb,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': 'email-manager (gzip)',
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: call.body }),
    };
    try {
      return await exchange(
        { http, signal, timeoutMs: this.timeoutMs },
        this.baseUrl + call.path,
        request,
        async (response) => ({
          status: response.status,
          json: parseJson(await readLimited(response, MAX_ANSWER_BYTES)),
          location: response.headers.get('location'),
          range: response.headers.get('range'),
          retryAfter: response.headers.get('retry-after'),
        }),
      );
    } catch (cause) {
      if (NEVER_CONNECTED.has(codeOf(cause))) throw gmailErrors.unavailable(cause, 'NOT_CONNECTED');
      throw new Unanswered(cause);
    }
  }

  private async reauthorise(): Promise<MailError | null> {
    try {
      await this.options.tokens.replaceRefused(this.lastToken);
      return null;
    } catch (error) {
      return error instanceof MailError ? error : gmailErrors.unavailable(error);
    }
  }

  private abortCode(): string | null {
    return this.options.signal?.aborted ? 'ABORTED' : null;
  }
}

interface Answer extends WriteReply {
  readonly retryAfter: string | null;
}

class Unanswered extends Error {
  constructor(override readonly cause: unknown) {
    super('No answer came.');
  }
}

function codeOf(error: unknown): string {
  return (
    stringField(field(error, 'cause'), 'code') ?? (error instanceof Error ? (stringField(error, 'code') ?? '') : '')
  );
}

/** The text of Google's refusal, to tell two reasons apart that share a status. Never shown, never logged. */
export function refusalText(reply: WriteReply | null): string {
  return stringField(field(reply?.json, 'error'), 'message')?.slice(0, 500) ?? '';
}
