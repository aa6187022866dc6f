import { foreignId, folderNotFound, itemNotFound, malformedId } from './errors';
import { WELL_KNOWN_NAMES } from './folders';
import type { Folder, WellKnownName } from './folders';
import type { Mailbox } from './mailbox';
import type { StoredMessage } from './message-index';
import type { Preferences } from './preferences';
import type { MicrosoftAccount, MicrosoftState } from '../state';

/** One authorised call, its query options checked by name. */
export interface GraphCall {
  state: MicrosoftState;
  account: MicrosoftAccount;
  mailbox: Mailbox;
  /** The variable parts of the path. */
  params: Readonly<Record<string, string>>;
  /** The path as it was asked for, for links. */
  path: string;
  query: URLSearchParams;
  /** Empty when the request had none. */
  body: Record<string, unknown>;
  prefer: Preferences;
  ifMatch: string | undefined;
}

export interface GraphResult {
  status: number;
  /** The JSON value to answer. */
  json?: Record<string, unknown>;
  /** Answered as it is, in place of JSON. */
  bytes?: { body: Buffer | string; contentType: string };
  headers?: Record<string, string>;
}

export function ok(json: Record<string, unknown>): GraphResult {
  return { status: 200, json };
}

export function created(json: Record<string, unknown>): GraphResult {
  return { status: 201, json };
}

export const noContent: GraphResult = { status: 204 };

/** `$metadata` address for `@odata.context`. */
export function contextUrl(call: GraphCall, entity: string): string {
  return `${call.state.graphOrigin}/v1.0/$metadata#users('${encodeURIComponent(call.account.objectId)}')/${entity}`;
}

/** The message that an id names: immutable and default ids are both taken. */
export function requireMessage(call: GraphCall, id = call.params['message'] ?? ''): StoredMessage {
  const message = lookUpMessage(call, id);
  if (!message) throw itemNotFound();
  const folder = call.params['folder'];
  if (folder !== undefined) {
    const wanted = requireFolder(call, folder);
    if (wanted.search ? !wanted.search(message) : message.folder !== wanted) throw itemNotFound();
  }
  return message;
}

function lookUpMessage(call: GraphCall, id: string): StoredMessage | undefined {
  const { mailbox } = call;
  const decoded = mailbox.ids.decode(id);
  if (decoded.kind === 'foreign') throw foreignId();
  if (decoded.kind === 'malformed' || decoded.attachment !== undefined) throw malformedId();
  if (decoded.idKind !== 'message' && decoded.idKind !== 'immutable') throw malformedId();
  const message =
    decoded.idKind === 'immutable' ? mailbox.message(decoded.value) : mailbox.messageByCopy(decoded.value);
  const isSoftDeleted = message?.folder === mailbox.folders.recoverable;
  return isSoftDeleted && !call.state.switches.softDeletedReadable ? undefined : message;
}

/** The folder that an id or a well-known name (in any case) names. */
export function requireFolder(call: GraphCall, id = call.params['folder'] ?? ''): Folder {
  const { folders, ids } = call.mailbox;
  const name = id.toLowerCase() as WellKnownName;
  if (WELL_KNOWN_NAMES.includes(name)) {
    const folder = folders.wellKnown(name);
    if (!folder) throw folderNotFound();
    return folder;
  }
  const decoded = ids.decode(id);
  if (decoded.kind === 'foreign') throw foreignId();
  if (decoded.kind === 'malformed' || decoded.idKind !== 'folder') throw malformedId();
  const folder = folders.get(decoded.value);
  if (!folder) throw itemNotFound();
  return folder;
}
