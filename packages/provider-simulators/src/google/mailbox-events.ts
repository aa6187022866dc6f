import { composeMail } from '../seed/compose';
import { generateMessage } from '../seed/generated-message';
import { LANGUAGES } from '../seed/languages';
import { ListSource } from '../seed/list-source';
import { PROFILES } from '../seed/profiles';
import { headerValue } from '../mime/model';
import type { MimeMessage } from '../mime/model';
import { parseMessage } from '../mime/parse';
import { createRng, mixSeed, pick } from '../random';
import type { Mailbox, NewMessage } from './mailbox';
import { subjectOf } from './mailbox';
import type { StoredMessage } from './message-index';

const live = new WeakMap<Mailbox, { source: ListSource; number: number; arrivals: number }>();

function liveSource(mailbox: Mailbox): { source: ListSource; number: number; arrivals: number } {
  let entry = live.get(mailbox);
  if (!entry) {
    const source = new ListSource();
    live.set(mailbox, (entry = { source, number: mailbox.addSource(source), arrivals: 0 }));
  }
  return entry;
}

export interface Arrival {
  labels: readonly string[];
  /** Milliseconds since the epoch. */
  internalDate: number;
  threadId?: string;
}

/** Puts raw RFC 822 bytes into a mailbox. Without a thread it goes where In-Reply-To and References lead. */
export function deliverRaw(mailbox: Mailbox, raw: Buffer, arrival: Arrival): StoredMessage {
  const root = parseMessage(raw).root;
  const messageId = /<[^<>\s]+>/.exec(headerValue(root, 'Message-ID') ?? '')?.[0];
  const { source, number } = liveSource(mailbox);
  // The empty id asks for a thread of its own.
  const threadId = arrival.threadId === '' ? undefined : (arrival.threadId ?? threadByReferences(mailbox, root));
  return mailbox.add({
    source: number,
    key: source.addRaw(raw, messageId),
    labels: arrival.labels,
    internalDate: arrival.internalDate,
    ...(threadId === undefined ? {} : { threadId }),
  });
}

/** Puts a ready-made message into a mailbox, whatever its tree looks like; it is made anew at every reading. */
export function deliverMessage(
  mailbox: Mailbox,
  make: () => MimeMessage,
  arrival: Arrival,
  messageId?: string,
): StoredMessage {
  const { source, number } = liveSource(mailbox);
  const { threadId } = arrival;
  return mailbox.add({
    source: number,
    key: source.addMessage(make, messageId),
    labels: arrival.labels,
    internalDate: arrival.internalDate,
    ...(threadId === undefined ? {} : { threadId }),
  });
}

function threadByReferences(mailbox: Mailbox, root: MimeMessage['root']): string | undefined {
  const ids = ['In-Reply-To', 'References'].flatMap(
    (name) => (headerValue(root, name) ?? '').match(/<[^<>\s]+>/g) ?? [],
  );
  for (const id of ids) {
    const threadId = mailbox.findByMessageId(id)?.threadId;
    if (threadId !== undefined) return threadId;
  }
  return undefined;
}

/** A realistic new mail from a stranger. */
export function deliverGenerated(mailbox: Mailbox, arrival: Arrival): StoredMessage {
  const entry = liveSource(mailbox);
  const seed = mixSeed(entry.arrivals++, 13);
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
      date: arrival.internalDate,
      messageId,
      references: [],
      senderName: name,
    });
  return deliverMessage(mailbox, make, arrival, messageId);
}

/** The other side answers in a thread. */
export function deliverReply(mailbox: Mailbox, threadId: string, text: string, arrival: Arrival): StoredMessage {
  const thread = mailbox.thread(threadId);
  const last = thread?.messages[thread.messages.length - 1];
  if (!last) throw new Error(`There is no thread ${threadId} in ${mailbox.address}.`);
  const content = mailbox.content(last);
  const parent = headerValue(content.root, 'Message-ID') ?? '';
  const from = last.labels.includes('SENT') ? headerValue(content.root, 'To') : headerValue(content.root, 'From');
  const subject = subjectOf(content);
  const entry = liveSource(mailbox);
  entry.arrivals++;
  const raw = composeMail({
    from: from ?? 'someone@example.com',
    to: mailbox.address,
    subject: /^re:/i.test(subject) ? subject : `Re: ${subject}`,
    text,
    messageId: `<reply.${entry.arrivals}.${last.id}@arrivals.example>`,
    date: arrival.internalDate,
    ...(parent === ''
      ? {}
      : { inReplyTo: parent, references: `${headerValue(content.root, 'References') ?? ''} ${parent}`.trim() }),
  });
  return deliverRaw(mailbox, raw, { ...arrival, threadId });
}

/** A draft from raw bytes, in the thread given or in one of its own. */
export function saveDraftRaw(
  mailbox: Mailbox,
  raw: Buffer,
  at: number,
  threadId: string | undefined,
): { draftId: string; message: StoredMessage } {
  const message = mailbox.add(draftFields(mailbox, raw, at, threadId));
  return { draftId: mailbox.bindDraft(message), message };
}

/** The same draft with other bytes: its message gets a new id. */
export function replaceDraftRaw(
  mailbox: Mailbox,
  draftId: string,
  raw: Buffer,
  at: number,
  threadId: string | undefined,
): StoredMessage {
  return mailbox.replaceDraft(draftId, draftFields(mailbox, raw, at, threadId));
}

function draftFields(mailbox: Mailbox, raw: Buffer, at: number, threadId: string | undefined): NewMessage {
  const { source, number } = liveSource(mailbox);
  // A draft's own Message-ID leads nowhere: it is replaced when the draft is sent.
  const fields = { source: number, key: source.addRaw(raw), labels: ['DRAFT'], internalDate: at };
  return threadId === undefined ? fields : { ...fields, threadId };
}

/** Saves a draft as Gmail's autosave does: the draft keeps its id, its message gets a new one. */
export function saveDraft(
  mailbox: Mailbox,
  fields: { draftId?: string; to: string; subject: string; text: string; threadId?: string; at: number },
): { draftId: string; message: StoredMessage } {
  const entry = liveSource(mailbox);
  entry.arrivals++;
  const messageId = `<draft.${entry.arrivals}@arrivals.example>`;
  const raw = composeMail({
    from: mailbox.address,
    to: fields.to,
    subject: fields.subject,
    text: fields.text,
    messageId,
    date: fields.at,
  });
  const added = {
    source: entry.number,
    key: entry.source.addRaw(raw, messageId),
    labels: ['DRAFT'],
    internalDate: fields.at,
    ...(fields.threadId === undefined ? {} : { threadId: fields.threadId }),
  };
  if (fields.draftId !== undefined)
    return { draftId: fields.draftId, message: mailbox.replaceDraft(fields.draftId, added) };
  const message = mailbox.add(added);
  return { draftId: mailbox.bindDraft(message), message };
}
