import { arrayField, numberField, stringField } from '../../decode';
import { MailError } from '../../errors';
import type { ListEntry, ListPage } from '../../model/change';
import type { PacerPriority } from '../pacer';
import type { Capabilities, ListRequest, MailboxProfile, MailProvider } from '../provider';
import { readChanges } from './changes';
import { GmailClient, type GmailCall, type GmailClientOptions } from './client';
import { DraftIds } from './drafts';
import { malformed } from './errors';
import { attachmentCall, checkMessages, fetchMessages } from './fetch';
import { decodePlaces, settlePlaces } from './labels';
import { decodeBase64, findPart } from './map';
import { effectOf, MAX_BATCH_MODIFY, organise } from './organise';

export interface GmailProviderOptions extends GmailClientOptions {
  /** `interactive` for a fetch that a person waits for; a sync leaves it out. */
  readonly priority?: PacerPriority;
}

const LIST_PAGE = 500;

/**
 * What a message costs on average when threads are fetched whole: about half of a single get in a mailbox whose
 * threads have three messages on average, of which most have one. For estimates only.
 */
const SHARE_OF_SINGLE_GET = 0.55;

/** One Gmail mailbox: bound to a token source and to the pacer of its account. */
export function createGmailProvider(options: GmailProviderOptions): MailProvider {
  const { quota } = options;
  const client = new GmailClient(options);
  const drafts = new DraftIds(client);
  let knownPlaces: ReadonlySet<string> | null = null;

  const capabilities: Capabilities = {
    fetchBatch: 50,
    fetchConcurrency: 3,
    organiseBatch: MAX_BATCH_MODIFY,
    settlePlaces,
    skippableFolders: [],
    unitsPerMessage: quota.costs['messages.get'] * SHARE_OF_SINGLE_GET,
    unitsPerMinute: quota.unitsPerMinute,
  };

  async function messagesSince(since: number | null): Promise<number | null> {
    if (since === null) return (await client.one(profileCall, 'live')).messagesTotal;
    const page = await client.one(listCall({ since, pageToken: null }, 'lenient'), 'live');
    // Gmail's estimate is rough, most of all for small numbers; a complete page is exact.
    if (page.nextPageToken === null) return page.entries.length;
    return Math.max(page.estimatedTotal ?? 0, page.entries.length + 1);
  }

  return {
    capabilities,
    profile: () => client.one(profileCall, 'live'),
    async places() {
      const places = await client.one(labelsCall, 'live');
      knownPlaces = new Set([...places.folders, ...places.labels].map((place) => place.remoteId));
      return places;
    },
    list: (request) =>
      client.one(listCall(request, 'strict')).catch((error: unknown) => {
        // An entry that stays without an id can be fetched by nobody; it must not hide all the others.
        if (error instanceof MailError && error.kind === 'malformed') return client.one(listCall(request, 'lenient'));
        throw error;
      }),
    fetch: (wanted) =>
      fetchMessages({ client, clock: options.clock, quota, drafts, priority: options.priority ?? 'bulk' }, wanted),
    check: (remoteIds) => checkMessages(client, remoteIds),
    changes: (cursor) => readChanges(client, cursor, knownPlaces),
    effectOf,
    organise: (remoteIds, op, effect) =>
      organise(
        client,
        { single: quota.costs['messages.modify'], batch: quota.costs['messages.batchModify'] },
        remoteIds,
        op,
        effect,
      ),
    async attachment(remoteId, partId) {
      // Attachment ids are tokens that change at every get: the message is read again for a fresh one.
      const json = await client.one(messageCall(remoteId), 'interactive');
      const part = findPart(json, partId);
      if (part === null) throw new MailError('notFound', 'The message no longer has this attachment.');
      if (part.data !== null) return toStream(decodeBase64(part.data));
      if (part.attachmentId === null) throw new MailError('notFound', 'Gmail does not give the content of this part.');
      return toStream(await client.one(attachmentCall(remoteId, part.attachmentId), 'interactive'));
    },
    async estimate(since) {
      const counts: (number | null)[] = [];
      for (const time of since) counts.push(await messagesSince(time));
      return counts;
    },
  };
}

const profileCall: GmailCall<MailboxProfile> = {
  method: 'getProfile',
  verb: 'GET',
  path: '/profile',
  decode(json) {
    const address = stringField(json, 'emailAddress');
    const cursor = stringField(json, 'historyId') ?? String(numberField(json, 'historyId') ?? '');
    if (address === null || !/^\d{1,20}$/.test(cursor)) throw malformed('The profile lacks its address or history id.');
    const total = numberField(json, 'messagesTotal');
    return { address, messagesTotal: total === null || total < 0 ? null : total, cursor };
  },
};

const labelsCall: GmailCall<ReturnType<typeof decodePlaces>> = {
  method: 'labels.list',
  verb: 'GET',
  path: '/labels',
  decode: decodePlaces,
};

function messageCall(remoteId: string): GmailCall<unknown> {
  return {
    method: 'messages.get',
    verb: 'GET',
    path: `/messages/${encodeURIComponent(remoteId)}?format=full`,
    decode: (json) => json,
  };
}

function listCall({ since, pageToken }: ListRequest, entries: 'strict' | 'lenient'): GmailCall<ListPage> {
  const query = new URLSearchParams({ maxResults: String(LIST_PAGE), includeSpamTrash: 'true' });
  // Days in `q` are days in California; seconds are unambiguous. One second more, as `after:` may exclude its own.
  if (since !== null) query.set('q', `after:${Math.max(0, Math.floor(since / 1000) - 1)}`);
  if (pageToken !== null) query.set('pageToken', pageToken);
  return {
    method: 'messages.list',
    verb: 'GET',
    path: `/messages?${query.toString()}`,
    decode: (json) => decodeList(json, entries),
  };
}

/** @throws MailError malformed, when strict also for an entry without an id */
function decodeList(json: unknown, mode: 'strict' | 'lenient'): ListPage {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw malformed('A listing is no object.');
  const list: unknown = (json as Record<string, unknown>)['messages'];
  if (list !== undefined && !Array.isArray(list)) throw malformed('A listing has no list of messages.');
  const entries: ListEntry[] = [];
  for (const entry of arrayField(json, 'messages')) {
    const remoteId = stringField(entry, 'id');
    if (remoteId) entries.push({ remoteId, threadRemoteId: stringField(entry, 'threadId') || remoteId });
    else if (mode === 'strict') throw malformed('A listing has a message without an id.');
  }
  const estimate = numberField(json, 'resultSizeEstimate');
  return {
    entries,
    nextPageToken: stringField(json, 'nextPageToken') || null,
    estimatedTotal: estimate === null || estimate < 0 ? null : estimate,
  };
}

function toStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const CHUNK = 256 * 1024;
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.byteLength) controller.enqueue(bytes.subarray(at, (at += CHUNK)));
      if (at >= bytes.byteLength) controller.close();
    },
  });
}
