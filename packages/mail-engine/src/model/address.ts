/** A mail address as the provider wrote it. `address` keeps its case; compare with `addressKey`. Both may be empty. */
export interface Address {
  readonly name: string;
  readonly address: string;
}

export type ParticipantRole = 'from' | 'to' | 'cc' | 'bcc' | 'replyTo';

/** The form in which addresses are compared, indexed and searched: trimmed and lower-cased. */
export function addressKey(address: string): string {
  return address.trim().toLowerCase();
}

/** The part after the last `@`, lower-cased; empty when there is none. */
export function addressDomain(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? '' : addressKey(address.slice(at + 1));
}
