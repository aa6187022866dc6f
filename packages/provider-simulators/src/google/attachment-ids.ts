import { hashText, hexDigits } from '../random';
import type { GoogleState } from './state';

/** An attachment id names a message, a part and an end; every one is different. */
export function encodeAttachmentId(state: GoogleState, messageId: string, partId: string): string {
  const expiresAt = state.clock.now() + state.switches.attachmentIdTtlMs;
  const text = `${hexDigits(state.rng, 16)}|${messageId}|${partId}|${expiresAt}|`;
  const padded = text + hexDigits(state.rng, 120);
  return `ANGjdJ${Buffer.from(`${padded}|${hashText(padded).toString(36)}`).toString('base64url')}`;
}

/** Undefined for an id that was not made here or is too old. */
export function decodeAttachmentId(state: GoogleState, id: string): { messageId: string; partId: string } | undefined {
  if (!id.startsWith('ANGjdJ')) return undefined;
  const text = Buffer.from(id.slice(6), 'base64url').toString('latin1');
  const end = text.lastIndexOf('|');
  const padded = text.slice(0, end);
  if (hashText(padded).toString(36) !== text.slice(end + 1)) return undefined;
  const [, messageId, partId, expiresAt] = padded.split('|');
  if (messageId === undefined || partId === undefined || Number(expiresAt) < state.clock.now()) return undefined;
  return { messageId, partId };
}
