import { ok, requireFolder } from './call';
import type { GraphCall, GraphResult } from './call';
import { deltaLink, isEmptyPage, nextLink, pageSizeOf, readDeltaRequest, repeatsItem } from './delta';
import type { DeltaOptions, DeltaPosition } from './delta';
import { badRequest } from './errors';
import { parseFilter } from './filter';
import type { FolderLogEntry } from './folder-log';
import type { Folder } from './folders';
import { MESSAGE_FILTER } from './message-filter';
import type { StoredMessage } from './message-index';
import { messageJson, shapeOf } from './message-json';
import type { MessageShape } from './message-json';
import { viewOf } from './message-list';
import { readTop } from './odata-options';

/** With a filter a round gives at most so many items (provider facts §4, "delta"). */
const MAX_FILTERED = 5000;

type ChangeType = 'created' | 'updated' | 'deleted';

interface Tracking {
  call: GraphCall;
  folder: Folder;
  shape: MessageShape;
  /** Milliseconds; only messages received at or after it. */
  receivedFrom: number;
  newestFirst: boolean;
  /** Items in the initial round. */
  limit: number;
  changeType: ChangeType | undefined;
  options: DeltaOptions;
}

interface DeltaPage {
  items: Record<string, unknown>[];
  /** Undefined: the round is over. */
  next: DeltaPosition | undefined;
}

/** `GET /me/mailFolders/{id}/messages/delta` */
export function messagesDelta(call: GraphCall): GraphResult {
  const folder = requireFolder(call);
  if (folder.search) {
    throw badRequest('Change tracking is not supported against search folders.', 'ErrorInvalidRequest');
  }
  const { position, options } = readDeltaRequest(call, folder.number, folder.log.floor);
  const tracking = readTracking(call, folder, options);
  const current: DeltaPosition = position ?? {
    phase: 'initial',
    from: call.mailbox.sequence,
    upTo: 0,
    last: [],
    given: 0,
    page: 1,
  };
  const page = current.phase === 'initial' ? initialPage(tracking, current) : changesPage(tracking, current);
  const end = current.phase === 'initial' ? current.from : current.upTo;
  return ok({
    '@odata.context': `${call.state.graphOrigin}/v1.0/$metadata#Collection(message)`,
    ...(page.next
      ? { '@odata.nextLink': nextLink(call, folder.number, page.next, options) }
      : { '@odata.deltaLink': deltaLink(call, folder.number, end, options) }),
    value: page.items,
  });
}

const OPTIONS = ['$select', '$expand', '$top', '$filter', '$orderby', 'changeType'];

function readTracking(call: GraphCall, folder: Folder, options: DeltaOptions): Tracking {
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) throw notWithTracking(name);
  const query = new URLSearchParams(options);
  const orderBy = query.get('$orderby');
  if (orderBy !== null && !/^\s*receivedDateTime\s+desc\s*$/i.test(orderBy)) throw notWithTracking('$orderby');
  const changeType = query.get('changeType');
  if (changeType !== null && !['created', 'updated', 'deleted'].includes(changeType)) {
    throw badRequest(`Invalid value '${changeType}' for changeType query option found.`, 'ErrorInvalidUrlQuery');
  }
  const filter = query.get('$filter');
  const top = readTop(query);
  return {
    call,
    folder,
    shape: shapeOf(options['$select'], options['$expand']),
    receivedFrom: filter === null ? -Infinity : readFilter(filter),
    newestFirst: orderBy !== null,
    // `$top` caps the whole round, not the page.
    limit: Math.min(top ?? Infinity, filter === null ? Infinity : MAX_FILTERED),
    changeType: (changeType ?? undefined) as ChangeType | undefined,
    options,
  };
}

function notWithTracking(name: string): Error {
  return badRequest(
    `The parameter '${name}' is not supported in this form with change tracking over the 'Messages' resource.`,
    'ErrorInvalidUrlQuery',
  );
}

function readFilter(text: string): number {
  const [only, ...rest] = parseFilter(text, MESSAGE_FILTER).conjunction ?? [];
  if (!only || rest.length > 0 || only.property !== 'receivedDateTime' || typeof only.value !== 'number') {
    throw notWithTracking('$filter');
  }
  if (only.operator === 'ge') return only.value;
  if (only.operator === 'gt') return only.value + 1;
  throw notWithTracking('$filter');
}

/** What the folder holds, page by page. Mail that comes or goes meanwhile also shows in the next round. */
function initialPage(tracking: Tracking, position: DeltaPosition): DeltaPage {
  const { call, folder } = tracking;
  if (isEmptyPage(call, position)) return { items: [], next: { ...position, page: position.page + 1 } };
  const wanted = Math.min(pageSizeOf(call), tracking.limit - position.given);
  const { messages, isLast } = takeFrom(tracking, position.last, wanted);
  const items = tracking.changeType === undefined || tracking.changeType === 'created' ? messages : [];
  const given = position.given + messages.length;
  const last = messages[messages.length - 1];
  const repeated = repeatsItem(call, position) ? call.mailbox.message(position.last[1] ?? -1) : undefined;
  const shown = repeated?.folder === folder && items.length > 0 ? [repeated, ...items] : items;
  const isOver = isLast || given >= tracking.limit;
  return {
    items: shown.map((m) => present(tracking, m)),
    next: isOver
      ? undefined
      : { ...position, given, last: last ? [last.receivedAt, last.number] : position.last, page: position.page + 1 },
  };
}

