export class AnswerTooLarge extends Error {
  constructor() {
    super('The answer is larger than the limit.');
    this.name = 'AnswerTooLarge';
  }
}

/** Reads a body as UTF-8 and stops as soon as it is larger than `maxBytes`. @throws AnswerTooLarge, or the stream's error */
export async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > maxBytes) {
    await response.body?.cancel();
    throw new AnswerTooLarge();
  }
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw new AnswerTooLarge();
    }
    chunks.push(value);
  }
  return chunks.length === 1 && chunks[0] ? toText(chunks[0]) : Buffer.concat(chunks, size).toString('utf8');
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
