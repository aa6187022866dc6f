import { arrayField, field, numberField, stringField } from '../../decode';
import { ACCOUNT_WIDE, MailError } from '../../errors';
import { composeMail, MARKER_HEADER } from '../../mime/compose';
import { addressDomain } from '../../model/address';
import type { Identity } from '../../model/identity';
import type { DraftRef, OutgoingMessage, SentReceipt } from '../../model/outgoing';
import type { DraftState, MailSender, SendLimits, SendOutcome } from '../provider';
import { GmailClient, type GmailCall, type GmailClientOptions } from './client';
import { malformed } from './errors';
import { upload } from './upload';
import { GmailWriter, refusalText, type Written } from './writer';

export interface GmailSenderOptions extends GmailClientOptions {
  /** The mailbox's own address: consumer mailboxes may send less than those of an organisation. */
  readonly address?: string;
}

const LOOK_PAGE = 50;
/** How many sent messages a look goes back at most. */
const MAX_LOOKED = 500;
/** Clocks differ, ours may have jumped: so much further back than the time of sending a look goes. */
const CLOCK_SLACK_MS = 24 * 3_600_000;
const MAX_DRAFTS = 200;

/** What a sent message or a draft says about itself. */
interface Marked {
  readonly remoteId: string;
  readonly threadRemoteId: string | null;
  readonly marker: string | null;
  readonly internetMessageId: string | null;
  readonly internalDate: number;
}

/**
 * Writing mail through Gmail's drafts. `drafts.send` consumes the draft; Gmail replaces the Message-ID by its own, so
 * that a mail is found again by our header alone (provider facts §9).
 */
export function createGmailSender(options: GmailSenderOptions): MailSender {
  const client = new GmailClient(options);
  const writer = new GmailWriter(options);
  const sendLimits = limitsOf(options.address ?? '');
  /** By message id: what a message says never changes (each save of a draft makes another message). */
  const known = new Map<string, Marked>();

  async function marks(ids: readonly string[]): Promise<Marked[]> {
    const asked = ids.filter((id) => !known.has(id));
    const results = await client.each(asked.map(markCall), 'interactive');
    for (const [index, result] of results.entries()) {
      if (result.ok) known.set(asked[index] ?? '', result.value);
      // A single message that is gone or unreadable hides nothing else; without an answer at all the look is blind.
      else if (ACCOUNT_WIDE.has(result.error.kind)) throw result.error;
    }
    return ids.flatMap((id) => known.get(id) ?? []);
  }

  async function save(message: OutgoingMessage, draft: DraftRef | null, threadId: string | null): Promise<Written> {
    const mail = await composeMail(message, sendLimits, { draft: message.markerId === null });
    const metadata = { message: threadId === null ? {} : { threadId } };
    if (draft === null)
      return upload(writer, { method: 'drafts.create', verb: 'POST', path: '/drafts', metadata, mail });
    const path = `/drafts/${encodeURIComponent(draft.draftRemoteId)}`;
    return upload(writer, { method: 'drafts.update', verb: 'PUT', path, metadata, mail });
  }

  return {
    sendLimits,
    identities: () => client.one(sendAsCall, 'interactive'),

    async saveDraft(message, draft) {
      let written = await save(message, draft, message.threadRemoteId);
      // A thread of another mailbox, or one that is gone, must not keep the mail from being sent.
      if (message.threadRemoteId !== null && isThreadRefusal(written)) written = await save(message, draft, null);
      if (written.kind !== 'done') throw written.error;
      return decodeDraft(written.reply.json);
    },

    async deleteDraft(draft) {
      const path = `/gmail/v1/users/me/drafts/${encodeURIComponent(draft.draftRemoteId)}`;
      const written = await writer.write({ method: 'drafts.delete', verb: 'DELETE', path });
      if (written.kind !== 'done' && written.error.kind !== 'notFound') throw written.error;
    },

    async findDrafts(markerId) {
      const drafts: { draftId: string; messageId: string }[] = [];
      let pageToken: string | null = null;
      do {
        const page: DraftPage = await client.one(draftsCall(pageToken), 'interactive');
        drafts.push(...page.drafts);
        pageToken = page.nextPageToken;
      } while (pageToken !== null && drafts.length < MAX_DRAFTS);
      const found = await marks(drafts.map(({ messageId }) => messageId));
      return drafts.flatMap(({ draftId, messageId }) => {
        const mark = found.find(({ remoteId, marker }) => remoteId === messageId && marker === markerId);
        return mark ? [draftRef(draftId, mark)] : [];
      });
    },

    async sendDraft(draft): Promise<SendOutcome> {
      const written = await writer.write({
        method: 'drafts.send',
        verb: 'POST',
        path: '/gmail/v1/users/me/drafts/send',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: draft.draftRemoteId }),
      });
      return outcomeOf(written);
    },

    async draftState(draft): Promise<DraftState> {
      try {
        await client.one(draftCall(draft.draftRemoteId), 'interactive');
        return { kind: 'present' };
      } catch (error) {
        if (error instanceof MailError && error.kind === 'notFound') return { kind: 'gone' };
        throw error;
      }
    },

    async findSent(markerId, since): Promise<SentReceipt | null> {
      let pageToken: string | null = null;
      let looked = 0;
      do {
        const page: IdPage = await client.one(sentCall(pageToken), 'interactive');
        const found = await marks(page.ids);
        const copy = found.find(({ marker }) => marker === markerId);
        if (copy) return receiptOf(copy);
        looked += page.ids.length;
        const oldest = Math.min(...found.map(({ internalDate }) => internalDate));
        if (oldest < since - CLOCK_SLACK_MS || looked >= MAX_LOOKED) return null;
        pageToken = page.nextPageToken;
      } while (pageToken !== null);
      return null;
    },

    async receipt(sent) {
      if (sent.remoteId === null) return sent;
      const [mark] = await marks([sent.remoteId]);
      return mark ? receiptOf(mark) : sent;
    },
  };
}

