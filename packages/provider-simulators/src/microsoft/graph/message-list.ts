import { contextUrl, ok, requireFolder } from './call';
import type { GraphCall, GraphResult } from './call';
import { GraphError, badRequest, unknownProperty } from './errors';
import { parseFilter } from './filter';
import type { Filter } from './filter';
import type { Folder } from './folders';
import { MESSAGE_FILTER, MESSAGE_TYPE } from './message-filter';
import { MessageIndex } from './message-index';
import type { StoredMessage } from './message-index';
import { messageJson, readShape } from './message-json';
import { MessageView } from './message-view';
import { readBoolean, readSkip, readTop } from './odata-options';
import { decodeToken, encodeToken, linkWith } from './paging';
import { searchMessages } from './search';

const DEFAULT_TOP = 10;

interface Order {
  property: string;
  descending: boolean;
}

/** `GET /me/messages` and `GET /me/mailFolders/{id}/messages`. */
export function listMessages(call: GraphCall): GraphResult {
  const { query } = call;
  const top = readTop(query) ?? DEFAULT_TOP;
  const shape = readShape(query);
  const listing = selectMessages(call);
  const page = listing.page(top);
  const json: Record<string, unknown> = { '@odata.context': contextUrl(call, 'messages') };
  if (readBoolean(query, '$count')) json['@odata.count'] = listing.count();
  if (page.next) json['@odata.nextLink'] = linkWith(call, { ...page.next });
  json['value'] = page.messages.flatMap((m) => readForList(call, m, shape));
  return ok(json);
}

/**
 * A list that gives contents reads each message as a get does, and suffers what a get of it would: one that cannot be
 * read spoils the whole page, one that is not found is left out, one whose content is damaged comes without it.
 */
function readForList(call: GraphCall, message: StoredMessage, shape: ReturnType<typeof readShape>): unknown[] {
  const json = messageJson(viewOf(call, message), shape);
  if (!('body' in json)) return [json];
  const ids = [call.mailbox.idOf(message, true), call.mailbox.idOf(message, false)];
  const accidents = call.state.accidents.take({ method: 'messages.get', account: call.account.address, ids });
  let listed = json;
  for (const { kind, status } of accidents) {
    if (kind === 'ghost') return [];
    if (kind === 'malformed' || kind === 'missingFields') listed = { id: json['id'] };
    else if (kind === 'status') throw new GraphError(status ?? 500, 'ErrorInternalServerError', 'An internal error.');
  }
  return [listed];
}

/** `GET …/messages/$count`: a number as text. */
export function countMessages(call: GraphCall): GraphResult {
  return { status: 200, bytes: { body: String(selectMessages(call).count()), contentType: 'text/plain' } };
}

export function viewOf(call: GraphCall, message: StoredMessage): MessageView {
  return new MessageView(call.state, call.mailbox, message, call.prefer);
}

interface Page {
  messages: StoredMessage[];
  /** Options of the next page. */
  next: Record<string, string | undefined> | undefined;
}

interface Listing {
  page(top: number): Page;
  count(): number;
}

function selectMessages(call: GraphCall): Listing {
  const { query } = call;
  const folder = call.params['folder'] === undefined ? undefined : requireFolder(call);
  const search = query.get('$search');
  if (search !== null) {
    if (query.has('$filter'))
      throw badRequest("The query parameter '$filter' is not supported with '$search'.", 'SearchWithFilter');
    if (query.has('$orderby'))
      throw badRequest("The query parameter '$orderBy' is not supported with '$search'.", 'SearchWithOrderBy');
    return fixedListing(query, searchMessages(call, search, folder));
  }
  const filterText = query.get('$filter');
  const filter = filterText === null ? undefined : parseFilter(filterText, MESSAGE_FILTER);
  const orders = readOrder(query);
  checkEfficiency(filter, orders);
  const index = folder?.search ? searchFolderIndex(call, folder) : (folder?.messages ?? call.mailbox.messages);
  const [order] = orders;
  if (order && order.property !== 'receivedDateTime') return fixedListing(query, sorted(call, index, filter, orders));
  return new DateListing(call, index, filter, order ? order.descending : true);
}

/** A search folder shows messages of other folders. */
function searchFolderIndex(call: GraphCall, folder: Folder): MessageIndex {
  const index = new MessageIndex();
  for (const message of [...call.mailbox.messages.newestFirst()].reverse()) {
    if (folder.search?.(message)) index.add(message);
  }
  return index;
}

function readOrder(query: URLSearchParams): Order[] {
  const text = query.get('$orderby');
  if (text === null) return [];
  return text.split(',').map((piece) => {
    const match = /^\s*([\w/]+)(?:\s+(asc|desc))?\s*$/i.exec(piece);
    if (!match) throw badRequest(`Syntax error in $orderby near '${piece.slice(0, 80)}'.`);
    const property = match[1] ?? '';
    if (!Object.hasOwn(MESSAGE_FILTER.properties, property)) throw unknownProperty(property, MESSAGE_TYPE);
    return { property, descending: match[2]?.toLowerCase() === 'desc' };
  });
}

