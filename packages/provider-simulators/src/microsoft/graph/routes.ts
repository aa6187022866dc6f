import {
  createCategory,
  deleteCategory,
  getCategory,
  getMailboxSettings,
  listCategories,
  translateIds,
  updateCategory,
} from './account-methods';
import type { GraphCall, GraphResult } from './call';
import { foldersDelta } from './folder-delta';
import {
  countFolders,
  createChildFolder,
  createFolder,
  deleteFolder,
  getFolder,
  listChildFolders,
  listFolders,
  moveFolder,
  permanentlyDeleteFolder,
  updateFolder,
} from './folder-methods';
import { messagesDelta } from './message-delta';
import { countMessages, listMessages } from './message-list';
import {
  copyMessage,
  deleteMessage,
  getAttachment,
  getAttachmentValue,
  getMessage,
  getMessageValue,
  listAttachments,
  moveMessage,
  permanentlyDeleteMessage,
  updateMessage,
} from './message-methods';
import { SCOPES } from './scopes';

export interface GraphMethod {
  name: string;
  verb: string;
  /** Below `/v1.0/me`; segments in braces are variable. */
  segments: readonly string[];
  /** Any of these is enough; in lower case. */
  scopes: readonly string[];
  query: readonly string[];
  /** Undefined: a method about the account that works without a mailbox. */
  run: ((call: GraphCall) => GraphResult) | undefined;
}

const SHAPE = ['$select', '$expand'];
const LIST = [...SHAPE, '$filter', '$orderby', '$top', '$skip', '$count'];
const MESSAGES = [...LIST, '$search', '$skiptoken'];
const FOLDERS = [...SHAPE, '$filter', '$top', '$skip', '$count', 'includeHiddenFolders'];
const DELTA = [...LIST, '$search', '$skiptoken', '$deltatoken', 'changeType'];

function method(
  name: string,
  route: string,
  scopes: readonly string[],
  run: GraphMethod['run'],
  query: readonly string[] = [],
): GraphMethod {
  const [verb = '', path = ''] = route.split(' ');
  return { name, verb, segments: path === '' ? [] : path.split('/'), scopes, query, run };
}

/** The same method for a message by its id alone and through its folder. */
function ofMessage(
  name: string,
  verb: string,
  path: string,
  scopes: readonly string[],
  run: GraphMethod['run'],
  query: readonly string[] = [],
): GraphMethod[] {
  return ['messages/{message}', 'mailFolders/{folder}/messages/{message}'].map((head) =>
    method(name, `${verb} ${head}${path}`, scopes, run, query),
  );
}

