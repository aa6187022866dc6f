import { encodeCharset, renderPart } from '../mime/render';
import { snippetOf } from '../mime/model';
import type { MimeHeader, MimeMessage, MimePart } from '../mime/model';
import { between, chance, createRng, gaussian, mixSeed, pick } from '../random';
import type { Rng } from '../random';
import type { Language } from './languages';
import { plainPng } from './png';
import type { MailboxProfile } from './profiles';

export interface GeneratedSpec {
  seed: number;
  profile: MailboxProfile;
  language: Language;
  /** `"Name" <address>` */
  from: string;
  to: string;
  cc?: string;
  subject: string;
  /** Milliseconds since the epoch. */
  date: number;
  messageId: string;
  /** Message-IDs of the thread so far, oldest first. */
  references: string[];
  senderName: string;
  isDraft?: boolean;
}

/** Makes a message whose content follows from its seed; bodies and attachments are made when they are read. */
export function generateMessage(spec: GeneratedSpec): MimeMessage {
  const rng = createRng(spec.seed);
  const { profile, language } = spec;
  const bodyBytes = Math.min(
    profile.maxBytes,
    Math.max(120, Math.round(profile.medianBytes * Math.exp(0.9 * gaussian(rng)))),
  );
  const hasHtml = chance(rng, profile.htmlShare);
  const hasAttachment = chance(rng, profile.attachmentShare);
  const hasInline = hasHtml && chance(rng, 0.08);
  const charset = language.oldCharset !== null && chance(rng, 0.15) ? language.oldCharset : 'utf-8';
  const intro = makeIntro(rng, spec, charset);
  const bodySeed = mixSeed(spec.seed, 11);

  const plainBytes = hasHtml ? Math.min(4_000, Math.round(bodyBytes * 0.15)) : bodyBytes;
  const plain = textPart('text/plain', charset, () => makePlain(createRng(bodySeed), intro, spec, plainBytes));
  let content = plain;
  if (hasHtml) {
    const html = textPart('text/html', charset, () =>
      makeHtml(createRng(bodySeed), intro, spec, bodyBytes - plainBytes, hasInline),
    );
    content = chance(rng, 0.12) ? html : multipart('alternative', [plain, html], spec.seed, 1);
  }
  if (hasInline) content = multipart('related', [content, inlineImage(rng)], spec.seed, 2);
  const attachments = hasAttachment ? makeAttachments(rng, spec) : [];
  if (attachments.length > 0) content = multipart('mixed', [content, ...attachments], spec.seed, 3);

  const root: MimePart = { ...content, headers: [...rootHeaders(spec), ...content.headers] };
  if (content.text) root.text = content.text;
  const attachmentBytes = attachments.reduce((sum, a) => sum + a.size, 0);
  return {
    root,
    size: 900 + Math.round(bodyBytes * 1.1) + Math.round(attachmentBytes * 1.37),
    snippet: () => snippetOf(intro),
    raw: () => renderPart(root),
  };
}

function rootHeaders(spec: GeneratedSpec): MimeHeader[] {
  const headers: MimeHeader[] = [
    { name: 'MIME-Version', value: '1.0' },
    { name: 'Date', value: new Date(spec.date).toUTCString().replace('GMT', '+0000') },
    { name: 'From', value: spec.from },
    { name: 'To', value: spec.to },
  ];
  if (!spec.isDraft) headers.unshift({ name: 'Delivered-To', value: spec.to.replace(/^.*<|>.*$/g, '') });
  if (spec.cc !== undefined) headers.push({ name: 'Cc', value: spec.cc });
  headers.push({ name: 'Subject', value: spec.subject }, { name: 'Message-ID', value: spec.messageId });
  const parent = spec.references[spec.references.length - 1];
  if (parent !== undefined) {
    headers.push({ name: 'In-Reply-To', value: parent }, { name: 'References', value: spec.references.join(' ') });
  }
  return headers;
}

