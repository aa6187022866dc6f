import { headerValue } from '../../mime/model';
import type { MimeMessage } from '../../mime/model';
import { parseMessage } from '../../mime/parse';
import { createRng, mixSeed, pick } from '../../random';
import { composeMail } from '../../seed/compose';
import { generateMessage } from '../../seed/generated-message';
import { LANGUAGES } from '../../seed/languages';
import { ListSource } from '../../seed/list-source';
import { PROFILES } from '../../seed/profiles';
import { partsOf } from './attachments';
import type { Folder } from './folders';
import type { Mailbox } from './mailbox';
import type { Importance, Inference, StoredMessage } from './message-index';
import { MEETING_TYPE } from './message-json';

interface LiveMail {
  source: ListSource;
  number: number;
  arrivals: number;
  /** By subject without prefixes: the conversation of the newest mail. */
  bySubject: Map<string, number>;
}

const live = new WeakMap<Mailbox, LiveMail>();

function liveMail(mailbox: Mailbox): LiveMail {
  let entry = live.get(mailbox);
  if (!entry) {
    const source = new ListSource();
    entry = { source, number: mailbox.addSource(source), arrivals: 0, bySubject: new Map() };
    live.set(mailbox, entry);
  }
  return entry;
}

export interface Arrival {
  /** Milliseconds since the epoch. */
  receivedAt: number;
  /** The inbox by default. */
  folder?: Folder;
  conversation?: number;
  isRead?: boolean;
  /** Sent by the person in Outlook; goes to Sent Items by default. */
  isOutgoing?: boolean;
  isDraft?: boolean;
  inference?: Inference;
  importance?: Importance;
  categories?: readonly string[];
  /** Mail without references joins the conversation of a newer mail with the same subject. */
  mergeSameSubject?: boolean;
}

/** Puts raw RFC 822 bytes into a mailbox. */
export function deliverRaw(mailbox: Mailbox, raw: Buffer, arrival: Arrival): StoredMessage {
  return deliver(mailbox, (entry, messageId) => entry.source.addRaw(raw, messageId), parseMessage(raw), arrival);
}

/** Puts a ready-made message into a mailbox, whatever its tree looks like; it is made anew at every reading. */
export function deliverMessage(mailbox: Mailbox, make: () => MimeMessage, arrival: Arrival): StoredMessage {
  return deliver(mailbox, (entry, messageId) => entry.source.addMessage(make, messageId), make(), arrival);
}

function deliver(
  mailbox: Mailbox,
  store: (entry: LiveMail, messageId: string | undefined) => number,
  content: MimeMessage,
  arrival: Arrival,
): StoredMessage {
  const entry = liveMail(mailbox);
  const messageId = /<[^<>\s]+>/.exec(headerValue(content.root, 'Message-ID') ?? '')?.[0];
  const { folders } = mailbox;
  const home = arrival.isDraft ? 'drafts' : arrival.isOutgoing ? 'sentitems' : 'inbox';
  const topic = topicOf(headerValue(content.root, 'Subject') ?? '');
  const conversation =
    arrival.conversation ?? conversationOf(mailbox, content, topic, entry, arrival) ?? mailbox.newConversation();
  if (topic !== '') entry.bySubject.set(topic, conversation);
  const message = mailbox.add({
    source: entry.number,
    key: store(entry, messageId),
    folder: arrival.folder ?? folders.required(home),
    receivedAt: arrival.receivedAt,
    conversation,
    isRead: arrival.isRead ?? (arrival.isOutgoing === true || arrival.isDraft === true),
    isDraft: arrival.isDraft ?? false,
    isOutgoing: arrival.isOutgoing ?? arrival.isDraft ?? false,
    inference: arrival.inference ?? 'focused',
    importance: arrival.importance ?? 'normal',
    categories: arrival.categories ?? [],
  });
  const meeting = meetingTypeOf(content);
  if (meeting !== undefined) mailbox.setExtras(message, { extended: new Map([[MEETING_TYPE, meeting]]) });
  return message;
}

