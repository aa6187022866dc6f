/**
 * Ids as Exchange makes them: a long prefix that says which mailbox, then what distinguishes one item from the next,
 * in base64 with `-` and `_`. Neighbours differ in one character, often in its case only.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Map([...ALPHABET].map((c, i) => [c, i]));
const DIGITS = 6;
const TAIL = 'AAA=';
const ATTACHMENT_MARK = 'AAABEgAQ';

export type IdKind = 'message' | 'immutable' | 'folder' | 'conversation';

const KIND_MARK: Record<IdKind, string> = {
  message: 'BGAAAAAADcK2',
  immutable: 'AAHYQDEapmEc',
  folder: 'AuAAAAAADcK2',
  conversation: 'AQACEXv3',
};

export type DecodedId =
  | { kind: 'item'; idKind: IdKind; value: number; attachment: number | undefined }
  /** Well formed, but of another mailbox. */
  | { kind: 'foreign' }
  | { kind: 'malformed' };

/** The ids of one mailbox. */
export class IdCodec {
  private readonly prefixes: Record<IdKind, string>;

  /** `guid`: 22 characters of the id alphabet that stand for the mailbox. */
  constructor(guid: string) {
    this.prefixes = {
      message: `AAMkA${guid}${KIND_MARK.message}`,
      immutable: `AAkALg${guid}${KIND_MARK.immutable}`,
      folder: `AAMkA${guid}${KIND_MARK.folder}`,
      conversation: `AAQkA${guid}${KIND_MARK.conversation}`,
    };
  }

  encode(kind: IdKind, value: number): string {
    return this.prefixes[kind] + digits(value) + TAIL;
  }

  encodeAttachment(kind: 'message' | 'immutable', value: number, attachment: number): string {
    return this.prefixes[kind] + digits(value) + ATTACHMENT_MARK + digits(attachment) + TAIL;
  }

  decode(id: string): DecodedId {
    if (!/^A[A-Za-z0-9_-]{30,}={0,2}$/.test(id) || !id.endsWith(TAIL)) return { kind: 'malformed' };
    for (const idKind of Object.keys(this.prefixes) as IdKind[]) {
      const prefix = this.prefixes[idKind];
      if (!id.startsWith(prefix)) continue;
      const rest = id.slice(prefix.length, -TAIL.length);
      if (rest.length === DIGITS) return { kind: 'item', idKind, value: valueOf(rest), attachment: undefined };
      const attachment = rest.slice(DIGITS + ATTACHMENT_MARK.length);
      if (attachment.length !== DIGITS || rest.slice(DIGITS, -DIGITS) !== ATTACHMENT_MARK) return { kind: 'malformed' };
      return { kind: 'item', idKind, value: valueOf(rest.slice(0, DIGITS)), attachment: valueOf(attachment) };
    }
    return { kind: 'foreign' };
  }
}

function digits(value: number): string {
  let out = '';
  let left = value;
  for (let i = 0; i < DIGITS; i++) {
    out = (ALPHABET[left % 64] as string) + out;
    left = Math.floor(left / 64);
  }
  return out;
}

function valueOf(text: string): number {
  let value = 0;
  for (const c of text) value = value * 64 + (VALUES.get(c) ?? 0);
  return value;
}
