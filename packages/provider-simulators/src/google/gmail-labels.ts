import { noContent } from './call';
import type { GmailCall, GmailResult } from './call';
import { aborted, badRequest, notFound } from './errors';
import { isPaletteColor } from './label-catalogue';
import type { Label } from './label-catalogue';
import type { Mailbox } from './mailbox';
import type { StoredMessage } from './message-index';

const LIST_VISIBILITIES = new Set(['labelShow', 'labelShowIfUnread', 'labelHide']);
const MESSAGE_VISIBILITIES = new Set(['show', 'hide']);

export function labelsList(call: GmailCall): GmailResult {
  return { labels: call.mailbox.labels.all().map(labelToJson) };
}

export function labelsGet(call: GmailCall): GmailResult {
  const label = requireLabel(call);
  return { ...labelToJson(label), ...labelCounts(call.mailbox, label.id) };
}

export function labelsCreate(call: GmailCall): GmailResult {
  const { labels } = call.mailbox;
  const fields = readLabelFields(call.body);
  checkName(call.mailbox, fields.name ?? '');
  if (labels.isFull) throw badRequest('Maximum number of labels reached.', 'failedPrecondition');
  return labelToJson(labels.create({ ...fields, name: fields.name ?? '' }));
}

/** `PUT` replaces, `PATCH` changes what is given. */
export function labelsUpdate(call: GmailCall): GmailResult {
  const label = requireLabel(call);
  if (label.type === 'system') throw badRequest('Invalid update request');
  if (call.body['id'] !== undefined && call.body['id'] !== label.id) throw badRequest('Invalid label id');
  const fields = readLabelFields(call.body);
  if (fields.name !== undefined) checkName(call.mailbox, fields.name, label.id);
  call.mailbox.labels.update(label, fields);
  return labelToJson(label);
}

export function labelsPut(call: GmailCall): GmailResult {
  if (typeof call.body['name'] !== 'string') throw badRequest('Invalid label name');
  return labelsUpdate(call);
}

export function labelsDelete(call: GmailCall): GmailResult {
  const label = requireLabel(call);
  if (label.type === 'system') throw badRequest('Invalid delete request');
  call.mailbox.deleteLabel(label, call.state.switches.labelDeletionInHistory);
  return noContent;
}

function requireLabel(call: GmailCall): Label {
  const label = call.mailbox.labels.get(call.params['id'] ?? '');
  if (!label) throw notFound();
  return label;
}

function checkName(mailbox: Mailbox, name: string, own?: string): void {
  const problem = mailbox.labels.nameProblem(name, own);
  if (problem === 'nameConflict') throw aborted('Label name exists or conflicts');
  if (problem) throw badRequest('Invalid label name');
}

function readLabelFields(body: Record<string, unknown>): Partial<Omit<Label, 'id' | 'type'>> {
  const fields: Partial<Omit<Label, 'id' | 'type'>> = {};
  const { name, labelListVisibility, messageListVisibility, color } = body;
  if (name !== undefined) {
    if (typeof name !== 'string') throw badRequest('Invalid label name');
    fields.name = name;
  }
  if (labelListVisibility !== undefined) {
    if (!LIST_VISIBILITIES.has(String(labelListVisibility)))
      throw badRequest("Invalid value at 'label.label_list_visibility'");
    fields.labelListVisibility = labelListVisibility as Label['labelListVisibility'];
  }
  if (messageListVisibility !== undefined) {
    if (!MESSAGE_VISIBILITIES.has(String(messageListVisibility)))
      throw badRequest("Invalid value at 'label.message_list_visibility'");
    fields.messageListVisibility = messageListVisibility as Label['messageListVisibility'];
  }
  if (color !== undefined && color !== null) {
    const given = color as { textColor?: unknown; backgroundColor?: unknown };
    if (!isPaletteColor(given)) {
      throw badRequest(
        `Label color #${String(given.backgroundColor ?? given.textColor)} is not on the allowed color palette`,
      );
    }
    fields.color = { textColor: String(given.textColor), backgroundColor: String(given.backgroundColor) };
  }
  return fields;
}

function labelToJson(label: Label): Record<string, unknown> {
  if (label.type === 'system') return { id: label.id, name: label.name, type: label.type };
  const { id, name, type, messageListVisibility, labelListVisibility, color } = label;
  return { id, name, messageListVisibility, labelListVisibility, type, ...(color ? { color } : {}) };
}

interface LabelCounts {
  messagesTotal: number;
  messagesUnread: number;
  threadsTotal: number;
  threadsUnread: number;
}

interface CachedCounts {
  versions: string;
  counts: LabelCounts;
}

const countsByMailbox = new WeakMap<Mailbox, Map<string, CachedCounts>>();

/** Counted once and kept until the label's messages or their unread state change. */
function labelCounts(mailbox: Mailbox, labelId: string): LabelCounts {
  let cache = countsByMailbox.get(mailbox);
  if (!cache) countsByMailbox.set(mailbox, (cache = new Map<string, CachedCounts>()));
  const versions = `${mailbox.withLabel(labelId).version}/${mailbox.withLabel('UNREAD').version}`;
  const cached = cache.get(labelId);
  if (cached?.versions === versions) return cached.counts;
  const threads = new Set<string>();
  const unreadThreads = new Set<string>();
  let messagesUnread = 0;
  const isUnread = (m: StoredMessage) => m.labels.includes('UNREAD');
  for (const message of mailbox.withLabel(labelId).newestFirst()) {
    threads.add(message.threadId);
    if (!isUnread(message)) continue;
    messagesUnread++;
    unreadThreads.add(message.threadId);
  }
  const counts = {
    messagesTotal: mailbox.withLabel(labelId).size,
    messagesUnread,
    threadsTotal: threads.size,
    threadsUnread: unreadThreads.size,
  };
  cache.set(labelId, { versions, counts });
  return counts;
}
