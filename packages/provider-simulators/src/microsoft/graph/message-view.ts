import { headerValue } from '../../mime/model';
import type { MimeMessage } from '../../mime/model';
import type { MicrosoftState } from '../state';
import { parseAddresses } from './addresses';
import type { EmailAddress } from './addresses';
import { partsOf } from './attachments';
import type { MessageParts } from './message-body';
import type { Mailbox } from './mailbox';
import type { StoredMessage } from './message-index';
import type { Preferences } from './preferences';

/** One message while an answer is made from it: its content is read once, and only when something needs it. */
export class MessageView {
  private cachedContent: MimeMessage | undefined;
  private cachedParts: MessageParts | undefined;

  constructor(
    readonly state: MicrosoftState,
    readonly mailbox: Mailbox,
    readonly message: StoredMessage,
    readonly prefer: Preferences,
  ) {}

  get id(): string {
    return this.mailbox.idOf(this.message, this.prefer.immutableIds);
  }

  get content(): MimeMessage {
    return (this.cachedContent ??= this.mailbox.content(this.message));
  }

  get parts(): MessageParts {
    return (this.cachedParts ??= partsOf(this.content.root));
  }

  get etag(): string {
    return `W/"${this.mailbox.changeKey(this.message.version)}"`;
  }

  header(name: string): string | undefined {
    return headerValue(this.content.root, name);
  }

  get subject(): string {
    return this.header('Subject') ?? '';
  }

  /** Exchange gives an id to mail that has none. */
  get internetMessageId(): string {
    const given = /<[^<>\s]+>/.exec(this.header('Message-ID') ?? '')?.[0];
    return given ?? `<SIM0PR01MB${String(this.message.number).padStart(8, '0')}@sim0pr01.prod.exchangelabs.example>`;
  }

  addresses(header: string): EmailAddress[] {
    return parseAddresses(this.header(header) ?? '');
  }

  get sentAt(): number {
    const at = Date.parse(this.header('Date') ?? '');
    return Number.isNaN(at) ? this.message.receivedAt : at;
  }

  get createdAt(): number {
    return this.message.addedAt === 0 ? this.message.receivedAt : this.message.addedAt;
  }

  /** False when there are inline attachments only (provider facts §4, "Message fields"). */
  get hasAttachments(): boolean {
    if ((this.mailbox.extras(this.message)?.references.length ?? 0) > 0) return true;
    return this.parts.attachments.some((a) => !a.isInline);
  }
}

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59Z');

/** A date as Graph writes it: UTC, whole seconds, years 1 to 9999. */
export function graphDate(ms: number): string {
  const clamped = Math.min(LAST, Math.max(FIRST, ms));
  return `${new Date(clamped).toISOString().slice(0, 19)}Z`;
}
