import { ACCOUNT_WIDE, MailError } from '../../errors';
import type { Clock } from '../../ports/clock';
import type { AttachmentRef } from '../../model/message';
import type { PacerPriority } from '../pacer';
import type { CheckOutcome, FetchOutcome } from '../provider';
import { attachmentsCall, restOfAttachments, toRef } from './attachments';
import { type GraphCall, type GraphClient, prefer } from './client';
import { malformed } from './errors';
import type { FolderKeeper } from './folders';
import { query } from './links';
import {
  type LocatedState,
  MESSAGE_EXPAND,
  MESSAGE_SELECT,
  type ReadMessage,
  readMessage,
  readState,
  STATE_SELECT,
} from './map';
import { type ListedTimes, windowCall, windowOf } from './windows';

/** Messages that are put together before others in the process get their turn; some milliseconds of work. */
const MESSAGES_PER_TURN = 5;

interface FetchContext {
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly folders: FolderKeeper;
  readonly priority: PacerPriority;
  /** What the listings of this mailbox have shown; a fetch for a person has none. */
  readonly times: ListedTimes;
}

/**
 * Whole messages. Those that listings have shown side by side come with one listing of their contents; the others, and
 * whatever that one lacks, are asked for by id in batches. A message in a folder that is not mirrored does not exist here.
 */
export async function fetchMessages(context: FetchContext, remoteIds: readonly string[]): Promise<FetchOutcome[]> {
  const { client, clock, folders, priority } = context;
  const ids = [...new Set(remoteIds)];
  const outcomes = new Map<string, FetchOutcome>();
  const read = new Map(await readWindow(context, ids));
  const single = ids.filter((remoteId) => !read.has(remoteId));
  const results = single.length === 0 ? [] : await client.each(single.map(messageCall), priority);
  results.forEach((result, index) => {
    const remoteId = single[index] as string;
    if (result.ok) read.set(remoteId, result.value);
    else outcomes.set(remoteId, withoutValue(remoteId, result.error));
  });
  const here = await located(folders, read, ({ located: { folderId } }) => folderId, outcomes);
  const refs = await attachmentsOf(context, here, outcomes);
  let count = 0;
  for (const [remoteId, message] of here) {
    if (outcomes.has(remoteId)) continue;
    if (++count % MESSAGES_PER_TURN === 0) await clock.turn?.();
    try {
      outcomes.set(remoteId, { kind: 'message', remoteId, message: message.finish(refs.get(remoteId) ?? []) });
    } catch (error) {
      outcomes.set(remoteId, { kind: 'failed', remoteId, error: asMailError(error) });
    }
  }
  return [...outcomes.values()];
}

