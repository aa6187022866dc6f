import { arrayField, field, stringField } from '../../decode';
import { storableAddress } from '../../mime/addresses';
import { clampEpoch, plausibleSent } from '../../mime/dates';
import { messageIds, shortenReferences } from '../../mime/message-ids';
import { plainSnippet } from '../../mime/snippet';
import { multiLine, oneLine } from '../../mime/storable-text';
import type { Address } from '../../model/address';
import type { AttachmentRef, BodyParts, Envelope, HydratedMessage, MessageState } from '../../model/message';
import { clampSize, MAX_SUBJECT } from '../mapping';
import { malformed } from './errors';
import { categoryPlace, tabPlace } from './places';

/** Of one body; a guard for the database. */
const MAX_BODY_CHARS = 8 * 1024 * 1024;
const MAX_RECIPIENTS = 25_000;

/**
 * MAPI properties that say what `internetMessageHeaders` would: those are missing for what was sent from this mailbox.
 * The size of a message is no property of Graph's v1.0 at all.
 */
const IN_REPLY_TO = 'String 0x1042';
const REFERENCES = 'String 0x1039';
const MESSAGE_SIZE = 'Long 0x0E08';

const STATE_FIELDS = [
  'id',
  'conversationId',
  'parentFolderId',
  'receivedDateTime',
  'isRead',
  'isDraft',
  'flag',
  'categories',
  'inferenceClassification',
];
const MESSAGE_FIELDS = [
  ...STATE_FIELDS,
  'createdDateTime',
  'sentDateTime',
  'subject',
  'bodyPreview',
  'body',
  'from',
  'sender',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'hasAttachments',
  'internetMessageId',
];

export const STATE_SELECT = STATE_FIELDS.join(',');
export const MESSAGE_SELECT = MESSAGE_FIELDS.join(',');
export const MESSAGE_EXPAND = `singleValueExtendedProperties($filter=${[IN_REPLY_TO, REFERENCES, MESSAGE_SIZE]
  .map((id) => `id eq '${id}'`)
  .join(' or ')})`;

/** A message's state and the folder that it is in, for finding out whether that one is mirrored. */
export interface LocatedState {
  readonly state: MessageState;
  readonly folderId: string;
  readonly receivedAt: number;
}

/** Flags and places of a message. @throws MailError malformed when anything that a state needs is missing or odd */
export function readState(json: unknown, expectedId: string | null = null): LocatedState {
  const remoteId = stringField(json, 'id');
  if (!remoteId) throw malformed('A message has no id.');
  if (expectedId !== null && remoteId !== expectedId) throw malformed('Another message than the wanted one was given.');
  const folderId = stringField(json, 'parentFolderId');
  if (!folderId) throw malformed('A message is in no folder.');
  const isRead = field(json, 'isRead');
  const isDraft = field(json, 'isDraft');
  if (typeof isRead !== 'boolean' || typeof isDraft !== 'boolean')
    throw malformed('The flags of a message are missing.');
  // Both are always there when they are asked for; a message whose list is odd must not pass for one without any.
  const flag = stringField(field(json, 'flag'), 'flagStatus');
  const categories = field(json, 'categories');
  if (flag === null || !Array.isArray(categories) || !categories.every((name) => typeof name === 'string')) {
    throw malformed('The flag or the categories of a message cannot be read.');
  }
  const places = new Set([folderId, tabPlace(stringField(json, 'inferenceClassification'))]);
  for (const name of categories) {
    const place = categoryPlace(name);
    if (place !== null) places.add(place);
  }
  const received = dateField(json, 'receivedDateTime') ?? dateField(json, 'createdDateTime');
  if (received === null) throw malformed('A message has no date.');
  const threadRemoteId = stringField(json, 'conversationId') || remoteId;
  const isStarred = flag.toLowerCase() === 'flagged';
  return {
    state: { remoteId, threadRemoteId, isRead, isStarred, isDraft, places: [...places].sort() },
    folderId,
    receivedAt: clampEpoch(received),
  };
}

