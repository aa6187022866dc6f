import { arrayField, field, stringField } from '../../decode';
import { type GraphCall, prefer } from './client';
import { malformed } from './errors';
import { graphTime, query } from './links';
import { MESSAGE_EXPAND, MESSAGE_SELECT, type ReadMessage, readMessage } from './map';

/** Below this, asking by id costs nothing more worth mentioning. */
const SMALLEST = 6;
/** Messages of the same time that nobody asked for may stand between those that are wanted. */
const SLACK = 10;
const REMEMBERED = 50_000;

/**
 * When the messages were received that listings have shown lately. Forgetting is harmless: what is not known here is
 * asked for by id.
 */
export class ListedTimes {
  private readonly times = new Map<string, number>();

  note(remoteId: string, receivedAt: number): void {
    this.times.delete(remoteId);
    this.times.set(remoteId, receivedAt);
    if (this.times.size <= REMEMBERED) return;
    for (const oldest of this.times.keys()) {
      this.times.delete(oldest);
      break;
    }
  }

  at(remoteId: string): number | undefined {
    return this.times.get(remoteId);
  }
}

/** A stretch of time in which wanted messages lie side by side. Times are epoch ms. */
export interface Window {
  readonly ids: ReadonlySet<string>;
  readonly from: number;
  readonly to: number;
}

/**
 * The stretch that holds those of the wanted messages whose time is known; null when they are too few. One listing of it
 * with contents is one request, where asking by id is one for each message.
 */
export function windowOf(remoteIds: readonly string[], times: ListedTimes): Window | null {
  const ids = new Set<string>();
  let [from, to] = [Infinity, -Infinity];
  for (const remoteId of remoteIds) {
    const at = times.at(remoteId);
    if (at === undefined) continue;
    ids.add(remoteId);
    from = Math.min(from, at);
    to = Math.max(to, at);
  }
  return ids.size < SMALLEST ? null : { ids, from, to };
}

/** The wanted messages of a window that could be read; whatever is missing has to be asked for by id. */
export function windowCall({ ids, from, to }: Window): GraphCall<ReadonlyMap<string, ReadMessage>> {
  const $filter = `receivedDateTime ge ${graphTime(from)} and receivedDateTime le ${graphTime(to + 999)}`;
  const options = { $select: MESSAGE_SELECT, $expand: MESSAGE_EXPAND, $filter, $orderby: 'receivedDateTime desc' };
  return {
    method: 'read',
    verb: 'GET',
    path: `/me/messages${query({ ...options, $top: ids.size + SLACK })}`,
    headers: prefer('outlook.allow-unsafe-html'),
    decode(json) {
      if (!Array.isArray(field(json, 'value'))) throw malformed('A listing has no list of messages.');
      const read = new Map<string, ReadMessage>();
      for (const entry of arrayField(json, 'value')) {
        const remoteId = stringField(entry, 'id') ?? '';
        if (!ids.has(remoteId)) continue;
        try {
          read.set(remoteId, readMessage(entry, remoteId));
        } catch {
          // Asked for by id, it tells what is wrong with it.
        }
      }
      return read;
    },
  };
}
