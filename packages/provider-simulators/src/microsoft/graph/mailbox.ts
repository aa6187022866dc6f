import type { Clock } from '../../clock';
import type { MessageSource, MimeMessage } from '../../mime/model';
import type { Rng } from '../../random';
import { createRng, pick } from '../../random';
import { Categories } from './categories';
import { FolderTree } from './folder-tree';
import type { FolderTreeOptions } from './folder-tree';
import type { Folder } from './folders';
import { IdCodec } from './ids';
import { MessageIndex } from './message-index';
import type { FlagStatus, Importance, Inference, StoredMessage } from './message-index';

export interface MailboxOptions extends FolderTreeOptions {
  address: string;
  clock: Clock;
  /** Seeds ids. */
  seed?: number;
}

export interface NewMessage {
  source: number;
  key: number;
  folder: Folder;
  /** Milliseconds since the epoch; cut to whole seconds. */
  receivedAt: number;
  /** An existing conversation; without it a new one begins. */
  conversation?: number;
  isRead?: boolean;
  isDraft?: boolean;
  isOutgoing?: boolean;
  flag?: FlagStatus;
  importance?: Importance;
  inference?: Inference;
  categories?: readonly string[];
}

export interface MessageChange {
  isRead?: boolean;
  flag?: FlagStatus;
  categories?: readonly string[];
  importance?: Importance;
  inference?: Inference;
}

/** What a message has beside its MIME form. */
export interface MessageExtras {
  /** Links to files in a cloud store. */
  references: { name: string; url: string; size: number }[];
  /** Extended properties by id, such as `String {GUID} Name word`. */
  extended: Map<string, string>;
}

const PROPERTY_NAMES: Readonly<Record<keyof MessageChange, string>> = {
  isRead: 'isRead',
  flag: 'flag',
  categories: 'categories',
  importance: 'importance',
  inference: 'inferenceClassification',
};

/** One Exchange mailbox in memory: folders, messages, categories and the logs of their changes. */
export class Mailbox {
  readonly address: string;
  readonly ids: IdCodec;
  readonly folders: FolderTree;
  readonly categories: Categories;
  /** Everything that `/me/messages` covers: all folders but Recoverable Items. */
  readonly messages = new MessageIndex();
  private readonly clock: Clock;
  private readonly byNumber: (StoredMessage | undefined)[] = [];
  private readonly byCopy: (StoredMessage | undefined)[] = [];
  private readonly categorySets = new Map<string, readonly string[]>();
  private readonly sources: MessageSource[] = [];
  /** By source and key: the number of the message with that content. */
  private readonly numbersBySource: (number | undefined)[][] = [];
  private readonly extrasByNumber = new Map<number, MessageExtras>();
  private conversations = 0;
  private current = 1;
  /** While a mailbox is seeded, its changes leave no trace in delta queries. */
  private seeding = false;

  constructor(options: MailboxOptions) {
    this.address = options.address;
    this.clock = options.clock;
    const rng: Rng = createRng(options.seed ?? 1);
    this.ids = new IdCodec(Array.from({ length: 22 }, () => pick(rng, [...GUID_LETTERS])).join(''));
    this.folders = new FolderTree(options, () => this.nextSequence());
    this.categories = new Categories(rng);
  }

  /** Rises with every change of the mailbox. */
  get sequence(): number {
    return this.current;
  }

  // Reading

  message(number: number): StoredMessage | undefined {
    return this.byNumber[number];
  }

  messageByCopy(copy: number): StoredMessage | undefined {
    return this.byCopy[copy];
  }

  content(message: StoredMessage): MimeMessage {
    const source = this.sources[message.source];
    if (!source) throw new Error(`Mailbox ${this.address} has no message source ${message.source}.`);
    return source.message(message.key);
  }

  idOf(message: StoredMessage, immutable: boolean): string {
    return immutable ? this.ids.encode('immutable', message.number) : this.ids.encode('message', message.copy);
  }