/** A message whose attachments have still to be listed, if it has any. */
export interface ReadMessage {
  readonly located: LocatedState;
  /** True when something hangs on it: `hasAttachments` does not count what the text shows. */
  readonly needsAttachments: boolean;
  readonly html: string | null;
  finish(attachments: readonly AttachmentRef[]): HydratedMessage;
}

/** Reads a message as MESSAGE_SELECT asks for it. @throws MailError malformed, and nothing else, whatever is given */
export function readMessage(json: unknown, expectedId: string | null = null): ReadMessage {
  const located = readState(json, expectedId);
  const body = readBody(field(json, 'body'));
  const properties = extendedProperties(json);
  const sentAt = plausibleSent(dateField(json, 'sentDateTime') ?? NaN);
  const internetMessageId = stringField(json, 'internetMessageId') ?? '';
  return {
    located,
    html: body.html,
    needsAttachments: field(json, 'hasAttachments') === true || /\bcid:/i.test(body.html ?? ''),
    finish(attachments) {
      const envelope: Envelope = {
        ...located.state,
        internetMessageId: messageIds([internetMessageId], true)[0] ?? null,
        inReplyTo: messageIds([properties.get(IN_REPLY_TO) ?? ''], true)[0] ?? null,
        references: shortenReferences(messageIds([properties.get(REFERENCES) ?? ''], false)),
        subject: oneLine(stringField(json, 'subject') ?? '', MAX_SUBJECT),
        snippet: plainSnippet(stringField(json, 'bodyPreview') ?? ''),
        from: recipient(field(json, 'from')) ?? recipient(field(json, 'sender')),
        to: recipients(json, 'toRecipients'),
        cc: recipients(json, 'ccRecipients'),
        bcc: recipients(json, 'bccRecipients'),
        replyTo: recipients(json, 'replyTo'),
        sentAt,
        receivedAt: located.receivedAt,
        sizeBytes: clampSize(Number(properties.get(MESSAGE_SIZE) ?? 0)),
        hasAttachments: attachments.some((attachment) => !attachment.isInline),
        draftRemoteId: null,
      };
      return { envelope, body, attachments };
    },
  };
}

function readBody(body: unknown): BodyParts {
  const content = stringField(body, 'content');
  if (content === null) return { html: null, text: null };
  const text = multiLine(content, MAX_BODY_CHARS);
  const isHtml = stringField(body, 'contentType')?.toLowerCase() === 'html';
  return isHtml ? { html: text, text: null } : { html: null, text };
}

function recipients(json: unknown, name: string): readonly Address[] {
  return arrayField(json, name)
    .slice(0, MAX_RECIPIENTS)
    .flatMap((entry) => recipient(entry) ?? []);
}

function recipient(entry: unknown): Address | null {
  const emailAddress = field(entry, 'emailAddress');
  return storableAddress(stringField(emailAddress, 'name') ?? '', stringField(emailAddress, 'address') ?? '');
}

function dateField(json: unknown, name: string): number | null {
  const text = stringField(json, name);
  const at = text === null || text.length > 40 ? NaN : Date.parse(text);
  return Number.isFinite(at) ? at : null;
}

/** By the id as it was asked for; Graph gives tags back in lower case and without leading zeros. */
function extendedProperties(json: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const wanted = new Map([IN_REPLY_TO, REFERENCES, MESSAGE_SIZE].map((id) => [canonical(id), id]));
  for (const entry of arrayField(json, 'singleValueExtendedProperties')) {
    const id = wanted.get(canonical(stringField(entry, 'id') ?? ''));
    const value = stringField(entry, 'value');
    if (id !== undefined && value !== null) found.set(id, value);
  }
  return found;
}

function canonical(propertyId: string): string {
  return propertyId.toLowerCase().replace(/ 0x0*/, ' 0x');
}
