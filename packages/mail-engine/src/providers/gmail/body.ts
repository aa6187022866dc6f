import { escapeText } from 'entities';
import { multiLine } from '../../mime/storable-text';
import type { BodyParts } from '../../model/message';

/** A text of a message in the order of the document. */
export interface TextPiece {
  readonly isHtml: boolean;
  /** The innermost multipart/alternative it belongs to. */
  readonly alternative: number | null;
  readonly text: string;
}

/** Of all texts together; a guard for the database. */
const MAX_BODY_CHARS = 8 * 1024 * 1024;

/**
 * Mail may consist of several texts: alternatives of one another, and texts that follow one another (a mailing list's
 * footer, text between pictures). HTML is all HTML texts in order, with the plain ones that have no HTML alternative
 * between them; text is all plain ones.
 */
export function composeBody(pieces: readonly TextPiece[]): BodyParts {
  const hasHtml = new Set(pieces.filter((piece) => piece.isHtml).map((piece) => piece.alternative));
  const anyHtml = pieces.some((piece) => piece.isHtml);
  const html = pieces
    .filter((piece) => piece.isHtml || piece.alternative === null || !hasHtml.has(piece.alternative))
    .map((piece) => (piece.isHtml ? piece.text : plainAsHtml(piece.text)))
    .filter((text) => text !== '');
  const text = pieces.filter((piece) => !piece.isHtml).map((piece) => piece.text);
  return {
    html: anyHtml ? multiLine(html.join('\n<br>\n'), MAX_BODY_CHARS) : null,
    text: text.length > 0 ? multiLine(text.join('\n'), MAX_BODY_CHARS) : null,
  };
}

function plainAsHtml(text: string): string {
  return text.trim() === '' ? '' : `<div style="white-space: pre-wrap">${escapeText(text)}</div>`;
}
