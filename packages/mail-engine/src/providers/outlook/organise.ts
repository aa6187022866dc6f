import { arrayField, stringField } from '../../decode';
import { MailError } from '../../errors';
import type { MessageState } from '../../model/message';
import type { OrganiseOp, StateEffect } from '../../model/operation';
import type { FoldersByRole } from '../../model/place';
import { type GraphCall, type GraphClient, prefer } from './client';
import { isConflict, malformed } from './errors';
import { categoryOf, isFolder, tabOf, TABS } from './places';
import { MAX_BATCH } from './quota';

export const ORGANISE_BATCH = MAX_BATCH;

/** How often a message's categories are read again because somebody else changed it in between. */
const CONFLICT_TRIES = 5;

/** Graph takes these names in place of ids: the way into a folder that this mailbox's copy leaves out. */
const TRASH_NAME = 'deleteditems';
const INBOX_NAME = 'inbox';

/** What an operation does to a message's flags and places in Outlook. @throws MailError refused */
export function effectOf(
  op: OrganiseOp,
  place: string | null,
  state: MessageState,
  folders: FoldersByRole,
): StateEffect {
  switch (op) {
    case 'markRead':
      return { isRead: true };
    case 'markUnread':
      return { isRead: false };
    case 'star':
      return { isStarred: true };
    case 'unstar':
      return { isStarred: false };
    case 'archive':
      if (folders.archive === undefined) {
        throw refused('This mailbox has no archive folder; Outlook makes one when something is archived there.', op);
      }
      return moveTo(folders.archive, state);
    case 'trash':
      return moveTo(folders.trash ?? TRASH_NAME, state);
    case 'untrash':
      return moveTo((state.isDraft ? folders.drafts : undefined) ?? folders.inbox ?? INBOX_NAME, state);
    case 'move':
      if (place === null || !isFolder(place)) throw refused('In Outlook, messages are moved to folders only.', op);
      return moveTo(place, state);
    case 'addLabel':
      return addLabel(labelOf(place), state);
    case 'removeLabel':
      if (tabOf(labelOf(place)) !== null) throw refused('A message is always in one of the tabs of the inbox.', op);
      return { remove: [labelOf(place)] };
  }
}

/** A message is in one folder: the new one replaces whichever it was in. */
function moveTo(folderId: string, { places }: MessageState): StateEffect {
  const remove = places.filter((place) => isFolder(place) && place !== folderId);
  return { add: [folderId], remove };
}

function addLabel(place: string, { places }: MessageState): StateEffect {
  if (tabOf(place) === null) return { add: [place] };
  return {
    add: [place],
    remove: TABS.map((tab) => tab.remoteId).filter((tab) => tab !== place && places.includes(tab)),
  };
}

function labelOf(place: string | null): string {
  if (place === null || isFolder(place)) throw refused('No category was named.', 'label');
  return place;
}

function refused(sentence: string, providerCode: string): MailError {
  return new MailError('refused', sentence, { providerCode });
}