function conversationOf(
  mailbox: Mailbox,
  { root }: MimeMessage,
  topic: string,
  entry: LiveMail,
  arrival: Arrival,
): number | undefined {
  const ids = ['In-Reply-To', 'References'].flatMap(
    (name) => (headerValue(root, name) ?? '').match(/<[^<>\s]+>/g) ?? [],
  );
  for (const id of ids) {
    const known = mailbox.findByMessageId(id)?.conversation;
    if (known !== undefined) return known;
  }
  return ids.length === 0 && arrival.mergeSameSubject ? entry.bySubject.get(topic) : undefined;
}

function topicOf(subject: string): string {
  return subject
    .replace(/^(?:\s*(?:re|fwd?|aw|wg|відп|пересл)\s*:)+/i, '')
    .trim()
    .toLowerCase();
}

const MEETING_TYPES: Readonly<Record<string, string>> = {
  REQUEST: '#microsoft.graph.eventMessageRequest',
  REPLY: '#microsoft.graph.eventMessageResponse',
  CANCEL: '#microsoft.graph.eventMessage',
};

function meetingTypeOf({ root }: MimeMessage): string | undefined {
  const { calendar } = partsOf(root);
  const type = calendar && headerValue(calendar, 'Content-Type');
  const method = /method="?(\w+)/i.exec(type ?? '')?.[1] ?? '';
  return MEETING_TYPES[method.toUpperCase()];
}

/** A realistic new mail from a stranger. */
export function deliverGenerated(mailbox: Mailbox, arrival: Arrival): StoredMessage {
  const entry = liveMail(mailbox);
  const seed = mixSeed(entry.arrivals++, 17);
  const rng = createRng(seed);
  const language = pick(rng, LANGUAGES);
  const [name, localPart] = pick(rng, language.people);
  const from = `"${name}" <${localPart}@${pick(rng, language.domains)}>`;
  const subject = pick(rng, language.subjects);
  const messageId = `<arrival.${entry.arrivals}.${seed.toString(16)}@arrivals.example>`;
  const make = () =>
    generateMessage({
      seed,
      profile: PROFILES.demo,
      language,
      from,
      to: mailbox.address,
      subject,
      date: arrival.receivedAt,
      messageId,
      references: [],
      senderName: name,
    });
  return deliverMessage(mailbox, make, arrival);
}

/** The other side answers a message. */
export function deliverReply(mailbox: Mailbox, parent: StoredMessage, text: string, arrival: Arrival): StoredMessage {
  const { root } = mailbox.content(parent);
  const entry = liveMail(mailbox);
  entry.arrivals++;
  const parentId = /<[^<>\s]+>/.exec(headerValue(root, 'Message-ID') ?? '')?.[0];
  const subject = headerValue(root, 'Subject') ?? '';
  const raw = composeMail({
    from: headerValue(root, parent.isOutgoing ? 'To' : 'From') ?? 'someone@example.com',
    to: mailbox.address,
    subject: /^re:/i.test(subject) ? subject : `Re: ${subject}`,
    text,
    messageId: `<reply.${entry.arrivals}.${parent.number}@arrivals.example>`,
    date: arrival.receivedAt,
    ...(parentId === undefined
      ? {}
      : { inReplyTo: parentId, references: `${headerValue(root, 'References') ?? ''} ${parentId}`.trim() }),
  });
  return deliverRaw(mailbox, raw, { conversation: parent.conversation, ...arrival });
}

export interface DraftFields {
  to: string;
  subject: string;
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Saves a draft as Outlook does: a new one, or this one again, which keeps its ids. */
export function saveDraft(mailbox: Mailbox, fields: DraftFields, draft?: StoredMessage): StoredMessage {
  const entry = liveMail(mailbox);
  entry.arrivals++;
  const messageId = `<draft.${entry.arrivals}@arrivals.example>`;
  const raw = composeMail({ ...fields, from: mailbox.address, messageId, date: fields.at });
  if (!draft) return deliverRaw(mailbox, raw, { receivedAt: fields.at, isDraft: true });
  mailbox.replaceContent(draft, entry.number, entry.source.addRaw(raw, messageId));
  return draft;
}
