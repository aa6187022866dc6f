import { type Address, addressKey } from '../model/address';
import type { Identity } from '../model/identity';
import type { Envelope } from '../model/message';
import type { AnswerMode } from '../model/outgoing';
import { normaliseSubject } from '../sync/threading';

/** What answering needs to know of a message. */
export type Answered = Pick<
  Envelope,
  'from' | 'to' | 'cc' | 'bcc' | 'replyTo' | 'subject' | 'internetMessageId' | 'inReplyTo' | 'references'
> & {
  /** The list's own address (`List-Post: <mailto:…>`), when it came through one. */
  readonly listPost: string | null;
};

export interface AnswerRecipients {
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
}

/**
 * Who gets an answer.
 *
 * - An answer goes to Reply-To, else to From. A Reply-To that only a mailing list put there (it is the list's own
 *   address, and the author is known) keeps `reply` from being private, so that `reply` goes to the author then, and
 *   `replyAll` to the list.
 * - `replyAll` adds those who were written to: To to To, Cc to Cc. Blind copies are answered by nobody.
 * - An answer to one's own mail goes on to the people it was sent to.
 * - One's own addresses and aliases are left out, unless nobody else is there (a note to oneself).
 * - Each address once, where it stands first, with the first name that it came with.
 */
export function answerRecipients(mail: Answered, mode: AnswerMode, own: readonly string[]): AnswerRecipients {
  if (mode === 'forward') return { to: [], cc: [] };
  const mine = ownKeys(own);
  const others = (list: readonly Address[]): Address[] =>
    list.filter((one) => isAddress(one) && !mine.has(ownKey(one.address)));
  const isOwnMail = mail.from !== null && mine.has(ownKey(mail.from.address));
  const all = mode === 'replyAll';
  const targets = isOwnMail ? ownTargets(mail, others, all) : targetsOf(mail, others, all);
  const to = distinct([...targets, ...(all ? others(mail.to) : [])], []);
  const cc = all ? distinct(others(mail.cc), to) : [];
  if (to.length > 0) return { to, cc };
  if (cc.length > 0) return { to: cc, cc: [] };
  const self = distinct(
    [...mail.replyTo, ...(mail.from === null ? [] : [mail.from]), ...mail.to].filter(isAddress),
    [],
  );
  return { to: self.slice(0, 1), cc: [] };
}

function targetsOf(mail: Answered, others: (list: readonly Address[]) => Address[], all: boolean): Address[] {
  const author = mail.from === null ? [] : others([mail.from]);
  const asked = others(mail.replyTo);
  if (asked.length === 0) return author;
  const list = mail.listPost === null ? null : addressKey(mail.listPost);
  const onlyList = list !== null && asked.every(({ address }) => addressKey(address) === list);
  const authorIsKnown = author.some(({ address }) => addressKey(address) !== list);
  return onlyList && authorIsKnown && !all ? author : asked;
}

function ownTargets(mail: Answered, others: (list: readonly Address[]) => Address[], all: boolean): Address[] {
  const to = others(mail.to);
  return to.length > 0 || all ? to : others(mail.cc);
}

/**
 * The identity to answer with: the verified one that it was written to (or from, for one's own mail), also behind a
 * `+suffix`; else the default one, else the primary one. Null only without any identity.
 */
export function answerIdentity(mail: Answered, identities: readonly Identity[]): Identity | null {
  const usable = identities.filter((identity) => identity.isVerified);
  const written = [...(mail.from === null ? [] : [mail.from]), ...mail.to, ...mail.cc, ...mail.bcc].filter(isAddress);
  for (const key of [addressKey, ownKey]) {
    for (const { address } of written) {
      const found = usable.find((identity) => key(identity.address) === key(address));
      if (found) return found;
    }
  }
  return usable.find(({ isDefault }) => isDefault) ?? usable.find(({ isPrimary }) => isPrimary) ?? usable[0] ?? null;
}

/** The subject with one mark in front, whatever stood there before. */
export function answerSubject(subject: string, mode: AnswerMode): string {
  return `${mode === 'forward' ? 'Fwd' : 'Re'}: ${normaliseSubject(subject)}`.trim();
}

const MAX_REFERENCES = 30;
const MAX_REFERENCE_CHARS = 6_000;

/**
 * `In-Reply-To` and `References` of an answer (RFC 5322 §3.6.4). A long list keeps its first id, which names the
 * conversation, and the newest ones. Ids that are none are left out.
 */
export function answerReferences(mail: Pick<Answered, 'internetMessageId' | 'inReplyTo' | 'references'>): {
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
} {
  const id = messageId(mail.internetMessageId);
  const before = mail.references.length > 0 ? mail.references : [mail.inReplyTo];
  const ids = [...new Set([...before.flatMap((one) => messageId(one) ?? []), ...(id === null ? [] : [id])])];
  const [first] = ids;
  if (first === undefined) return { inReplyTo: null, references: [] };
  const kept: string[] = [];
  let room = MAX_REFERENCE_CHARS - first.length;
  for (const one of ids.slice(1).toReversed()) {
    room -= one.length + 1;
    if (room < 0 || kept.length === MAX_REFERENCES - 1) break;
    kept.unshift(one);
  }
  return { inReplyTo: id, references: [first, ...kept] };
}

function messageId(id: string | null): string | null {
  return id !== null && /^<[\x21-\x3b\x3d\x3f-\x7e]{1,990}>$/.test(id) ? id : null;
}

function isAddress({ address }: Address): boolean {
  return /^[^\s@][^\s]*@[^\s@]+$/.test(address);
}

/**
 * The form in which one's own addresses are recognised: without a `+suffix`, and for Gmail without dots, since all of
 * these arrive in the same mailbox.
 */
function ownKey(address: string): string {
  const key = addressKey(address);
  const at = key.lastIndexOf('@');
  const isGmail = /@(?:gmail|googlemail)\.com$/.test(key);
  const local = key.slice(0, at).replace(/(?<=.)\+.*$/, '');
  return isGmail ? `${local.replaceAll('.', '')}@gmail.com` : `${local}${key.slice(at)}`;
}

function ownKeys(own: readonly string[]): ReadonlySet<string> {
  return new Set(own.map(ownKey));
}

function distinct(list: readonly Address[], without: readonly Address[]): Address[] {
  const taken = new Set(without.map((one) => addressKey(one.address)));
  const result = new Map<string, Address>();
  for (const one of list) {
    const key = addressKey(one.address);
    if (taken.has(key)) continue;
    const known = result.get(key);
    if (!known || (known.name === '' && one.name !== '')) result.set(key, known ? { ...known, name: one.name } : one);
  }
  return [...result.values()];
}
