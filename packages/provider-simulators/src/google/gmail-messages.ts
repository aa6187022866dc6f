import { decodeAttachmentId } from './attachment-ids';
import { checkId, noContent, readMaxResults, requireMessage, stringList } from './call';
import type { GmailCall, GmailResult } from './call';
import { blob } from '../http/json-blobs';
import { badRequest, notFound } from './errors';
import { findPart, messageToJson, partBytes, readFormat } from './message-json';
import { FIXED_LABELS } from './label-catalogue';
import type { Mailbox } from './mailbox';
import { listMessages } from './listing';
import type { StoredMessage } from './message-index';
import { SCOPE_METADATA } from './scopes';

const MAX_CHANGED_LABELS = 100;
const MAX_BATCH_IDS = 1000;

export function getProfile(call: GmailCall): GmailResult {
  const { mailbox } = call;
  return {
    emailAddress: call.account.address,
    messagesTotal: mailbox.messages.size,
    threadsTotal: mailbox.threadCount,
    historyId: mailbox.historyIdText(mailbox.history.sequence),
  };
}

export function messagesList(call: GmailCall): GmailResult {
  const page = listMessages(call, readMaxResults(call.query), 'message');
  const result: Record<string, unknown> = {};
  if (page.messages.length > 0) result['messages'] = page.messages.map((m) => ({ id: m.id, threadId: m.threadId }));
  if (page.nextPageToken !== undefined) result['nextPageToken'] = page.nextPageToken;
  result['resultSizeEstimate'] = page.estimate;
  return result;
}

export function messagesGet(call: GmailCall): GmailResult {
  const format = readFormat(call.query, ['minimal', 'metadata', 'full', 'raw'], 'full');
  if (isMetadataOnly(call) && (format === 'full' || format === 'raw')) {
    throw badRequest('Metadata scope does not allow format FULL or RAW', 'forbidden');
  }
  return messageToJson(call, requireMessage(call), format, call.query.getAll('metadataHeaders'));
}

export function attachmentsGet(call: GmailCall): GmailResult {
  const message = requireMessage(call, call.params['messageId']);
  const token = decodeAttachmentId(call.state, call.params['id'] ?? '');
  if (!token || token.messageId !== message.id) throw badRequest('Invalid attachment token');
  const part = findPart(call.mailbox.content(message).root, token.partId);
  if (!part) throw notFound();
  const bytes = partBytes(call.state, part);
  return { size: bytes.length, data: blob(bytes) };
}

export function messagesModify(call: GmailCall): GmailResult {
  const message = requireMessage(call);
  const { add, remove } = readLabelChange(call);
  call.mailbox.changeLabels(message, add, remove);
  return briefJson(message);
}

export function messagesTrash(call: GmailCall): GmailResult {
  const message = requireMessage(call);
  call.mailbox.changeLabels(message, ['TRASH'], []);
  return briefJson(message);
}

export function messagesUntrash(call: GmailCall): GmailResult {
  const message = requireMessage(call);
  call.mailbox.changeLabels(message, [], ['TRASH']);
  return briefJson(message);
}

export function messagesBatchModify(call: GmailCall): GmailResult {
  const ids = stringList(call.body['ids'], 'ids');
  if (ids.length === 0) throw badRequest('No message ids specified');
  if (ids.length > MAX_BATCH_IDS) throw badRequest(`Number of ids cannot exceed ${MAX_BATCH_IDS}`);
  const normal = ids.map((id) => checkId(id, 'ids'));
  const { add, remove } = readLabelChange(call);
  for (const id of normal) {
    // No result per id: those that are gone are passed over.
    const message = call.mailbox.message(id);
    if (message) call.mailbox.changeLabels(message, add, remove);
  }
  return noContent;
}

/** The labels to add and to remove, checked as Gmail checks them. */
export function readLabelChange(call: GmailCall): { add: string[]; remove: string[] } {
  const add = stringList(call.body['addLabelIds'], 'add_label_ids');
  const remove = stringList(call.body['removeLabelIds'], 'remove_label_ids');
  if (add.length === 0 && remove.length === 0) throw badRequest('No label add or removes specified');
  if (add.length > MAX_CHANGED_LABELS || remove.length > MAX_CHANGED_LABELS) {
    throw badRequest(`Number of labels to add or remove cannot exceed ${MAX_CHANGED_LABELS}`);
  }
  for (const id of [...add, ...remove]) checkChangeableLabel(call.mailbox, id);
  const both = add.find((id) => remove.includes(id));
  if (both !== undefined) throw badRequest(`Cannot both add and remove the same label: ${both}`);
  return { add, remove };
}

function checkChangeableLabel(mailbox: Mailbox, id: string): void {
  if (!mailbox.labels.has(id)) throw badRequest(`labelId not found: ${id}`);
  if (FIXED_LABELS.has(id)) throw badRequest(`Invalid label: ${id}`);
}

export function isMetadataOnly(call: GmailCall): boolean {
  return (
    call.scopes.has(SCOPE_METADATA) && ![...call.scopes].some((s) => s !== SCOPE_METADATA && MORE_THAN_METADATA.test(s))
  );
}

const MORE_THAN_METADATA = /mail\.google\.com|gmail\.(modify|readonly)$/;

export function briefJson(message: StoredMessage): Record<string, unknown> {
  const json: Record<string, unknown> = { id: message.id, threadId: message.threadId };
  if (message.labels.length > 0) json['labelIds'] = message.labels;
  return json;
}
