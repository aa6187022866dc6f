import { arrayField, field, stringField } from '../../decode';
import { MailError } from '../../errors';
import { displayName } from '../../mime/storable-text';
import type { FolderInfo, FolderRole, LabelInfo } from '../../model/place';
import type { Clock } from '../../ports/clock';
import { type CallResult, type GraphCall, type GraphClient, prefer } from './client';
import { graphErrors, malformed } from './errors';
import { query } from './links';
import { categoryLabel, categoryPlace } from './places';

/** v1.0 folders do not say which of them is the inbox: each name is asked for ("mailFolder resource type"). */
const ROLES: readonly (readonly [name: string, role: FolderRole])[] = [
  ['inbox', 'inbox'],
  ['sentitems', 'sent'],
  ['drafts', 'drafts'],
  ['junkemail', 'spam'],
  ['deleteditems', 'trash'],
  ['archive', 'archive'],
];
const SHOWN_ORDER: readonly FolderRole[] = ['inbox', 'drafts', 'sent', 'archive', 'spam', 'trash', 'other'];
const ROOT = 'msgfolderroot';
/** What is in these is not in the mailbox as people see it. */
const OUTSIDE = ['searchfolders', 'recoverableitemsdeletions'] as const;
const NAMES: readonly string[] = [...ROLES.map(([name]) => name), ROOT, ...OUTSIDE];

const PAGE_SIZE = 200;
const MAX_PAGES = 500;
const RECENT_MS = 2_000;
/** Exchange allows 300 levels; a circle in the answer must not be followed for ever. */
const MAX_DEPTH = 400;

/** The folders of a mailbox at one moment, and where the feed of their changes begins. */
export interface FolderTree {
  /** Those that are mirrored, by id. */
  readonly folders: ReadonlyMap<string, FolderInfo>;
  /** A path (see Links): changes of the tree after it was read. */
  readonly deltaPath: string;
}

interface RawFolder {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  readonly isHidden: boolean;
  readonly isSearch: boolean;
}

interface TreePage {
  /** Null for one that was removed. */
  readonly changes: readonly { readonly id: string; readonly folder: RawFolder | null }[];
  readonly nextPath: string | null;
  readonly deltaPath: string | null;
}

/**
 * Reads the whole tree: the first page of its delta comes with the well-known folders in one batch.
 * @throws MailError noMailbox when the account has no inbox
 */
export async function readTree(client: GraphClient, skipRoles: ReadonlySet<FolderRole>): Promise<FolderTree> {
  const first = treeCall(client, firstTreePath());
  const results = await client.each<string | TreePage | null>([first, ...NAMES.map(wellKnownCall)], 'live');
  const wellKnown = new Map<string, string>();
  NAMES.forEach((name, index) => {
    const id = valueOrAbsent(results[index + 1] as CallResult<string | TreePage | null>);
    if (typeof id === 'string') wellKnown.set(name, id);
  });
  if (!wellKnown.has('inbox')) {
    throw new MailError('noMailbox', 'This Microsoft account has no Outlook mailbox.', { providerCode: 'noInbox' });
  }
  const raw = new Map<string, RawFolder>();
  let result = results[0] as CallResult<TreePage>;
  for (let pages = 1; ; pages++) {
    if (!result.ok) throw result.error;
    const page = result.value;
    for (const { id, folder } of page.changes) {
      if (folder === null) raw.delete(id);
      else raw.set(id, folder);
    }
    if (page.deltaPath !== null) return { folders: mirrored(raw, wellKnown, skipRoles), deltaPath: page.deltaPath };
    if (page.nextPath === null || pages >= MAX_PAGES) throw malformed('The list of folders has no end.');
    result = { ok: true, value: await client.one(treeCall(client, page.nextPath), 'live') };
  }
}

