import type { SimResponse } from '../../http/exchange';
import { GraphError, accessDenied, itemNotFound } from './errors';
import type { GraphAccident, MicrosoftState } from '../state';

/** The last entries of the previous page, by method and account. */
export type PageMemory = Map<string, unknown[]>;

const REPEATED = 3;

/**
 * Kinds of accidents here. Before the work: `status` (with `status`, `code`, `ms` for Retry-After), `throttle` (429
 * until its end), `ghost` (404 for what lists show), `slow`, `reset` (the connection ends). After it: `statusAfterWork`,
 * `drop` and `cut` (the connection ends without or within the answer), `malformed` (with `body`), `missingFields` (with
 * `fields`, dotted), `duplicatePage`, `reorderPage`, `foreignLink` (links lead to the origin in `body`).
 */
export const MAIL_ACCIDENT_KINDS = [
  'status', 'throttle', 'ghost', 'slow', 'reset', 'statusAfterWork', 'drop', 'cut', 'malformed', 'missingFields',
  'duplicatePage', 'reorderPage', 'foreignLink',
] as const; // prettier-ignore

/** Accidents that happen before the work is done; each but slowness ends the call. */
export async function sufferBefore(
  state: MicrosoftState,
  accidents: readonly GraphAccident[],
  sleep: ((ms: number) => Promise<void>) | undefined,
): Promise<void> {
  for (const accident of accidents) {
    switch (accident.kind) {
      case 'slow':
        await sleep?.(accident.ms ?? 1000);
        break;
      case 'throttle':
      case 'status':
        throw errorOfAccident(state, accident);
      case 'ghost':
        throw itemNotFound();
      case 'reset':
        throw new GraphError(503, 'UnknownError', '');
      default:
        break;
    }
  }
}

/** Changes a result before it becomes text. */
export function spoilJson(
  json: Record<string, unknown>,
  accidents: readonly GraphAccident[],
  pages: PageMemory,
  key: string,
): Record<string, unknown> {
  const entries = Array.isArray(json['value']) ? (json['value'] as unknown[]) : undefined;
  const previous = pages.get(key) ?? [];
  if (entries) pages.set(key, entries.slice(-REPEATED));
  let spoiled = json;
  for (const accident of accidents) {
    const value = spoiled['value'] as unknown[];
    if (accident.kind === 'duplicatePage' && entries) {
      const repeated = previous.length > 0 ? previous : entries.slice(0, REPEATED);
      spoiled = { ...spoiled, value: [...repeated, ...value] };
    } else if (accident.kind === 'reorderPage' && entries) {
      spoiled = { ...spoiled, value: [...value].reverse() };
    } else if (accident.kind === 'missingFields') {
      spoiled = structuredClone(spoiled);
      for (const field of accident.fields ?? ['value', 'body', 'receivedDateTime'])
        removeField(spoiled, field.split('.'));
    } else if (accident.kind === 'foreignLink') {
      spoiled = { ...spoiled };
      for (const name of ['@odata.nextLink', '@odata.deltaLink']) {
        const link = spoiled[name];
        if (typeof link === 'string') spoiled[name] = moveLink(link, accident.body ?? 'https://elsewhere.example');
      }
    }
  }
  return spoiled;
}

function moveLink(link: string, origin: string): string {
  return origin + link.replace(/^https?:\/\/[^/]+/, '');
}

function removeField(value: unknown, path: readonly string[]): void {
  const [name, ...rest] = path;
  if (name === undefined || value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const item of value) removeField(item, path);
  } else if (rest.length === 0) {
    delete (value as Record<string, unknown>)[name];
  } else {
    removeField((value as Record<string, unknown>)[name], rest);
  }
}

/** Changes an answer after the work is done. */
export function spoilResponse(
  state: MicrosoftState,
  response: SimResponse,
  accidents: readonly GraphAccident[],
): SimResponse {
  let spoiled = response;
  for (const accident of accidents) {
    if (accident.kind === 'statusAfterWork') {
      spoiled = errorOfAccident(state, { status: 504, ...accident }).toResponse(state);
    } else if (accident.kind === 'malformed') {
      const text = spoiled.body.toString();
      spoiled = { ...spoiled, body: accident.body ?? text.slice(0, Math.floor(text.length / 2)) };
    } else if (accident.kind === 'drop' || accident.kind === 'cut') {
      spoiled = { ...spoiled, fault: accident.kind };
    }
  }
  return spoiled;
}

const CODES: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'],
  409: ['ErrorFolderExists', 'A folder with the specified name already exists.'],
  410: ['SyncStateNotFound', 'The sync state generation is not found; continue with a full synchronization.'],
  412: ['ErrorIrresolvableConflict', 'The change key passed in the request does not match the current change key.'],
  423: ['ErrorMailboxMoveInProgress', 'Mailbox move in progress. Try again later.'],
  500: ['ErrorInternalServerError', 'An internal server error occurred. The operation failed.'],
  503: ['ErrorServerBusy', 'The server cannot service this request right now. Try again later.'],
  507: ['ErrorQuotaExceeded', 'The mailbox has exceeded its quota.'],
};

function errorOfAccident(state: MicrosoftState, accident: GraphAccident): GraphError {
  const status = accident.kind === 'throttle' ? 429 : (accident.status ?? 500);
  const code = accident.code;
  if (status === 429) {
    const ms = accident.until === undefined ? (accident.ms ?? 1000) : accident.until - state.clock.now();
    const seconds = String(Math.max(1, Math.ceil(ms / 1000)));
    const message = 'Application is over its MailboxConcurrency limit.';
    return new GraphError(429, code ?? 'ApplicationThrottled', message, { 'retry-after': seconds }, true);
  }
  if (status === 403 && code === undefined) return accessDenied();
  if (status === 404 && code === undefined) return itemNotFound();
  const [known, message] = CODES[status] ?? ['UnknownError', ''];
  const retryAfter: Record<string, string> =
    accident.ms === undefined ? {} : { 'retry-after': String(Math.ceil(accident.ms / 1000)) };
  return new GraphError(status, code ?? known, message, retryAfter);
}
