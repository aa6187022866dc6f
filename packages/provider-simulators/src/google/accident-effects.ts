import type { SimResponse } from '../http/exchange';
import type { Accident } from './accidents';
import { backendError, invalidCredentials, notFound, quotaExceeded } from './errors';
import type { ApiError } from './errors';
import type { GoogleState } from './state';

/** The last entries of the previous page, by method and user. */
export type PageMemory = Map<string, unknown[]>;

const PAGE_KEYS = ['messages', 'threads', 'history', 'drafts'];
const REPEATED = 3;

/** Changes a result before it becomes text: repeated or reordered pages, fields left out. */
export function spoilResult(
  result: Record<string, unknown>,
  accidents: readonly Accident[],
  pages: PageMemory,
  key: string,
): Record<string, unknown> {
  const pageKey = PAGE_KEYS.find((k) => Array.isArray(result[k]) && 'historyId' in result === (k === 'history'));
  const entries = pageKey === undefined ? undefined : (result[pageKey] as unknown[]);
  const previous = pages.get(key) ?? [];
  if (entries) pages.set(key, entries.slice(-REPEATED));
  if (accidents.length === 0) return result;

  let spoiled = result;
  for (const accident of accidents) {
    if (accident.kind === 'duplicatePage' && pageKey !== undefined && entries) {
      const repeated = previous.length > 0 ? previous : entries.slice(0, REPEATED);
      spoiled = { ...spoiled, [pageKey]: [...repeated, ...(spoiled[pageKey] as unknown[])] };
    } else if (accident.kind === 'reorderPage' && pageKey !== undefined) {
      spoiled = { ...spoiled, [pageKey]: [...(spoiled[pageKey] as unknown[])].reverse() };
    } else if (accident.kind === 'missingFields') {
      spoiled = structuredClone(spoiled);
      for (const field of accident.fields ?? ['payload', 'internalDate']) removeField(spoiled, field.split('.'));
    }
  }
  return spoiled;
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
export function spoilResponse(state: GoogleState, response: SimResponse, accidents: readonly Accident[]): SimResponse {
  let spoiled = response;
  for (const accident of accidents) {
    if (accident.kind === 'statusAfterWork') {
      spoiled = errorOfStatus(state, accident).toResponse();
    } else if (accident.kind === 'malformed') {
      const text = spoiled.body.toString();
      spoiled = { ...spoiled, body: accident.body ?? text.slice(0, Math.floor(text.length / 2)) };
    } else if (accident.kind === 'drop' || accident.kind === 'cut') {
      spoiled = { ...spoiled, fault: accident.kind };
    }
  }
  return spoiled;
}

export function errorOfStatus(state: GoogleState, accident: Accident): ApiError {
  const status = accident.status ?? 500;
  if (status === 401) return invalidCredentials();
  if (status === 404) return notFound();
  if (status === 403 || status === 429) return quotaExceeded(state.clock.now() + (accident.ms ?? 1000), status);
  return backendError(status);
}
