import { badRequest } from './errors';
import type { MessageView } from './message-view';

/** MAPI properties that follow from the mail itself, by their canonical id. */
export const MAPI_READERS: Readonly<Record<string, (view: MessageView) => string | undefined>> = {
  'Integer 0xe08': (v) => String(v.content.size),
  'Long 0xe08': (v) => String(v.content.size),
  'String 0x1035': (v) => v.internetMessageId,
  'String 0x1039': (v) => v.header('References'),
  'String 0x1042': (v) => v.header('In-Reply-To'),
  'String 0x1045': (v) => v.header('List-Unsubscribe'),
  'String 0x37': (v) => v.subject,
  'String 0x7d': (v) =>
    v.message.isOutgoing || v.message.isDraft
      ? undefined
      : v.content.root.headers.map((h) => `${h.name}: ${h.value}`).join('\r\n'),
};

const TAG = /^(\w+) 0x([0-9a-f]{1,4})$/i;
const NAMED = /^(\w+) \{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\} (?:Name (.+)|Id 0x([0-9a-f]{1,8}))$/i;
const TYPES = new Map(
  ['String', 'Integer', 'Boolean', 'SystemTime', 'Binary', 'Double', 'Long', 'CLSID'].map((t) => [t.toLowerCase(), t]),
);

/** One spelling for ids that mean the same. Throws 400 for what is no id of an extended property. */
export function canonicalPropertyId(id: string): string {
  const tag = TAG.exec(id);
  const tagType = TYPES.get((tag?.[1] ?? '').toLowerCase());
  if (tag && tagType !== undefined) return `${tagType} 0x${parseInt(tag[2] ?? '0', 16).toString(16)}`;
  const named = NAMED.exec(id);
  const namedType = TYPES.get((named?.[1] ?? '').toLowerCase());
  if (named && namedType !== undefined) {
    const guid = (named[2] ?? '').toLowerCase();
    // The name part is case-sensitive.
    return named[3] === undefined
      ? `${namedType} {${guid}} Id 0x${parseInt(named[4] ?? '0', 16).toString(16)}`
      : `${namedType} {${guid}} Name ${named[3]}`;
  }
  throw badRequest(`The property Id '${id}' is invalid.`, 'ErrorInvalidExtendedPropertyId');
}
