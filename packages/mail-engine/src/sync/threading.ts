import type { Envelope } from '../model/message';

/** What threading needs of a message. */
export type Threaded = Pick<Envelope, 'remoteId' | 'threadRemoteId' | 'internetMessageId' | 'inReplyTo' | 'references'>;

/** The thread of a message inside its mailbox: the provider's own. Never the subject. */
export function threadKey(message: Pick<Envelope, 'threadRemoteId' | 'remoteId'>): string {
  return message.threadRemoteId === '' ? message.remoteId : message.threadRemoteId;
}

/** Disjoint sets of nodes; the representative of each is its smallest node. */
class Sets {
  readonly #parents = new Map<string, string>();

  find(node: string): string {
    let root = node;
    for (let up = this.#parents.get(root); up !== undefined && up !== root; up = this.#parents.get(root)) root = up;
    for (let at = node; at !== root;) {
      const up = this.#parents.get(at) ?? root;
      this.#parents.set(at, root);
      at = up;
    }
    return root;
  }

  join(a: string, b: string): void {
    const [low, high] = [this.find(a), this.find(b)].sort();
    if (low !== undefined && high !== undefined) this.#parents.set(high, low);
  }
}

/**
 * Threads across what a provider keeps apart: messages belong together when they share the provider's thread or refer
 * to each other by Message-ID. The key of a thread is its smallest Message-ID (or thread id, when no message has one),
 * so it depends on the set of messages and not on the order in which they came.
 */
export function refineThreads(messages: readonly Threaded[]): ReadonlyMap<string, string> {
  const sets = new Sets();
  for (const message of messages) {
    const thread = `thread:${threadKey(message)}`;
    for (const id of linksOf(message)) sets.join(thread, `id:${id}`);
  }
  // A Message-ID sorts before a thread id, so the root of a component is its smallest Message-ID when it has any.
  return new Map(messages.map((message) => [message.remoteId, sets.find(`thread:${threadKey(message)}`)]));
}

/** What splitting a conversation needs of a message. `receivedAt` in epoch ms. */
export type Conversing = Pick<
  Envelope,
  'remoteId' | 'internetMessageId' | 'inReplyTo' | 'references' | 'receivedAt' | 'isDraft'
>;

/**
 * Threads inside what a provider calls one conversation but may hold unrelated messages (Outlook puts together what
 * has the same subject): messages are in one thread when a chain of Message-IDs links them, also through messages that
 * are not here. The thread of the oldest linked message has the conversation's own key; each other one has a key made
 * of the smallest Message-ID that it knows. A message without any link cannot be told apart and stays with the oldest
 * thread; a draft that names nothing is an answer to the newest message before it. The result depends on the set of
 * messages only. Keys by remoteId, at most 255 characters where the conversation's id has no more.
 */
export function splitConversation(conversation: string, members: readonly Conversing[]): ReadonlyMap<string, string> {
  const sets = new Sets();
  for (const member of members) for (const id of linksOf(member)) sets.join(`message:${member.remoteId}`, `id:${id}`);
  // The smallest Message-ID of a thread, because these sort before messages; a message without one is its own root.
  const rootOf = ({ remoteId }: Conversing) => sets.find(`message:${remoteId}`);
  const sizes = new Map<string, number>();
  for (const member of members) sizes.set(rootOf(member), (sizes.get(rootOf(member)) ?? 0) + 1);
  const isLoose = (member: Conversing) => {
    if (!rootOf(member).startsWith('id:')) return true;
    const refers = Boolean(member.inReplyTo) || member.references.some(Boolean);
    return member.isDraft && !refers && sizes.get(rootOf(member)) === 1;
  };
  const anchored = members.filter((member) => !isLoose(member)).sort(oldestFirst);
  const main = anchored[0] ? rootOf(anchored[0]) : null;
  const answerable = anchored.filter(({ isDraft }) => !isDraft);
  const keyOf = (root: string | null) =>
    root === null || root === main
      ? conversation
      : `${conversation.slice(0, 230)}#${hash(`${conversation} ${root.slice('id:'.length)}`)}`;
  return new Map(
    members.map((member) => {
      if (!isLoose(member)) return [member.remoteId, keyOf(rootOf(member))];
      const answered = member.isDraft && answerable.findLast((other) => oldestFirst(other, member) < 0);
      return [member.remoteId, keyOf(answered ? rootOf(answered) : main)];
    }),
  );
}

function linksOf(message: Pick<Envelope, 'internetMessageId' | 'inReplyTo' | 'references'>): string[] {
  const ids = [message.internetMessageId, message.inReplyTo, ...message.references];
  return ids.filter((id): id is string => id !== null && id !== '');
}

function oldestFirst(a: Conversing, b: Conversing): number {
  return a.receivedAt - b.receivedAt || (a.remoteId < b.remoteId ? -1 : a.remoteId > b.remoteId ? 1 : 0);
}

/**
 * FNV-1a, 64 bits, as 16 hexadecimal digits. Not safe against somebody who wants two ids to collide: all they would get
 * is their two threads of one conversation shown as one.
 */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  }
  return value.toString(16).padStart(16, '0');
}

/** Reply and forward marks in front of a subject, in the languages that mail programs use, with counters: `Re[2]:`. */
const MARK =
  /^(?:re|aw|antw|sv|vs|odp|od|res|r|rv|ref|fwd?|wg|tr|i|enc|vb|vl|rif|bls|ynt|ilt|yml|на|відп|отв|пер|пересл|回复|回覆|答复|转发|轉寄|返信|転送|답장|전달)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*/iu;
const LONGEST_SUBJECT = 1_000;

/** A subject without reply and forward marks and with single spaces: for display and for sorting, never for identity. */
export function normaliseSubject(subject: string): string {
  let rest = subject.slice(0, LONGEST_SUBJECT).replace(/\s+/gu, ' ').trim();
  for (let mark = MARK.exec(rest); mark !== null && mark[0].length > 0; mark = MARK.exec(rest)) {
    rest = rest.slice(mark[0].length).trimStart();
  }
  return rest;
}
