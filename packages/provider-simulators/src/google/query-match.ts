import { headerValue, readableText, walkParts } from '../mime/model';
import type { MimeMessage } from '../mime/model';
import type { Mailbox } from './mailbox';
import type { StoredMessage } from './message-index';
import { parseAge, parseQueryDate, parseSize } from './query';
import type { QueryNode } from './query';

export type MessagePredicate = (message: StoredMessage) => boolean;

const IN_LABELS: Record<string, string> = {
  inbox: 'INBOX',
  sent: 'SENT',
  trash: 'TRASH',
  spam: 'SPAM',
  draft: 'DRAFT',
  drafts: 'DRAFT',
  starred: 'STARRED',
  important: 'IMPORTANT',
  chats: 'CHAT',
};
const IS_LABELS: Record<string, string> = { unread: 'UNREAD', starred: 'STARRED', important: 'IMPORTANT' };

/** The label that a condition stands for, if it is one about a label. */
export function labelOfCondition(mailbox: Mailbox, node: QueryNode): string | undefined {
  if (node.kind !== 'operator') return undefined;
  const value = node.value.toLowerCase();
  if (node.name === 'in') return IN_LABELS[value] ?? mailbox.labels.findByName(value)?.id;
  if (node.name === 'is') return IS_LABELS[value];
  if (node.name === 'category')
    return mailbox.labels.findByName(`category_${value === 'primary' ? 'personal' : value}`)?.id;
  if (node.name === 'label') return IN_LABELS[value] ?? IS_LABELS[value] ?? mailbox.labels.findByName(value)?.id;
  return undefined;
}

/** Compiles a query; contents are read only for conditions that need them. */
export function compileQuery(mailbox: Mailbox, node: QueryNode, now: number): MessagePredicate {
  switch (node.kind) {
    case 'and': {
      // Cheap conditions first: contents are generated or parsed on demand.
      const tests = [...node.nodes].sort((a, b) => costOf(a) - costOf(b)).map((n) => compileQuery(mailbox, n, now));
      return (m) => tests.every((t) => t(m));
    }
    case 'or': {
      const tests = node.nodes.map((n) => compileQuery(mailbox, n, now));
      return (m) => tests.some((t) => t(m));
    }
    case 'not': {
      const test = compileQuery(mailbox, node.node, now);
      return (m) => !test(m);
    }
    case 'text':
      return contentTest(mailbox, (content) => containsText(content, node.value));
    case 'operator':
      return compileOperator(mailbox, node, now);
  }
}

function compileOperator(
  mailbox: Mailbox,
  node: { kind: 'operator'; name: string; value: string },
  now: number,
): MessagePredicate {
  const { name, value } = node;
  switch (name) {
    case 'after':
    case 'newer':
      return dateTest(parseQueryDate(value), (date, bound) => date >= bound);
    case 'before':
    case 'older':
      return dateTest(parseQueryDate(value), (date, bound) => date < bound);
    case 'newer_than':
      return dateTest(now - parseAge(value), (date, bound) => date >= bound);
    case 'older_than':
      return dateTest(now - parseAge(value), (date, bound) => date < bound);
    case 'larger':
    case 'size':
      return contentTest(mailbox, (content) => content.size > parseSize(value));
    case 'smaller':
      return contentTest(mailbox, (content) => content.size < parseSize(value));
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'subject':
      return headerTest(mailbox, name, value);
    case 'list':
      return headerTest(mailbox, 'List-Id', value);
    case 'deliveredto':
      return headerTest(mailbox, 'Delivered-To', value);
    case 'rfc822msgid': {
      const wanted = mailbox.findByMessageId(`<${value.replace(/^<|>$/g, '')}>`)?.id;
      return (m) => m.id === wanted;
    }
    case 'has':
      return hasTest(mailbox, value.toLowerCase());
    case 'filename':
      return contentTest(mailbox, (content) => attachmentNames(content).some((n) => n.includes(value.toLowerCase())));
    default:
      break;
  }
  if (name === 'in' && value.toLowerCase() === 'anywhere') return () => true;
  if (name === 'is' && value.toLowerCase() === 'read') return (m) => !m.labels.includes('UNREAD');
  const label = labelOfCondition(mailbox, node);
  return label === undefined ? () => false : (m) => m.labels.includes(label);
}

/** A date that cannot be read is passed over, as if it had not been there. */
function dateTest(bound: number, test: (date: number, bound: number) => boolean): MessagePredicate {
  return Number.isNaN(bound) ? () => true : (m) => test(m.internalDate, bound);
}

function contentTest(mailbox: Mailbox, test: (content: MimeMessage) => boolean): MessagePredicate {
  return (m) => test(mailbox.content(m));
}

function headerTest(mailbox: Mailbox, name: string, value: string): MessagePredicate {
  const wanted = value.toLowerCase();
  return contentTest(mailbox, (content) => (headerValue(content.root, name) ?? '').toLowerCase().includes(wanted));
}

function hasTest(mailbox: Mailbox, what: string): MessagePredicate {
  if (what === 'attachment') return contentTest(mailbox, (content) => attachmentNames(content).length > 0);
  if (what === 'userlabels') return (m) => m.labels.some((l) => l.startsWith('Label_'));
  if (what === 'nouserlabels') return (m) => !m.labels.some((l) => l.startsWith('Label_'));
  return () => false;
}

function attachmentNames(content: MimeMessage): string[] {
  return [...walkParts(content.root)].filter((p) => p.filename !== '').map((p) => p.filename.toLowerCase());
}

function containsText(content: MimeMessage, text: string): boolean {
  const wanted = text.toLowerCase();
  const heads = ['Subject', 'From', 'To', 'Cc'].map((name) => headerValue(content.root, name) ?? '');
  return (
    heads.some((h) => h.toLowerCase().includes(wanted)) || readableText(content.root).toLowerCase().includes(wanted)
  );
}

const CHEAP = new Set([
  'after',
  'before',
  'newer',
  'older',
  'newer_than',
  'older_than',
  'in',
  'is',
  'label',
  'category',
  'rfc822msgid',
]);

function costOf(node: QueryNode): number {
  if (node.kind === 'operator') return CHEAP.has(node.name) ? 0 : 2;
  if (node.kind === 'text') return 3;
  if (node.kind === 'not') return costOf(node.node);
  return Math.max(0, ...node.nodes.map(costOf));
}
