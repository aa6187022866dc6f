import type { OutgoingFile, OutgoingMessage } from '../../model/outgoing';

export function fileOf(
  fileName: string,
  content: Uint8Array | string,
  extra: Partial<OutgoingFile> = {},
): OutgoingFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    fileName,
    mimeType: 'application/octet-stream',
    sizeBytes: bytes.length,
    open: async () => new Blob([new Uint8Array(bytes)]).stream(),
    contentId: null,
    ...extra,
  };
}

export function outgoing(extra: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    from: { name: 'Ann', address: 'ann@example.test' },
    replyTo: [],
    to: [{ name: 'Ben', address: 'ben@example.test' }],
    cc: [],
    bcc: [],
    subject: 'Hello',
    html: '<p>Hello <b>Ben</b></p>',
    text: null,
    files: [],
    inReplyTo: null,
    references: [],
    threadRemoteId: null,
    answers: null,
    markerId: 'mark-1',
    date: Date.UTC(2026, 10, 2, 9),
    ...extra,
  };
}

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