/** A page of the feed of folder changes. */
export function treeCall(client: GraphClient, path: string): GraphCall<TreePage> {
  return {
    method: 'delta',
    verb: 'GET',
    path,
    headers: prefer(`odata.maxpagesize=${PAGE_SIZE}`),
    decode: (json) => decodeTreePage(client, json),
  };
}

function firstTreePath(): string {
  return `/me/mailFolders/delta${query({ $select: 'id,displayName,parentFolderId,isHidden' })}`;
}

function wellKnownCall(name: string): GraphCall<string | null> {
  return {
    method: 'read',
    verb: 'GET',
    path: `/me/mailFolders/${name}?$select=id`,
    decode: (json) => {
      const id = stringField(json, 'id');
      if (!id) throw malformed('A folder has no id.');
      return id;
    },
  };
}

/** A mailbox may lack any of the well-known folders; only the archive is commonly missing. */
function valueOrAbsent<T>(result: CallResult<T>): T | null {
  if (result.ok) return result.value;
  if (result.error.kind === 'notFound' || result.error.kind === 'refused') return null;
  throw result.error;
}

function decodeTreePage(client: GraphClient, json: unknown): TreePage {
  if (!Array.isArray(field(json, 'value'))) throw malformed('The list of folders is missing.');
  const changes: { id: string; folder: RawFolder | null }[] = [];
  for (const entry of arrayField(json, 'value')) {
    const id = stringField(entry, 'id');
    if (!id) throw malformed('A folder has no id.');
    const folder: RawFolder = {
      id,
      name: displayName(stringField(entry, 'displayName') ?? '', 250),
      parentId: stringField(entry, 'parentFolderId'),
      isHidden: field(entry, 'isHidden') === true,
      isSearch: /mailSearchFolder$/i.test(stringField(entry, '@odata.type') ?? ''),
    };
    changes.push({ id, folder: field(entry, '@removed') === undefined ? folder : null });
  }
  return { changes, ...linksOf(client, json) };
}

/** The two links of a page of changes. @throws MailError malformed, code LINK_NOT_ALLOWED */
export function linksOf(client: GraphClient, json: unknown): { nextPath: string | null; deltaPath: string | null } {
  const next = stringField(json, '@odata.nextLink');
  const delta = stringField(json, '@odata.deltaLink');
  return {
    nextPath: next === null ? null : client.links.toPath(next),
    deltaPath: delta === null ? null : client.links.toPath(delta),
  };
}

/** Leaves out what people do not see or do not want, with everything below it. */
function mirrored(
  raw: ReadonlyMap<string, RawFolder>,
  wellKnown: ReadonlyMap<string, string>,
  skipRoles: ReadonlySet<FolderRole>,
): ReadonlyMap<string, FolderInfo> {
  const roleOf = new Map<string, FolderRole>();
  for (const [name, role] of ROLES) {
    const id = wellKnown.get(name);
    if (id !== undefined) roleOf.set(id, role);
  }
  const outside = new Set(OUTSIDE.flatMap((name) => wellKnown.get(name) ?? []));
  const root = wellKnown.get(ROOT) ?? null;

  const isOut = (id: string): boolean => {
    const role = roleOf.get(id);
    const folder = raw.get(id);
    return outside.has(id) || (role !== undefined && skipRoles.has(role)) || !!folder?.isHidden || !!folder?.isSearch;
  };
  const isIn = (id: string): boolean => {
    let at: string | null = id;
    for (let depth = 0; at !== null && at !== root && depth < MAX_DEPTH; depth++) {
      if (isOut(at)) return false;
      at = raw.get(at)?.parentId ?? null;
    }
    return true;
  };

  const folders: FolderInfo[] = [];
  for (const { id, name, parentId } of raw.values()) {
    if (id === root || !isIn(id)) continue;
    const parentRemoteId = parentId !== null && parentId !== root && raw.has(parentId) ? parentId : null;
    folders.push({ remoteId: id, name: name === '' ? '?' : name, role: roleOf.get(id) ?? 'other', parentRemoteId });
  }
  return new Map(folders.sort(asPeopleKnowThem).map((folder) => [folder.remoteId, folder]));
}

