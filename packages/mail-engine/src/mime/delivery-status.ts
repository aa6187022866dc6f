import PostalMime from 'postal-mime';
import { addressKey } from '../model/address';
import { MARKER_HEADER } from './compose';
import { oneLine } from './storable-text';

export type DeliveryAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface RecipientStatus {
  /** Lower case; as the mail was addressed where the report says so, else where it ended up. */
  readonly address: string;
  /** Both forms, when they differ: for matching with what was sent. */
  readonly addresses: readonly string[];
  readonly action: DeliveryAction;
  /** Enhanced status code (RFC 3463), for example `5.1.1`; null when there is none. */
  readonly status: string | null;
  /** True when nothing will come of trying again (5.x.x, or a failure without a code). */
  readonly permanent: boolean;
  /** What the other side said, one line: foreign text. */
  readonly diagnostic: string | null;
}

/**
 * What a delivery report (DSN, RFC 3464) says. Anybody can write one: it means something only about a mail that is known
 * to have been sent, see `aboutSent`.
 */
export interface DeliveryReport {
  readonly recipients: readonly RecipientStatus[];
  /** Message-IDs (with angle brackets) that the report names as the mail it is about. */
  readonly messageIds: readonly string[];
  /** Our own mark, when the report returns the headers of the mail. */
  readonly marker: string | null;
}

/** A message as far as a report is recognised by it. Header names in lower case. */
export interface ReportParts {
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Text of the `message/delivery-status` part. */
  readonly status: string | null;
  /** Text of the returned mail, or of its headers. */
  readonly original: string | null;
  /** The text for people. */
  readonly text: string | null;
}

const MAX_TEXT = 200_000;
const MAX_RECIPIENTS = 500;
const MAX_RAW_BYTES = 40 * 1_048_576;
const ACTIONS: ReadonlySet<string> = new Set(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);
const DAEMON = /^(?:mailer-daemon|postmaster|mail-daemon|microsoftexchange[0-9a-f]{32})@/i;
const BOUNCE_SUBJECT =
  /^(?:undeliver|delivery (?:status notification|has failed|failure)|mail delivery (?:failed|failure|system)|failure notice|returned mail|nicht zugestellt|unzustellbar|не доставлено|недоставлен)/i;
const MESSAGE_ID = /<[^<>\s]{1,990}>/g;
const ADDRESS = /^[^\s@<>"]{1,200}@[^\s@<>"]{1,255}$/;

/** A report in raw RFC 822 form; null when it is none, or cannot be read. */
export async function parseDeliveryReport(raw: Uint8Array): Promise<DeliveryReport | null> {
  if (raw.length > MAX_RAW_BYTES) return null;
  try {
    const mail = await PostalMime.parse(raw, { forceRfc822Attachments: true, attachmentEncoding: 'arraybuffer' });
    const headers = new Map<string, string[]>();
    for (const { key, value } of mail.headers) headers.set(key, [...(headers.get(key) ?? []), value]);
    const textOf = (types: readonly string[]): string | null => {
      const part = mail.attachments.find(({ mimeType }) => types.includes(mimeType.toLowerCase()));
      return part
        ? Buffer.from(part.content as ArrayBuffer)
            .subarray(0, MAX_TEXT)
            .toString('utf8')
        : null;
    };
    return readDeliveryReport({
      headers,
      status: textOf(['message/delivery-status', 'message/global-delivery-status']),
      original: textOf(['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers']),
      text: mail.text?.slice(0, MAX_TEXT) ?? null,
    });
  } catch {
    return null;
  }
}

/** Reads the parts of a message as a delivery report; null when it is none. Pure; never throws. */
export function readDeliveryReport(parts: ReportParts): DeliveryReport | null {
  const recipients = parts.status === null ? looseRecipients(parts) : statusRecipients(parts.status.slice(0, MAX_TEXT));
  if (recipients.length === 0) return null;
  const original = fieldsOf((parts.original ?? '').slice(0, MAX_TEXT).split(/\r?\n\r?\n/)[0] ?? '');
  const status = fieldsOf((parts.status ?? '').slice(0, MAX_TEXT).replace(/\r?\n\r?\n/g, '\n'));
  const named = [
    original.get('message-id'),
    status.get('x-original-message-id'),
    status.get('original-message-id'),
    parts.headers.get('in-reply-to')?.[0],
    parts.headers.get('references')?.[0],
  ];
  const messageIds = [...new Set(named.flatMap((value) => value?.slice(0, 10_000).match(MESSAGE_ID) ?? []))];
  const marker = original.get(MARKER_HEADER.toLowerCase()) ?? null;
  return { recipients, messageIds, marker: marker !== null && /^[A-Za-z0-9-]{1,100}$/.test(marker) ? marker : null };
}

