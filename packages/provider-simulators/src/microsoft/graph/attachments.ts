import { headerValue } from '../../mime/model';
import type { MimePart } from '../../mime/model';
import type { MessageParts } from './message-body';

/** A part that Graph shows as an attachment. */
export interface AttachmentPart {
  kind: 'file' | 'item';
  part: MimePart;
  name: string;
  isInline: boolean;
  /** Without angle brackets. */
  contentId: string | null;
}

/** Sorts a MIME tree into body and attachments. A message in a message is one attachment, whatever it holds. */
export function partsOf(root: MimePart): MessageParts {
  const parts: MessageParts = { html: undefined, text: undefined, attachments: [], calendar: undefined };
  visit(root, parts);
  return parts;
}

function visit(part: MimePart, found: MessageParts): void {
  if (part.mimeType.startsWith('multipart/')) {
    for (const child of part.parts) visit(child, found);
    return;
  }
  if (!part.isAttachment && part.text) {
    if (part.mimeType === 'text/html' && !found.html) {
      found.html = part;
      return;
    }
    if (part.mimeType === 'text/plain' && !found.text) {
      found.text = part;
      return;
    }
    if (part.mimeType === 'text/calendar') {
      found.calendar ??= part;
      return;
    }
  }
  found.attachments.push(attachmentOf(part, found.attachments.length));
}

function attachmentOf(part: MimePart, index: number): AttachmentPart {
  const contentId = /^<?([^<>]*)>?$/.exec((headerValue(part, 'Content-ID') ?? '').trim())?.[1] ?? '';
  const disposition = (headerValue(part, 'Content-Disposition') ?? '').trim().toLowerCase();
  const isItem = part.mimeType === 'message/rfc822' && part.parts[0] !== undefined;
  const subject = isItem ? headerValue(part.parts[0] as MimePart, 'Subject') : undefined;
  return {
    kind: isItem ? 'item' : 'file',
    part,
    name: subject ?? (part.filename === '' ? unnamed(part, index) : part.filename),
    isInline: contentId !== '' && !disposition.startsWith('attachment'),
    contentId: contentId === '' ? null : contentId,
  };
}

const EXTENSIONS: Record<string, string> = { 'text/plain': 'txt', 'text/html': 'htm' };

function unnamed(part: MimePart, index: number): string {
  return `ATT${String(index + 1).padStart(5, '0')}.${EXTENSIONS[part.mimeType] ?? 'dat'}`;
}
