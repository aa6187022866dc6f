import { arrayField, field, stringField } from '../../decode';
import { MailError } from '../../errors';
import type { ChangeEvent, ChangePage } from '../../model/change';
import type { GmailCall, GmailClient } from './client';
import { malformed } from './errors';
import { isFlagLabel, isSystemLabel, STARRED, UNREAD } from './labels';

const PAGE_SIZE = 500;

interface HistoryPage {
  readonly events: readonly ChangeEvent[];
  /** Ids of the page's records, in the order in which they came. */
  readonly recordIds: readonly string[];
  readonly labelIds: ReadonlySet<string>;
  readonly nextPageToken: string | null;
  readonly historyId: string | null;
}

/**
 * One page of changes since a history id. Usually one call; a page from whose records no position can be taken is
 * read on until there is one.
 * @param knownPlaces ids of the labels that are known here; null when that is not known
 */
export async function readChanges(
  client: GmailClient,
  cursor: string,
  knownPlaces: ReadonlySet<string> | null,
): Promise<ChangePage> {
  const events: ChangeEvent[] = [];
  const recordIds: string[] = [];
  let placesChanged = false;
  let pageToken: string | null = null;
  for (;;) {
    const page: HistoryPage = await client.one(historyCall(cursor, pageToken), 'live').catch(unreadableMeansExpired);
    events.push(...page.events);
    recordIds.push(...page.recordIds);
    placesChanged ||= [...page.labelIds].some((id) => !isSystemLabel(id) && !(knownPlaces?.has(id) ?? false));
    if (page.nextPageToken === null) {
      const last = highest(recordIds);
      const end = page.historyId ?? last ?? cursor;
      return { events, cursor: BigInt(end) < BigInt(cursor) ? cursor : end, done: true, placesChanged };
    }
    const resume = resumeAfter(recordIds);
    if (resume !== null) return { events, cursor: resume, done: false, placesChanged };
    pageToken = page.nextPageToken;
  }
}

function historyCall(cursor: string, pageToken: string | null): GmailCall<HistoryPage> {
  const query = new URLSearchParams({ startHistoryId: cursor, maxResults: String(PAGE_SIZE) });
  for (const type of ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'])
    query.append('historyTypes', type);
  if (pageToken !== null) query.set('pageToken', pageToken);
  return { method: 'history.list', verb: 'GET', path: `/history?${query.toString()}`, decode: decodeHistory };
}

/**
 * A feed that stays unreadable would hide changes for ever if it were skipped, and stop the mailbox if it were an
 * error: a complete listing tells the same, so the cursor counts as expired.
 */
function unreadableMeansExpired(error: unknown): never {
  if (error instanceof MailError && error.kind === 'malformed') {
    throw new MailError('cursorExpired', 'A page of Gmail’s history cannot be read; a complete listing is needed.', {
      cause: error,
      providerCode: 'unreadableHistory',
    });
  }
  throw error;
}

/**
 * The position from which nothing of an unfinished page can be lost: the record before the last one. Whether the last
 * record's id continues on the next page is not documented; reading one record twice costs nothing.
 */
function resumeAfter(recordIds: readonly string[]): string | null {
  const sorted = [...new Set(recordIds)].sort(compareIds);
  return sorted.length < 2 ? null : (sorted[sorted.length - 2] ?? null);
}

function highest(recordIds: readonly string[]): string | null {
  return recordIds.reduce<string | null>((top, id) => (top === null || compareIds(id, top) > 0 ? id : top), null);
}

function compareIds(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** @throws MailError malformed when a record names no message at all: what it says would be lost */
export function decodeHistory(json: unknown): HistoryPage {
  const list = field(json, 'history');
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw malformed('A history page is no object.');
  if (list !== undefined && !Array.isArray(list)) throw malformed('A history page has no list of records.');
  const events: ChangeEvent[] = [];
  const recordIds: string[] = [];
  const labelIds = new Set<string>();
  for (const record of arrayField(json, 'history')) {
    const seq = historyId(record, 'id');
    if (seq === null) throw malformed('A history record has no id.');
    recordIds.push(seq);
    readRecord(record, seq, events, labelIds);
  }
  const nextPageToken = stringField(json, 'nextPageToken');
  return {
    events,
    recordIds,
    labelIds,
    nextPageToken: nextPageToken === '' ? null : nextPageToken,
    historyId: historyId(json, 'historyId'),
  };
}

function readRecord(record: unknown, seq: string, events: ChangeEvent[], labelIds: Set<string>): void {
  const before = events.length;
  const explained = new Set<string>();
  for (const entry of arrayField(record, 'messagesAdded')) {
    const message = readRef(field(entry, 'message'));
    explained.add(message.remoteId);
    for (const label of message.labelIds) labelIds.add(label);
    events.push({
      kind: 'present',
      seq,
      remoteId: message.remoteId,
      threadRemoteId: message.threadRemoteId,
      isDraft: message.labelIds.includes('DRAFT'),
    });
  }
  for (const entry of arrayField(record, 'messagesDeleted')) {
    const { remoteId } = readRef(field(entry, 'message'));
    explained.add(remoteId);
    events.push({ kind: 'gone', seq, remoteId });
  }
  for (const [name, isAdded] of [
    ['labelsAdded', true],
    ['labelsRemoved', false],
  ] as const) {
    for (const entry of arrayField(record, name)) {
      const message = readRef(field(entry, 'message'));
      explained.add(message.remoteId);
      const changed = strings(field(entry, 'labelIds'));
      for (const label of changed) labelIds.add(label);
      events.push(movedEvent(seq, message, changed, isAdded));
    }
  }
  // A message of which the record does not say what happened: only asking by id tells.
  for (const entry of arrayField(record, 'messages')) {
    const remoteId = stringField(entry, 'id');
    if (remoteId !== null && remoteId !== '' && !explained.has(remoteId)) events.push({ kind: 'left', seq, remoteId });
  }
  if (events.length === before) throw malformed('A history record names no message.');
}

function movedEvent(seq: string, message: MessageRef, changed: readonly string[], isAdded: boolean): ChangeEvent {
  const places = changed.filter((label) => !isFlagLabel(label));
  return {
    kind: 'moved',
    seq,
    remoteId: message.remoteId,
    threadRemoteId: message.threadRemoteId,
    added: isAdded ? places : [],
    removed: isAdded ? [] : places,
    ...(changed.includes(UNREAD) ? { isRead: !isAdded } : {}),
    ...(changed.includes(STARRED) ? { isStarred: isAdded } : {}),
  };
}

interface MessageRef {
  readonly remoteId: string;
  readonly threadRemoteId: string;
  readonly labelIds: readonly string[];
}

function readRef(message: unknown): MessageRef {
  const remoteId = stringField(message, 'id');
  if (remoteId === null || remoteId === '') throw malformed('A history record has a message without an id.');
  const threadRemoteId = stringField(message, 'threadId');
  return { remoteId, threadRemoteId: threadRemoteId || remoteId, labelIds: strings(field(message, 'labelIds')) };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
}

/** History ids are decimal strings of up to 64 bits; some answers give them as numbers. */
function historyId(value: unknown, name: string): string | null {
  const found = field(value, name);
  const text = typeof found === 'number' ? String(found) : found;
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? text : null;
}
