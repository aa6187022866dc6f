import { hashText } from '../random';
import { readBoolean } from './call';
import type { GmailCall } from './call';
import { badRequest } from './errors';
import type { Mailbox } from './mailbox';
import type { IndexPosition, MessageIndex, StoredMessage } from './message-index';
import { allOperators, parseAge, parseQuery, parseQueryDate, requiredConditions } from './query';
import type { QueryNode } from './query';
import { compileQuery, labelOfCondition } from './query-match';
import type { MessagePredicate } from './query-match';

export interface ListPage {
  messages: StoredMessage[];
  nextPageToken?: string;
  /** A guess, as in Gmail: exact only where it costs nothing. */
  estimate: number;
}

interface Selection {
  index: MessageIndex;
  accepts: MessagePredicate;
  /** Bounds in milliseconds. */
  from: number;
  before: number;
  exactCount: number | undefined;
}

const VAGUE_ESTIMATE = 201;

/**
 * A page of `messages.list`, `threads.list` or `drafts.list`, newest first. For threads, a thread stands where its
 * newest matching message stands, and that message is returned for it.
 */
export function listMessages(call: GmailCall, limit: number, unit: 'message' | 'thread', onlyLabel?: string): ListPage {
  const selection = select(call, onlyLabel);
  const fingerprint = filterFingerprint(call.query, unit);
  const token = call.query.get('pageToken');
  let position: IndexPosition =
    token === null ? { internalDate: selection.before, id: '' } : decodePageToken(token, fingerprint);
  if (selection.before < position.internalDate) position = { internalDate: selection.before, id: '' };

  const messages: StoredMessage[] = [];
  let more = false;
  for (const message of selection.index.newestFirst(position, selection.from)) {
    if (!selection.accepts(message)) continue;
    if (unit === 'thread' && !isNewestMatch(call.mailbox, message, selection.accepts)) continue;
    if (messages.length === limit) {
      more = true;
      break;
    }
    messages.push(message);
  }
  const last = messages[messages.length - 1];
  const estimate = selection.exactCount ?? (more ? Math.max(VAGUE_ESTIMATE, limit + 1) : messages.length);
  return { messages, estimate, ...(more && last ? { nextPageToken: encodePageToken(last, fingerprint) } : {}) };
}

function select(call: GmailCall, onlyLabel: string | undefined): Selection {
  const { mailbox, query } = call;
  const labelIds = query.getAll('labelIds');
  for (const id of labelIds) if (!mailbox.labels.has(id)) throw badRequest(`Invalid label: ${id}`);
  if (onlyLabel !== undefined) labelIds.push(onlyLabel);

  const tests: MessagePredicate[] = [];
  const candidates = labelIds.map((id) => mailbox.withLabel(id));
  let from = -Infinity;
  let before = Infinity;
  const q = query.get('q');
  const parsed = q === null || q.trim() === '' ? undefined : parseQuery(q);
  const now = call.state.clock.now();
  if (parsed) {
    for (const condition of requiredConditions(parsed)) {
      const label = labelOfCondition(mailbox, condition);
      if (label !== undefined) candidates.push(mailbox.withLabel(label));
      const bounds = dateBounds(condition, now);
      from = Math.max(from, bounds.from);
      before = Math.min(before, bounds.before);
    }
    const { searchLagMs } = call.state.switches;
    if (searchLagMs > 0) tests.push((m) => m.addedAt <= now - searchLagMs);
    tests.push(compileQuery(mailbox, parsed, now));
  }
  const wanted = new Set(labelIds);
  const withHidden =
    readBoolean(query, 'includeSpamTrash') ||
    wanted.has('SPAM') ||
    wanted.has('TRASH') ||
    asksForHidden(mailbox, parsed);
  if (!withHidden) tests.push((m) => !m.labels.includes('SPAM') && !m.labels.includes('TRASH'));
  if (labelIds.length > 1 || parsed) tests.push((m) => labelIds.every((id) => m.labels.includes(id)));

  const index = candidates.reduce((a, b) => (b.size < a.size ? b : a), candidates[0] ?? mailbox.messages);
  const accepts: MessagePredicate = (m) => tests.every((t) => t(m));
  return { index, accepts, from, before, exactCount: countIfCheap(mailbox, labelIds, parsed, withHidden) };
}

function countIfCheap(
  mailbox: Mailbox,
  labelIds: string[],
  parsed: QueryNode | undefined,
  withHidden: boolean,
): number | undefined {
  if (parsed || labelIds.length > 1) return undefined;
  if (labelIds.length === 1) return mailbox.withLabel(labelIds[0] as string).size;
  const hidden = withHidden ? 0 : mailbox.withLabel('SPAM').size + mailbox.withLabel('TRASH').size;
  return mailbox.messages.size - hidden;
}

function dateBounds(node: QueryNode, now: number): { from: number; before: number } {
  const none = { from: -Infinity, before: Infinity };
  if (node.kind !== 'operator') return none;
  const date = ['newer_than', 'older_than'].includes(node.name)
    ? now - parseAge(node.value)
    : parseQueryDate(node.value);
  if (Number.isNaN(date)) return none;
  if (['after', 'newer', 'newer_than'].includes(node.name)) return { ...none, from: date };
  if (['before', 'older', 'older_than'].includes(node.name)) return { ...none, before: date };
  return none;
}

function asksForHidden(mailbox: Mailbox, parsed: QueryNode | undefined): boolean {
  if (!parsed) return false;
  for (const operator of allOperators(parsed)) {
    if (operator.name === 'in' && operator.value.toLowerCase() === 'anywhere') return true;
    const label = labelOfCondition(mailbox, { kind: 'operator', ...operator });
    if (label === 'SPAM' || label === 'TRASH') return true;
  }
  return false;
}

function isNewestMatch(mailbox: Mailbox, message: StoredMessage, accepts: MessagePredicate): boolean {
  const messages = mailbox.thread(message.threadId)?.messages ?? [];
  for (let i = messages.length - 1; i >= 0; i--) {
    const other = messages[i] as StoredMessage;
    if (other === message) return true;
    if (accepts(other)) return false;
  }
  return true;
}

/** A token is good for the same question only. */
function filterFingerprint(query: URLSearchParams, unit: string): string {
  const parts = [unit, query.get('q') ?? '', query.get('includeSpamTrash') ?? '', ...query.getAll('labelIds').sort()];
  return hashText(parts.join('\n')).toString(36);
}

function encodePageToken(last: StoredMessage, fingerprint: string): string {
  return Buffer.from(`${last.internalDate}/${last.id}/${fingerprint}`).toString('base64url');
}

function decodePageToken(token: string, fingerprint: string): IndexPosition {
  const match = /^(-?\d+)\/([0-9a-f]{16})\/([0-9a-z]+)$/.exec(Buffer.from(token, 'base64url').toString('latin1'));
  if (!match || match[3] !== fingerprint) throw badRequest('Invalid pageToken');
  return { internalDate: Number(match[1]), id: match[2] ?? '' };
}
