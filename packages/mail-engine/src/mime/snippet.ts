import { decodeHTML } from 'entities';
import { oneLine } from './storable-text';

/** Characters that newsletters use to pad their preview: zero-width ones, joiners, soft hyphens, direction controls. */
const INVISIBLE =
  /\u00ad|\u034f|\u061c|\u115f|\u1160|\u17b4|\u17b5|\u180e|[\u200b-\u200f\u202a-\u202e\u2060-\u2069]|\ufeff/g;
const ZWJ_EMOJI = /(?<=\p{Extended_Pictographic}\ufe0f?)\u200d(?=\p{Extended_Pictographic})/gu;
const KEPT_JOINER = '\ue000';

export const MAX_SNIPPET = 300;

/** A snippet as Gmail gives it: HTML-escaped once, and padded as the sender liked. */
export function cleanSnippet(escaped: string): string {
  return plainSnippet(decodeHTML(escaped.slice(0, 8 * MAX_SNIPPET)));
}

/** A snippet that is plain text already. */
export function plainSnippet(text: string): string {
  return oneLine(
    text
      .slice(0, 8 * MAX_SNIPPET)
      .replaceAll(KEPT_JOINER, '')
      .replace(ZWJ_EMOJI, KEPT_JOINER)
      .replace(INVISIBLE, '')
      .replaceAll(KEPT_JOINER, '\u200d'),
    MAX_SNIPPET,
  );
}
