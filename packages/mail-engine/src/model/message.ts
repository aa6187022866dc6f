import type { Address } from './address';

export interface Flags {
  readonly isRead: boolean;
  readonly isStarred: boolean;
  readonly isDraft: boolean;
}

/** What can change about a message after it was delivered: where it is and its flags. */
export interface MessageState extends Flags {
  readonly remoteId: string;
  readonly threadRemoteId: string;
  /** The provider's place ids, settled (see SettlePlaces), without duplicates, in ascending order. */
  readonly places: readonly string[];
}

/** Headers, flags and snippet of a message; no body. Times are epoch milliseconds UTC. */
export interface Envelope extends MessageState {
  readonly internetMessageId: string | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly subject: string;
  readonly snippet: string;
  readonly from: Address | null;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  /** The Date header; null when it is missing or absurd. Clamped to what a database can store. */
  readonly sentAt: number | null;
  /** When the provider accepted the message: the only time that orders lists. */
  readonly receivedAt: number;
  readonly sizeBytes: number;
  readonly hasAttachments: boolean;
  /** Gmail's draft id, which survives edits while `remoteId` changes at each; null for everything else. */
  readonly draftRemoteId: string | null;
}

/** Bodies as the provider gave them: hostile text that nobody may show unsanitised. */
export interface BodyParts {
  readonly html: string | null;
  readonly text: string | null;
}

export interface AttachmentRef {
  /** Stable inside the message (Gmail's `partId`; attachment ids there are short-lived tokens). */
  readonly partId: string;
  readonly fileName: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** Without angle brackets. */
  readonly contentId: string | null;
  readonly isInline: boolean;
}

export interface HydratedMessage {
  readonly envelope: Envelope;
  readonly body: BodyParts;
  readonly attachments: readonly AttachmentRef[];
}
