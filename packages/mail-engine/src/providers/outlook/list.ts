import { arrayField, field, numberField, stringField } from '../../decode';
import { MailError } from '../../errors';
import type { ListPage } from '../../model/change';
import type { ListRequest } from '../provider';
import type { GraphCall, GraphClient } from './client';
import { malformed } from './errors';
import { type FolderKeeper, linksOf } from './folders';
import { graphTime, query } from './links';
import { type LocatedState, readState, STATE_SELECT } from './map';
import type { ListedTimes } from './windows';

const LIST_PAGE = 1_000;

interface RawPage {
  /** Null for an entry that only its id can be read of. */
  readonly entries: readonly { readonly remoteId: string; readonly located: LocatedState | null }[];
  readonly nextPath: string | null;
}

/** One page of all messages, newest first, without those in folders that are not mirrored. */
export async function listMessages(
  client: GraphClient,
  folders: FolderKeeper,
  times: ListedTimes,
  { since, pageToken }: ListRequest,
): Promise<ListPage> {
  const path = pageToken === null ? firstPath(since) : client.links.checked(pageToken);
  const call = (mode: 'strict' | 'lenient'): GraphCall<RawPage> => ({
    method: 'read',
    verb: 'GET',
    path,
    decode: (json) => decodeList(client, json, mode),
  });
  const page = await client.one(call('strict')).catch((error: unknown) => {
    // An entry that stays without an id can be fetched by nobody; it must not hide all the others.
    const isDamaged = error instanceof MailError && error.kind === 'malformed' && error.providerCode === null;
    if (isDamaged) return client.one(call('lenient'));
    throw error;
  });
  const mirrored = await folders.mirroredOf(page.entries.flatMap(({ located }) => located?.folderId ?? []));
  for (const { remoteId, located } of page.entries) if (located) times.note(remoteId, located.receivedAt);
  return {
    entries: page.entries
      .filter(({ located }) => located === null || mirrored.has(located.folderId))
      .map(({ remoteId, located }) => ({
        remoteId,
        // Nothing is cheaper about a conversation that is fetched whole, and large ones would hold up the first messages.
        threadRemoteId: remoteId,
        ...(located === null ? {} : { state: located.state }),
      })),
    nextPageToken: page.nextPath,
    estimatedTotal: null,
  };
}

function firstPath(since: number | null): string {
  // What orders must be in the filter as well, and first, or Exchange refuses ("InefficientFilter").
  const filter = since === null ? {} : { $filter: `receivedDateTime ge ${graphTime(since)}` };
  return `/me/messages${query({ $select: STATE_SELECT, ...filter, $orderby: 'receivedDateTime desc', $top: LIST_PAGE })}`;
}

/** @throws MailError malformed, when strict also for an entry that cannot be read */
function decodeList(client: GraphClient, json: unknown, mode: 'strict' | 'lenient'): RawPage {
  if (!Array.isArray(field(json, 'value'))) throw malformed('A listing has no list of messages.');
  const entries: { remoteId: string; located: LocatedState | null }[] = [];
  for (const entry of arrayField(json, 'value')) {
    const remoteId = stringField(entry, 'id');
    try {
      const located = readState(entry);
      entries.push({ remoteId: located.state.remoteId, located });
    } catch (error) {
      if (mode === 'strict') throw error;
      if (remoteId) entries.push({ remoteId, located: null });
    }
  }
  return { entries, nextPath: linksOf(client, json).nextPath };
}

/** How many messages there are since a time (epoch ms); null counts all. */
export function countCall(since: number | null): GraphCall<number | null> {
  const filter = since === null ? {} : { $filter: `receivedDateTime ge ${graphTime(since)}` };
  return {
    method: 'read',
    verb: 'GET',
    path: `/me/messages${query({ $select: 'id', ...filter, $count: 'true', $top: 1 })}`,
    decode: (json) => {
      const count = numberField(json, '@odata.count');
      return count === null || count < 0 ? null : count;
    },
  };
}
