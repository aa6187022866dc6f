/** Limits and rules that hold for what any provider gives. */

export const MAX_SUBJECT = 2_000;
export const MAX_ID = 1_000;

/** Sizes are stored as 32-bit numbers; nothing real is larger. */
export function clampSize(size: number | null): number {
  return size === null || !(size > 0) ? 0 : Math.min(Math.trunc(size), 2_147_483_647);
}

/** The name of an attachment that came without one. */
export function defaultFileName(mimeType: string): string {
  if (mimeType === 'message/rfc822') return 'message.eml';
  if (mimeType === 'text/calendar') return 'invite.ics';
  if (mimeType === 'text/plain') return 'text.txt';
  const extension = /^(?:image|audio|video|text|application)\/([a-z0-9]{1,8})$/.exec(mimeType)?.[1];
  return extension === undefined ? 'attachment' : `attachment.${extension}`;
}

/**
 * Whether an attachment is part of the text. Senders call real attachments inline as well: only what the text shows,
 * or an image that could be shown there, is believed.
 */
export function isShownInline(
  part: { readonly contentId: string | null; readonly mimeType: string; readonly declaredInline: boolean },
  html: string | null,
): boolean {
  if (part.contentId === null) return false;
  return html?.includes(`cid:${part.contentId}`) || (part.declaredInline && part.mimeType.startsWith('image/'));
}

/** A Content-ID without its brackets; null when there is none. */
export function bareContentId(value: string): string | null {
  const id = value.replace(/^<|>$/g, '');
  return id === '' ? null : id;
}
