/** The statistics of a generated mailbox. */
export interface MailboxProfile {
  /** Median size of a message's text and HTML in bytes. */
  medianBytes: number;
  /** Largest text and HTML in bytes. */
  maxBytes: number;
  htmlShare: number;
  attachmentShare: number;
  /** Median size of an attachment in bytes. */
  attachmentMedianBytes: number;
  /** Share of threads that have one message. */
  singleThreadShare: number;
  messagesPerThread: number;
  spanDays: number;
}

export const PROFILES = {
  /** For people to look at: small messages. */
  demo: {
    medianBytes: 6_000,
    maxBytes: 200_000,
    htmlShare: 0.8,
    attachmentShare: 0.15,
    attachmentMedianBytes: 40_000,
    singleThreadShare: 0.6,
    messagesPerThread: 3,
    spanDays: 540,
  },
  /** The fixed corpus of the benchmarks: change it and figures can no longer be compared. */
  bench: {
    medianBytes: 25_000,
    maxBytes: 1_500_000,
    htmlShare: 0.8,
    attachmentShare: 0.15,
    attachmentMedianBytes: 60_000,
    singleThreadShare: 0.6,
    messagesPerThread: 3,
    spanDays: 730,
  },
  /** For engine campaigns, where only the structure matters. */
  tiny: {
    medianBytes: 400,
    maxBytes: 2_000,
    htmlShare: 0.5,
    attachmentShare: 0.05,
    attachmentMedianBytes: 300,
    singleThreadShare: 0.6,
    messagesPerThread: 3,
    spanDays: 365,
  },
} as const satisfies Record<string, MailboxProfile>;

export type ProfileName = keyof typeof PROFILES;
