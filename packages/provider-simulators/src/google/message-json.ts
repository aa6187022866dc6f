import { encodeAttachmentId } from './attachment-ids';
import { badRequest } from './errors';
import type { Mailbox } from './mailbox';
import type { StoredMessage } from './message-index';
import type { GoogleState } from './state';
import { escapeHtml } from '../http/exchange';
import { blob } from '../http/json-blobs';
import type { MimeMessage, MimePart } from '../mime/model';
import { parseMessage } from '../mime/parse';

export type MessageFormat = 'minimal' | 'metadata' | 'full' | 'raw';

export function readFormat(
  query: URLSearchParams,
  allowed: readonly MessageFormat[],
  fallback: MessageFormat,
): MessageFormat {
  const text = query.get('format');
  if (text === null) return fallback;
  const format = text.toLowerCase() as MessageFormat;
  if (!allowed.includes(format)) {
    throw badRequest(`Invalid value at 'format' (type.googleapis.com/gmail.v1.Format), "${text}"`);
  }
  return format;
}

interface RenderContext {
  state: GoogleState;
  mailbox: Mailbox;
}

/** A message as the API shows it in one of its formats. */
export function messageToJson(
  context: RenderContext,
  message: StoredMessage,
  format: MessageFormat,
  metadataHeaders: readonly string[] = [],
): Record<string, unknown> {
  const content = readContent(context, message);
  const json: Record<string, unknown> = { id: message.id, threadId: message.threadId };
  // A message without any label has no such key.
  if (message.labels.length > 0) json['labelIds'] = message.labels;
  json['snippet'] = escapeHtml(content.snippet());
  if (format === 'full') {
    json['payload'] = partToJson(context.state, content.root, message.id, '');
  } else if (format === 'metadata') {
    const wanted = new Set(metadataHeaders.map((h) => h.toLowerCase()));
    const headers =
      wanted.size === 0 ? content.root.headers : content.root.headers.filter((h) => wanted.has(h.name.toLowerCase()));
    json['payload'] = { mimeType: content.root.mimeType, headers };
  } else if (format === 'raw') {
    json['raw'] = blob(content.raw());
  }
  json['sizeEstimate'] = content.size;
  json['historyId'] = context.mailbox.historyIdText(message.history);
  json['internalDate'] = String(message.internalDate);
  return json;
}

function readContent({ state, mailbox }: RenderContext, message: StoredMessage): MimeMessage {
  const content = mailbox.content(message);
  return state.switches.headers === 'raw' ? parseMessage(content.raw(), { decodeHeaders: false }) : content;
}

function partToJson(state: GoogleState, part: MimePart, messageId: string, partId: string): Record<string, unknown> {
  const json: Record<string, unknown> = {
    partId,
    mimeType: part.mimeType,
    filename: part.filename,
    headers: part.headers,
    body: bodyToJson(state, part, messageId, partId),
  };
  if (part.parts.length > 0) {
    json['parts'] = part.parts.map((child, i) =>
      partToJson(state, child, messageId, partId === '' ? String(i) : `${partId}.${i}`),
    );
  }
  return json;
}

function bodyToJson(state: GoogleState, part: MimePart, messageId: string, partId: string): Record<string, unknown> {
  if (part.mimeType.startsWith('multipart/')) return { size: 0 };
  if (part.isAttachment) {
    return { attachmentId: encodeAttachmentId(state, messageId, partId), size: part.size };
  }
  const bytes = partBytes(state, part);
  const { largeTextBytes } = state.switches;
  if (largeTextBytes !== null && bytes.length >= largeTextBytes) {
    return { attachmentId: encodeAttachmentId(state, messageId, partId), size: bytes.length };
  }
  return bytes.length === 0 ? { size: 0 } : { size: bytes.length, data: blob(bytes) };
}

/** The bytes Gmail hands out for a part: text in UTF-8, unless the switch says otherwise. */
export function partBytes(state: GoogleState, part: MimePart): Buffer {
  const transcode = part.text !== undefined && !part.isAttachment && state.switches.textBodies === 'utf8';
  return transcode && part.text ? Buffer.from(part.text(), 'utf8') : part.content();
}

/** The part with this id, for example `0.1`; the root has the empty id. */
export function findPart(root: MimePart, partId: string): MimePart | undefined {
  let part: MimePart | undefined = root;
  if (partId === '') return part;
  for (const index of partId.split('.')) part = part?.parts[Number(index)];
  return part;
}
