import { createRng, hashText, hexDigits } from '../../random';
import type { Rng } from '../../random';

/** A version 4 GUID from a source of numbers. */
export function newGuid(rng: Rng): string {
  const hex = hexDigits(rng, 32);
  const variant = '89ab'[parseInt(hex.charAt(16), 16) % 4] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Always the same GUID for the same text. */
export function guidOf(text: string): string {
  return newGuid(createRng(hashText(text)));
}