/**
 * What a report says about a mail of ours: only recipients that this mail had. Empty when it is about another one, or
 * forged without knowing whom we wrote to.
 */
export function aboutSent(
  report: DeliveryReport,
  sent: { readonly messageId: string | null; readonly marker: string; readonly recipients: readonly string[] },
): readonly RecipientStatus[] {
  const isNamed =
    report.marker === sent.marker || (sent.messageId !== null && report.messageIds.includes(sent.messageId));
  if (!isNamed) return [];
  const known = new Set(sent.recipients.map(addressKey));
  return report.recipients.filter(({ addresses }) => addresses.some((address) => known.has(address)));
}

function statusRecipients(text: string): RecipientStatus[] {
  const found: RecipientStatus[] = [];
  for (const block of text.split(/(?:\r?\n[ \t]*){2,}/)) {
    const fields = fieldsOf(block);
    const final = recipientOf(fields.get('final-recipient'));
    const original = recipientOf(fields.get('original-recipient'));
    const address = original ?? final;
    const action = (fields.get('action') ?? '').toLowerCase().split(/[\s(;]/)[0] ?? '';
    if (address === null || !ACTIONS.has(action)) continue;
    const status = /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(fields.get('status') ?? '')?.[1] ?? null;
    const diagnostic = (fields.get('diagnostic-code') ?? '').replace(/^[\w-]+\s*;\s*/, '');
    found.push({
      address,
      addresses: [...new Set([address, ...(final === null ? [] : [final])])],
      action: action as DeliveryAction,
      status,
      permanent: action === 'failed' && !(status?.startsWith('4.') ?? false),
      diagnostic: oneLine(diagnostic, 500) || null,
    });
    if (found.length === MAX_RECIPIENTS) break;
  }
  return found;
}

/** Reports without the standard's part: Google's header, or the paragraphs that qmail writes. */
function looseRecipients({ headers, text }: ReportParts): RecipientStatus[] {
  const from = (headers.get('from')?.[0] ?? '').slice(0, 2_000);
  const sender = /<([^<>]+)>/.exec(from)?.[1] ?? from.trim();
  if (!DAEMON.test(sender) || !BOUNCE_SUBJECT.test((headers.get('subject')?.[0] ?? '').trim())) return [];
  const failed = (headers.get('x-failed-recipients') ?? []).flatMap((value) =>
    value.slice(0, MAX_TEXT).split(/[,\s]+/),
  );
  const addresses = failed.length > 0 ? failed : qmailRecipients(text ?? '');
  return [...new Set(addresses.map(addressKey))]
    .filter((address) => ADDRESS.test(address))
    .slice(0, MAX_RECIPIENTS)
    .map((address) => ({
      address,
      addresses: [address],
      action: 'failed',
      status: null,
      permanent: true,
      diagnostic: null,
    }));
}

function qmailRecipients(text: string): string[] {
  return text
    .slice(0, MAX_TEXT)
    .split(/\r?\n/)
    .flatMap((line) => /^<([^<>\s]{3,450})>:/.exec(line)?.[1] ?? []);
}

/** `rfc822; ann@example.test`, also with brackets. */
function recipientOf(value: string | undefined): string | null {
  const address = addressKey(
    (value ?? '')
      .slice(0, 2_000)
      .replace(/^[\w-]+\s*;/, '')
      .trim()
      .replace(/^<(.*)>$/, '$1'),
  );
  return ADDRESS.test(address) ? address : null;
}

/** Fields of a header block by lower-case name, the first of each; folded lines joined. */
function fieldsOf(block: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let last: string | null = null;
  for (const line of block.split(/\r?\n/)) {
    if (/^[ \t]/.test(line)) {
      if (last !== null) fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    last = colon > 0 && !fields.has(name) ? name : null;
    if (last !== null) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}
