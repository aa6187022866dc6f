import { contextUrl, created, noContent, ok, requireFolder } from './call';
import type { GraphCall, GraphResult } from './call';
import { GraphError, badRequest, unknownProperty } from './errors';
import { parseFilter } from './filter';
import type { FilterSchema } from './filter';
import { isWithin } from './folders';
import type { Folder } from './folders';
import { parseExpand, parseSelect, readBoolean, readSkip, readTop } from './odata-options';
import { linkWith } from './paging';

export const FOLDER_TYPE = 'microsoft.graph.mailFolder';

type Read = (call: GraphCall, folder: Folder) => unknown;

/** `wellKnownName` is not among them (provider facts §4, "Folders"). */
const FOLDER_PROPERTIES: Readonly<Record<string, Read>> = {
  displayName: (_, f) => f.displayName,
  parentFolderId: (call, f) => (f.parent ? call.mailbox.folderId(f.parent) : call.mailbox.folderId(f)),
  childFolderCount: (call, f) => call.mailbox.folders.children(f).filter((c) => !c.isHidden).length,
  unreadItemCount: (call, f) => (f.search ? countIn(call, f, true) : f.unread),
  totalItemCount: (call, f) => (f.search ? countIn(call, f, false) : f.messages.size),
  isHidden: (_, f) => f.isHidden,
};

function countIn(call: GraphCall, folder: Folder, unreadOnly: boolean): number {
  let count = 0;
  for (const message of call.mailbox.messages.newestFirst()) {
    if (folder.search?.(message) && !(unreadOnly && message.isRead)) count++;
  }
  return count;
}

const FOLDER_FILTER: FilterSchema<{ call: GraphCall; folder: Folder }> = {
  typeName: FOLDER_TYPE,
  properties: {
    displayName: { type: 'string', read: ({ folder }) => folder.displayName },
    isHidden: { type: 'boolean', read: ({ folder }) => folder.isHidden },
    totalItemCount: { type: 'number', read: ({ folder }) => folder.messages.size },
    unreadItemCount: { type: 'number', read: ({ folder }) => folder.unread },
    childFolderCount: { type: 'number', read: ({ call, folder }) => call.mailbox.folders.children(folder).length },
  },
  collections: {},
};

export function readFolderSelect(select: string | null | undefined): string[] | undefined {
  if (select === null || select === undefined) return undefined;
  const names = parseSelect(select);
  for (const name of names) {
    if (name !== 'id' && !Object.hasOwn(FOLDER_PROPERTIES, name)) throw unknownProperty(name, FOLDER_TYPE);
  }
  return names;
}

export function folderJson(call: GraphCall, folder: Folder, select?: readonly string[]): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  if (folder.search) json['@odata.type'] = '#microsoft.graph.mailSearchFolder';
  json['id'] = call.mailbox.folderId(folder);
  for (const name of select ?? Object.keys(FOLDER_PROPERTIES)) {
    if (name !== 'id') json[name] = FOLDER_PROPERTIES[name]?.(call, folder);
  }
  return json;
}

/** `GET /me/mailFolders`: the children of the root only. */
export function listFolders(call: GraphCall): GraphResult {
  return listChildren(call, call.mailbox.folders.root);
}

export function listChildFolders(call: GraphCall): GraphResult {
  return listChildren(call, requireFolder(call));
}

const DEFAULT_TOP = 10;

function listChildren(call: GraphCall, parent: Folder): GraphResult {
  const { query } = call;
  const top = readTop(query) ?? DEFAULT_TOP;
  const skip = readSkip(query);
  const select = readFolderSelect(query.get('$select'));
  const withChildren = readChildExpansion(query);
  const folders = matchingChildren(call, parent);
  const json: Record<string, unknown> = { '@odata.context': contextUrl(call, 'mailFolders') };
  if (readBoolean(query, '$count')) json['@odata.count'] = folders.length;
  if (folders.length > skip + top) json['@odata.nextLink'] = linkWith(call, { $skip: String(skip + top) });
  json['value'] = folders.slice(skip, skip + top).map((folder) => ({
    ...folderJson(call, folder, select),
    ...(withChildren ? { childFolders: visibleChildren(call, folder).map((c) => folderJson(call, c)) } : {}),
  }));
  return ok(json);
}

export function countFolders(call: GraphCall): GraphResult {
  const count = matchingChildren(call, call.mailbox.folders.root).length;
  return { status: 200, bytes: { body: String(count), contentType: 'text/plain' } };
}

function matchingChildren(call: GraphCall, parent: Folder): Folder[] {
  const filterText = call.query.get('$filter');
  const filter = filterText === null ? undefined : parseFilter(filterText, FOLDER_FILTER);
  const children = visibleChildren(call, parent);
  return filter ? children.filter((folder) => filter.test({ call, folder })) : children;
}

function visibleChildren(call: GraphCall, parent: Folder): Folder[] {
  const includeHidden = readBoolean(call.query, 'includeHiddenFolders');
  return call.mailbox.folders.children(parent).filter((f) => includeHidden || !f.isHidden);
}

