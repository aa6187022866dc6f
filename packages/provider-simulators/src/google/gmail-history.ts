import { readMaxResults } from './call';
import type { GmailCall, GmailResult } from './call';
import { badRequest, notFound } from './errors';
import { HISTORY_TYPES } from './history-log';
import type { HistoryRecord, HistoryType } from './history-log';

const KEYS: Record<HistoryType, string> = {
  messageAdded: 'messagesAdded',
  messageDeleted: 'messagesDeleted',
  labelAdded: 'labelsAdded',
  labelRemoved: 'labelsRemoved',
};

export function historyList(call: GmailCall): GmailResult {
  const { mailbox, query } = call;
  const { history } = mailbox;
  const start = query.get('startHistoryId');
  if (start === null || start === '') throw badRequest('Missing required parameter: startHistoryId', 'required');
  if (!/^\d{1,20}$/.test(start)) throw badRequest(`Invalid value at 'start_history_id' (TYPE_UINT64), "${start}"`);
  const limit = readMaxResults(query);
  const types = readTypes(query);
  const labelId = query.get('labelId');
  if (labelId !== null && !mailbox.labels.has(labelId)) throw badRequest(`Invalid label: ${labelId}`);

  const sequence = mailbox.historySequence(start);
  if (Number.isNaN(sequence) || !history.isValidStart(sequence, call.state.clock.now())) throw notFound();
  const token = query.get('pageToken');
  const from = token === null ? sequence : decodePageToken(token, start);
  // A page token lives as long as the history it points into.
  if (!history.isValidStart(from, call.state.clock.now())) throw notFound();

  const records: HistoryRecord[] = [];
  let more = false;
  for (const record of history.from(history.positionAfter(from))) {
    if (!types.has(record.type) || (labelId !== null && !concernsLabel(record, labelId))) continue;
    if (records.length === limit) {
      more = true;
      break;
    }
    records.push(record);
  }
  const result: Record<string, unknown> = {};
  if (records.length > 0) result['history'] = records.map((record) => recordToJson(call, record));
  const last = records[records.length - 1];
  if (more && last) result['nextPageToken'] = encodePageToken(last.sequence, start);
  result['historyId'] = mailbox.historyIdText(history.sequence);
  return result;
}

function readTypes(query: URLSearchParams): Set<HistoryType> {
  const given = query.getAll('historyTypes');
  for (const type of given) {
    if (!HISTORY_TYPES.includes(type as HistoryType)) {
      throw badRequest(`Invalid value at 'history_types' (type.googleapis.com/gmail.v1.HistoryType), "${type}"`);
    }
  }
  return new Set(given.length === 0 ? HISTORY_TYPES : (given as HistoryType[]));
}

function concernsLabel(record: HistoryRecord, labelId: string): boolean {
  return record.labels.includes(labelId) || (record.changed?.includes(labelId) ?? false);
}

function recordToJson(call: GmailCall, record: HistoryRecord): Record<string, unknown> {
  const message: Record<string, unknown> = { id: record.id, threadId: record.threadId };
  const withLabels = record.labels.length > 0 ? { ...message, labelIds: record.labels } : message;
  const entry = record.changed ? { message: withLabels, labelIds: record.changed } : { message: withLabels };
  return { id: call.mailbox.historyIdText(record.sequence), messages: [message], [KEYS[record.type]]: [entry] };
}

function encodePageToken(sequence: number, start: string): string {
  return Buffer.from(`${start}/${sequence}`).toString('base64url');
}

function decodePageToken(token: string, start: string): number {
  const match = /^(\d+)\/(\d+)$/.exec(Buffer.from(token, 'base64url').toString('latin1'));
  if (!match || match[1] !== start) throw badRequest('Invalid pageToken');
  return Number(match[2]);
}