/** Oldest first unless the client asked for the newest first: without `$orderby` the order is not to be relied on. */
function takeFrom(
  { folder, receivedFrom, newestFirst }: Tracking,
  last: readonly number[],
  wanted: number,
): { messages: StoredMessage[]; isLast: boolean } {
  const index = folder.messages;
  const start = index.lowerBound({ receivedAt: receivedFrom, number: -1 });
  const [receivedAt, number] = last;
  const step = newestFirst ? -1 : 1;
  let at = newestFirst ? index.size - 1 : start;
  if (receivedAt !== undefined && number !== undefined) {
    at = newestFirst
      ? index.lowerBound({ receivedAt, number }) - 1
      : index.lowerBound({ receivedAt, number: number + 1 });
  }
  const messages: StoredMessage[] = [];
  for (; at >= start && at < index.size && messages.length < wanted; at += step) {
    messages.push(index.at(at) as StoredMessage);
  }
  return { messages, isLast: at < start || at >= index.size };
}

/** What happened to the folder's content since the last round, each message once. */
function changesPage(tracking: Tracking, position: DeltaPosition): DeltaPage {
  const { call, folder } = tracking;
  if (isEmptyPage(call, position)) return { items: [], next: { ...position, page: position.page + 1 } };
  const size = pageSizeOf(call);
  const items: Record<string, unknown>[] = [];
  const [lastSequence] = position.last;
  let start = lastSequence ?? position.from;
  if (lastSequence !== undefined && repeatsItem(call, position)) start = lastSequence - 1;
  let reached = start;
  for (const entry of folder.log.between(start, position.upTo)) {
    const item = changeItem(tracking, entry, position);
    if (item && items.length === size) {
      return { items, next: { ...position, last: [reached], given: position.given + size, page: position.page + 1 } };
    }
    if (item) items.push(item);
    reached = entry.sequence;
  }
  return { items, next: undefined };
}

/** What an entry of the log shows as, or nothing when a later one of this round speaks for the message. */
function changeItem(
  tracking: Tracking,
  entry: FolderLogEntry,
  round: DeltaPosition,
): Record<string, unknown> | undefined {
  const { call, folder, receivedFrom, changeType } = tracking;
  const { message } = entry;
  if (message.receivedAt < receivedFrom) return undefined;
  const isLast = !entry.next || entry.next.sequence > round.upTo;
  const isRemoval = entry.change === 'left' || entry.change === 'deleted';
  // A default id that has left never comes back: with the message returns another id.
  const speaks = isLast || (isRemoval && !call.prefer.immutableIds);
  if (!speaks) return undefined;
  const history = entriesOfRound(entry, round);
  const cameBack = call.prefer.immutableIds && history.some((e) => e.change === 'left' || e.change === 'deleted');
  const fault = cameBack && call.state.switches.deltaAbaFault;
  if (isRemoval || fault || message.folder !== folder || !call.mailbox.message(message.number)) {
    return changeType === undefined || changeType === 'deleted' ? removed(tracking, entry) : undefined;
  }
  const isNew = history.some((e) => e.change === 'created');
  if (changeType !== undefined && changeType !== (isNew ? 'created' : 'updated')) return undefined;
  if (isNew || call.state.switches.deltaUpdates === 'full') return present(tracking, message);
  const changed = new Set(history.flatMap((e) => e.properties));
  if (call.state.switches.deltaUpdates === 'changed') return present(tracking, message, changed);
  const isReadOnly = changed.size === 1 && changed.has('isRead');
  if (!isReadOnly) return present(tracking, message);
  const { select } = tracking.shape;
  if (select && !select.includes('isRead')) return undefined;
  return present(tracking, message, new Set(['isRead', 'parentFolderId']));
}

/** The entries about the same message in this round up to this one. */
function entriesOfRound(entry: FolderLogEntry, round: DeltaPosition): FolderLogEntry[] {
  const entries: FolderLogEntry[] = [];
  for (let at: FolderLogEntry | undefined = entry; at && at.sequence > round.from; at = at.previous) entries.push(at);
  return entries;
}

function present(
  { call, shape }: Tracking,
  message: StoredMessage,
  only?: ReadonlySet<string>,
): Record<string, unknown> {
  return { '@odata.type': '#microsoft.graph.message', ...messageJson(viewOf(call, message), shape, only) };
}

function removed({ call }: Tracking, entry: FolderLogEntry): Record<string, unknown> {
  const { ids } = call.mailbox;
  const id = call.prefer.immutableIds
    ? ids.encode('immutable', entry.message.number)
    : ids.encode('message', entry.copy);
  const reason = entry.change === 'deleted' ? 'deleted' : call.state.switches.movedReason;
  return { '@odata.type': '#microsoft.graph.message', id, '@removed': { reason } };
}
