import type { ApiAddress } from '../../shared/api';

/** What a person is called on the page; the address itself when there is no name. */
export function nameOf(person: ApiAddress): string {
  return person.name.trim() || person.address;
}

const CJK = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

/** A conversation has little room for its people: given names, except where a name is not written that way. */
function shortName(person: ApiAddress): string {
  const name = nameOf(person);
  if (name.includes('@')) return name.split('@')[0] || name;
  if (CJK.test(name) || name.includes(',')) return name;
  return name.split(/\s+/)[0] ?? name;
}

/** The people of a conversation for its line: one in full; more by short names, the first and the last of many. */
export function peopleOf(senders: readonly ApiAddress[]): string[] {
  const [only, second] = senders;
  if (!only) return [];
  if (!second) return [nameOf(only)];
  const short = senders.map(shortName);
  if (short.length <= 3) return short;
  return [short[0] ?? '', '…', short.at(-2) ?? '', short.at(-1) ?? ''];
}

export function initialOf(person: ApiAddress | null): string {
  const first = person ? [...nameOf(person).replace(/^[^\p{L}\p{N}]+/u, '')][0] : undefined;
  return (first ?? '?').toLocaleUpperCase();
}

/** A number of 0 … count-1 that is always the same for an address: picks the colour of its circle. */
export function stableIndex(address: string, count: number): number {
  let hash = 0;
  for (const character of address.toLowerCase()) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}