function readChildExpansion(query: URLSearchParams): boolean {
  const text = query.get('$expand');
  if (text === null) return false;
  for (const { name, options } of parseExpand(text)) {
    if (name !== 'childFolders') throw unknownProperty(name, FOLDER_TYPE);
    const [option] = options.keys();
    if (option !== undefined) throw badRequest(`The query option '${option}' is not supported in this expansion.`);
  }
  return true;
}

export function getFolder(call: GraphCall): GraphResult {
  const select = readFolderSelect(call.query.get('$select'));
  const folder = requireFolder(call);
  const expanded = readChildExpansion(call.query)
    ? { childFolders: visibleChildren(call, folder).map((c) => folderJson(call, c)) }
    : {};
  return ok({ ...entity(call, folder, select), ...expanded });
}

export function createFolder(call: GraphCall): GraphResult {
  return created(entity(call, createBelow(call, call.mailbox.folders.root)));
}

export function createChildFolder(call: GraphCall): GraphResult {
  return created(entity(call, createBelow(call, requireFolder(call))));
}

function createBelow(call: GraphCall, parent: Folder): Folder {
  const { body, mailbox } = call;
  allowFields(body, ['displayName', 'isHidden']);
  const { isHidden } = body;
  if (isHidden !== undefined && typeof isHidden !== 'boolean') throw wrongType('isHidden');
  const displayName = readName(body);
  checkFree(call, parent, displayName);
  return mailbox.folders.create(displayName, parent, { isHidden: isHidden ?? false });
}

export function updateFolder(call: GraphCall): GraphResult {
  const folder = requireFolder(call);
  allowFields(call.body, ['displayName']);
  if (call.body['displayName'] !== undefined) {
    const displayName = readName(call.body);
    if (folder.wellKnown) {
      throw new GraphError(403, 'ErrorAccessDenied', 'Distinguished folders cannot be renamed.');
    }
    if (folder.parent) checkFree(call, folder.parent, displayName, folder);
    call.mailbox.folders.rename(folder, displayName);
  }
  return ok(entity(call, folder));
}

/** Deletes a folder into Deleted Items; one that is there already goes for good. */
export function deleteFolder(call: GraphCall): GraphResult {
  const { folders } = call.mailbox;
  const folder = requireDeletable(call);
  const deletedItems = folders.required('deleteditems');
  if (isWithin(folder, deletedItems)) call.mailbox.deleteFolderForever(folder);
  else {
    let displayName = folder.displayName;
    for (let i = 1; folders.childNamed(deletedItems, displayName); i++) displayName = `${folder.displayName}${i}`;
    if (displayName !== folder.displayName) folders.rename(folder, displayName);
    folders.move(folder, deletedItems);
  }
  return noContent;
}

export function permanentlyDeleteFolder(call: GraphCall): GraphResult {
  call.mailbox.deleteFolderForever(requireDeletable(call));
  return noContent;
}

export function moveFolder(call: GraphCall): GraphResult {
  const folder = requireDeletable(call);
  const { destinationId } = call.body;
  if (typeof destinationId !== 'string') throw wrongType('destinationId');
  const parent = requireFolder(call, destinationId);
  if (isWithin(parent, folder) || parent.search) {
    throw new GraphError(409, 'ErrorMoveCopyFailed', 'The move or copy operation failed.');
  }
  if (parent !== folder.parent) {
    checkFree(call, parent, folder.displayName);
    call.mailbox.folders.move(folder, parent);
  }
  return created(entity(call, folder));
}

function requireDeletable(call: GraphCall): Folder {
  const folder = requireFolder(call);
  if (folder.wellKnown) {
    throw new GraphError(403, 'ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be deleted or moved.');
  }
  return folder;
}

function entity(call: GraphCall, folder: Folder, select?: readonly string[]): Record<string, unknown> {
  return { '@odata.context': contextUrl(call, 'mailFolders/$entity'), ...folderJson(call, folder, select) };
}

function checkFree(call: GraphCall, parent: Folder, displayName: string, except?: Folder): void {
  const existing = call.mailbox.folders.childNamed(parent, displayName);
  if (!existing || existing === except) return;
  throw new GraphError(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
}

function readName(body: Readonly<Record<string, unknown>>): string {
  const { displayName } = body;
  if (typeof displayName !== 'string') throw wrongType('displayName');
  if (displayName.trim() === '' || displayName.length > 255) {
    throw badRequest('The folder name is empty or too long.', 'ErrorInvalidRequest');
  }
  return displayName;
}

function allowFields(body: Readonly<Record<string, unknown>>, allowed: readonly string[]): void {
  for (const name of Object.keys(body)) {
    if (allowed.includes(name) || name.startsWith('@odata.')) continue;
    throw badRequest(`The property '${name}' does not exist on type '${FOLDER_TYPE}'.`, 'RequestBodyRead');
  }
}

function wrongType(name: string): Error {
  return badRequest(`The value of '${name}' is missing or of the wrong type.`, 'RequestBodyRead');
}