  folderId(folder: Folder): string {
    return this.ids.encode('folder', folder.number);
  }

  conversationId(conversation: number): string {
    return this.ids.encode('conversation', conversation);
  }

  changeKey(version: number): string {
    return `CQAAABYAAAC${this.ids.encode('conversation', version).slice(5, 21)}${version.toString(36).padStart(8, 'A')}`;
  }

  extras(message: StoredMessage): MessageExtras | undefined {
    return this.extrasByNumber.get(message.number);
  }

  /** The message with this Message-ID header (with its brackets), when a source can tell. */
  findByMessageId(messageId: string): StoredMessage | undefined {
    for (let i = this.sources.length - 1; i >= 0; i--) {
      const key = this.sources[i]?.findByMessageId?.(messageId);
      const number = key === undefined ? undefined : this.numbersBySource[i]?.[key];
      const message = number === undefined ? undefined : this.byNumber[number];
      if (message) return message;
    }
    return undefined;
  }

  // Changing

  addSource(source: MessageSource): number {
    this.numbersBySource.push([]);
    return this.sources.push(source) - 1;
  }

  /** Fills the mailbox as if it had been so for ever: delta links from before do not show it. */
  seed(fill: () => void): void {
    this.seeding = true;
    try {
      fill();
    } finally {
      this.seeding = false;
    }
  }

  newConversation(): number {
    return this.conversations++;
  }

  add(fields: NewMessage): StoredMessage {
    const receivedAt = Math.floor(fields.receivedAt / 1000) * 1000;
    const now = this.clock.now();
    const number = this.byNumber.length;
    const message: StoredMessage = {
      number,
      copy: this.byCopy.length,
      folder: fields.folder,
      conversation: fields.conversation ?? this.newConversation(),
      receivedAt,
      modifiedAt: this.seeding ? receivedAt : now,
      addedAt: this.seeding ? 0 : now,
      source: fields.source,
      key: fields.key,
      isRead: fields.isRead ?? false,
      isDraft: fields.isDraft ?? false,
      isOutgoing: fields.isOutgoing ?? false,
      flag: fields.flag ?? 'notFlagged',
      importance: fields.importance ?? 'normal',
      inference: fields.inference ?? 'focused',
      categories: this.categorySet(fields.categories ?? []),
      version: this.current,
    };
    this.byNumber.push(message);
    this.byCopy.push(message);
    const numbers = this.numbersBySource[fields.source];
    if (numbers) numbers[fields.key] ??= number;
    this.enter(message, fields.folder);
    return message;
  }

  setExtras(message: StoredMessage, extras: Partial<MessageExtras>): void {
    const known = this.extrasByNumber.get(message.number) ?? { references: [], extended: new Map<string, string>() };
    this.extrasByNumber.set(message.number, { ...known, ...extras });
  }

