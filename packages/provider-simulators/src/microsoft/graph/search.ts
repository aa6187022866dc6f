import type { GraphCall } from './call';
import { badRequest } from './errors';
import type { Folder } from './folders';
import { textOfMessage } from './message-body';
import type { StoredMessage } from './message-index';
import { MessageView } from './message-view';

const MAX_RESULTS = 1000;

type Test = (view: MessageView) => boolean;

/** `$search`: up to 1,000 messages by sent date, newest first (provider facts §4, "List"). */
export function searchMessages(call: GraphCall, text: string, folder: Folder | undefined): StoredMessage[] {
  const { mailbox, state, prefer } = call;
  const tests = parseQuery(text);
  const hiddenAfter = state.clock.now() - state.switches.searchLagMs;
  const found: { message: StoredMessage; sentAt: number }[] = [];
  const source = folder && !folder.search ? folder.messages : mailbox.messages;
  for (const message of source.newestFirst()) {
    if (message.addedAt > hiddenAfter) continue;
    if (folder?.search && !folder.search(message)) continue;
    const view = new MessageView(state, mailbox, message, prefer);
    if (!tests.every((t) => t(view))) continue;
    found.push({ message, sentAt: view.sentAt });
    if (found.length === MAX_RESULTS) break;
  }
  return found.sort((a, b) => b.sentAt - a.sentAt).map((f) => f.message);
}

const PROPERTIES: Readonly<Record<string, (wanted: string) => Test>> = {
  subject: (wanted) => (v) => v.subject.toLowerCase().includes(wanted),
  from: (wanted) => (v) => inAddresses(v, ['From'], wanted),
  to: (wanted) => (v) => inAddresses(v, ['To'], wanted),
  cc: (wanted) => (v) => inAddresses(v, ['Cc'], wanted),
  participants: (wanted) => (v) => inAddresses(v, ['From', 'To', 'Cc', 'Bcc'], wanted),
  body: (wanted) => (v) => bodyOf(v).includes(wanted),
  hasattachments: (wanted) => (v) => v.hasAttachments === (wanted === 'true'),
  attachment: (wanted) => (v) => v.parts.attachments.some((a) => a.name.toLowerCase().includes(wanted)),
  importance: (wanted) => (v) => v.message.importance === wanted,
};

/** The part of KQL that is needed: words and `property:word`, all of which must match. */
function parseQuery(text: string): Test[] {
  const inner = /^"(.*)"$/s.exec(text.trim())?.[1];
  if (inner === undefined) {
    throw badRequest(`Syntax error: character '${text.trim().charAt(0)}' is not valid in '${text}'.`);
  }
  const tests: Test[] = [];
  for (const match of inner.replace(/\\"/g, '"').matchAll(/(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)) {
    const wanted = (match[2] ?? match[3] ?? '').toLowerCase();
    if (wanted === 'and') continue;
    if (match[1] === undefined) tests.push((v) => anywhere(v, wanted));
    else {
      const make = PROPERTIES[match[1].toLowerCase()];
      if (!make) throw badRequest(`The search property '${match[1]}' is not known.`);
      tests.push(make(wanted));
    }
  }
  return tests;
}

function anywhere(view: MessageView, wanted: string): boolean {
  return (
    view.subject.toLowerCase().includes(wanted) || inAddresses(view, ['From'], wanted) || bodyOf(view).includes(wanted)
  );
}

function bodyOf(view: MessageView): string {
  return textOfMessage(view.content.root, view.parts).toLowerCase();
}

function inAddresses(view: MessageView, headers: readonly string[], wanted: string): boolean {
  return headers.some((header) => (view.header(header) ?? '').toLowerCase().includes(wanted));
}
