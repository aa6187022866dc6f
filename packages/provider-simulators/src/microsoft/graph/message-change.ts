import { badRequest } from './errors';
import type { MessageChange } from './mailbox';
import { MESSAGE_TYPE } from './message-filter';
import type { FlagStatus, Importance, Inference, StoredMessage } from './message-index';
import { MESSAGE_PROPERTIES } from './message-properties';

/** Writable only while the message is a draft (provider facts §4, "Message fields"). */
const DRAFT_ONLY = new Set([
  'subject', 'body', 'from', 'sender', 'toRecipients', 'ccRecipients', 'bccRecipients', 'replyTo', 'internetMessageId',
]); // prettier-ignore

/** Reads the body of a PATCH. Throws Graph's refusals for what does not exist, is of the wrong type or is not writable. */
export function readMessageChange(body: Readonly<Record<string, unknown>>, message: StoredMessage): MessageChange {
  const change: MessageChange = {};
  for (const [name, value] of Object.entries(body)) {
    switch (name) {
      case 'isRead':
        if (typeof value !== 'boolean') throw wrongType(name, 'Edm.Boolean');
        change.isRead = value;
        break;
      case 'flag':
        change.flag = readFlag(value);
        break;
      case 'categories':
        if (!Array.isArray(value) || value.some((c) => typeof c !== 'string' || c.trim() === '')) {
          throw wrongType(name, 'Collection(Edm.String)');
        }
        change.categories = value as string[];
        break;
      case 'importance':
        change.importance = oneOf<Importance>(name, value, ['low', 'normal', 'high']);
        break;
      case 'inferenceClassification':
        change.inference = oneOf<Inference>(name, value, ['focused', 'other']);
        break;
      case 'id':
      case 'changeKey':
        // An id must be the one of the path, which it is or it changes nothing; the change key is checked elsewhere.
        break;
      default:
        if (name.startsWith('@odata.')) break;
        refuse(name, message);
    }
  }
  return change;
}

function refuse(name: string, message: StoredMessage): never {
  if (!Object.hasOwn(MESSAGE_PROPERTIES, name)) {
    throw badRequest(
      `The property '${name}' does not exist on type '${MESSAGE_TYPE}'. Make sure to only use property names that are ` +
        'defined by the type.',
      'RequestBodyRead',
    );
  }
  if (DRAFT_ONLY.has(name) && message.isDraft) {
    throw badRequest('The simulator does not change the content of drafts.', 'ErrorInvalidRequest');
  }
  if (DRAFT_ONLY.has(name)) {
    throw badRequest(
      'Update operation is invalid for property of a sent message.',
      'ErrorInvalidPropertyUpdateSentMessage',
    );
  }
  throw badRequest(`The property '${name}' is read-only and cannot be set.`, 'ErrorInvalidPropertySet');
}

function readFlag(value: unknown): FlagStatus {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrongType('flag', 'followupFlag');
  const { flagStatus, ...rest } = value as Record<string, unknown>;
  for (const name of Object.keys(rest)) {
    if (!['startDateTime', 'dueDateTime', 'completedDateTime', '@odata.type'].includes(name)) {
      throw badRequest(`The property '${name}' does not exist on type 'followupFlag'.`, 'RequestBodyRead');
    }
  }
  return oneOf<FlagStatus>('flagStatus', flagStatus, ['notFlagged', 'flagged', 'complete']);
}

function oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) throw wrongType(name, allowed.join(' | '));
  return value as T;
}

function wrongType(name: string, type: string): Error {
  return badRequest(`Cannot convert the value of '${name}' to the expected type '${type}'.`, 'RequestBodyRead');
}