  /** Changes flags and categories. What is so already changes nothing and leaves no trace. */
  change(message: StoredMessage, change: MessageChange): void {
    const changed: string[] = [];
    const wanted: MessageChange = { ...change };
    if (change.categories) wanted.categories = this.categorySet(change.categories);
    for (const name of Object.keys(wanted) as (keyof MessageChange)[]) {
      if (wanted[name] !== undefined && wanted[name] !== message[name]) changed.push(PROPERTY_NAMES[name]);
    }
    if (changed.length === 0) return;
    if (wanted.isRead !== undefined && wanted.isRead !== message.isRead)
      message.folder.unread += wanted.isRead ? -1 : 1;
    Object.assign(message, Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)));
    const { modifiedAt } = message;
    this.touch(message);
    // The read flag alone does not count as a modification.
    if (changed.length === 1 && changed[0] === 'isRead') message.modifiedAt = modifiedAt;
    if (!this.seeding) message.folder.log.append(message.version, 'updated', message, message.copy, changed);
  }

  /** A draft is saved again: it keeps its ids and gets another content. */
  replaceContent(message: StoredMessage, source: number, key: number): void {
    const numbers = this.numbersBySource[message.source];
    if (numbers?.[message.key] === message.number) numbers[message.key] = undefined;
    message.source = source;
    message.key = key;
    const current = this.numbersBySource[source];
    if (current) current[key] = message.number;
    this.touch(message);
    if (!this.seeding) {
      const changed = ['subject', 'body', 'bodyPreview', 'toRecipients', 'hasAttachments', 'lastModifiedDateTime'];
      message.folder.log.append(message.version, 'updated', message, message.copy, changed);
    }
  }

  /** Moves a message: its default id changes, its immutable id stays. Into its own folder nothing moves. */
  move(message: StoredMessage, folder: Folder): void {
    if (folder === message.folder) {
      this.touch(message);
      if (!this.seeding) folder.log.append(message.version, 'updated', message, message.copy, ['lastModifiedDateTime']);
      return;
    }
    this.leave(message, 'left');
    this.byCopy[message.copy] = undefined;
    message.copy = this.byCopy.push(message) - 1;
    message.folder = folder;
    this.enter(message, folder);
  }

  /** A copy with ids of its own in the same conversation. */
  copyTo(message: StoredMessage, folder: Folder): StoredMessage {
    const copy = this.add({ ...message, folder });
    const extras = this.extras(message);
    if (extras) this.setExtras(copy, { references: [...extras.references], extended: new Map(extras.extended) });
    return copy;
  }

  /** Removes a message for good. */
  deleteForever(message: StoredMessage): void {
    this.leave(message, 'deleted');
    this.byNumber[message.number] = undefined;
    this.byCopy[message.copy] = undefined;
    this.extrasByNumber.delete(message.number);
    const numbers = this.numbersBySource[message.source];
    if (numbers?.[message.key] === message.number) numbers[message.key] = undefined;
  }

  /** Removes a folder, the folders below it and all their messages for good. */
  deleteFolderForever(folder: Folder): void {
    for (const child of this.folders.children(folder)) this.deleteFolderForever(child);
    for (const message of [...folder.messages.newestFirst()]) this.deleteForever(message);
    this.folders.remove(folder);
  }

  /** Every delta link of this folder, or of all folders and the folder tree, becomes invalid. */
  expireDelta(folder?: Folder): void {
    const floor = this.nextSequence();
    if (folder) folder.log.expire(floor);
    else {
      for (const each of this.folders.all()) each.log.expire(floor);
      this.folders.expireDelta(floor);
    }
    this.nextSequence();
  }

  /** Goes on at this sequence: delta links of an earlier run have expired, instead of being silently valid. */
  continueFrom(sequence: number): void {
    this.current = Math.max(this.current, sequence);
    this.expireDelta();
  }

  private enter(message: StoredMessage, folder: Folder): void {
    folder.messages.add(message);
    if (!message.isRead) folder.unread++;
    if (folder !== this.folders.recoverable) this.messages.add(message);
    this.touch(message);
    if (!this.seeding) folder.log.append(message.version, 'created', message, message.copy);
  }

  private leave(message: StoredMessage, change: 'left' | 'deleted'): void {
    const { folder } = message;
    folder.messages.remove(message);
    if (!message.isRead) folder.unread--;
    if (folder !== this.folders.recoverable) this.messages.remove(message);
    if (!this.seeding) folder.log.append(this.nextSequence(), change, message, message.copy);
  }

  private touch(message: StoredMessage): void {
    message.version = this.nextSequence();
    if (!this.seeding) message.modifiedAt = this.clock.now();
  }

  private nextSequence(): number {
    return ++this.current;
  }

  private categorySet(categories: readonly string[]): readonly string[] {
    const unique = [...new Set(categories)];
    const key = unique.join('\n');
    let shared = this.categorySets.get(key);
    if (!shared) this.categorySets.set(key, (shared = Object.freeze(unique)));
    return shared;
  }
}

const GUID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
