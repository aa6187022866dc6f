import { Readable } from 'node:stream';
import MailComposer, { type MailComposerAttachment } from 'nodemailer/lib/mail-composer';
import { MailError } from '../errors';
import { type Address, addressDomain } from '../model/address';
import type { OutgoingFile, OutgoingMessage } from '../model/outgoing';
import { htmlToText } from './html-to-text';
import { checkDraft, checkOutgoing, type OutgoingProblem, type OutgoingRules, wireAddress } from './outgoing-check';
import { storableText } from './storable-text';

/** The header that carries our mark. Custom `X-` headers survive at both providers. */
export const MARKER_HEADER = 'X-Email-Manager-Id';

export interface ComposedMail {
  /** Of the whole message as it travels. Exact. */
  readonly sizeBytes: number;
  /**
   * The message from its first byte. Each call opens the files anew, one at a time.
   * @throws MailError refused, code ATTACHMENT_MISSING or ATTACHMENT_CHANGED
   */
  stream(): AsyncIterable<Uint8Array>;
}

export interface ComposeRules extends OutgoingRules {
  readonly maxMessageBytes: number;
}

/** A refusal as an error: `providerCode` is the problem's code. */
export function outgoingError(problem: Pick<OutgoingProblem, 'code' | 'message'>): MailError {
  return new MailError('refused', problem.message, { providerCode: problem.code });
}

/**
 * A message as RFC 822, ready to be streamed. Nothing is read from the files for that: they must have the sizes that
 * they state. `draft`: recipients may be missing.
 * @throws MailError refused; its `providerCode` is an OutgoingProblemCode
 */
export async function composeMail(
  message: OutgoingMessage,
  rules: ComposeRules,
  { draft = false }: { draft?: boolean } = {},
): Promise<ComposedMail> {
  const [problem] = draft ? checkDraft(message, rules) : checkOutgoing(message, rules);
  if (problem) throw outgoingError(problem);
  const files = message.files.reduce((sum, file) => sum + base64Size(file.sizeBytes), 0);
  // What is too large by its files alone need not be written to be measured.
  const sizeBytes = files > rules.maxMessageBytes ? files : files + (await measure(message));
  if (sizeBytes > rules.maxMessageBytes) throw tooLarge(sizeBytes, rules.maxMessageBytes);
  return { sizeBytes, stream: () => write(message, contentOf) };
}

function tooLarge(sizeBytes: number, limit: number): MailError {
  const mb = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
  // Base64 makes three bytes four, and a line end after each 76 of them.
  const ofFiles = Math.floor((limit * 57) / 78);
  return outgoingError({
    code: 'ATTACHMENT_TOO_LARGE',
    message:
      `With its attachments the message has ${mb(sizeBytes)} MB as it is sent; the provider accepts ${mb(limit)} MB, ` +
      `that is about ${Math.floor(ofFiles / 1_000_000)} MB of files.`,
  });
}

/** Lines of 76 characters, with a line end between them and none behind the last. */
function base64Size(bytes: number): number {
  const characters = 4 * Math.ceil(bytes / 3);
  return characters + 2 * Math.max(0, Math.ceil(characters / 76) - 1);
}

async function measure(message: OutgoingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of write(message, () => Readable.from([]))) size += chunk.length;
  return size;
}

async function* write(message: OutgoingMessage, content: (file: OutgoingFile) => Readable): AsyncGenerator<Uint8Array> {
  const node = new MailComposer({
    from: mailbox(message.from),
    replyTo: message.replyTo.map(mailbox),
    to: message.to.map(mailbox),
    cc: message.cc.map(mailbox),
    bcc: message.bcc.map(mailbox),
    subject: oneLine(message.subject),
    date: new Date(message.date),
    messageId: `<${message.markerId ?? `draft-${message.date}`}@${addressDomain(wireAddress(message.from.address) ?? '')}>`,
    ...threadHeaders(message),
    headers: message.markerId === null ? [] : [{ key: MARKER_HEADER, value: message.markerId }],
    text: canonical(message.text ?? htmlToText(message.html ?? '')),
    ...(message.html === null ? {} : { html: canonical(message.html) }),
    attachments: message.files.map((file) => attachment(file, content)),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'win',
  }).compile();
  node.keepBcc = true;
  const stream = node.createReadStream();
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } finally {
    stream.on('error', () => undefined);
    (stream as Partial<Readable>).destroy?.();
  }
}

function mailbox({ name, address }: Address): { name: string; address: string } {
  return { name: oneLine(name), address: wireAddress(address) ?? '' };
}

function threadHeaders(message: OutgoingMessage): { inReplyTo?: string; references?: string[] } {
  // Ids come from other people's mail: what is not one is left out.
  const valid = (id: string): boolean => /^<[\x21-\x3b\x3d\x3f-\x7e]{1,990}>$/.test(id);
  const references = message.references.filter(valid);
  return {
    ...(message.inReplyTo !== null && valid(message.inReplyTo) ? { inReplyTo: message.inReplyTo } : {}),
    ...(references.length === 0 ? {} : { references }),
  };
}

function oneLine(text: string): string {
  return storableText(text.replaceAll('\t', ' '), Infinity).trim();
}

/** Line ends as mail has them. An empty text still is a text, so that there is always something beside a file. */
function canonical(text: string): string {
  const clean = storableText(text, Infinity).replace(/\r\n?|\n/g, '\r\n');
  return clean === '' ? '\r\n' : clean;
}

const TYPE = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/;

function attachment(file: OutgoingFile, content: (file: OutgoingFile) => Readable): MailComposerAttachment {
  // Base64, which a file needs, is not allowed for messages and multiparts.
  const plain = TYPE.test(file.mimeType) && !/^(?:message|multipart)\//i.test(file.mimeType);
  return {
    filename:
      storableText(file.fileName.replace(/[/\\]+/g, '_').replaceAll('\t', ' '), Infinity).trim() || 'attachment',
    contentType: plain ? file.mimeType.toLowerCase() : 'application/octet-stream',
    contentTransferEncoding: 'base64',
    contentDisposition: file.contentId === null ? 'attachment' : 'inline',
    ...(file.contentId === null ? {} : { cid: file.contentId }),
    content: content(file),
  };
}

function contentOf(file: OutgoingFile): Readable {
  return Readable.from(checkedBytes(file), { objectMode: false });
}

/** Opens the file when the first byte is wanted, and gives exactly as many as were announced. */
async function* checkedBytes(file: OutgoingFile): AsyncGenerator<Uint8Array> {
  let source: ReadableStream<Uint8Array>;
  try {
    source = await file.open();
  } catch (cause) {
    if (cause instanceof MailError) throw cause;
    throw new MailError('refused', 'An attachment is no longer there.', { providerCode: 'ATTACHMENT_MISSING', cause });
  }
  let size = 0;
  const reader = source.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > file.sizeBytes) throw changed();
      if (value.length > 0) yield value;
    }
    if (size !== file.sizeBytes) throw changed();
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function changed(): MailError {
  return new MailError('refused', 'An attachment has another size than when it was added.', {
    providerCode: 'ATTACHMENT_CHANGED',
  });
}
