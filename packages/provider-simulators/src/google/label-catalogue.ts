import { LABEL_PALETTE } from './label-palette';

export interface Label {
  id: string;
  name: string;
  type: 'system' | 'user';
  labelListVisibility: 'labelShow' | 'labelShowIfUnread' | 'labelHide';
  messageListVisibility: 'show' | 'hide';
  color?: { textColor: string; backgroundColor: string };
}

export const SYSTEM_LABELS = [
  'INBOX', 'SPAM', 'TRASH', 'UNREAD', 'STARRED', 'IMPORTANT', 'SENT', 'DRAFT', 'CHAT',
  'CATEGORY_PERSONAL', 'CATEGORY_SOCIAL', 'CATEGORY_PROMOTIONS', 'CATEGORY_UPDATES', 'CATEGORY_FORUMS',
] as const; // prettier-ignore

/** Labels that Google sets by itself and nobody can add or remove. */
export const FIXED_LABELS: ReadonlySet<string> = new Set(['SENT', 'DRAFT', 'CHAT']);

const RESERVED_NAMES = new Set([
  ...SYSTEM_LABELS.map((id) => id.toLowerCase()),
  'drafts', 'sent mail', 'all mail', 'starred', 'important', 'chats', 'muted', 'scheduled', 'snoozed',
]); // prettier-ignore

const MAX_LABELS = 10_000;
const MAX_NAME_LENGTH = 225;

export type LabelProblem = 'invalidName' | 'nameConflict' | 'tooMany' | 'invalidColor';

/** The labels of one mailbox: the system's and the user's. */
export class LabelCatalogue {
  private readonly labels = new Map<string, Label>();
  private readonly idByName = new Map<string, string>();
  private nextNumber = 1;

  constructor() {
    for (const id of SYSTEM_LABELS) {
      this.labels.set(id, {
        id,
        name: id,
        type: 'system',
        labelListVisibility: 'labelShow',
        messageListVisibility: id === 'UNREAD' ? 'show' : 'hide',
      });
    }
  }

  get(id: string): Label | undefined {
    return this.labels.get(id);
  }

  has(id: string): boolean {
    return this.labels.has(id);
  }

  all(): Label[] {
    return [...this.labels.values()];
  }

  /** Finds by name without case; the search operator `label:` also writes spaces and slashes as hyphens. */
  findByName(name: string): Label | undefined {
    const id = this.idByName.get(name.toLowerCase()) ?? name.toUpperCase();
    const label = this.labels.get(id);
    if (label) return label;
    const wanted = hyphenated(name);
    return this.all().find((l) => l.type === 'user' && hyphenated(l.name) === wanted);
  }

  /** Why this name cannot be used, if it cannot; `own` is the id of the label that is being renamed. */
  nameProblem(name: string, own?: string): LabelProblem | undefined {
    const key = name.toLowerCase();
    if (name.trim() !== name || name === '' || name.length > MAX_NAME_LENGTH || RESERVED_NAMES.has(key))
      return 'invalidName';
    if (name.split('/').some((segment) => segment.trim() === '')) return 'invalidName';
    const holder = this.idByName.get(key);
    if (holder !== undefined && holder !== own) return 'nameConflict';
    return undefined;
  }

  get isFull(): boolean {
    return this.labels.size - SYSTEM_LABELS.length >= MAX_LABELS;
  }

  create(fields: Pick<Label, 'name'> & Partial<Omit<Label, 'id' | 'type'>>): Label {
    const label: Label = {
      labelListVisibility: 'labelShow',
      messageListVisibility: 'show',
      ...fields,
      id: `Label_${this.nextNumber++}`,
      type: 'user',
    };
    this.labels.set(label.id, label);
    this.idByName.set(label.name.toLowerCase(), label.id);
    return label;
  }

  update(label: Label, fields: Partial<Omit<Label, 'id' | 'type'>>): void {
    if (fields.name !== undefined) {
      this.idByName.delete(label.name.toLowerCase());
      this.idByName.set(fields.name.toLowerCase(), label.id);
    }
    Object.assign(label, fields);
  }

  remove(label: Label): void {
    this.labels.delete(label.id);
    this.idByName.delete(label.name.toLowerCase());
  }
}

/** Both colours are needed, and each must be one of Google's. */
export function isPaletteColor(color: { textColor?: unknown; backgroundColor?: unknown }): boolean {
  return LABEL_PALETTE.has(String(color.textColor)) && LABEL_PALETTE.has(String(color.backgroundColor));
}

function hyphenated(name: string): string {
  return name.toLowerCase().replace(/[\s/&()]+/g, '-');
}
