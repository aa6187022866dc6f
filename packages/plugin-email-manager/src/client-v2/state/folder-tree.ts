import type { Folder, Id } from '../../shared/api';

export interface FolderNode {
  folder: Folder;
  children: FolderNode[];
}

const ROLE_ORDER: Record<Folder['role'], number> = {
  inbox: 0,
  drafts: 1,
  sent: 2,
  archive: 3,
  other: 4,
  spam: 5,
  trash: 6,
};

/**
 * The folders of one mailbox as a tree: those with a role first, the others by name. A folder whose parent is not here,
 * or that stands above itself in what the server said, is at the top: every folder is shown once.
 */
export function folderTree(folders: readonly Folder[], language: string): FolderNode[] {
  const nodes = new Map<Id, FolderNode>(folders.map((folder) => [folder.id, { folder, children: [] }]));
  const roots: FolderNode[] = [];
  for (const node of nodes.values()) {
    const parent = node.folder.parentId === null ? undefined : nodes.get(node.folder.parentId);
    if (parent && !isAbove(node.folder.id, parent.folder, nodes)) parent.children.push(node);
    else roots.push(node);
  }
  const byName = new Intl.Collator(language, { numeric: true });
  const sort = (siblings: FolderNode[]): FolderNode[] => {
    siblings.sort(
      (a, b) => ROLE_ORDER[a.folder.role] - ROLE_ORDER[b.folder.role] || byName.compare(a.folder.name, b.folder.name),
    );
    for (const { children } of siblings) sort(children);
    return siblings;
  };
  return sort(roots);
}

/** Whether the folder of this id is `folder` itself or one above it. */
function isAbove(id: Id, folder: Folder, nodes: ReadonlyMap<Id, FolderNode>): boolean {
  const seen = new Set<Id>();
  for (let current: Folder | undefined = folder; current && !seen.has(current.id);) {
    if (current.id === id) return true;
    seen.add(current.id);
    current = current.parentId === null ? undefined : nodes.get(current.parentId)?.folder;
  }
  return false;
}

/** Unread conversations in all folders below this one: what a folded folder would hide. */
export function unreadBelow({ children }: FolderNode): number {
  return children.reduce((sum, child) => sum + child.folder.unread + unreadBelow(child), 0);
}

export function contains(node: FolderNode, folderId: Id | null): boolean {
  return node.children.some((child) => child.folder.id === folderId || contains(child, folderId));
}

const KEY = 'email-manager.folders';
const LIMIT = 1_000;

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

/** Which folders this person has opened (true) or closed (false) in this browser; the oldest choices are forgotten. */
export function readFolding(storage: Storage): Map<Id, boolean> {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    if (!Array.isArray(value)) return new Map();
    return new Map(
      value.filter((entry): entry is [Id, boolean] => Array.isArray(entry) && typeof entry[1] === 'boolean'),
    );
  } catch {
    return new Map();
  }
}

export function writeFolding(folding: ReadonlyMap<Id, boolean>, storage: Storage): void {
  storage.setItem(KEY, JSON.stringify([...folding].slice(-LIMIT)));
}