/** Google's help on sending limits: 500 a day for consumers, 2,000 for organisations, 100 recipients through the API. */
function limitsOf(address: string): SendLimits {
  const isConsumer = ['gmail.com', 'googlemail.com'].includes(addressDomain(address));
  return {
    maxMessageBytes: 36_700_160,
    maxRecipients: 100,
    messagesPerMinute: null,
    messagesPerDay: isConsumer ? 500 : 2_000,
    recipientsPerDay: isConsumer ? null : 10_000,
    internationalLocalParts: false,
    lookAgainMs: [2_000, 5_000, 15_000, 60_000],
  };
}

function outcomeOf(written: Written): SendOutcome {
  if (written.kind === 'unknown') return { kind: 'lost', error: written.error };
  if (written.kind === 'no') {
    const { error } = written;
    if (error.kind === 'notFound') return { kind: 'noDraft', error };
    // A token that is refused although it was just renewed says nothing about the mail.
    return ACCOUNT_WIDE.has(error.kind) ? { kind: 'notNow', error } : { kind: 'refused', error };
  }
  const remoteId = stringField(written.reply.json, 'id');
  if (!remoteId) return { kind: 'lost', error: malformed('A sent message has no id.') };
  const threadRemoteId = stringField(written.reply.json, 'threadId');
  return { kind: 'accepted', receipt: { remoteId, threadRemoteId, internetMessageId: null } };
}

/** 400 "Invalid thread_id value" for one of another shape, 404 for one that is not in this mailbox. */
function isThreadRefusal(written: Written): boolean {
  if (written.kind !== 'no' || written.reply === null) return false;
  if (written.reply.status === 404) return true;
  return written.reply.status === 400 && /thread_?\s?id/i.test(refusalText(written.reply));
}

function receiptOf({ remoteId, threadRemoteId, internetMessageId }: Marked): SentReceipt {
  return { remoteId, threadRemoteId, internetMessageId };
}

function draftRef(draftRemoteId: string, { remoteId, threadRemoteId, internetMessageId }: Marked): DraftRef {
  return { draftRemoteId, remoteId, threadRemoteId, internetMessageId };
}

