import { hashText } from '../../random';
import { MAPI_READERS, canonicalPropertyId } from './extended-properties';
import { htmlOfMessage, textOfMessage } from './message-body';
import { graphDate } from './message-view';
import type { MessageView } from './message-view';

type Read = (view: MessageView) => unknown;

/** Properties of a message in Graph's order; `undefined` leaves one out. */
export const MESSAGE_PROPERTIES: Readonly<Record<string, Read>> = {
  createdDateTime: (v) => graphDate(v.createdAt),
  lastModifiedDateTime: (v) => graphDate(v.message.modifiedAt),
  changeKey: (v) => v.mailbox.changeKey(v.message.version),
  categories: (v) => v.message.categories,
  receivedDateTime: (v) => graphDate(v.message.receivedAt),
  sentDateTime: (v) => graphDate(v.sentAt),
  hasAttachments: (v) => v.hasAttachments,
  internetMessageId: (v) => v.internetMessageId,
  subject: (v) => v.subject,
  bodyPreview: (v) => textOfMessage(v.content.root, v.parts).trim().slice(0, 255),
  importance: (v) => v.message.importance,
  parentFolderId: (v) => v.mailbox.folderId(v.message.folder),
  conversationId: (v) => v.mailbox.conversationId(v.message.conversation),
  conversationIndex,
  isDeliveryReceiptRequested: (v) => (v.message.isDraft ? null : false),
  isReadReceiptRequested: () => false,
  isRead: (v) => v.message.isRead,
  isDraft: (v) => v.message.isDraft,
  webLink: (v) =>
    `https://outlook.office365.example/owa/?ItemID=${encodeURIComponent(v.mailbox.idOf(v.message, false))}` +
    '&exvsurl=1&viewmodel=ReadMessageItem',
  inferenceClassification: (v) => v.message.inference,
  body,
  sender: (v) => recipients(v, 'Sender')[0] ?? recipients(v, 'From')[0],
  from: (v) => recipients(v, 'From')[0],
  toRecipients: (v) => recipients(v, 'To'),
  ccRecipients: (v) => recipients(v, 'Cc'),
  bccRecipients: (v) => recipients(v, 'Bcc'),
  replyTo: (v) => recipients(v, 'Reply-To'),
  flag: (v) => ({ flagStatus: v.message.flag }),
};

/** Given only when they are selected. */
export const SELECTED_ONLY: Readonly<Record<string, Read>> = {
  // Mail that never went through transport has none (provider facts §4, "Message fields").
  internetMessageHeaders: (v) =>
    v.message.isOutgoing || v.message.isDraft
      ? undefined
      : v.content.root.headers.map(({ name, value }) => ({ name, value })),
  uniqueBody: (v) => body(v),
};

function recipients(view: MessageView, header: string): { emailAddress: { name: string; address: string } }[] {
  return view.addresses(header).map((emailAddress) => ({ emailAddress }));
}

function body(view: MessageView): { contentType: 'text' | 'html'; content: string } {
  const { parts, prefer } = view;
  const asStored = parts.html || view.state.switches.textBodies === 'html' ? 'html' : 'text';
  const contentType = prefer.bodyType ?? asStored;
  const content =
    contentType === 'html'
      ? htmlOfMessage(parts, prefer.allowUnsafeHtml)
      : parts.html || parts.text
        ? textOfMessage(view.content.root, parts)
        : '';
  return { contentType, content };
}

/** 22 bytes that begin the conversation; a message that refers to others adds five. */
function conversationIndex(view: MessageView): string {
  const { conversation, number, receivedAt } = view.message;
  const isReply = /<[^<>\s]+>/.test(view.header('In-Reply-To') ?? view.header('References') ?? '');
  const bytes = Buffer.alloc(isReply ? 27 : 22);
  bytes[0] = 1;
  bytes.writeUIntBE(Math.max(0, Math.floor(receivedAt / 110_000)), 1, 5);
  for (let i = 0; i < 4; i++) bytes.writeUInt32BE(hashText(`${conversation} ${i}`), 6 + 4 * i);
  if (isReply) bytes.writeUInt32BE(number, 22);
  return bytes.toString('base64');
}

/** What `$expand=singleValueExtendedProperties($filter=…)` gives: those of the asked ids that the message has. */
export function extendedProperties(
  view: MessageView,
  ids: readonly string[],
): { id: string; value: string }[] | undefined {
  const found = ids.flatMap((asked) => {
    const id = canonicalPropertyId(asked);
    const read = MAPI_READERS[id];
    const value = read ? read(view) : view.mailbox.extras(view.message)?.extended.get(id);
    return value === undefined ? [] : [{ id, value }];
  });
  return found.length === 0 ? undefined : found;
}
