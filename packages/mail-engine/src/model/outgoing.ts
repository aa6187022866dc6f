import type { Address } from './address';

/** A file on its way out. Its bytes are asked for when they are needed, once per upload, and never kept. */
export interface OutgoingFile {
  readonly fileName: string;
  /** `type/subtype`; anything else is sent as application/octet-stream. */
  readonly mimeType: string;
  /** Exactly as many bytes as `open` will give; what differs is refused, because the file was changed or cut. */
  readonly sizeBytes: number;
  /** @throws when the file is gone */
  open(): Promise<ReadableStream<Uint8Array>>;
  /** Without angle brackets; the HTML refers to it as `cid:<contentId>`. Null for an ordinary attachment. */
  readonly contentId: string | null;
}

export type AnswerMode = 'reply' | 'replyAll' | 'forward';

/** What a message answers, so that a provider with threads of its own can tie it there. */
export interface AnsweredMessage {
  readonly mode: AnswerMode;
  /** The provider's id of the answered message in the same mailbox; null when it is in another one or unknown. */
  readonly remoteId: string | null;
}

/** What a message says and to whom, complete and frozen: all that is needed to send it, or to save it as a draft. */
export interface OutgoingMessage {
  readonly from: Address;
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  /** As it was written, already sanitised; null for a text-only mail. */
  readonly html: string | null;
  /** Null: it is made from the HTML. */
  readonly text: string | null;
  readonly files: readonly OutgoingFile[];
  /** Message-ID of what it answers, with angle brackets. */
  readonly inReplyTo: string | null;
  /** Message-IDs with angle brackets, oldest first, `inReplyTo` last. */
  readonly references: readonly string[];
  /** The provider's conversation, in the sending mailbox; a hint that the provider may refuse. */
  readonly threadRemoteId: string | null;
  readonly answers: AnsweredMessage | null;
  /**
   * Our own mark, found again in the provider's drafts and sent mail after a lost answer: letters, digits and `-`,
   * the same at every try of one mail. Null for a draft that nobody sends yet.
   */
  readonly markerId: string | null;
  /** The Date header, epoch ms. */
  readonly date: number;
}

/** A draft at the provider. */
export interface DraftRef {
  /** Gmail: the draft's own id, stable over edits. Graph: the message's immutable id. */
  readonly draftRemoteId: string;
  /** The message that holds the draft now (Gmail gives a new one at each save; Graph: the same as above). */
  readonly remoteId: string;
  readonly threadRemoteId: string | null;
  /** As far as the provider tells it before sending; the one that counts stands in the receipt. */
  readonly internetMessageId: string | null;
}

/** What is known about the copy that the provider keeps of a sent mail. */
export interface SentReceipt {
  /** Null when the provider names no id (it will be found by the marker). */
  readonly remoteId: string | null;
  readonly threadRemoteId: string | null;
  /** The provider's final Message-ID with angle brackets: answers and bounces quote this one. */
  readonly internetMessageId: string | null;
}
