import { checkId, readMaxResults } from './call';
import type { GmailCall, GmailResult } from './call';
import { badRequest, notFound } from './errors';
import { briefJson, isMetadataOnly, readLabelChange } from './gmail-messages';
import { listMessages } from './listing';
import type { Thread } from './mailbox';
import { messageToJson, readFormat } from './message-json';
import { escapeHtml } from '../http/exchange';

export function threadsList(call: GmailCall): GmailResult {
  const page = listMessages(call, readMaxResults(call.query), 'thread');
  const result: Record<string, unknown> = {};
  if (page.messages.length > 0) {
    result['threads'] = page.messages.map((message) => ({
      id: message.threadId,
      snippet: escapeHtml(call.mailbox.content(message).snippet()),
      historyId: threadHistoryId(call, call.mailbox.thread(message.threadId)),
    }));
  }
  if (page.nextPageToken !== undefined) result['nextPageToken'] = page.nextPageToken;
  result['resultSizeEstimate'] = page.estimate;
  return result;
}

export function threadsGet(call: GmailCall): GmailResult {
  const format = readFormat(call.query, ['minimal', 'metadata', 'full'], 'full');
  if (isMetadataOnly(call) && format === 'full')
    throw badRequest('Metadata scope does not allow format FULL', 'forbidden');
  const thread = requireThread(call);
  const headers = call.query.getAll('metadataHeaders');
  return {
    id: thread.id,
    historyId: threadHistoryId(call, thread),
    messages: thread.messages.map((m) => messageToJson(call, m, format, headers)),
  };
}

export function threadsModify(call: GmailCall): GmailResult {
  const thread = requireThread(call);
  const { add, remove } = readLabelChange(call);
  return changeThread(call, thread, add, remove);
}

export function threadsTrash(call: GmailCall): GmailResult {
  return changeThread(call, requireThread(call), ['TRASH'], []);
}

export function threadsUntrash(call: GmailCall): GmailResult {
  return changeThread(call, requireThread(call), [], ['TRASH']);
}

function changeThread(call: GmailCall, thread: Thread, add: string[], remove: string[]): GmailResult {
  for (const message of thread.messages) call.mailbox.changeLabels(message, add, remove);
  return { id: thread.id, historyId: threadHistoryId(call, thread), messages: thread.messages.map(briefJson) };
}

function requireThread(call: GmailCall): Thread {
  const thread = call.mailbox.thread(checkId(call.params['id'] ?? ''));
  if (!thread) throw notFound();
  return thread;
}

function threadHistoryId(call: GmailCall, thread: Thread | undefined): string {
  return call.mailbox.historyIdText(Math.max(0, ...(thread?.messages ?? []).map((m) => m.history)));
}