export const GRAPH_METHODS: readonly GraphMethod[] = [
  method('me.get', 'GET ', SCOPES.user, undefined, ['$select']),
  method('messages.list', 'GET messages', SCOPES.read, listMessages, MESSAGES),
  method('messages.count', 'GET messages/$count', SCOPES.read, countMessages, ['$filter', '$search']),
  method('messages.list', 'GET mailFolders/{folder}/messages', SCOPES.read, listMessages, MESSAGES),
  method('messages.count', 'GET mailFolders/{folder}/messages/$count', SCOPES.read, countMessages, [
    '$filter',
    '$search',
  ]),
  method('messages.delta', 'GET mailFolders/{folder}/messages/delta', SCOPES.read, messagesDelta, DELTA),
  ...ofMessage('messages.get', 'GET', '', SCOPES.read, getMessage, SHAPE),
  ...ofMessage('messages.update', 'PATCH', '', SCOPES.write, updateMessage, SHAPE),
  ...ofMessage('messages.delete', 'DELETE', '', SCOPES.write, deleteMessage),
  ...ofMessage('messages.value', 'GET', '/$value', SCOPES.read, getMessageValue),
  ...ofMessage('messages.move', 'POST', '/move', SCOPES.write, moveMessage, SHAPE),
  ...ofMessage('messages.copy', 'POST', '/copy', SCOPES.write, copyMessage, SHAPE),
  ...ofMessage('messages.permanentDelete', 'POST', '/permanentDelete', SCOPES.write, permanentlyDeleteMessage),
  ...ofMessage('attachments.list', 'GET', '/attachments', SCOPES.read, listAttachments, SHAPE),
  ...ofMessage('attachments.get', 'GET', '/attachments/{attachment}', SCOPES.read, getAttachment, SHAPE),
  ...ofMessage('attachments.value', 'GET', '/attachments/{attachment}/$value', SCOPES.read, getAttachmentValue),
  method('mailFolders.list', 'GET mailFolders', SCOPES.read, listFolders, FOLDERS),
  method('mailFolders.count', 'GET mailFolders/$count', SCOPES.read, countFolders, ['$filter', 'includeHiddenFolders']),
  method('mailFolders.delta', 'GET mailFolders/delta', SCOPES.read, foldersDelta, DELTA),
  method('mailFolders.create', 'POST mailFolders', SCOPES.write, createFolder),
  method('mailFolders.get', 'GET mailFolders/{folder}', SCOPES.read, getFolder, [...SHAPE, 'includeHiddenFolders']),
  method('mailFolders.update', 'PATCH mailFolders/{folder}', SCOPES.write, updateFolder),
  method('mailFolders.delete', 'DELETE mailFolders/{folder}', SCOPES.write, deleteFolder),
  method('mailFolders.move', 'POST mailFolders/{folder}/move', SCOPES.write, moveFolder),
  method(
    'mailFolders.permanentDelete',
    'POST mailFolders/{folder}/permanentDelete',
    SCOPES.write,
    permanentlyDeleteFolder,
  ),
  method('childFolders.list', 'GET mailFolders/{folder}/childFolders', SCOPES.read, listChildFolders, FOLDERS),
  method('childFolders.create', 'POST mailFolders/{folder}/childFolders', SCOPES.write, createChildFolder),
  method('masterCategories.list', 'GET outlook/masterCategories', SCOPES.readSettings, listCategories),
  method('masterCategories.get', 'GET outlook/masterCategories/{category}', SCOPES.readSettings, getCategory),
  method('masterCategories.create', 'POST outlook/masterCategories', SCOPES.writeSettings, createCategory),
  method('masterCategories.update', 'PATCH outlook/masterCategories/{category}', SCOPES.writeSettings, updateCategory),
  method('masterCategories.delete', 'DELETE outlook/masterCategories/{category}', SCOPES.writeSettings, deleteCategory),
  method('mailboxSettings.get', 'GET mailboxSettings', SCOPES.readSettings, getMailboxSettings),
  method('translateExchangeIds', 'POST translateExchangeIds', SCOPES.user, translateIds),
];

export interface GraphRoute {
  method: GraphMethod;
  params: Record<string, string>;
}

export type Routing =
  | { kind: 'found'; route: GraphRoute; /** Undefined for `/me`. */ user: string | undefined }
  | { kind: 'wrongVerb' }
  | { kind: 'unknown'; segment: string };

const PREFIX = '/v1.0/';

/** Which method a path means. Fixed segments win over variable ones. */
export function routeGraph(verb: string, path: string): Routing {
  const segments = path.startsWith(PREFIX) ? readSegments(path.slice(PREFIX.length)) : undefined;
  if (!segments) return { kind: 'unknown', segment: path };
  let user: string | undefined;
  const [first = ''] = segments;
  if (first.toLowerCase() === 'me') segments.shift();
  else if (first.toLowerCase() === 'users' && segments[1] !== undefined) {
    user = segments[1];
    segments.splice(0, 2);
  } else return { kind: 'unknown', segment: first };

  let best: GraphRoute | undefined;
  let pathExists = false;
  for (const candidate of GRAPH_METHODS) {
    const params = match(candidate.segments, segments);
    if (!params) continue;
    pathExists = true;
    if (candidate.verb !== verb) continue;
    if (!best || Object.keys(params).length < Object.keys(best.params).length) best = { method: candidate, params };
  }
  if (best) return { kind: 'found', route: best, user };
  return pathExists ? { kind: 'wrongVerb' } : { kind: 'unknown', segment: segments[segments.length - 1] ?? '' };
}

function match(wanted: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const value = given[i] ?? '';
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = value;
    else if (segment.toLowerCase() !== value.toLowerCase()) return undefined;
  }
  return params;
}

/** Path segments; keys may also be given in OData's brackets, and functions with their namespace. */
function readSegments(path: string): string[] | undefined {
  const segments: string[] = [];
  try {
    for (const piece of path.replace(/\/$/, '').split('/')) {
      const segment = decodeURIComponent(piece);
      const keyed = /^(\w+)\('([^']+)'\)$/.exec(segment);
      if (keyed) segments.push(keyed[1] ?? '', keyed[2] ?? '');
      else segments.push(segment.replace(/^microsoft\.graph\./i, '').replace(/\(\)$/, ''));
    }
  } catch {
    return undefined;
  }
  return segments;
}
