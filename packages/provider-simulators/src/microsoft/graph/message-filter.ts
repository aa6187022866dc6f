import { badRequest } from './errors';
import { canonicalPropertyId } from './extended-properties';
import type { FilterProperty, FilterSchema } from './filter';
import { extendedProperties } from './message-properties';
import type { MessageView } from './message-view';

export const MESSAGE_TYPE = 'microsoft.graph.message';

const date = (read: (v: MessageView) => number): FilterProperty<MessageView> => ({ type: 'date', read });
const bool = (read: (v: MessageView) => boolean): FilterProperty<MessageView> => ({ type: 'boolean', read });
const text = (read: (v: MessageView) => string | null): FilterProperty<MessageView> => ({ type: 'string', read });
const address = (header: string, part: 'name' | 'address') => text((v) => v.addresses(header)[0]?.[part] ?? null);

/** What `$filter` and `$orderby` of messages know. */
export const MESSAGE_FILTER: FilterSchema<MessageView> = {
  typeName: MESSAGE_TYPE,
  properties: {
    receivedDateTime: date((v) => v.message.receivedAt),
    sentDateTime: date((v) => v.sentAt),
    createdDateTime: date((v) => v.createdAt),
    lastModifiedDateTime: date((v) => v.message.modifiedAt),
    isRead: bool((v) => v.message.isRead),
    isDraft: bool((v) => v.message.isDraft),
    hasAttachments: bool((v) => v.hasAttachments),
    subject: text((v) => v.subject),
    internetMessageId: text((v) => v.internetMessageId),
    conversationId: text((v) => v.mailbox.conversationId(v.message.conversation)),
    parentFolderId: text((v) => v.mailbox.folderId(v.message.folder)),
    importance: text((v) => v.message.importance),
    inferenceClassification: text((v) => v.message.inference),
    'flag/flagStatus': text((v) => v.message.flag),
    'from/emailAddress/address': address('From', 'address'),
    'from/emailAddress/name': address('From', 'name'),
    'sender/emailAddress/address': address('From', 'address'),
    'sender/emailAddress/name': address('From', 'name'),
  },
  collections: {
    categories: (conditions) => {
      const wanted = conditions.get('');
      if (wanted === undefined || conditions.size !== 1) throw unsupportedAny('categories');
      return (v) => v.message.categories.includes(wanted);
    },
    singleValueExtendedProperties: (conditions) => {
      const id = conditions.get('id');
      const value = conditions.get('value');
      if (id === undefined || value === undefined || conditions.size !== 2) {
        throw unsupportedAny('singleValueExtendedProperties');
      }
      const canonical = canonicalPropertyId(id);
      return (v) => extendedProperties(v, [canonical])?.[0]?.value === value;
    },
  },
};

function unsupportedAny(name: string): Error {
  return badRequest(
    `The query filter for '${name}' cannot be resolved: compare what the filter of this collection takes.`,
    'ErrorInvalidUrlQueryFilter',
  );
}
