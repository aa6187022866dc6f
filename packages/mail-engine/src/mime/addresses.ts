import { addressParser, decodeWords } from 'postal-mime';
import type { Address } from '../model/address';
import { displayName, oneLine } from './storable-text';

const MAX_NAME = 500;
const MAX_ADDRESS = 1_000;
/** More recipients than any provider accepts; a guard, not a rule. */
const MAX_ADDRESSES = 25_000;
const MAX_HEADER_CHARS = 2_000_000;

/**
 * The addresses of one header, all its occurrences together; groups give their members. postal-mime's parser is used
 * because it is linear in the length, keeps quoted names apart from addresses (`"ann@bank" <x@evil>` is x@evil) and
 * comes with the MIME parser that the engine has anyway. Never throws.
 */
export function parseAddresses(values: readonly string[]): Address[] {
  const found: Address[] = [];
  for (const value of values) {
    for (const address of parseOne(value.slice(0, MAX_HEADER_CHARS))) {
      if (found.length === MAX_ADDRESSES) return found;
      found.push(address);
    }
  }
  return found;
}

/** An address whose two halves are known already; null when both are empty. */
export function storableAddress(name: string, address: string): Address | null {
  const stored = { name: displayName(name, MAX_NAME), address: oneLine(address, MAX_ADDRESS).replace(/\s+/g, '') };
  return stored.name === '' && stored.address === '' ? null : stored;
}

function parseOne(value: string): Address[] {
  const flat: Address[] = [];
  try {
    for (const entry of addressParser(value)) {
      for (const member of entry.group ?? [entry]) {
        const found = storableAddress(member.name ?? '', member.address ?? '');
        if (found !== null) flat.push(found);
      }
    }
  } catch {
    const name = displayName(value, MAX_NAME);
    return name === '' ? [] : [{ name, address: '' }];
  }
  return joinSplitNames(flat);
}

/**
 * Gmail decodes encoded names without quoting them again, so that `Meier, Ann <ann@…>` falls into a nameless piece and
 * an address: the piece belongs to the name after it.
 */
function joinSplitNames(addresses: readonly Address[]): Address[] {
  const joined: Address[] = [];
  let piece: Address | null = null;
  for (const address of addresses) {
    if (piece !== null) {
      if (address.address !== '') {
        joined.push({
          name: address.name === '' ? piece.name : `${piece.name}, ${address.name}`,
          address: address.address,
        });
        piece = null;
        continue;
      }
      joined.push(piece);
    }
    piece = address.address === '' ? address : null;
    if (piece === null) joined.push(address);
  }
  if (piece !== null) joined.push(piece);
  return joined;
}

/** A header's text with its encoded words read, on one line. */
export function headerText(value: string, maxChars: number): string {
  if (!value.includes('=?')) return oneLine(value, maxChars);
  try {
    return oneLine(decodeWords(value.slice(0, maxChars * 20)), maxChars);
  } catch {
    return oneLine(value, maxChars);
  }
}
