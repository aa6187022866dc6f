import { readMaxResults } from './call';
import type { GmailCall, GmailResult } from './call';
import { notFound } from './errors';
import { listMessages } from './listing';
import { messageToJson, readFormat } from './message-json';

export function draftsList(call: GmailCall): GmailResult {
  const page = listMessages(call, readMaxResults(call.query), 'message', 'DRAFT');
  const result: Record<string, unknown> = {};
  const drafts = page.messages.flatMap((message) => {
    const id = call.mailbox.draftIdOf(message.id);
    return id === undefined ? [] : [{ id, message: { id: message.id, threadId: message.threadId } }];
  });
  if (drafts.length > 0) result['drafts'] = drafts;
  if (page.nextPageToken !== undefined) result['nextPageToken'] = page.nextPageToken;
  result['resultSizeEstimate'] = page.estimate;
  return result;
}

export function draftsGet(call: GmailCall): GmailResult {
  const format = readFormat(call.query, ['minimal', 'metadata', 'full', 'raw'], 'full');
  const id = call.params['id'] ?? '';
  const message = call.mailbox.draftMessage(id);
  if (!message) throw notFound();
  return { id, message: messageToJson(call, message, format) };
}