function decodeDraft(json: unknown): DraftRef {
  const draftRemoteId = stringField(json, 'id');
  const remoteId = stringField(field(json, 'message'), 'id');
  if (!draftRemoteId || !remoteId) throw malformed('A saved draft has no id.');
  return {
    draftRemoteId,
    remoteId,
    threadRemoteId: stringField(field(json, 'message'), 'threadId'),
    internetMessageId: null,
  };
}

interface IdPage {
  readonly ids: readonly string[];
  readonly nextPageToken: string | null;
}

function sentCall(pageToken: string | null): GmailCall<IdPage> {
  const query = new URLSearchParams({ labelIds: 'SENT', includeSpamTrash: 'true', maxResults: String(LOOK_PAGE) });
  if (pageToken !== null) query.set('pageToken', pageToken);
  return {
    method: 'messages.list',
    verb: 'GET',
    path: `/messages?${query.toString()}`,
    decode: (json) => ({
      ids: arrayField(json, 'messages').flatMap((entry) => stringField(entry, 'id') ?? []),
      nextPageToken: stringField(json, 'nextPageToken') || null,
    }),
  };
}

interface DraftPage {
  readonly drafts: readonly { readonly draftId: string; readonly messageId: string }[];
  readonly nextPageToken: string | null;
}

function draftsCall(pageToken: string | null): GmailCall<DraftPage> {
  const query = new URLSearchParams({ maxResults: '100', ...(pageToken === null ? {} : { pageToken }) });
  return {
    method: 'drafts.list',
    verb: 'GET',
    path: `/drafts?${query.toString()}`,
    decode: (json) => ({
      drafts: arrayField(json, 'drafts').flatMap((entry) => {
        const draftId = stringField(entry, 'id');
        const messageId = stringField(field(entry, 'message'), 'id');
        return draftId && messageId ? [{ draftId, messageId }] : [];
      }),
      nextPageToken: stringField(json, 'nextPageToken') || null,
    }),
  };
}

function draftCall(draftId: string): GmailCall<true> {
  const path = `/drafts/${encodeURIComponent(draftId)}?format=minimal`;
  return { method: 'drafts.get', verb: 'GET', path, decode: () => true };
}

function markCall(id: string): GmailCall<Marked> {
  const query = new URLSearchParams({ format: 'metadata' });
  for (const name of [MARKER_HEADER, 'Message-ID']) query.append('metadataHeaders', name);
  return {
    method: 'messages.get',
    verb: 'GET',
    path: `/messages/${encodeURIComponent(id)}?${query.toString()}`,
    decode: (json) => {
      const remoteId = stringField(json, 'id');
      if (remoteId !== id) throw malformed('It is about another message.');
      const headers = arrayField(field(json, 'payload'), 'headers');
      const header = (name: string): string | null => {
        const wanted = name.toLowerCase();
        const found = headers.find((entry) => stringField(entry, 'name')?.toLowerCase() === wanted);
        return stringField(found, 'value')?.trim() ?? null;
      };
      return {
        remoteId,
        threadRemoteId: stringField(json, 'threadId'),
        marker: header(MARKER_HEADER),
        internetMessageId: /<[^<>\s]{1,995}>/.exec(header('Message-ID') ?? '')?.[0] ?? null,
        internalDate: numberField(json, 'internalDate') ?? Infinity,
      };
    },
  };
}

const sendAsCall: GmailCall<readonly Identity[]> = {
  method: 'settings.sendAs.list',
  verb: 'GET',
  path: '/settings/sendAs',
  decode: (json) =>
    arrayField(json, 'sendAs')
      .flatMap((entry) => decodeIdentity(entry) ?? [])
      .sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary)),
};

function decodeIdentity(entry: unknown): Identity | null {
  const address = stringField(entry, 'sendAsEmail');
  if (!address) return null;
  const isPrimary = field(entry, 'isPrimary') === true;
  return {
    address,
    name: stringField(entry, 'displayName') ?? '',
    replyTo: stringField(entry, 'replyToAddress') || null,
    isPrimary,
    isDefault: field(entry, 'isDefault') === true,
    isVerified: isPrimary || stringField(entry, 'verificationStatus') === 'accepted',
    signatureHtml: stringField(entry, 'signature') || null,
  };
}
