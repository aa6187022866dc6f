import { headerValue } from '../../mime/model';
import type { MimePart } from '../../mime/model';
import { blob } from '../../http/json-blobs';
import { unknownProperty } from './errors';
import type { AttachmentPart } from './attachments';
import { partsOf } from './attachments';
import { parseAddresses } from './addresses';
import { htmlOfMessage, textOfMessage } from './message-body';
import { graphDate } from './message-view';
import type { MessageView } from './message-view';

export type Attachment =
  ({ index: number } & AttachmentPart) | { index: number; kind: 'reference'; name: string; url: string; size: number };

/** Everything that hangs on a message; the index is stable and stands in the attachment's id. */
export function messageAttachments(view: MessageView): Attachment[] {
  const { attachments } = view.parts;
  const references = view.mailbox.extras(view.message)?.references ?? [];
  return [
    ...attachments.map((a, index) => ({ ...a, index })),
    ...references.map((r, i) => ({ ...r, kind: 'reference' as const, index: attachments.length + i })),
  ];
}

export function attachmentId(view: MessageView, attachment: Attachment): string {
  const { ids } = view.mailbox;
  const { number, copy } = view.message;
  return view.prefer.immutableIds
    ? ids.encodeAttachment('immutable', number, attachment.index)
    : ids.encodeAttachment('message', copy, attachment.index);
}

const COMMON = ['id', 'lastModifiedDateTime', 'name', 'contentType', 'size', 'isInline'];
const FILE_ONLY = ['contentId', 'contentLocation', 'contentBytes'];
const FILE_CAST = 'microsoft.graph.fileattachment/';

/**
 * What `$select` of attachments may name: the properties of every attachment, and those of file attachments by their
 * type, such as `microsoft.graph.fileAttachment/contentId`. Gives the names without the type.
 */
export function checkAttachmentSelect(names: readonly string[]): string[] {
  return names.map((name) => {
    if (COMMON.includes(name)) return name;
    const cast = name.toLowerCase().startsWith(FILE_CAST) ? name.slice(FILE_CAST.length) : '';
    if (FILE_ONLY.includes(cast)) return cast;
    throw unknownProperty(name, 'microsoft.graph.attachment');
  });
}

export function attachmentJson(
  view: MessageView,
  attachment: Attachment,
  select: readonly string[] | undefined,
  expandItem = false,
): Record<string, unknown> {
  const json: Record<string, unknown> = { '@odata.type': `#microsoft.graph.${attachment.kind}Attachment` };
  if (attachment.kind === 'file') json['@odata.mediaContentType'] = attachment.part.mimeType;
  json['id'] = attachmentId(view, attachment);
  const shown = (name: string) => !select || select.includes(name);
  if (shown('lastModifiedDateTime')) json['lastModifiedDateTime'] = graphDate(view.message.receivedAt);
  if (shown('name')) json['name'] = attachment.name;
  if (shown('contentType')) json['contentType'] = attachment.kind === 'file' ? attachment.part.mimeType : null;
  if (shown('size')) json['size'] = attachment.kind === 'reference' ? attachment.size : attachment.part.size;
  if (shown('isInline')) json['isInline'] = attachment.kind !== 'reference' && attachment.isInline;
  if (attachment.kind === 'file') {
    if (shown('contentId')) json['contentId'] = attachment.contentId;
    if (shown('contentLocation')) json['contentLocation'] = null;
    if (shown('contentBytes')) json['contentBytes'] = blob(attachment.part.content(), 'base64');
  }
  if (attachment.kind === 'item' && expandItem) json['item'] = itemJson(view, attachment.part);
  return json;
}

/** The message inside an item attachment. What hangs on it in turn is only in the MIME form. */
function itemJson(view: MessageView, part: MimePart): Record<string, unknown> {
  const root = part.parts[0];
  if (!root) return {};
  const parts = partsOf(root);
  const recipients = (header: string) =>
    parseAddresses(headerValue(root, header) ?? '').map((emailAddress) => ({ emailAddress }));
  const sentAt = Date.parse(headerValue(root, 'Date') ?? '');
  const date = graphDate(Number.isNaN(sentAt) ? view.message.receivedAt : sentAt);
  const asText = view.prefer.bodyType === 'text';
  return {
    '@odata.type': '#microsoft.graph.message',
    id: '',
    receivedDateTime: date,
    sentDateTime: date,
    hasAttachments: parts.attachments.some((a) => !a.isInline),
    internetMessageId: headerValue(root, 'Message-ID') ?? null,
    subject: headerValue(root, 'Subject') ?? '',
    isRead: true,
    isDraft: false,
    body: {
      contentType: asText ? 'text' : 'html',
      content: asText ? textOfMessage(root, parts) : htmlOfMessage(parts, view.prefer.allowUnsafeHtml),
    },
    ...(recipients('From')[0] ? { from: recipients('From')[0], sender: recipients('From')[0] } : {}),
    toRecipients: recipients('To'),
    ccRecipients: recipients('Cc'),
  };
}
