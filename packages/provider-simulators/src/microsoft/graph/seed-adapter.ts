import type { MessageSource } from '../../mime/model';
import type { SeedMessage, SeedTarget } from '../../seed/seed-target';
import type { Folder } from './folders';
import type { Mailbox, NewMessage } from './mailbox';

/** User labels of these names become folders, all others categories. */
const AS_FOLDERS = /^(Projects|家庭)(\/|$)/;

/**
 * Lets the seeds that speak Gmail's language fill an Exchange mailbox: system labels choose the folder, user labels
 * become folders or categories, a star a flag, the category tabs Focused and Other.
 */
export class SeedAdapter implements SeedTarget {
  private readonly folderByLabel = new Map<string, Folder>();

  constructor(private readonly mailbox: Mailbox) {}

  get address(): string {
    return this.mailbox.address;
  }

  readonly labels = {
    findByName: (): undefined => undefined,
    create: ({ name }: { name: string }): { id: string } => {
      if (AS_FOLDERS.test(name)) this.folderByLabel.set(name, this.folderOf(name));
      else if (!this.mailbox.categories.findByName(name)) {
        this.mailbox.categories.create(name, `preset${name.length % 25}`);
      }
      return { id: name };
    },
  };

  addSource(source: MessageSource): number {
    return this.mailbox.addSource(source);
  }

  seed(fill: () => void): void {
    this.mailbox.seed(fill);
  }

  add(message: SeedMessage): { threadId: string } {
    const { labels } = message;
    const has = (label: string) => labels.includes(label);
    const tab = labels.find((l) => l.startsWith('CATEGORY_'));
    const categories = labels.filter((l) => !/^[A-Z_]+$/.test(l) && !this.folderByLabel.has(l));
    const fields: NewMessage = {
      source: message.source,
      key: message.key,
      folder: this.placeOf(labels),
      receivedAt: message.internalDate,
      isRead: !has('UNREAD'),
      isDraft: has('DRAFT'),
      isOutgoing: has('SENT') || has('DRAFT'),
      flag: has('STARRED') ? 'flagged' : 'notFlagged',
      importance: has('IMPORTANT') && has('STARRED') ? 'high' : 'normal',
      inference: tab === undefined || tab === 'CATEGORY_PERSONAL' ? 'focused' : 'other',
      categories,
      ...(message.threadId === undefined ? {} : { conversation: Number(message.threadId) }),
    };
    return { threadId: String(this.mailbox.add(fields).conversation) };
  }

  private placeOf(labels: readonly string[]): Folder {
    const { folders } = this.mailbox;
    if (labels.includes('TRASH')) return folders.required('deleteditems');
    if (labels.includes('SPAM')) return folders.required('junkemail');
    if (labels.includes('DRAFT')) return folders.required('drafts');
    if (labels.includes('SENT')) return folders.required('sentitems');
    if (labels.includes('INBOX')) return folders.required('inbox');
    for (const label of labels) {
      const folder = this.folderByLabel.get(label);
      if (folder) return folder;
    }
    return folders.wellKnown('archive') ?? folders.required('inbox');
  }

  /** The folder with this path below the inbox's siblings, made when it is missing. */
  private folderOf(path: string): Folder {
    const { folders } = this.mailbox;
    let at = folders.root;
    for (const name of path.split('/')) at = folders.childNamed(at, name) ?? folders.create(name, at);
    return at;
  }
}
