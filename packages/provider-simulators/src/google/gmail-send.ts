import { noContent } from './call';
import type { GmailCall, GmailResult } from './call';
import { badRequest, notFound } from './errors';
import { briefJson } from './gmail-messages';
import { replaceDraftRaw, saveDraftRaw } from './mailbox-events';
import { parseMessage } from '../mime/parse';
import { checkSize, resolveThread, sendRaw } from './sending';

interface GivenMessage {
  raw: Buffer;
  threadId: string | undefined;
}

export function messagesSend(call: GmailCall): GmailResult {
  const { raw, threadId } = requireGiven(call, call.body);
  return briefJson(sendRaw(call.state, call.account, raw, { threadId }));
}

export function draftsCreate(call: GmailCall): GmailResult {
  const { raw, threadId } = requireGiven(call, messageField(call));
  checkSize(raw);
  const thread = resolveThread(call.mailbox, parseMessage(raw).root, threadId);
  const { draftId, message } = saveDraftRaw(call.mailbox, raw, call.state.clock.now(), thread);
  return { id: draftId, message: briefJson(message) };
}

/** Replaces the whole message: what the new one leaves out is gone. The message gets a new id. */
export function draftsUpdate(call: GmailCall): GmailResult {
  const draftId = call.params['id'] ?? '';
  const old = call.mailbox.draftMessage(draftId);
  if (!old) throw notFound();
  const { raw, threadId } = requireGiven(call, messageField(call));
  checkSize(raw);
  const thread = resolveThread(call.mailbox, parseMessage(raw).root, threadId);
  const message = replaceDraftRaw(call.mailbox, draftId, raw, call.state.clock.now(), thread);
  return { id: draftId, message: briefJson(message) };
}

export function draftsDelete(call: GmailCall): GmailResult {
  const message = call.mailbox.draftMessage(call.params['id'] ?? '');
  if (!message) throw notFound();
  call.mailbox.deleteForever(message);
  return noContent;
}

/** Consumes the draft: it is gone, and the sent copy is another message. */
export function draftsSend(call: GmailCall): GmailResult {
  const id = call.body['id'];
  if (typeof id !== 'string' || id === '') throw badRequest('Missing draft id');
  const draft = call.mailbox.draftMessage(id);
  if (!draft) throw notFound();
  const given = readGiven(call, messageField(call));
  const raw = given?.raw ?? call.mailbox.content(draft).raw();
  const thread = given?.threadId === undefined ? { draftThread: draft.threadId } : { threadId: given.threadId };
  const sent = sendRaw(call.state, call.account, raw, thread);
  call.mailbox.deleteForever(draft);
  return briefJson(sent);
}

function messageField(call: GmailCall): Record<string, unknown> {
  const message = call.body['message'];
  if (message === undefined || message === null) return {};
  if (typeof message !== 'object' || Array.isArray(message)) {
    throw badRequest(`Invalid value at 'draft.message' (type.googleapis.com/gmail.v1.Message)`);
  }
  return message as Record<string, unknown>;
}

function requireGiven(call: GmailCall, message: Record<string, unknown>): GivenMessage {
  const given = readGiven(call, message);
  if (!given) throw badRequest("'raw' RFC822 payload message string or uploading message via /upload/* URL required");
  return given;
}

/** Uploaded bytes win over `raw`; `labelIds` and everything else of the message is ignored. */
function readGiven(call: GmailCall, message: Record<string, unknown>): GivenMessage | undefined {
  const threadId = typeof message['threadId'] === 'string' ? message['threadId'] : undefined;
  if (call.media) return { raw: call.media, threadId };
  const raw = message['raw'];
  if (raw === undefined || raw === null || raw === '') return undefined;
  if (typeof raw !== 'string' || !/^[\w+/-]*={0,2}$/.test(raw)) {
    throw badRequest(`Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed`);
  }
  return { raw: Buffer.from(raw, 'base64url'), threadId };
}
