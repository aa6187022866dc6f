import type { Envelope } from '../model/message';

/** What threading needs of a message. */
export type Threaded = Pick<Envelope, 'remoteId' | 'threadRemoteId' | 'internetMessageId' | 'inReplyTo' | 'references'>;

/** The thread of a message inside its mailbox: the provider's own. Never the subject. */
export function threadKey(message: Pick<Envelope, 'threadRemoteId' | 'remoteId'>): string {
  return message.threadRemoteId === '' ? message.remoteId : message.threadRemoteId;
}

/**
 * Threads across what a provider keeps apart: messages belong together when they share the provider's thread or refer
 * to each other by Message-ID. The key of a thread is its smallest Message-ID (or thread id, when no message has one),
 * so it depends on the set of messages and not on the order in which they came.
 */
export function refineThreads(messages: readonly Threaded[]): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  const find = (node: string): string => {
    let root = node;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up;
    for (let at = node; at !== root;) {
      const up = parents.get(at) ?? root;
      parents.set(at, root);
      at = up;
    }
    return root;
  };
  const join = (a: string, b: string) => {
    const [low, high] = [find(a), find(b)].sort();
    if (low !== undefined && high !== undefined) parents.set(high, low);
  };
  for (const message of messages) {
    const thread = `thread:${threadKey(message)}`;
    const linked = [message.internetMessageId, message.inReplyTo, ...message.references];
    for (const id of linked) if (id) join(thread, `id:${id}`);
  }
  // A Message-ID sorts before a thread id, so the root of a component is its smallest Message-ID when it has any.
  return new Map(messages.map((message) => [message.remoteId, find(`thread:${threadKey(message)}`)]));
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
