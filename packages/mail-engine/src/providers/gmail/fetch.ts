import { MailError } from '../../errors';
import { field } from '../../decode';
import type { ListEntry } from '../../model/change';
import type { Clock } from '../../ports/clock';
import type { CheckOutcome, FetchOutcome } from '../provider';
import type { PacerPriority } from '../pacer';
import type { CallResult, GmailCall, GmailClient } from './client';
import type { DraftIds } from './drafts';
import { malformed } from './errors';
import { decodeBase64, readMessage, readState, threadMessages, type ReadMessage } from './map';
import type { GmailQuota } from './quota';
import { stringField } from '../../decode';

/** Messages that are put together before others in the process get their turn; some milliseconds of work. */
const MESSAGES_PER_TURN = 5;

interface FetchContext {
  readonly client: GmailClient;
  readonly clock: Clock;
  readonly quota: GmailQuota;
  readonly drafts: DraftIds;
  readonly priority: PacerPriority;
}

/** A message as it came, or why it could not be read. */
interface Fetched {
  readonly remoteId: string;
  readonly read: ReadMessage;
}

type ThreadMember = { readonly remoteId: string; readonly json: unknown };
type CallPlan =
  | { readonly kind: 'message'; readonly remoteId: string }
  | { readonly kind: 'thread'; readonly threadRemoteId: string; readonly wanted: readonly string[] };

/**
 * Fetches whole messages with the cheapest mix of calls: a thread is fetched whole when that costs no more than its
 * wanted messages one by one. Members of a thread that nobody asked for are returned as well.
 */
export async function fetchMessages(context: FetchContext, wanted: readonly ListEntry[]): Promise<FetchOutcome[]> {
  const outcomes = new Map<string, FetchOutcome>();
  const fetched = new Map<string, Fetched>();
  let plans = planCalls(wanted, context.quota);
  while (plans.length > 0) {
    const results = await context.client.each(plans.map(toCall), context.priority);
    const next: CallPlan[] = [];
    results.forEach((result, i) => {
      const plan = plans[i] as CallPlan;
      if (plan.kind === 'message') takeMessage(plan.remoteId, result, fetched, outcomes);
      else next.push(...takeThread(plan.wanted, result, fetched, outcomes));
    });
    plans = next;
  }
  await finish(context, fetched, outcomes);
  return [...outcomes.values()];
}

export function planCalls(wanted: readonly ListEntry[], quota: GmailQuota): CallPlan[] {
  const byThread = new Map<string, Set<string>>();
  for (const { remoteId, threadRemoteId } of wanted) {
    // Without a thread id the message stands alone.
    const key = threadRemoteId === '' ? `message:${remoteId}` : threadRemoteId;
    const ids = byThread.get(key);
    if (ids) ids.add(remoteId);
    else byThread.set(key, new Set([remoteId]));
  }
  const plans: CallPlan[] = [];
  for (const [threadRemoteId, ids] of byThread) {
    const isWhole = ids.size > 1 && quota.costs['threads.get'] <= ids.size * quota.costs['messages.get'];
    if (isWhole) plans.push({ kind: 'thread', threadRemoteId, wanted: [...ids] });
    else for (const remoteId of ids) plans.push({ kind: 'message', remoteId });
  }
  return plans;
}

function toCall(plan: CallPlan): GmailCall<unknown> {
  return plan.kind === 'message'
    ? {
        method: 'messages.get',
        verb: 'GET',
        path: `/messages/${encodeURIComponent(plan.remoteId)}?format=full`,
        decode: anything,
      }
    : {
        method: 'threads.get',
        verb: 'GET',
        path: `/threads/${encodeURIComponent(plan.threadRemoteId)}?format=full`,
        decode: anything,
      };
}

function takeMessage(
  remoteId: string,
  result: CallResult<unknown>,
  fetched: Map<string, Fetched>,
  outcomes: Map<string, FetchOutcome>,
): void {
  if (result.ok) take({ remoteId, json: result.value }, fetched, outcomes);
  else if (result.error.kind === 'notFound') outcomes.set(remoteId, { kind: 'gone', remoteId });
  else outcomes.set(remoteId, { kind: 'failed', remoteId, error: result.error });
}

/** Returns what is still to be asked one by one: a thread says nothing about a message that is not in it. */
function takeThread(
  wanted: readonly string[],
  result: CallResult<unknown>,
  fetched: Map<string, Fetched>,
  outcomes: Map<string, FetchOutcome>,
): CallPlan[] {
  const singly = (ids: readonly string[]): CallPlan[] => ids.map((remoteId) => ({ kind: 'message', remoteId }));
  if (!result.ok) {
    if (result.error.kind === 'notFound' || result.error.kind === 'malformed' || result.error.kind === 'refused')
      return singly(wanted);
    for (const remoteId of wanted) outcomes.set(remoteId, { kind: 'failed', remoteId, error: result.error });
    return [];
  }
  let members: ThreadMember[];
  try {
    members = threadMessages(result.value).flatMap((json) => {
      const remoteId = stringField(json, 'id');
      return remoteId ? [{ remoteId, json }] : [];
    });
  } catch {
    return singly(wanted);
  }
  const damaged: string[] = [];
  for (const member of members) {
    take(member, fetched, outcomes);
    if (outcomes.get(member.remoteId)?.kind === 'failed') {
      // Wanted: asked again alone. Not wanted: nobody asked, so there is nothing to report.
      outcomes.delete(member.remoteId);
      if (wanted.includes(member.remoteId)) damaged.push(member.remoteId);
    }
  }
  const got = new Set(members.map((member) => member.remoteId));
  return singly([...damaged, ...wanted.filter((id) => !got.has(id))]);
}