/** An effect, as Outlook takes it. */
interface Change {
  /** Properties that are simply set. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly addCategories: readonly string[];
  readonly removeCategories: readonly string[];
  readonly moveTo: string | null;
}

function changeOf({ isRead, isStarred, add = [], remove = [] }: StateEffect): Change {
  const tab = add.map(tabOf).find((name) => name !== null);
  return {
    set: {
      ...(isRead === undefined ? {} : { isRead }),
      ...(isStarred === undefined ? {} : { flag: { flagStatus: isStarred ? 'flagged' : 'notFlagged' } }),
      ...(tab === undefined ? {} : { inferenceClassification: tab }),
    },
    addCategories: add.flatMap((place) => categoryOf(place) ?? []),
    removeCategories: remove.flatMap((place) => categoryOf(place) ?? []),
    moveTo: add.find(isFolder) ?? null,
  };
}

/** Writes an effect. Among several, a message that is gone is none of the others' business. @throws MailError */
export async function organise(client: GraphClient, remoteIds: readonly string[], effect: StateEffect): Promise<void> {
  const ids = [...new Set(remoteIds)];
  const change = changeOf(effect);
  const touchesCategories = change.addCategories.length + change.removeCategories.length > 0;
  if (touchesCategories) await writeCategories(client, ids, change);
  else if (Object.keys(change.set).length > 0) {
    await eachOf(client, ids, (id) => patchCall(id, change.set));
  }
  const { moveTo: destinationId } = change;
  if (destinationId !== null) await eachOf(client, ids, (id) => moveCall(id, destinationId));
}

async function eachOf(client: GraphClient, ids: readonly string[], toCall: (id: string) => GraphCall<null>) {
  const results = await client.each(ids.map(toCall), 'interactive');
  const failed = results.find((result) => !result.ok && (ids.length === 1 || result.error.kind !== 'notFound'));
  if (failed && !failed.ok) throw failed.error;
}

/** A message's categories are one list: it is read, changed, and written only if nobody else wrote in between. */
async function writeCategories(client: GraphClient, remoteIds: readonly string[], change: Change): Promise<void> {
  let ids = remoteIds;
  for (let tries = 1; ids.length > 0; tries++) {
    const read = await client.each(ids.map(categoriesCall), 'interactive');
    const writes: { readonly id: string; readonly call: GraphCall<null> }[] = [];
    read.forEach((result, index) => {
      const id = ids[index] as string;
      if (result.ok) {
        const call = categoriesWrite(id, result.value, change);
        if (call !== null) writes.push({ id, call });
      } else if (remoteIds.length === 1 || result.error.kind !== 'notFound') throw result.error;
    });
    if (writes.length === 0) return;
    const results = await client.each(
      writes.map(({ call }) => call),
      'interactive',
    );
    const again: string[] = [];
    results.forEach((result, index) => {
      if (result.ok) return;
      if (isConflict(result.error) && tries < CONFLICT_TRIES) again.push((writes[index] as (typeof writes)[number]).id);
      else if (remoteIds.length === 1 || result.error.kind !== 'notFound') throw result.error;
    });
    ids = again;
  }
}

interface Categories {
  readonly names: readonly string[];
  readonly etag: string;
}

function categoriesCall(remoteId: string): GraphCall<Categories> {
  return {
    method: 'read',
    verb: 'GET',
    path: `${pathOf(remoteId)}?$select=categories`,
    decode: (json) => {
      const etag = stringField(json, '@odata.etag');
      if (etag === null) throw malformed('The version of a message is missing.');
      return { etag, names: arrayField(json, 'categories').filter((name) => typeof name === 'string') };
    },
  };
}

/** Null when there is nothing left to write. Outlook's categories are equal whatever their case. */
function categoriesWrite(remoteId: string, { names, etag }: Categories, change: Change): GraphCall<null> | null {
  const removed = new Set(change.removeCategories.map(lower));
  const kept = names.filter((name) => !removed.has(lower(name)));
  const present = new Set(kept.map(lower));
  const added = change.addCategories.filter((name) => !present.has(lower(name)));
  const isSame = added.length === 0 && kept.length === names.length;
  if (isSame && Object.keys(change.set).length === 0) return null;
  return patchCall(remoteId, { ...change.set, categories: [...kept, ...added] }, { 'if-match': etag });
}

function lower(name: string): string {
  return name.toLowerCase();
}

function patchCall(remoteId: string, body: object, headers: Readonly<Record<string, string>> = {}): GraphCall<null> {
  return {
    method: 'write',
    verb: 'PATCH',
    path: pathOf(remoteId),
    body,
    headers: { ...prefer(), ...headers },
    decode: nothing,
  };
}

function moveCall(remoteId: string, destinationId: string): GraphCall<null> {
  return { method: 'write', verb: 'POST', path: `${pathOf(remoteId)}/move`, body: { destinationId }, decode: nothing };
}

function pathOf(remoteId: string): string {
  return `/me/messages/${encodeURIComponent(remoteId)}`;
}

function nothing(): null {
  return null;
}
