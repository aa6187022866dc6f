import { addressesOf, editHeaders } from '../mime/edit-headers';
import { headerValue } from '../mime/model';
import type { MimePart } from '../mime/model';
import { parseMessage } from '../mime/parse';
import { hexDigits } from '../random';
import { deliverCopies } from './delivery';
import { badRequest, mailTooLarge, notFound, sendingLimitReached } from './errors';
import type { Mailbox } from './mailbox';
import { deliverRaw } from './mailbox-events';
import type { StoredMessage } from './message-index';
import type { GoogleAccount, GoogleState } from './state';

/** Of the whole message, encoded: 35 MiB (Gmail's discovery document). */
export const MAX_MESSAGE_BYTES = 36_700_160;
const MAX_RECIPIENTS = 100;
const DAY_MS = 24 * 3_600_000;

/** The header by which this product finds its own mail again; only the truth looks at it. */
export const MARKER_HEADER = 'X-Email-Manager-Id';

/** A mail that left a mailbox; stays when its copy is deleted. */
export interface SentLogEntry {
  readonly id: string;
  readonly at: number;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  /** As Gmail wrote it. */
  readonly messageId: string;
  readonly marker: string | null;
}

const logs = new WeakMap<Mailbox, SentLogEntry[]>();

export function sentLog(mailbox: Mailbox): SentLogEntry[] {
  let log = logs.get(mailbox);
  if (!log) logs.set(mailbox, (log = []));
  return log;
}

/**
 * Sends raw bytes as Gmail does: the Message-ID becomes Gmail's own and the old one is forgotten, a From that is no
 * accepted alias becomes the primary address, `Bcc` reaches nobody, and the copy goes to SENT. `threadId` is a wish that
 * has to fit; the thread that a draft is in already stays.
 */
export function sendRaw(
  state: GoogleState,
  account: GoogleAccount,
  raw: Buffer,
  { threadId, draftThread }: { threadId?: string | undefined; draftThread?: string } = {},
): StoredMessage {
  const mailbox = mailboxOf(account);
  checkSize(raw);
  const { root } = parseMessage(raw);
  const recipients = addressesOf(['To', 'Cc', 'Bcc'].map((name) => headerValue(root, name)));
  if (recipients.length === 0) throw badRequest('Recipient address required');
  if (recipients.length > MAX_RECIPIENTS) throw badRequest(`Too many recipients: the limit is ${MAX_RECIPIENTS}.`);
  const invalid = recipients.find((address) => !/^[\x21-\x7e]+@[a-z0-9.-]+$/.test(address));
  if (invalid !== undefined) throw badRequest(`Invalid To header`);
  const thread = draftThread ?? resolveThread(mailbox, root, threadId);
  const now = state.clock.now();
  checkDailyLimit(state, mailbox, now);

  const messageId = `<CA${hexDigits(state.rng, 20)}+${hexDigits(state.rng, 12)}@mail.gmail.com>`;
  const from = acceptedFrom(account, root);
  const rewritten = editHeaders(raw, from === null ? [] : ['From'], [
    ...(from === null ? [] : ([['From', from]] as [string, string][])),
    ['Message-ID', messageId],
  ]);
  const toSelf = recipients.some((address) => isOwn(account, address));
  const copy = deliverRaw(mailbox, rewritten, {
    labels: toSelf ? ['SENT', 'INBOX', 'UNREAD'] : ['SENT'],
    internalDate: now,
    threadId: thread ?? '',
  });
  sentLog(mailbox).push({
    id: copy.id,
    at: now,
    from: addressesOf([from ?? headerValue(root, 'From')])[0] ?? account.address,
    recipients,
    subject: headerValue(root, 'Subject') ?? '',
    messageId,
    marker: headerValue(root, MARKER_HEADER) ?? null,
  });
  deliverCopies(state, account, editHeaders(rewritten, ['Bcc'], []), recipients, messageId);
  return copy;
}

export function checkSize(raw: Buffer): void {
  if (raw.length > MAX_MESSAGE_BYTES) throw mailTooLarge(MAX_MESSAGE_BYTES);
}

/**
 * Where a mail goes that names a thread: there, when it also answers a message of it and has its subject; else it
 * begins a thread of its own. Undefined means a new thread.
 */
export function resolveThread(mailbox: Mailbox, root: MimePart, threadId: string | undefined): string | undefined {
  if (threadId === undefined || threadId === '') return undefined;
  if (!/^[0-9a-f]{1,16}$/i.test(threadId)) throw badRequest('Invalid thread_id value');
  const thread = mailbox.thread(threadId.toLowerCase());
  if (!thread) throw notFound();
  const contents = thread.messages.map((message) => mailbox.content(message).root);
  const ids = new Set(contents.map((content) => /<[^<>\s]+>/.exec(headerValue(content, 'Message-ID') ?? '')?.[0]));
  const answered = ['In-Reply-To', 'References'].flatMap(
    (name) => (headerValue(root, name) ?? '').match(/<[^<>\s]+>/g) ?? [],
  );
  const subjects = new Set(contents.map((content) => bareSubject(headerValue(content, 'Subject') ?? '')));
  const fits = answered.some((id) => ids.has(id)) && subjects.has(bareSubject(headerValue(root, 'Subject') ?? ''));
  return fits ? thread.id : undefined;
}

function bareSubject(subject: string): string {
  return subject
    .replace(/^(?:\s*(?:re|fwd?|aw|wg)\s*:\s*)+/i, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function checkDailyLimit(state: GoogleState, mailbox: Mailbox, now: number): void {
  const today = sentLog(mailbox).filter(({ at }) => at > now - DAY_MS);
  const limit = state.switches.sendsPerDay;
  if (limit === null || today.length < limit) return;
  throw sendingLimitReached((today[today.length - limit]?.at ?? now) + DAY_MS);
}

/** The From to put in place of what was written; null leaves it. */
function acceptedFrom(account: GoogleAccount, root: MimePart): string | null {
  const [written] = addressesOf([headerValue(root, 'From')]);
  const isAccepted = account.sendAs.some(
    (alias) =>
      alias.sendAsEmail.toLowerCase() === written && (alias.isPrimary || alias.verificationStatus === 'accepted'),
  );
  if (isAccepted) return null;
  const name = account.sendAs.find((alias) => alias.isPrimary)?.displayName ?? '';
  return /^[\w .-]+$/.test(name) ? `${name} <${account.address}>` : account.address;
}

function isOwn(account: GoogleAccount, address: string): boolean {
  return account.sendAs.some((alias) => alias.sendAsEmail.toLowerCase() === address);
}

function mailboxOf(account: GoogleAccount): Mailbox {
  if (!account.mailbox) throw badRequest('Mail service not enabled', 'failedPrecondition');
  return account.mailbox;
}
