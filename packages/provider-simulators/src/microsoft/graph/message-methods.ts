import { attachmentJson, checkAttachmentSelect, messageAttachments } from './attachment-json';
import type { Attachment } from './attachment-json';
import { contextUrl, created, noContent, ok, requireFolder, requireMessage } from './call';
import type { GraphCall, GraphResult } from './call';
import { GraphError, badRequest, foreignId, itemNotFound, malformedId } from './errors';
import type { Folder } from './folders';
import type { StoredMessage } from './message-index';
import { messageJson, readShape } from './message-json';
import { viewOf } from './message-list';
import { parseExpand, parseSelect } from './odata-options';
import { readMessageChange } from './message-change';

export function getMessage(call: GraphCall): GraphResult {
  return ok(withContext(call, requireMessage(call)));
}

/** `GET …/$value`: the MIME form. */
export function getMessageValue(call: GraphCall): GraphResult {
  const content = call.mailbox.content(requireMessage(call));
  return { status: 200, bytes: { body: content.raw(), contentType: 'text/plain' } };
}

export function updateMessage(call: GraphCall): GraphResult {
  const message = requireMessage(call);
  const change = readMessageChange(call.body, message);
  checkChangeKey(call, message);
  call.mailbox.change(message, change);
  return ok(withContext(call, message));
}

export function deleteMessage(call: GraphCall): GraphResult {
  const message = requireMessage(call);
  checkChangeKey(call, message);
  const { folders } = call.mailbox;
  const deletedItems = folders.required('deleteditems');
  if (message.folder === folders.recoverable) call.mailbox.deleteForever(message);
  else {
    // From the folder tree to Deleted Items, from there to Recoverable Items.
    const isDeleted = isBelow(message.folder, deletedItems);
    call.mailbox.move(message, isDeleted ? folders.recoverable : deletedItems);
  }
  return noContent;
}

export function permanentlyDeleteMessage(call: GraphCall): GraphResult {
  call.mailbox.deleteForever(requireMessage(call));
  return noContent;
}

export function moveMessage(call: GraphCall): GraphResult {
  const message = requireMessage(call);
  call.mailbox.move(message, readDestination(call));
  return created(withContext(call, message));
}

export function copyMessage(call: GraphCall): GraphResult {
  const message = requireMessage(call);
  return created(withContext(call, call.mailbox.copyTo(message, readDestination(call))));
}

export function listAttachments(call: GraphCall): GraphResult {
  const view = viewOf(call, requireMessage(call));
  const expandItem = readItemExpansion(call.query);
  const select = readAttachmentSelect(call.query);
  const value = messageAttachments(view).map((a) => attachmentJson(view, a, select, expandItem));
  return ok({ '@odata.context': contextUrl(call, 'messages/attachments'), value });
}

export function getAttachment(call: GraphCall): GraphResult {
  const view = viewOf(call, requireMessage(call));
  const expandItem = readItemExpansion(call.query);
  const attachment = requireAttachment(call, messageAttachments(view));
  const json = attachmentJson(view, attachment, readAttachmentSelect(call.query), expandItem);
  return ok({ '@odata.context': contextUrl(call, 'messages/attachments/$entity'), ...json });
}

/** `GET …/attachments/{id}/$value`: the bytes of a file, the MIME form of an item. */
export function getAttachmentValue(call: GraphCall): GraphResult {
  const view = viewOf(call, requireMessage(call));
  const attachment = requireAttachment(call, messageAttachments(view));
  if (attachment.kind === 'reference') {
    throw new GraphError(405, 'ErrorInvalidRequest', 'A reference attachment has no content to download.');
  }
  const contentType = attachment.kind === 'item' ? 'text/plain' : attachment.part.mimeType;
  return { status: 200, bytes: { body: attachment.part.content(), contentType } };
}

function withContext(call: GraphCall, message: StoredMessage): Record<string, unknown> {
  const json = messageJson(viewOf(call, message), readShape(call.query));
  return { '@odata.context': contextUrl(call, 'messages/$entity'), ...json };
}

/** If-Match, and a change key in the body, must be those of the message as it is. */
function checkChangeKey(call: GraphCall, message: StoredMessage): void {
  const current = call.mailbox.changeKey(message.version);
  const { changeKey } = call.body;
  const etag = call.ifMatch?.trim();
  const fits =
    (etag === undefined || etag === '*' || etag.replace(/^W\//, '') === `"${current}"`) &&
    (changeKey === undefined || changeKey === current);
  if (fits) return;
  throw new GraphError(
    412,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match ' +
      'the current change key for the item.',
  );
}

function readDestination(call: GraphCall): Folder {
  const { destinationId } = call.body;
  if (typeof destinationId !== 'string' || destinationId === '') {
    throw badRequest('The parameter destinationId is missing or no string.', 'ErrorInvalidRequest');
  }
  const folder = requireFolder(call, destinationId);
  if (folder.search || folder === call.mailbox.folders.root) {
    throw badRequest('Messages cannot be put into this folder.', 'ErrorInvalidRequest');
  }
  return folder;
}

function isBelow(folder: Folder, ancestor: Folder): boolean {
  for (let at: Folder | undefined = folder; at; at = at.parent) if (at === ancestor) return true;
  return false;
}

function readAttachmentSelect(query: URLSearchParams): string[] | undefined {
  const text = query.get('$select');
  return text === null ? undefined : checkAttachmentSelect(parseSelect(text));
}

function readItemExpansion(query: URLSearchParams): boolean {
  const text = query.get('$expand');
  if (text === null) return false;
  for (const { name } of parseExpand(text)) {
    if (name.toLowerCase() !== 'microsoft.graph.itemattachment/item') {
      throw badRequest(`Parsing OData Select and Expand failed: '${name}' cannot be expanded.`);
    }
  }
  return true;
}

function requireAttachment(call: GraphCall, attachments: readonly Attachment[]): Attachment {
  const decoded = call.mailbox.ids.decode(call.params['attachment'] ?? '');
  if (decoded.kind === 'foreign') throw foreignId();
  if (decoded.kind === 'malformed' || decoded.attachment === undefined) throw malformedId();
  const message = requireMessage(call);
  const owner = decoded.idKind === 'immutable' ? message.number : message.copy;
  const attachment = decoded.value === owner ? attachments[decoded.attachment] : undefined;
  if (!attachment) throw itemNotFound();
  return attachment;
}
