import { renderPart } from '../mime/render';
import type { MimeHeader, MimePart } from '../mime/model';

export interface MailFields {
  from: string;
  to: string;
  cc?: string;
  subject: string;
  text: string;
  html?: string;
  /** With angle brackets. */
  messageId: string;
  inReplyTo?: string;
  references?: string;
  /** Milliseconds since the epoch. */
  date: number;
  attachments?: { filename: string; mimeType: string; content: Buffer }[];
}

/** Writes a mail as RFC 822 bytes. */
export function composeMail(mail: MailFields): Buffer {
  let content = leaf('text/plain; charset="UTF-8"', Buffer.from(mail.text));
  if (mail.html !== undefined)
    content = multi('alternative', [content, leaf('text/html; charset="UTF-8"', Buffer.from(mail.html))]);
  if (mail.attachments && mail.attachments.length > 0) {
    const files = mail.attachments.map((a) =>
      leaf(`${a.mimeType}; name="${a.filename}"`, a.content, [
        { name: 'Content-Disposition', value: `attachment; filename="${a.filename}"` },
      ]),
    );
    content = multi('mixed', [content, ...files]);
  }
  const headers: MimeHeader[] = [
    { name: 'MIME-Version', value: '1.0' },
    { name: 'Date', value: new Date(mail.date).toUTCString().replace('GMT', '+0000') },
    { name: 'From', value: mail.from },
    { name: 'To', value: mail.to },
  ];
  if (mail.cc !== undefined) headers.push({ name: 'Cc', value: mail.cc });
  headers.push({ name: 'Subject', value: mail.subject }, { name: 'Message-ID', value: mail.messageId });
  if (mail.inReplyTo !== undefined) headers.push({ name: 'In-Reply-To', value: mail.inReplyTo });
  if (mail.references !== undefined) headers.push({ name: 'References', value: mail.references });
  return renderPart({ ...content, headers: [...headers, ...content.headers] });
}

function leaf(contentType: string, bytes: Buffer, extra: MimeHeader[] = []): MimePart {
  return {
    mimeType: contentType.split(';')[0] ?? contentType,
    filename: '',
    headers: [{ name: 'Content-Type', value: contentType }, ...extra],
    parts: [],
    isAttachment: false,
    size: bytes.length,
    content: () => bytes,
  };
}

function multi(kind: string, parts: MimePart[]): MimePart {
  const headers = [{ name: 'Content-Type', value: `multipart/${kind}; boundary="=_simulated_${kind}"` }];
  const empty = Buffer.alloc(0);
  return {
    mimeType: `multipart/${kind}`,
    filename: '',
    headers,
    parts,
    isAttachment: false,
    size: 0,
    content: () => empty,
  };
}