/** As Outlook shows them: its own folders first, the others by name. Graph gives them in any order. */
function asPeopleKnowThem(a: FolderInfo, b: FolderInfo): number {
  const byRole = SHOWN_ORDER.indexOf(a.role) - SHOWN_ORDER.indexOf(b.role);
  if (byRole !== 0) return byRole;
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : a.remoteId < b.remoteId ? -1 : 1;
}

/** The master list of categories. @throws MailError account-wide kinds; a mailbox without such a list has none. */
export async function readCategories(client: GraphClient): Promise<readonly LabelInfo[]> {
  const labels = new Map<string, LabelInfo>();
  let path: string | null = '/me/outlook/masterCategories';
  for (let pages = 0; path !== null && pages < MAX_PAGES; pages++) {
    const call: GraphCall<CategoryPage> = {
      method: 'read',
      verb: 'GET',
      path,
      decode: (json) => decodeCategories(client, json),
    };
    const [result] = await client.each([call], 'live');
    if (!result) throw graphErrors.unavailable(null);
    const page: CategoryPage | null = valueOrAbsent(result);
    for (const label of page?.labels ?? []) labels.set(label.remoteId, label);
    path = page?.nextPath ?? null;
  }
  return [...labels.values()];
}

interface CategoryPage {
  readonly labels: readonly LabelInfo[];
  readonly nextPath: string | null;
}

function decodeCategories(client: GraphClient, json: unknown): CategoryPage {
  if (!Array.isArray(field(json, 'value'))) throw malformed('The list of categories is missing.');
  const labels = arrayField(json, 'value').flatMap((entry) => {
    const name = stringField(entry, 'displayName') ?? '';
    const remoteId = categoryPlace(name);
    return remoteId === null ? [] : [categoryLabel(remoteId, name, stringField(entry, 'color'))];
  });
  return { labels, nextPath: linksOf(client, json).nextPath };
}

/** Knows which folders are mirrored, and reads the tree anew when a message is in one that it has not heard of. */
export class FolderKeeper {
  private readonly skipRoles: ReadonlySet<FolderRole>;
  private tree: FolderTree | null = null;
  private readAt = -Infinity;
  private readonly foreign = new Set<string>();

  constructor(
    private readonly client: GraphClient,
    private readonly clock: Clock,
    readonly skipped: readonly FolderRole[],
  ) {
    this.skipRoles = new Set(skipped);
  }

  /** The tree as of now. */
  async refresh(): Promise<FolderTree> {
    const began = this.clock.monotonic();
    const tree = await readTree(this.client, this.skipRoles);
    for (const id of tree.folders.keys()) this.foreign.delete(id);
    this.readAt = began;
    return (this.tree = tree);
  }

  /** The tree as it was a moment ago: whatever changed since then is told by the feed that begins where it was read. */
  async recent(): Promise<FolderTree> {
    const isRecent = this.clock.monotonic() - this.readAt <= RECENT_MS;
    return this.tree && isRecent ? this.tree : this.refresh();
  }

  /**
   * Which of these folder ids are mirrored. An id that is in no list was perhaps made a moment ago: the tree is read
   * again once for it.
   */
  async mirroredOf(folderIds: Iterable<string>): Promise<ReadonlySet<string>> {
    const ids = [...new Set(folderIds)];
    if (ids.length === 0) return new Set();
    let tree = this.tree ?? (await this.refresh());
    if (ids.some((id) => !tree.folders.has(id) && !this.foreign.has(id))) {
      tree = await this.refresh();
      for (const id of ids) if (!tree.folders.has(id)) this.foreign.add(id);
    }
    const { folders } = tree;
    return new Set(ids.filter((id) => folders.has(id)));
  }
}
