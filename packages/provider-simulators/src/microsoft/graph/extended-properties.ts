import { badRequest } from './errors';
import type { MessageView } from './message-view';

/** MAPI properties that follow from the mail itself, by their canonical id. */
export const MAPI_READERS: Readonly<Record<string, (view: MessageView) => string | undefined>> = {
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
const TYPES = new Set(['String', 'Integer', 'Boolean', 'SystemTime', 'Binary', 'Double', 'Long', 'CLSID']);

/** One spelling for ids that mean the same. Throws 400 for what is no id of an extended property. */
export function canonicalPropertyId(id: string): string {
  const tag = TAG.exec(id);
  if (tag?.[1] !== undefined && TYPES.has(tag[1])) return `${tag[1]} 0x${parseInt(tag[2] ?? '0', 16).toString(16)}`;
  const named = NAMED.exec(id);
  if (named?.[1] !== undefined && TYPES.has(named[1])) {
    const guid = (named[2] ?? '').toLowerCase();
    // The name part is case-sensitive.
    return named[3] === undefined
      ? `${named[1]} {${guid}} Id 0x${parseInt(named[4] ?? '0', 16).toString(16)}`
      : `${named[1]} {${guid}} Name ${named[3]}`;
  }
  throw badRequest(`The property Id '${id}' is invalid.`, 'ErrorInvalidExtendedPropertyId');
}