function textPart(mimeType: string, charset: string, make: () => string): MimePart {
  let text: string | undefined;
  const read = () => (text ??= make());
  const part: MimePart = {
    mimeType,
    filename: '',
    headers: [{ name: 'Content-Type', value: `${mimeType}; charset="${charset.toUpperCase()}"` }],
    parts: [],
    isAttachment: false,
    size: 0,
    content: () => encodeCharset(read(), charset),
    text: read,
  };
  return part;
}

function multipart(kind: string, parts: MimePart[], seed: number, number: number): MimePart {
  const mimeType = `multipart/${kind}`;
  const boundary = `0000000000${mixSeed(seed, number).toString(16).padStart(8, '0')}${number}`;
  return {
    mimeType,
    filename: '',
    headers: [{ name: 'Content-Type', value: `${mimeType}; boundary="${boundary}"` }],
    parts,
    isAttachment: false,
    size: 0,
    content: () => Buffer.alloc(0),
  };
}

function filePart(mimeType: string, filename: string, size: number, make: () => Buffer, extra: MimeHeader[]): MimePart {
  return {
    mimeType,
    filename,
    headers: [{ name: 'Content-Type', value: `${mimeType}; name="${filename}"` }, ...extra],
    parts: [],
    isAttachment: true,
    size,
    content: make,
  };
}

const INLINE_CID = 'logo@generated.example';

function inlineImage(rng: Rng): MimePart {
  const image = plainPng(48, between(rng, 0, 255), between(rng, 0, 255), between(rng, 0, 255));
  return filePart('image/png', 'logo.png', image.length, () => image, [
    { name: 'Content-Disposition', value: 'inline; filename="logo.png"' },
    { name: 'Content-ID', value: `<${INLINE_CID}>` },
    { name: 'X-Attachment-Id', value: INLINE_CID },
  ]);
}

const MIME_BY_EXTENSION: Record<string, string> = { pdf: 'application/pdf', csv: 'text/csv', png: 'image/png' };

function makeAttachments(rng: Rng, spec: GeneratedSpec): MimePart[] {
  const count = chance(rng, 0.75) ? 1 : between(rng, 2, 4);
  return Array.from({ length: count }, (_, i) => {
    const filename = pick(rng, spec.language.fileNames);
    const extension = filename.slice(filename.lastIndexOf('.') + 1);
    const mimeType = MIME_BY_EXTENSION[extension] ?? 'application/octet-stream';
    const extra = [
      { name: 'Content-Disposition', value: `attachment; filename="${filename}"` },
      { name: 'X-Attachment-Id', value: `f_${mixSeed(spec.seed, i, 5).toString(36)}` },
    ];
    if (extension === 'png') {
      const image = plainPng(200, between(rng, 0, 255), between(rng, 0, 255), between(rng, 0, 255));
      return filePart(mimeType, filename, image.length, () => image, extra);
    }
    const wanted = Math.round(spec.profile.attachmentMedianBytes * Math.exp(0.8 * gaussian(rng)));
    const size = Math.min(5_000_000, Math.max(100, wanted));
    const seed = mixSeed(spec.seed, i, 6);
    return filePart(mimeType, filename, size, () => filler(seed, size, extension), extra);
  });
}

function filler(seed: number, size: number, extension: string): Buffer {
  const head = extension === 'pdf' ? '%PDF-1.4\n% a generated file without pages\n' : 'item;amount\n';
  const rng = createRng(seed);
  const block = Array.from({ length: 64 }, () => `${Math.floor(rng() * 1e6)};${Math.floor(rng() * 1e4) / 100}\n`).join(
    '',
  );
  return Buffer.from(head + block.repeat(Math.ceil(size / block.length) + 1)).subarray(0, size);
}

/** The first words, which the snippet shows. Emoji only where the charset has them. */
function makeIntro(rng: Rng, spec: GeneratedSpec, charset: string): string {
  const { language } = spec;
  const smile = charset === 'utf-8' && chance(rng, 0.05) ? ' 🙂' : '';
  return `${language.greeting}\r\n\r\n${pick(rng, language.sentences)} ${pick(rng, language.sentences)}${smile}`;
}

