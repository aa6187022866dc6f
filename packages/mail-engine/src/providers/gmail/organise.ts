import { MailError } from '../../errors';
import type { MessageState } from '../../model/message';
import type { OrganiseOp, StateEffect } from '../../model/operation';
import type { GmailCall, GmailClient } from './client';
import { ARCHIVE, isFlagLabel, STARRED, UNREAD } from './labels';

/** Google's limit for batchModify. */
export const MAX_BATCH_MODIFY = 1_000;

/** SENT and DRAFT cannot be given or taken; the archive is ours; flags have operations of their own. */
const FIXED = new Set(['SENT', 'DRAFT', 'CHAT']);

/** What an operation does to a message's flags and places in Gmail. @throws MailError refused */
export function effectOf(op: OrganiseOp, place: string | null, state: MessageState): StateEffect {
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
      return { remove: ['INBOX'] };
    case 'trash':
      return { add: ['TRASH'], remove: ['INBOX', 'SPAM'] };
    case 'untrash':
      return { remove: ['TRASH'] };
    case 'move':
      return moveTo(placeOf(place), state);
    case 'addLabel':
      return { add: [changeable(placeOf(place))] };
    case 'removeLabel':
      return { remove: [changeable(placeOf(place))] };
  }
}

function moveTo(place: string, state: MessageState): StateEffect {
  switch (place) {
    case 'INBOX':
      return { add: ['INBOX'], remove: ['SPAM', 'TRASH'] };
    case 'SPAM':
      return { add: ['SPAM'], remove: ['INBOX', 'TRASH'] };
    case 'TRASH':
      return effectOf('trash', null, state);
    case ARCHIVE:
      return { remove: ['INBOX', 'SPAM', 'TRASH'] };
    default:
      // Gmail's own "move to": the label is put on, and the message leaves the inbox.
      return { add: [changeable(place)], remove: ['INBOX', 'SPAM', 'TRASH'] };
  }
}

function placeOf(place: string | null): string {
  if (place === null || place === '') throw new MailError('refused', 'No folder or label was named.');
  return place;
}

function changeable(place: string): string {
  if (FIXED.has(place) || place === ARCHIVE || isFlagLabel(place)) {
    throw new MailError('refused', 'Gmail does not allow this label to be added or removed.', {
      providerCode: 'fixedLabel',
    });
  }
  return place;
}

/** Label changes of an effect, as Gmail takes them: its archive is the absence of INBOX and is never named. */
function labelChange(effect: StateEffect): { addLabelIds: string[]; removeLabelIds: string[] } {
  const addLabelIds = (effect.add ?? []).filter((id) => id !== ARCHIVE);
  const removeLabelIds = (effect.remove ?? []).filter((id) => id !== ARCHIVE);
  if (effect.isRead !== undefined) (effect.isRead ? removeLabelIds : addLabelIds).push(UNREAD);
  if (effect.isStarred !== undefined) (effect.isStarred ? addLabelIds : removeLabelIds).push(STARRED);
  return { addLabelIds, removeLabelIds };
}

/** Writes an effect. One message by its own call, so that its absence is known; many by the cheaper of two ways. */
export async function organise(
  client: GmailClient,
  costs: { readonly single: number; readonly batch: number },
  remoteIds: readonly string[],
  op: OrganiseOp,
  effect: StateEffect,
): Promise<void> {
  const ids = [...new Set(remoteIds)];
  const change = labelChange(effect);
  if (ids.length === 0 || (change.addLabelIds.length === 0 && change.removeLabelIds.length === 0)) return;
  const [first] = ids;
  if (ids.length === 1 && first !== undefined) {
    await client.one(singleCall(first, op, change), 'interactive');
    return;
  }
  if (ids.length * costs.single <= costs.batch) {
    const results = await client.each(
      ids.map((id) => modifyCall(id, change)),
      'interactive',
    );
    // Among several, a message that is gone is none of the others' business; the feed or a check reports it.
    const failed = results.find((result) => !result.ok && result.error.kind !== 'notFound');
    if (failed && !failed.ok) throw failed.error;
    return;
  }
  for (let from = 0; from < ids.length; from += MAX_BATCH_MODIFY) {
    const body = { ids: ids.slice(from, from + MAX_BATCH_MODIFY), ...change };
    const call: GmailCall<null> = {
      method: 'messages.batchModify',
      verb: 'POST',
      path: '/messages/batchModify',
      body,
      decode: nothing,
    };
    await client.one(call, 'interactive');
  }
}

function singleCall(id: string, op: OrganiseOp, change: object): GmailCall<null> {
  if (op === 'trash') return plainCall('messages.trash', id, 'trash');
  if (op === 'untrash') return plainCall('messages.untrash', id, 'untrash');
  return modifyCall(id, change);
}

function plainCall(method: 'messages.trash' | 'messages.untrash', id: string, action: string): GmailCall<null> {
  return { method, verb: 'POST', path: `/messages/${encodeURIComponent(id)}/${action}`, decode: nothing };
}

function modifyCall(id: string, body: object): GmailCall<null> {
  return {
    method: 'messages.modify',
    verb: 'POST',
    path: `/messages/${encodeURIComponent(id)}/modify`,
    body,
    decode: nothing,
  };
}

function nothing(): null {
  return null;
}