/** @throws MailError account-wide kinds, but not for a page that the service could not put together */
async function readWindow(
  { client, priority, times }: FetchContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadMessage>> {
  const window = windowOf(ids, times);
  if (window === null) return new Map();
  const [result] = await client.each([windowCall(window)], priority);
  if (result?.ok) return result.value;
  // One message can spoil a page of many: by id, each answers for itself.
  if (result && ACCOUNT_WIDE.has(result.error.kind) && result.error.kind !== 'unavailable') throw result.error;
  return new Map();
}

/** Asks by id for flags and places only. */
export async function checkMessages(
  { client, folders }: Pick<FetchContext, 'client' | 'folders'>,
  remoteIds: readonly string[],
): Promise<CheckOutcome[]> {
  const ids = [...new Set(remoteIds)];
  const outcomes = new Map<string, CheckOutcome>();
  const results = await client.each(ids.map(stateCall), 'live');
  const read = new Map<string, LocatedState>();
  results.forEach((result, index) => {
    const remoteId = ids[index] as string;
    if (result.ok) read.set(remoteId, result.value);
    else outcomes.set(remoteId, withoutValue(remoteId, result.error));
  });
  for (const { state } of (await located(folders, read, ({ folderId }) => folderId, outcomes)).values()) {
    outcomes.set(state.remoteId, { kind: 'state', state });
  }
  return [...outcomes.values()];
}

function messageCall(remoteId: string): GraphCall<ReadMessage> {
  return {
    method: 'read',
    verb: 'GET',
    path: `/me/messages/${encodeURIComponent(remoteId)}${query({ $select: MESSAGE_SELECT, $expand: MESSAGE_EXPAND })}`,
    // What Outlook would take out of the HTML is ours to judge, when it is read.
    headers: prefer('outlook.allow-unsafe-html'),
    decode: (json) => readMessage(json, remoteId),
  };
}

function stateCall(remoteId: string): GraphCall<LocatedState> {
  return {
    method: 'read',
    verb: 'GET',
    path: `/me/messages/${encodeURIComponent(remoteId)}${query({ $select: STATE_SELECT })}`,
    decode: (json) => readState(json, remoteId),
  };
}

function withoutValue(remoteId: string, error: MailError) {
  return error.kind === 'notFound'
    ? ({ kind: 'gone', remoteId } as const)
    : ({ kind: 'failed', remoteId, error } as const);
}

/** Those whose folder is mirrored; the others are gone as far as this mailbox's copy is concerned. */
async function located<T>(
  folders: FolderKeeper,
  read: ReadonlyMap<string, T>,
  folderOf: (value: T) => string,
  outcomes: Map<string, FetchOutcome | CheckOutcome>,
): Promise<ReadonlyMap<string, T>> {
  let mirrored: ReadonlySet<string>;
  try {
    mirrored = await folders.mirroredOf([...read.values()].map(folderOf));
  } catch (error) {
    // What is known about the other ids is not lost by it.
    if (outcomes.size === 0) throw error;
    for (const remoteId of read.keys()) outcomes.set(remoteId, { kind: 'failed', remoteId, error: asMailError(error) });
    return new Map();
  }
  const here = new Map<string, T>();
  for (const [remoteId, value] of read) {
    if (mirrored.has(folderOf(value))) here.set(remoteId, value);
    else outcomes.set(remoteId, { kind: 'gone', remoteId });
  }
  return here;
}

async function attachmentsOf(
  { client, priority }: FetchContext,
  messages: ReadonlyMap<string, ReadMessage>,
  outcomes: Map<string, FetchOutcome>,
): Promise<ReadonlyMap<string, readonly AttachmentRef[]>> {
  const refs = new Map<string, readonly AttachmentRef[]>();
  const asked = [...messages].filter(([, message]) => message.needsAttachments);
  if (asked.length === 0) return refs;
  // Not in a batch: that would wait until all four slots are free, and leave some of them idle at its end.
  const results = await Promise.all(
    asked.map(([remoteId]) =>
      client.one(attachmentsCall(client, remoteId), priority).then(
        (value) => ({ ok: true, value }) as const,
        (error: unknown) => ({ ok: false, error: asMailError(error) }) as const,
      ),
    ),
  );
  for (const [index, result] of results.entries()) {
    const [remoteId, message] = asked[index] as (typeof asked)[number];
    try {
      if (!result.ok) throw result.error;
      const all = await restOfAttachments(client, remoteId, result.value);
      refs.set(
        remoteId,
        all.map((attachment) => toRef(attachment, message.html)),
      );
    } catch (error) {
      outcomes.set(remoteId, { kind: 'failed', remoteId, error: lapsed(asMailError(error)) });
    }
  }
  return refs;
}

/** The message can go between the two calls: the next try starts anew and finds out. */
function lapsed(error: MailError): MailError {
  if (error.kind !== 'notFound' && error.kind !== 'refused') return error;
  return malformed('The attachments of the message could not be listed.', error);
}

function asMailError(error: unknown): MailError {
  return error instanceof MailError ? error : malformed('Its content is unexpected.', error);
}
