import { domainToASCII } from 'node:url';
import type { Address } from '../model/address';
import type { OutgoingFile, OutgoingMessage } from '../model/outgoing';

export type OutgoingProblemCode =
  | 'RECIPIENT_MISSING'
  | 'RECIPIENT_INVALID'
  | 'TOO_MANY_RECIPIENTS'
  | 'HEADER_INVALID'
  | 'ATTACHMENT_INVALID'
  | 'ATTACHMENT_TOO_LARGE';

/** Why a message cannot be sent as it is. */
export interface OutgoingProblem {
  readonly code: OutgoingProblemCode;
  /** Where it stands: `to[2]`, `subject`, `files[0].fileName`. */
  readonly field: string;
  /** A whole sentence; it names no content. */
  readonly message: string;
}

export interface OutgoingRules {
  readonly maxRecipients: number;
  /** True when a local part outside ASCII can be delivered. */
  readonly internationalLocalParts: boolean;
}

// eslint-disable-next-line no-control-regex -- these characters are what it is about
const BREAKS = /[\u0000-\u0008\u000a-\u001f\u007f]/;
/** What a local part may hold without quoting, and dots anywhere: such addresses exist. */
// eslint-disable-next-line no-control-regex -- these characters are what it is about
const LOCAL_PART = /^[^\s"(),:;<>@[\\\]\u0000-\u0020\u007f]{1,64}$/u;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;
const LOCAL_PART_BYTES = 64;
const CONTENT_ID = /^[\w.!#$%&'*+/=?^`{|}~@-]{1,250}$/;
const MAX_SUBJECT = 2_000;
const MAX_NAME = 500;
const MAX_FILE_NAME = 255;
const MAX_FILES = 500;

/**
 * An address as it travels: its domain in ASCII (`bücher.example` becomes `xn--bcher-kva.example`). Null when it is
 * none. The local part is never changed, and may be outside ASCII here.
 */
export function wireAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  if (at < 1 || !LOCAL_PART.test(local) || Buffer.byteLength(local) > LOCAL_PART_BYTES) return null;
  const domain = address.slice(at + 1);
  // Only names outside ASCII go through the conversion: it also reads numbers as hosts and undoes percent signs.
  // eslint-disable-next-line no-control-regex -- ASCII is what is asked for
  const ascii = /^[\u0000-\u007f]*$/.test(domain) ? domain : /[%\s]/.test(domain) ? '' : domainToASCII(domain);
  return DOMAIN.test(ascii) ? `${local}@${ascii}` : null;
}

/** Everything that keeps a message from being sent, in the order of its fields; empty when nothing does. */
export function checkOutgoing(message: OutgoingMessage, rules: OutgoingRules): readonly OutgoingProblem[] {
  const problems: OutgoingProblem[] = [];
  const add = (code: OutgoingProblemCode, field: string, text: string): void => {
    problems.push({ code, field, message: text });
  };
  const address = (value: Address, field: string): void => {
    const text = addressProblem(value, rules);
    if (text !== null) add(field === 'from' ? 'HEADER_INVALID' : 'RECIPIENT_INVALID', field, text);
  };
  address(message.from, 'from');
  for (const list of ['replyTo', 'to', 'cc', 'bcc'] as const) {
    message[list].forEach((value, index) => address(value, `${list}[${index}]`));
  }
  const recipients = message.to.length + message.cc.length + message.bcc.length;
  if (recipients === 0) add('RECIPIENT_MISSING', 'to', 'The message has no recipient.');
  if (recipients > rules.maxRecipients) {
    const text = `The message has ${recipients} recipients; the provider accepts ${rules.maxRecipients} per message.`;
    add('TOO_MANY_RECIPIENTS', 'to', text);
  }
  if (BREAKS.test(message.subject)) {
    add('HEADER_INVALID', 'subject', 'The subject contains a line break or another control character.');
  } else if (message.subject.length > MAX_SUBJECT) {
    add('HEADER_INVALID', 'subject', `The subject is longer than ${MAX_SUBJECT} characters.`);
  }
  if (message.markerId !== null && !/^[A-Za-z0-9-]{1,100}$/.test(message.markerId)) {
    add('HEADER_INVALID', 'markerId', 'The mark of this message is not valid.');
  }
  if (message.files.length > MAX_FILES) {
    add('ATTACHMENT_INVALID', 'files', `A message can have ${MAX_FILES} attachments at most.`);
  }
  message.files.forEach((file, index) => {
    const text = fileProblem(file);
    if (text !== null) add('ATTACHMENT_INVALID', `files[${index}]`, text);
  });
  return problems;
}

/** A draft may lack recipients. */
export function checkDraft(message: OutgoingMessage, rules: OutgoingRules): readonly OutgoingProblem[] {
  return checkOutgoing(message, rules).filter((problem) => problem.code !== 'RECIPIENT_MISSING');
}

function addressProblem({ name, address }: Address, rules: OutgoingRules): string | null {
  if (BREAKS.test(address)) return 'The address contains a line break or another control character.';
  if (BREAKS.test(name)) return 'The name contains a line break or another control character.';
  if (name.length > MAX_NAME) return `The name is longer than ${MAX_NAME} characters.`;
  const wire = wireAddress(address);
  if (wire === null) return 'The address is not valid.';
  // eslint-disable-next-line no-control-regex -- ASCII is what is asked for
  if (!rules.internationalLocalParts && !/^[\u0000-\u007f]*$/.test(wire)) {
    return 'The part of the address before the @ has letters outside ASCII, which this provider cannot deliver.';
  }
  return null;
}

function fileProblem(file: OutgoingFile): string | null {
  if (BREAKS.test(file.fileName)) return 'The file name contains a line break or another control character.';
  if (file.fileName.length > MAX_FILE_NAME) return `The file name is longer than ${MAX_FILE_NAME} characters.`;
  if (BREAKS.test(file.mimeType)) return 'The type of the file contains a line break or another control character.';
  if (!Number.isSafeInteger(file.sizeBytes) || file.sizeBytes < 0) return 'The size of the file is not known.';
  if (file.contentId !== null && !CONTENT_ID.test(file.contentId)) return 'The picture has an invalid content id.';
  return null;
}