const paragraphStock = new WeakMap<Language, string[]>();

function paragraphsOf(language: Language): string[] {
  let paragraphs = paragraphStock.get(language);
  if (!paragraphs) {
    const rng = createRng(mixSeed(78, language.code.charCodeAt(0)));
    paragraphs = Array.from({ length: 64 }, () =>
      Array.from({ length: 5 }, () => pick(rng, language.sentences)).join(' '),
    );
    paragraphStock.set(language, paragraphs);
  }
  return paragraphs;
}

function makePlain(rng: Rng, intro: string, spec: GeneratedSpec, bytes: number): string {
  const { language } = spec;
  const paragraphs = [intro];
  let size = intro.length;
  const stock = paragraphsOf(language);
  const widthOfLetter = language.code === 'en' || language.code === 'de' ? 1 : 2.2;
  while (size * widthOfLetter < bytes) {
    const paragraph = pick(rng, stock);
    paragraphs.push(paragraph);
    size += paragraph.length;
  }
  paragraphs.push(`${language.closing}\r\n${spec.senderName}`);
  if (spec.references.length > 0)
    paragraphs.push(`> ${pick(rng, language.sentences)}\r\n> ${pick(rng, language.sentences)}`);
  return paragraphs.join('\r\n\r\n');
}

const htmlBlocks = new WeakMap<Language, string[]>();

/** A stock of newsletter-like blocks per language: made once, put together anew for every message. */
function blocksOf(language: Language): string[] {
  let blocks = htmlBlocks.get(language);
  if (!blocks) {
    const rng = createRng(mixSeed(77, language.code.charCodeAt(0)));
    blocks = Array.from({ length: 48 }, (_, i) => {
      const cells = Array.from(
        { length: 3 },
        () =>
          `<td style="padding:8px 12px;border-bottom:1px solid #e${i % 10}e${i % 10}e${i % 10};font-family:Arial,sans-serif;` +
          `font-size:14px;line-height:20px;color:#333333" valign="top">${pick(rng, language.sentences)}</td>`,
      ).join('');
      const image =
        i % 6 === 0
          ? `<img src="https://images.example/newsletter/${i}.png" width="560" height="120" alt="" style="display:block;border:0">`
          : '';
      return (
        `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>${cells}</tr></table>${image}` +
        `<p style="margin:0 0 16px 0">${pick(rng, language.sentences)} <a href="https://www.example/${language.code}/${i}" ` +
        `style="color:#1a73e8;text-decoration:underline">${pick(rng, language.sentences)}</a></p>`
      );
    });
    htmlBlocks.set(language, blocks);
  }
  return blocks;
}

function makeHtml(rng: Rng, intro: string, spec: GeneratedSpec, bytes: number, withInline: boolean): string {
  const { language } = spec;
  const blocks = blocksOf(language);
  const rtl = language.code === 'ar' ? ' dir="rtl"' : '';
  const chunks = [`<html><body><div${rtl}><p>${intro.replace(/\r\n\r\n/g, '</p><p>')}</p>`];
  if (withInline) chunks.push(`<img src="cid:${INLINE_CID}" alt="logo" width="48" height="48">`);
  let size = 300;
  while (size < bytes) {
    const block = pick(rng, blocks);
    chunks.push(block);
    size += block.length * (language.code === 'en' || language.code === 'de' ? 1 : 1.25);
  }
  chunks.push(`<p>${language.closing}<br>${spec.senderName}</p>`);
  if (chance(rng, 0.3)) chunks.push('<img src="https://tracker.example/open.gif" width="1" height="1" alt="">');
  if (spec.references.length > 0) {
    chunks.push(
      `<div class="gmail_quote"><blockquote class="gmail_quote"><p>${pick(rng, language.sentences)}</p></blockquote></div>`,
    );
  }
  chunks.push('</div></body></html>');
  return chunks.join('\r\n');
}
