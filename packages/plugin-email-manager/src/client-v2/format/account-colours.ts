import type { Account, Id } from '../../shared/api';

/** Distinguishable beside each other, and visible on white and on black. */
const COLOURS = ['#1677ff', '#d4380d', '#389e0d', '#c41d7f', '#08979c', '#d48806', '#722ed1', '#7c8b00'];

/** A colour for each mailbox, the same on every page: by the order in which they were connected. */
export function accountColours(accounts: readonly Pick<Account, 'id'>[]): ReadonlyMap<Id, string> {
  const ids = accounts.map(({ id }) => id).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return new Map(ids.map((id, index) => [id, COLOURS[index % COLOURS.length] as string]));
}
