import { oneLine } from './storable-text';

const MAX_ID = 1_000;
const MAX_REFERENCES = 500;

/** `<id>` tokens in order, without repetition. `bare`: a value without brackets is an id as well. */
export function messageIds(values: readonly string[], bare: boolean): string[] {
  const ids = new Set<string>();
  for (const value of values) {
    const text = value.slice(0, 200_000);
    for (const match of text.matchAll(/<([^<>\s]{1,990})>/g)) ids.add(`<${oneLine(match[1] ?? '', MAX_ID)}>`);
    if (bare && ids.size === 0) {
      const token = oneLine(text, MAX_ID).split(' ')[0]?.replace(/[<>]/g, '') ?? '';
      if (token !== '') ids.add(`<${token}>`);
    }
  }
  return [...ids];
}

/** The first reference is the root of the conversation, the last ones are the nearest: the middle matters least. */
export function shortenReferences(references: readonly string[]): readonly string[] {
  if (references.length <= MAX_REFERENCES) return references;
  return [...references.slice(0, 1), ...references.slice(1 - MAX_REFERENCES)];
}
