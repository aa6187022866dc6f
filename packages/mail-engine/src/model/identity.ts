/** An address that a mailbox may write from: its own, or an alias. */
export interface Identity {
  readonly address: string;
  /** What stands before the address; empty when the provider knows none. */
  readonly name: string;
  /** Where answers shall go; null: to the address itself. */
  readonly replyTo: string | null;
  readonly isPrimary: boolean;
  /** What the provider's own composer starts with. */
  readonly isDefault: boolean;
  /** False while the provider would replace it by the primary address. */
  readonly isVerified: boolean;
  /** The signature that the provider keeps with it: hostile HTML; null when there is none. */
  readonly signatureHtml: string | null;
}
