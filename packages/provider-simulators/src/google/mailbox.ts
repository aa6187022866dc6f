import type { MessageSource, MimeMessage } from '../mime/model';
import { headerValue } from '../mime/model';
import type { Rng } from '../random';
import { createRng, hexDigits } from '../random';
import type { Clock } from '../clock';
import { HistoryLog } from './history-log';
import type { HistoryType } from './history-log';
import { LabelCatalogue } from './label-catalogue';
import type { Label } from './label-catalogue';
import { MessageIndex, comparePositions } from './message-index';
import type { StoredMessage } from './message-index';

export interface Thread {
  id: string;
  /** Oldest first; never empty. */
  messages: StoredMessage[];
}

export interface MailboxOptions {
  address: string;
  clock: Clock;
  /** Seeds message ids and draft ids. */
  seed?: number;
  /** How long history can be asked for; a week by default. */
  historyRetentionMs?: number;
  /** The first history id; large values catch clients that read it as a floating-point number. */
  historyIdBase?: bigint;
}

export interface NewMessage {
  source: number;
  key: number;
  labels: readonly string[];
  internalDate: number;
  /** An existing thread; without it a new one begins. */
  threadId?: string;
}

const WEEK_MS = 7 * 24 * 3600_000;
const LABEL_ORDER = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** One Gmail mailbox in memory: messages, threads, labels, drafts and the history of their changes. */
export class Mailbox {
  readonly address: string;
  readonly labels = new LabelCatalogue();
  readonly history: HistoryLog;
  readonly messages = new MessageIndex();
  private readonly clock: Clock;
  private readonly rng: Rng;
  private readonly historyIdBase: bigint;
  private readonly byId = new Map<string, StoredMessage>();
  private readonly threadsById = new Map<string, Thread>();
  private readonly byLabel = new Map<string, MessageIndex>();
  private readonly labelSets = new Map<string, readonly string[]>();
  private readonly sources: MessageSource[] = [];
  /** By source and key: the id under which that content is in the mailbox now. */
  private readonly idsBySource: (string | undefined)[][] = [];
  private readonly messageByDraft = new Map<string, string>();
  private readonly draftByMessage = new Map<string, string>();
  /** While a mailbox is seeded, its changes leave no history. */
  private seeding = false;

  constructor(options: MailboxOptions) {
    this.address = options.address;
    this.clock = options.clock;
    this.rng = createRng(options.seed ?? 1);
    this.historyIdBase = options.historyIdBase ?? 4_200_000n;
    this.history = new HistoryLog(1, options.historyRetentionMs ?? WEEK_MS);
  }

  // Reading

  message(id: string): StoredMessage | undefined {
    return this.byId.get(id);
  }

  thread(id: string): Thread | undefined {
    return this.threadsById.get(id);
  }

  get threadCount(): number {
    return this.threadsById.size;
  }

  content(message: StoredMessage): MimeMessage {
    const source = this.sources[message.source];
    if (!source) throw new Error(`Mailbox ${this.address} has no message source ${message.source}.`);
    return source.message(message.key);
  }

  withLabel(labelId: string): MessageIndex {
    let index = this.byLabel.get(labelId);
    if (!index) this.byLabel.set(labelId, (index = new MessageIndex()));
    return index;
  }

  drafts(): IterableIterator<[draftId: string, messageId: string]> {
    return this.messageByDraft.entries();
  }

  draftMessage(draftId: string): StoredMessage | undefined {
    const id = this.messageByDraft.get(draftId);
    return id === undefined ? undefined : this.byId.get(id);
  }

  draftIdOf(messageId: string): string | undefined {
    return this.draftByMessage.get(messageId);
  }

  /** The decimal string that the API shows for a history sequence. */
  historyIdText(sequence: number): string {
    return (this.historyIdBase + BigInt(sequence)).toString();
  }

  /** The sequence behind a history id, or NaN when it is none of this mailbox. */
  historySequence(text: string): number {
    const sequence = BigInt(text) - this.historyIdBase;
    return sequence < 0n || sequence > BigInt(Number.MAX_SAFE_INTEGER) ? NaN : Number(sequence);
  }

  /** Finds a message by its RFC 822 Message-ID, angle brackets included. */
  findByMessageId(messageId: string): StoredMessage | undefined {
    for (const [number, source] of this.sources.entries()) {
      const key = source.findByMessageId?.(messageId);
      if (key === undefined) continue;
      const id = this.idsBySource[number]?.[key];
      const message = id === undefined ? undefined : this.byId.get(id);
      if (message) return message;
    }
    return undefined;
  }

  // Changing

  addSource(source: MessageSource): number {
    this.idsBySource.push([]);
    return this.sources.push(source) - 1;
  }

  /** Fills the mailbox without leaving history, as if it had been so for ever. */
  seed(fill: () => void): void {
    this.seeding = true;
    try {
      fill();
    } finally {
      this.seeding = false;
    }
  }

