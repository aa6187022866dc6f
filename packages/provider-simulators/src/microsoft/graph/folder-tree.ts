import { FolderLog } from './folder-log';
import { FOLDER_NAMES, isWithin } from './folders';
import type { Folder, FolderLanguage, WellKnownName } from './folders';
import { MessageIndex } from './message-index';
import type { StoredMessage } from './message-index';

export interface FolderTreeOptions {
  /** The language of the folders that every mailbox has; `en` by default. */
  language?: FolderLanguage;
  /** Folders of every mailbox that this one lacks, such as `archive`. */
  lacks?: readonly WellKnownName[];
}

export interface FolderTreeEntry {
  readonly sequence: number;
  readonly change: 'created' | 'updated' | 'deleted';
  readonly folder: Folder;
  next: FolderTreeEntry | undefined;
}

const TOP_FOLDERS: readonly WellKnownName[] = [
  'archive',
  'conversationhistory',
  'deleteditems',
  'drafts',
  'inbox',
  'junkemail',
  'outbox',
  'sentitems',
];

/** The folders of a mailbox. Every one hangs below a root that lists do not show. */
export class FolderTree {
  readonly root: Folder;
  readonly recoverable: Folder;
  private readonly byNumber = new Map<number, Folder>();
  private readonly byName = new Map<WellKnownName, Folder>();
  private readonly childrenByParent = new Map<Folder, Folder[]>();
  private entries: FolderTreeEntry[] = [];
  private lastEntries = new Map<Folder, FolderTreeEntry>();
  /** Delta links of the tree from before this sequence have expired. */
  deltaFloor = 0;
  private nextNumber = 1;
  private ready = false;

  constructor(
    options: FolderTreeOptions,
    private readonly nextSequence: () => number,
  ) {
    this.root = this.insert('Top of Information Store', undefined, { wellKnown: 'msgfolderroot' });
    this.recoverable = this.insert('Deletions', undefined, { wellKnown: 'recoverableitemsdeletions' });
    this.insert('Search Folders', undefined, { wellKnown: 'searchfolders' });
    for (const name of TOP_FOLDERS) {
      if (options.lacks?.includes(name)) continue;
      const displayName = FOLDER_NAMES[name]?.[options.language ?? 'en'] ?? name;
      this.insert(displayName, this.root, { wellKnown: name });
    }
    const issues = this.insert('Sync Issues', this.root, { wellKnown: 'syncissues', isHidden: true });
    this.insert('Conflicts', issues, { wellKnown: 'conflicts', isHidden: true });
    this.insert('Local Failures', issues, { wellKnown: 'localfailures', isHidden: true });
    this.insert('Server Failures', issues, { wellKnown: 'serverfailures', isHidden: true });
    this.insert('Conversation Action Settings', this.root, { isHidden: true });
    this.ready = true;
  }

  get(number: number): Folder | undefined {
    return this.byNumber.get(number);
  }

  wellKnown(name: WellKnownName): Folder | undefined {
    return this.byName.get(name);
  }

  /** One of the folders that every mailbox has. */
  required(name: 'inbox' | 'drafts' | 'sentitems' | 'deleteditems' | 'junkemail'): Folder {
    const folder = this.byName.get(name);
    if (!folder) throw new Error(`The mailbox has no folder ${name}.`);
    return folder;
  }

  all(): Iterable<Folder> {
    return this.byNumber.values();
  }

  /** In the order of their names, hidden ones included. */
  children(parent: Folder): readonly Folder[] {
    return [...(this.childrenByParent.get(parent) ?? [])].sort((a, b) =>
      a.displayName.toLowerCase() < b.displayName.toLowerCase() ? -1 : 1,
    );
  }

  /** All folders below the visible root, parents first, without those that are hidden. */
  *visible(parent: Folder = this.root): Generator<Folder> {
    for (const child of this.children(parent)) {
      if (child.isHidden) continue;
      yield child;
      yield* this.visible(child);
    }
  }

  /** True when the folder is in the tree that people see: below the root, and nothing on the way is hidden. */
  isVisible(folder: Folder): boolean {
    for (let at: Folder | undefined = folder; at; at = at.parent) {
      if (at.isHidden) return false;
      if (at === this.root) return folder !== this.root;
    }
    return false;
  }

  findByPath(path: string): Folder | undefined {
    let at: Folder | undefined = this.root;
    for (const name of path.split('/')) at = at && this.childNamed(at, name);
    return at;
  }

  childNamed(parent: Folder, displayName: string): Folder | undefined {
    const wanted = displayName.toLowerCase();
    return this.childrenByParent.get(parent)?.find((f) => f.displayName.toLowerCase() === wanted);
  }

  create(
    displayName: string,
    parent: Folder = this.root,
    options: { isHidden?: boolean; search?: (message: StoredMessage) => boolean } = {},
  ): Folder {
    return this.insert(displayName, parent, options);
  }

  rename(folder: Folder, displayName: string): void {
    folder.displayName = displayName;
    this.record('updated', folder);
  }

  move(folder: Folder, parent: Folder): void {
    if (isWithin(parent, folder)) throw new Error('A folder cannot move below itself.');
    this.detach(folder);
    folder.parent = parent;
    this.attach(folder);
    this.record('updated', folder);
  }

  remove(folder: Folder): void {
    this.detach(folder);
    this.byNumber.delete(folder.number);
    if (folder.wellKnown) this.byName.delete(folder.wellKnown);
    this.record('deleted', folder);
  }

  expireDelta(sequence: number): void {
    this.deltaFloor = sequence;
    this.entries = [];
    this.lastEntries.clear();
  }

  /** Entries after `after`, up to and with `upTo`; of a folder only the last one. */
  *changesBetween(after: number, upTo: number): Generator<FolderTreeEntry> {
    for (const entry of this.entries) {
      if (entry.sequence <= after) continue;
      if (entry.sequence > upTo) return;
      if (!entry.next || entry.next.sequence > upTo) yield entry;
    }
  }

  private insert(
    displayName: string,
    parent: Folder | undefined,
    options: { wellKnown?: WellKnownName; isHidden?: boolean; search?: (message: StoredMessage) => boolean },
  ): Folder {
    const folder: Folder = {
      number: this.nextNumber++,
      wellKnown: options.wellKnown,
      displayName,
      parent,
      isHidden: options.isHidden ?? false,
      search: options.search,
      messages: new MessageIndex(),
      unread: 0,
      log: new FolderLog(),
      version: 1,
    };
    this.byNumber.set(folder.number, folder);
    if (folder.wellKnown) this.byName.set(folder.wellKnown, folder);
    this.attach(folder);
    this.record('created', folder);
    return folder;
  }

  private attach(folder: Folder): void {
    if (!folder.parent) return;
    const siblings = this.childrenByParent.get(folder.parent) ?? [];
    siblings.push(folder);
    this.childrenByParent.set(folder.parent, siblings);
  }

  private detach(folder: Folder): void {
    if (!folder.parent) return;
    const siblings = this.childrenByParent.get(folder.parent) ?? [];
    this.childrenByParent.set(
      folder.parent,
      siblings.filter((f) => f !== folder),
    );
  }

  private record(change: FolderTreeEntry['change'], folder: Folder): void {
    // The folders of a new mailbox have been there for ever.
    if (!this.ready) return;
    const entry: FolderTreeEntry = { sequence: this.nextSequence(), change, folder, next: undefined };
    folder.version = entry.sequence;
    const previous = this.lastEntries.get(folder);
    if (previous) previous.next = entry;
    this.lastEntries.set(folder, entry);
    this.entries.push(entry);
  }
}