/** Properties of `$orderby` must stand in `$filter` too, first and in the same order (provider facts §4, "List"). */
function checkEfficiency(filter: Filter<MessageView> | undefined, orders: readonly Order[]): void {
  if (!filter) return;
  if (orders.some((order, i) => filter.properties[i] !== order.property)) {
    throw new GraphError(400, 'InefficientFilter', 'The restriction or sort order is too complex for this operation.');
  }
}

function sorted(
  call: GraphCall,
  index: MessageIndex,
  filter: Filter<MessageView> | undefined,
  orders: readonly Order[],
): StoredMessage[] {
  const rows: { message: StoredMessage; keys: (string | number | boolean | null)[] }[] = [];
  for (const message of index.newestFirst()) {
    const view = viewOf(call, message);
    if (filter && !filter.test(view)) continue;
    rows.push({ message, keys: orders.map((o) => MESSAGE_FILTER.properties[o.property]?.read(view) ?? null) });
  }
  rows.sort((a, b) => {
    for (const [i, order] of orders.entries()) {
      const x = a.keys[i] ?? '';
      const y = b.keys[i] ?? '';
      if (x !== y) return (x < y ? -1 : 1) * (order.descending ? -1 : 1);
    }
    return 0;
  });
  return rows.map((r) => r.message);
}

function fixedListing(query: URLSearchParams, messages: readonly StoredMessage[]): Listing {
  return {
    count: () => messages.length,
    page: (top) => {
      const skip = readSkip(query);
      const more = messages.length > skip + top;
      return {
        messages: messages.slice(skip, skip + top),
        next: more ? { $skip: String(skip + top) } : undefined,
      };
    },
  };
}

/** Messages by date of receipt: a page without further conditions costs nothing but its own length. */
class DateListing implements Listing {
  /** Positions in the index that the dates of the filter leave over. */
  private readonly from: number;
  private readonly to: number;
  private readonly test: ((view: MessageView) => boolean) | undefined;

  constructor(
    private readonly call: GraphCall,
    private readonly index: MessageIndex,
    filter: Filter<MessageView> | undefined,
    private readonly descending: boolean,
  ) {
    let from = 0;
    let to = index.size;
    let isExact = filter !== undefined;
    for (const { property, operator, value } of filter?.conjunction ?? []) {
      if (property !== 'receivedDateTime' || typeof value !== 'number') isExact = false;
      else if (operator === 'ge') from = Math.max(from, index.lowerBound({ receivedAt: value, number: -1 }));
      else if (operator === 'gt') from = Math.max(from, index.lowerBound({ receivedAt: value, number: Infinity }));
      else if (operator === 'lt') to = Math.min(to, index.lowerBound({ receivedAt: value, number: -1 }));
      else if (operator === 'le') to = Math.min(to, index.lowerBound({ receivedAt: value, number: Infinity }));
      else isExact = false;
    }
    this.from = from;
    this.to = Math.max(from, to);
    this.test = filter && !(isExact && filter.conjunction) ? filter.test : undefined;
  }

  count(): number {
    if (!this.test) return this.to - this.from;
    let count = 0;
    for (let i = this.from; i < this.to; i++) if (this.matches(i)) count++;
    return count;
  }

  page(top: number): Page {
    const { query } = this.call;
    const token = query.get('$skiptoken');
    if (token !== null) return this.pageAfter(decodeToken(token), top);
    const skip = readSkip(query);
    if (!this.test) return this.take(skip, top, skip);
    let skipped = 0;
    let offset = 0;
    for (; skipped < skip && offset < this.to - this.from; offset++) if (this.matches(this.position(offset))) skipped++;
    return this.take(offset, top, skip);
  }

  private pageAfter(token: Record<string, unknown>, top: number): Page {
    const { r: receivedAt, n: number } = token;
    if (typeof receivedAt !== 'number' || typeof number !== 'number') throw badRequest('Badly formed token.');
    const at = this.descending
      ? this.to - this.index.lowerBound({ receivedAt, number })
      : this.index.lowerBound({ receivedAt, number: number + 1 }) - this.from;
    return this.take(Math.max(0, at), top, 0);
  }

  /** A page from so many positions behind the first; `skip` is the number of matches before it. */
  private take(offset: number, top: number, skip: number): Page {
    const messages: StoredMessage[] = [];
    for (let i = offset; i < this.to - this.from; i++) {
      const position = this.position(i);
      if (this.test && !this.matches(position)) continue;
      if (messages.length === top) return { messages, next: this.next(messages, skip + top) };
      messages.push(this.index.at(position) as StoredMessage);
    }
    return { messages, next: undefined };
  }

  private next(messages: readonly StoredMessage[], skip: number): Record<string, string | undefined> {
    if (this.call.state.switches.listPaging === 'offset') return { $skip: String(skip) };
    const last = messages[messages.length - 1];
    return { $skip: undefined, $skiptoken: encodeToken({ r: last?.receivedAt, n: last?.number }) };
  }

  private position(offset: number): number {
    return this.descending ? this.to - 1 - offset : this.from + offset;
  }

  private matches(position: number): boolean {
    return this.test?.(viewOf(this.call, this.index.at(position) as StoredMessage)) ?? true;
  }
}