function take(member: ThreadMember, fetched: Map<string, Fetched>, outcomes: Map<string, FetchOutcome>): void {
  const { remoteId } = member;
  try {
    fetched.set(remoteId, { remoteId, read: readMessage(member.json, remoteId) });
  } catch (error) {
    outcomes.set(remoteId, { kind: 'failed', remoteId, error: asMailError(error) });
  }
}

/** Fetches texts that did not come along and draft ids, and puts the messages together. */
async function finish(
  context: FetchContext,
  fetched: ReadonlyMap<string, Fetched>,
  outcomes: Map<string, FetchOutcome>,
): Promise<void> {
  const messages = [...fetched.values()];
  const texts = await fetchTexts(context, messages, outcomes);
  const draftMessages = messages.filter(({ read }) => read.state.isDraft).map(({ remoteId }) => remoteId);
  const draftIds = draftMessages.length === 0 ? new Map<string, string>() : await context.drafts.of(draftMessages);
  for (const [index, { remoteId, read }] of messages.entries()) {
    if (outcomes.has(remoteId)) continue;
    if (index % MESSAGES_PER_TURN === MESSAGES_PER_TURN - 1) await context.clock.turn?.();
    try {
      const message = read.finish(texts.get(remoteId) ?? new Map(), draftIds.get(remoteId) ?? null);
      outcomes.set(remoteId, { kind: 'message', remoteId, message });
    } catch (error) {
      outcomes.set(remoteId, { kind: 'failed', remoteId, error: asMailError(error) });
    }
  }
}

async function fetchTexts(
  { client, priority }: FetchContext,
  messages: readonly Fetched[],
  outcomes: Map<string, FetchOutcome>,
): Promise<Map<string, Map<string, Uint8Array>>> {
  const missing = messages.flatMap(({ remoteId, read }) => read.missingTexts.map((text) => ({ remoteId, ...text })));
  const texts = new Map<string, Map<string, Uint8Array>>();
  if (missing.length === 0) return texts;
  const results = await client.each(
    missing.map((text) => attachmentCall(text.remoteId, text.attachmentId)),
    priority,
  );
  results.forEach((result, i) => {
    const { remoteId, partId } = missing[i] as (typeof missing)[number];
    if (!result.ok) {
      // An attachment id can lapse, or the message go, between the two calls: the next try starts anew.
      outcomes.set(remoteId, { kind: 'failed', remoteId, error: lapsed(result.error) });
      return;
    }
    const ofMessage = texts.get(remoteId) ?? new Map<string, Uint8Array>();
    ofMessage.set(partId, result.value);
    texts.set(remoteId, ofMessage);
  });
  return texts;
}

function lapsed(error: MailError): MailError {
  if (error.kind !== 'notFound' && error.kind !== 'refused') return error;
  return malformed('A text of the message could not be fetched.', error);
}

/** The decoded bytes behind an attachment id. */
export function attachmentCall(remoteId: string, attachmentId: string): GmailCall<Uint8Array> {
  return {
    method: 'messages.attachments.get',
    verb: 'GET',
    path: `/messages/${encodeURIComponent(remoteId)}/attachments/${encodeURIComponent(attachmentId)}`,
    decode: (json) => {
      const data = stringField(json, 'data');
      if (data === null) throw malformed('An attachment has no data.');
      return decodeBase64(data);
    },
  };
}

/** Asks by id for flags and places only. */
export async function checkMessages(client: GmailClient, remoteIds: readonly string[]): Promise<CheckOutcome[]> {
  const ids = [...new Set(remoteIds)];
  const calls = ids.map((id): GmailCall<CheckOutcome> => ({
    method: 'messages.get',
    verb: 'GET',
    path: `/messages/${encodeURIComponent(id)}?format=minimal`,
    decode: (json) => ({ kind: 'state', state: readState(json, id) }),
  }));
  const results = await client.each(calls, 'live');
  return results.map((result, i): CheckOutcome => {
    const remoteId = ids[i] as string;
    if (result.ok) return result.value;
    if (result.error.kind === 'notFound') return { kind: 'gone', remoteId };
    return { kind: 'failed', remoteId, error: result.error };
  });
}

function anything(json: unknown): unknown {
  if (field(json, 'id') === undefined) throw malformed('It has no id.');
  return json;
}

function asMailError(error: unknown): MailError {
  return error instanceof MailError ? error : malformed('Its content is unexpected.', error);
}
