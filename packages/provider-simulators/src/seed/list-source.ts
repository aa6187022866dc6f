import type { MessageSource, MimeMessage } from '../mime/model';
import { parseMessage } from '../mime/parse';

/** Messages that came one by one: raw bytes that are parsed when they are read, or messages made on demand. */
export class ListSource implements MessageSource {
  private readonly items: (() => MimeMessage)[] = [];
  private readonly keyByMessageId = new Map<string, number>();

  addRaw(raw: Buffer | (() => Buffer), messageId?: string): number {
    return this.push(() => parseMessage(typeof raw === 'function' ? raw() : raw), messageId);
  }

  addMessage(make: () => MimeMessage, messageId?: string): number {
    return this.push(make, messageId);
  }

  message(key: number): MimeMessage {
    const item = this.items[key];
    if (!item) throw new Error(`There is no message ${key} in this source.`);
    return item();
  }

  findByMessageId(messageId: string): number | undefined {
    return this.keyByMessageId.get(messageId);
  }

  private push(item: () => MimeMessage, messageId: string | undefined): number {
    const key = this.items.push(item) - 1;
    if (messageId !== undefined) this.keyByMessageId.set(messageId, key);
    return key;
  }
}