  add(fields: NewMessage): StoredMessage {
    const id = this.newMessageId(this.seeding ? fields.internalDate : this.clock.now());
    const thread = fields.threadId === undefined ? undefined : this.threadsById.get(fields.threadId);
    const message: StoredMessage = {
      id,
      threadId: thread?.id ?? id,
      internalDate: fields.internalDate,
      addedAt: this.seeding ? 0 : this.clock.now(),
      source: fields.source,
      key: fields.key,
      labels: this.labelSet(fields.labels),
      history: this.history.sequence,
    };
    this.byId.set(id, message);
    const ids = this.idsBySource[fields.source];
    if (ids) ids[fields.key] = id;
    this.messages.add(message);
    for (const label of message.labels) this.withLabel(label).add(message);
    if (thread) insertSorted(thread.messages, message);
    else this.threadsById.set(id, { id, messages: [message] });
    this.record('messageAdded', message);
    return message;
  }

  /** Removes a message for good. */
  deleteForever(message: StoredMessage): void {
    this.byId.delete(message.id);
    const ids = this.idsBySource[message.source];
    if (ids) ids[message.key] = undefined;
    this.messages.remove(message);
    for (const label of message.labels) this.withLabel(label).remove(message);
    const thread = this.threadsById.get(message.threadId);
    if (thread) {
      thread.messages = thread.messages.filter((m) => m !== message);
      if (thread.messages.length === 0) this.threadsById.delete(thread.id);
    }
    const draftId = this.draftByMessage.get(message.id);
    if (draftId !== undefined) {
      this.draftByMessage.delete(message.id);
      if (this.messageByDraft.get(draftId) === message.id) this.messageByDraft.delete(draftId);
    }
    this.record('messageDeleted', message);
  }

  /**
   * Adds and removes labels. Moving to the trash or to spam takes the message out of the inbox. Labels that are
   * there already (or not) change nothing and leave no history.
   */
  changeLabels(message: StoredMessage, add: readonly string[], remove: readonly string[]): void {
    const removing = new Set(remove);
    if (add.includes('TRASH') || add.includes('SPAM')) removing.add('INBOX');
    const added = add.filter((l) => !message.labels.includes(l));
    const removed = message.labels.filter((l) => removing.has(l) && !add.includes(l));
    if (added.length === 0 && removed.length === 0) return;
    for (const label of removed) this.withLabel(label).remove(message);
    const kept = message.labels.filter((l) => !removed.includes(l));
    message.labels = this.labelSet([...kept, ...added]);
    for (const label of added) this.withLabel(label).add(message);
    if (added.length > 0) this.record('labelAdded', message, added);
    if (removed.length > 0) this.record('labelRemoved', message, removed);
  }

  /** Deletes a user label and takes it off every message. */
  deleteLabel(label: Label, withHistory: boolean): void {
    const messages = [...this.withLabel(label.id).newestFirst()];
    const previously = this.seeding;
    this.seeding = previously || !withHistory;
    for (const message of messages) this.changeLabels(message, [], [label.id]);
    this.seeding = previously;
    this.labels.remove(label);
    this.byLabel.delete(label.id);
    this.history.advance();
  }

  /** Makes a message (which carries the label DRAFT) the content of a draft; the draft's id stays when it has one. */
  bindDraft(message: StoredMessage, draftId = this.newDraftId()): string {
    this.messageByDraft.set(draftId, message.id);
    this.draftByMessage.set(message.id, draftId);
    return draftId;
  }

  /** Saves a draft again: the old message goes for good, a new one with a new id takes its place. */
  replaceDraft(draftId: string, fields: NewMessage): StoredMessage {
    const old = this.draftMessage(draftId);
    const threadId = fields.threadId ?? old?.threadId;
    const message = this.add({ ...fields, ...(threadId === undefined ? {} : { threadId }) });
    if (old) this.deleteForever(old);
    this.bindDraft(message, draftId);
    return message;
  }

  private record(type: HistoryType, message: StoredMessage, changed?: readonly string[]): void {
    if (this.seeding) return;
    message.history = this.history.append({
      at: this.clock.now(),
      type,
      id: message.id,
      threadId: message.threadId,
      labels: message.labels,
      ...(changed ? { changed } : {}),
    });
  }

  private labelSet(labels: readonly string[]): readonly string[] {
    const sorted = [...new Set(labels)].sort(LABEL_ORDER);
    const key = sorted.join('\n');
    let shared = this.labelSets.get(key);
    if (!shared) this.labelSets.set(key, (shared = Object.freeze(sorted)));
    return shared;
  }

  /** Google's ids begin with the time of arrival in milliseconds; the rest is arbitrary. */
  private newMessageId(at: number): string {
    const time = Math.min(Math.max(Math.floor(at), 0x10000000000), 0xfffffffffff)
      .toString(16)
      .padStart(11, '0');
    for (;;) {
      const id = time + (0x100000 + Math.floor(this.rng() * 0x100000)).toString(16).slice(1);
      if (!this.byId.has(id) && !this.threadsById.has(id)) return id;
    }
  }

  private newDraftId(): string {
    const digits = BigInt(`0x${hexDigits(this.rng, 15)}`).toString();
    return `r${this.rng() < 0.5 ? '-' : ''}${digits}`;
  }
}

function insertSorted(messages: StoredMessage[], message: StoredMessage): void {
  let at = messages.length;
  while (at > 0 && comparePositions(messages[at - 1] as StoredMessage, message) > 0) at--;
  messages.splice(at, 0, message);
}

/** The subject of a message, empty when it has none. */
export function subjectOf(content: MimeMessage): string {
  return headerValue(content.root, 'Subject') ?? '';
}
