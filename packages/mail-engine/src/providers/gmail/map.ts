import { arrayField, field, numberField, stringField } from '../../decode';
import { parseAddresses, headerText } from '../../mime/addresses';
import { charsetOf, decodeText } from '../../mime/charset';
import { clampEpoch, parseDateHeader } from '../../mime/dates';
import { messageIds, shortenReferences } from '../../mime/message-ids';
import { cleanSnippet } from '../../mime/snippet';
import { fileDisplayName, oneLine } from '../../mime/storable-text';
import type { AttachmentRef, Envelope, HydratedMessage, MessageState } from '../../model/message';
import { bareContentId, clampSize, defaultFileName, isShownInline, MAX_ID, MAX_SUBJECT } from '../mapping';
import { composeBody, type TextPiece } from './body';
import { malformed } from './errors';
import { stateOfLabels } from './labels';
import { firstHeader, readPayload, type Headers, type Leaf } from './payload';

/** What is stored of one text. A longer one is offered as an attachment as well, so that nothing of it is lost. */
const MAX_TEXT_CHARS = 4 * 1024 * 1024;
/** A text larger than this is not fetched when it did not come along: it is an attachment only. */
const MAX_FETCHED_TEXT = 32 * 1024 * 1024;

/** A message whose tree was read; texts that Gmail did not send along have still to be fetched. */
export interface ReadMessage {
  readonly state: MessageState;
  readonly missingTexts: readonly { readonly partId: string; readonly attachmentId: string }[];
  /** Puts the message together; `texts` are the bytes of the missing ones by part id. */
  finish(texts: ReadonlyMap<string, Uint8Array>, draftRemoteId: string | null): HydratedMessage;
}

/** Flags and places of a message, from any format. @throws MailError malformed */
export function readState(json: unknown, expectedId: string | null = null): MessageState {
  const remoteId = stringField(json, 'id');
  if (remoteId === null || remoteId === '') throw malformed('A message has no id.');
  if (expectedId !== null && remoteId !== expectedId) throw malformed('Another message than the wanted one was given.');
  const threadRemoteId = stringField(json, 'threadId');
  if (threadRemoteId === null || threadRemoteId === '') throw malformed('A message has no thread id.');
  // Without any label Gmail leaves the field out; a field that is there but odd must not pass for an archived message.
  const labels = field(json, 'labelIds') ?? [];
  if (!Array.isArray(labels) || !labels.every((label): label is string => typeof label === 'string' && label !== '')) {
    throw malformed('The labels of a message cannot be read.');
  }
  return { remoteId, threadRemoteId, ...stateOfLabels(labels) };
}

/** Reads a message of format `full`. @throws MailError malformed, and nothing else, whatever is given */
export function readMessage(json: unknown, expectedId: string | null = null): ReadMessage {
  const state = readState(json, expectedId);
  const root = field(json, 'payload');
  if (typeof root !== 'object' || root === null || Array.isArray(root)) throw malformed('A message has no payload.');
  const payload = readPayload(root);
  const sentAt = parseDateHeader(firstHeader(payload.headers, 'date'));
  const internalDate = numberField(json, 'internalDate');
  if (internalDate === null && sentAt === null) throw malformed('A message has no date at all.');
  const texts = payload.leaves.filter(isBodyText);
  const attachments = payload.leaves.filter(
    (leaf) => (!isBodyText(leaf) || isOversized(leaf)) && leaf.mimeType !== 'text/x-amp-html',
  );

  return {
    state,
    missingTexts: texts.flatMap(({ data, attachmentId, partId, sizeBytes }) =>
      data === null && attachmentId !== null && sizeBytes > 0 ? [{ partId, attachmentId }] : [],
    ),
    finish(fetched, draftRemoteId) {
      const body = composeBody(texts.map((leaf) => toPiece(leaf, fetched)));
      const refs = attachments.map((leaf) => toAttachment(leaf, body.html));
      const envelope: Envelope = {
        ...state,
        ...readHeaders(payload.headers),
        snippet: cleanSnippet(stringField(json, 'snippet') ?? ''),
        sentAt,
        receivedAt: clampEpoch(internalDate ?? sentAt ?? 0),
        sizeBytes: clampSize(numberField(json, 'sizeEstimate')),
        hasAttachments: refs.some((ref) => !ref.isInline),
        draftRemoteId: state.isDraft ? draftRemoteId : null,
      };
      return { envelope, body, attachments: refs };
    },
  };
}

/** The part of a message that an attachment reference names, for fetching its bytes now. */
export function findPart(json: unknown, partId: string): Leaf | null {
  return readPayload(field(json, 'payload')).leaves.find((leaf) => leaf.partId === partId) ?? null;
}

/** Messages of a thread, each on its own: one that cannot be read does not spoil the others. */
export function threadMessages(json: unknown): readonly unknown[] {
  if (!Array.isArray(field(json, 'messages'))) throw malformed('A thread has no list of messages.');
  return arrayField(json, 'messages');
}

export function decodeBase64(data: string): Uint8Array {
  return Buffer.from(data, 'base64url');
}

function readHeaders(headers: Headers) {
  const addresses = (name: string) => parseAddresses(headers.get(name) ?? []);
  return {
    internetMessageId: messageIds(headers.get('message-id') ?? [], true)[0] ?? null,
    inReplyTo: messageIds(headers.get('in-reply-to') ?? [], true)[0] ?? null,
    references: shortenReferences(messageIds(headers.get('references') ?? [], false)),
    subject: headerText(firstHeader(headers, 'subject') ?? '', MAX_SUBJECT),
    from: addresses('from')[0] ?? addresses('sender')[0] ?? null,
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    replyTo: addresses('reply-to'),
  };
}

function disposition(leaf: Leaf): string {
  return (firstHeader(leaf.headers, 'content-disposition') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function isBodyText(leaf: Leaf): boolean {
  const isText = leaf.mimeType === 'text/plain' || leaf.mimeType === 'text/html';
  const isHere = leaf.data !== null || leaf.sizeBytes <= MAX_FETCHED_TEXT;
  return isText && leaf.fileName === '' && disposition(leaf) !== 'attachment' && isHere;
}

function isOversized(leaf: Leaf): boolean {
  return leaf.data === null ? leaf.sizeBytes > MAX_TEXT_CHARS : leaf.data.length > (MAX_TEXT_CHARS * 4) / 3;
}

function toPiece(leaf: Leaf, fetched: ReadonlyMap<string, Uint8Array>): TextPiece {
  const bytes = leaf.data === null ? fetched.get(leaf.partId) : decodeBase64(leaf.data);
  return {
    isHtml: leaf.mimeType === 'text/html',
    alternative: leaf.alternative,
    text: bytes === undefined ? '' : decodeText(bytes, declaredCharset(leaf)).slice(0, MAX_TEXT_CHARS),
  };
}

function declaredCharset(leaf: Leaf): string | null {
  return charsetOf(firstHeader(leaf.headers, 'content-type'));
}

function toAttachment(leaf: Leaf, html: string | null): AttachmentRef {
  const contentId = bareContentId(oneLine(firstHeader(leaf.headers, 'content-id') ?? '', MAX_ID));
  const declaredInline = disposition(leaf) === 'inline';
  return {
    partId: leaf.partId,
    fileName: fileDisplayName(headerText(leaf.fileName, 500), defaultFileName(leaf.mimeType)),
    mimeType: oneLine(leaf.mimeType, 255),
    sizeBytes: leaf.sizeBytes,
    contentId,
    isInline: isShownInline({ contentId, mimeType: leaf.mimeType, declaredInline }, html),
  };
}
