import { MailError, type MailErrorKind } from '../errors';
import { type OutboxError, type OutboxItem, type OutboxState, SETTLED } from '../model/outbox';
import type { DraftRef, OutgoingMessage, SentReceipt } from '../model/outgoing';
import type { Clock } from '../ports/clock';
import type { OutboxStore } from '../ports/outbox-store';
import type { MailSender, SendOutcome } from '../providers/provider';
import { expectationOf, Hand, OutboxLostError, type OutboxWatch } from './hand';
import { sendDelay } from './limits';
import { type OutboxEvent, patchFor } from './machine';
import { judge, neverLeft, NO_DRAFT } from './reconcile';

export interface OutboxContext {
  readonly store: OutboxStore;
  readonly sender: MailSender;
  readonly clock: Clock;
  readonly watch: OutboxWatch;
}

export type OutboxRun =
  /** Nothing moves by itself any more. */
  | { readonly kind: 'settled'; readonly state: OutboxState; readonly receipt: SentReceipt | null }
  /** To be looked at again at this time (epoch ms). */
  | { readonly kind: 'later'; readonly at: number }
  /** Held, or a person has to decide. */
  | { readonly kind: 'waiting'; readonly state: OutboxState }
  /** Somebody else has it in hand. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'missing' };

const BACKOFF_MS = { first: 15_000, cap: 15 * 60_000 };
/** A provider that is reached, keeps the draft and never sends it is given up, and that is shown. */
const MAX_SUBMITS = 8;
/** Of one run; a run that changes state more often than this goes on later. */
const MAX_STEPS_PER_RUN = 20;
const HOLDING: ReadonlySet<MailErrorKind> = new Set<MailErrorKind>([
  'needsReauth',
  'scopeMissing',
  'blocked',
  'noMailbox',
]);

/**
 * Takes one mail as far as it goes now: claims it, ensures its draft at the provider, marks it, sends the draft, and
 * after a lost answer finds out what became of it. Safe to run twice, anywhere, and to die at any line: the row says
 * before each call to the provider what may have happened by it. No transaction is open during a call.
 */
export async function runOutboxItem(context: OutboxContext, id: string): Promise<OutboxRun> {
  const { watch } = context;
  if (watch.running.has(id)) return { kind: 'busy' };
  watch.running.add(id);
  try {
    for (let step = 0; step < MAX_STEPS_PER_RUN; step++) {
      const run = await advance(context, id);
      if (run !== 'again') return run;
    }
    return { kind: 'later', at: context.clock.now() };
  } catch (error) {
    if (error instanceof OutboxLostError) return { kind: 'busy' };
    throw error;
  } finally {
    watch.running.delete(id);
  }
}

async function advance(context: OutboxContext, id: string): Promise<OutboxRun | 'again'> {
  const { store, clock, watch } = context;
  const item = await store.read(id);
  if (item === null) return { kind: 'missing' };
  if (SETTLED.has(item.state)) return { kind: 'settled', state: item.state, receipt: item.receipt };
  if (item.state === 'held' || item.needsPerson) return { kind: 'waiting', state: item.state };
  const now = clock.now();
  if (item.state === 'queued') {
    const due = Math.max(item.sendAt, item.notBefore ?? 0);
    if (due > now) return { kind: 'later', at: due };
    const delay = sendDelay(await store.usage(item.accountId, now), context.sender.sendLimits, item.recipients, now);
    if (delay !== null) {
      await once(context, item, { kind: 'pace', ...delay });
      return { kind: 'later', at: delay.until };
    }
    return inHand(context, item, { kind: 'claim', owner: watch.owner }, send);
  }
  if (!watch.isDead(item)) return { kind: 'busy' };
  if (item.state === 'claimed') {
    await once(context, item, { kind: 'takeOver', owner: watch.owner }, true);
    return 'again';
  }
  if (item.state === 'uncertain' && (item.notBefore ?? 0) > now) return { kind: 'later', at: item.notBefore ?? now };
  const take = item.state === 'uncertain' && item.owner === null ? 'look' : 'takeOver';
  return inHand(context, item, { kind: take, owner: watch.owner }, find, true);
}

async function once(context: OutboxContext, item: OutboxItem, event: OutboxEvent, sameBeat = false): Promise<void> {
  const expected = { ...expectationOf(item), ...(sameBeat ? { beat: item.beat } : {}) };
  const written = await context.store.write(expected, patchFor(item, event, context.clock.now()));
  if (!written) throw new OutboxLostError();
}

async function inHand(
  context: OutboxContext,
  item: OutboxItem,
  event: OutboxEvent,
  work: (context: OutboxContext, hand: Hand) => Promise<OutboxRun | 'again'>,
  sameBeat = false,
): Promise<OutboxRun | 'again'> {
  const { store, clock, watch } = context;
  const patch = patchFor(item, event, clock.now());
  const expected = { ...expectationOf(item), ...(sameBeat ? { beat: item.beat } : {}) };
  if (!(await store.write(expected, patch))) throw new OutboxLostError();
  const hand = new Hand(store, clock, { ...item, ...patch });
  const finished = new AbortController();
  const keeping = hand.keep(finished.signal, watch.ttlMs);
  try {
    return await work(context, hand);
  } finally {
    finished.abort();
    await keeping;
  }
}

/** From `claimed` on. */
async function send(context: OutboxContext, hand: Hand): Promise<OutboxRun | 'again'> {
  const { store, sender } = context;
  let draft: DraftRef;
  try {
    const frozen = await store.message(hand.item.id);
    if (frozen === null) return fail(hand, { code: 'CONTENT_MISSING', message: 'The content of this mail is gone.' });
    // A mail that waited for its time is dated when it goes.
    const message = { ...frozen, date: context.clock.now() };
    const earlier = await earlierCopy(context, hand.item);
    if (earlier !== null) return accept(context, hand, { kind: 'foundSent', receipt: earlier });
    draft = await ensureDraft(context, hand, message);
  } catch (error) {
    // Nothing was handed over: whatever this is, nothing has left.
    if (!(error instanceof MailError)) throw error;
    if (error.kind === 'refused') return fail(hand, errorOf(error));
    return postpone(context, hand, error);
  }
  await hand.apply({ kind: 'submit' });
  const outcome = await sender.sendDraft(draft);
  return conclude(context, hand, outcome);
}

async function conclude(context: OutboxContext, hand: Hand, outcome: SendOutcome): Promise<OutboxRun | 'again'> {
  switch (outcome.kind) {
    case 'accepted':
      return accept(context, hand, outcome);
    case 'refused':
      return fail(hand, errorOf(outcome.error));
    case 'notNow':
      return postpone(context, hand, outcome.error);
    case 'noDraft':
      await hand.apply({ kind: 'answerLost', code: NO_DRAFT });
      return find(context, hand);
    case 'lost':
      await hand.apply({ kind: 'answerLost', code: outcome.error.providerCode ?? outcome.error.kind });
      return find(context, hand);
  }
}

/** When a person asked to send again what may have left: the copy may have turned up since. */
async function earlierCopy({ sender }: OutboxContext, item: OutboxItem): Promise<SentReceipt | null> {
  const first = item.history.find((step) => step.kind === 'submitted');
  const asked = item.history.some((step) => step.kind === 'sendAgain');
  return first !== undefined && asked ? sender.findSent(item.markerId, first.at) : null;
}

/** A draft at the provider that holds this message. One that was handed over before is taken as it is. */
async function ensureDraft({ sender }: OutboxContext, hand: Hand, message: OutgoingMessage): Promise<DraftRef> {
  const { item } = hand;
  if (item.draft !== null && item.submits > 0) return item.draft;
  let known = item.draft;
  // An earlier worker may have made a draft and died before it could say so.
  if (known === null && item.attempt > 1) known = (await sender.findDrafts(item.markerId))[0] ?? null;
  let draft: DraftRef;
  try {
    draft = await sender.saveDraft(message, known);
  } catch (error) {
    if (known === null || !(error instanceof MailError) || error.kind !== 'notFound') throw error;
    // It was handed over before and refused, and now it is not there: the refusal may not have been true. Handing it
    // over once more can send nothing, and leads to where its copy is looked for.
    if (item.draft !== null && item.history.some((step) => step.kind === 'submitted')) return item.draft;
    if (item.draft !== null) await hand.apply({ kind: 'draftMissing' });
    draft = await sender.saveDraft(message, null);
  }
  try {
    await hand.apply({ kind: 'draftSaved', draft });
  } catch (error) {
    if (error instanceof OutboxLostError) await tidyLate(sender, hand, draft);
    throw error;
  }
  return draft;
}

/** A draft that came into being after somebody else had sent the mail would stay in the person's drafts. */
async function tidyLate(sender: MailSender, hand: Hand, draft: DraftRef): Promise<void> {
  if ((await hand.read())?.state !== 'sent') return;
  await sender.deleteDraft(draft).catch(() => undefined);
}

async function accept(
  { sender }: OutboxContext,
  hand: Hand,
  event: Extract<OutboxEvent, { kind: 'accepted' | 'foundSent' }>,
): Promise<OutboxRun> {
  // First of all the fact; what else is known can be read again at any time.
  await hand.apply({ kind: event.kind, receipt: event.receipt });
  try {
    const receipt = await sender.receipt(event.receipt);
    await hand.apply({ kind: 'receipt', receipt });
    // Drafts that earlier workers left behind.
    if (hand.item.attempt > 1) {
      for (const draft of await sender.findDrafts(hand.item.markerId)) await sender.deleteDraft(draft);
    }
  } catch (error) {
    if (!(error instanceof MailError) && !(error instanceof OutboxLostError)) throw error;
  }
  return { kind: 'settled', state: 'sent', receipt: hand.item.receipt };
}

async function fail(hand: Hand, error: OutboxError): Promise<OutboxRun> {
  await hand.apply({ kind: 'refused', error });
  return { kind: 'settled', state: 'failed', receipt: null };
}

async function postpone({ clock }: OutboxContext, hand: Hand, error: MailError): Promise<OutboxRun> {
  if (HOLDING.has(error.kind)) {
    await hand.apply({ kind: 'held', error: errorOf(error) });
    return { kind: 'waiting', state: 'held' };
  }
  const until = Math.max(error.notBefore ?? 0, clock.now() + backoff(hand.item));
  await hand.apply({ kind: 'postponed', until, error: errorOf(error) });
  return { kind: 'later', at: until };
}

/** From `uncertain` on, in hand: looks until the table gives a verdict. */
async function find(context: OutboxContext, hand: Hand): Promise<OutboxRun | 'again'> {
  const { sender, clock } = context;
  const { item } = hand;
  const looks = [0, ...sender.sendLimits.lookAgainMs];
  let started = clock.monotonic();
  let seenGone = false;
  try {
    for (let index = 0; index < looks.length; index++) {
      await clock.sleep(started + (looks[index] ?? 0) - clock.monotonic());
      const draft = item.draft === null ? ({ kind: 'gone' } as const) : await sender.draftState(item.draft);
      const sentCopy = await sender.findSent(item.markerId, item.submittedAt ?? item.sendAt);
      if (draft.kind === 'gone' && !seenGone) {
        // It may have gone just now, by a call that was long on its way: its copy has the whole schedule to show up.
        seenGone = true;
        started = clock.monotonic();
        index = 0;
      }
      const last = index === looks.length - 1;
      const verdict = judge({ draft, sentCopy, last, neverLeft: neverLeft(item) });
      if (verdict.kind === 'lookAgain') continue;
      if (verdict.kind === 'sent') return await accept(context, hand, { kind: 'foundSent', receipt: verdict.receipt });
      if (verdict.kind === 'undecided') {
        await hand.apply({ kind: 'undecided' });
        return { kind: 'waiting', state: 'uncertain' };
      }
      if (item.submits >= MAX_SUBMITS) {
        const message = 'The provider took this mail several times and never sent it; its draft is still there.';
        await hand.apply({ kind: 'gaveUp', error: { code: 'SEND_NOT_EXECUTED', message } });
        return { kind: 'settled', state: 'failed', receipt: null };
      }
      const until = clock.now() + (item.submits > 1 ? backoff(item) : 0);
      await hand.apply({ kind: 'foundUnsent', draftGone: verdict.draftGone, until });
      return 'again';
    }
    return { kind: 'waiting', state: 'uncertain' };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    const until = Math.max(error.notBefore ?? 0, clock.now() + backoff(item));
    await hand.apply({ kind: 'cannotLook', until, code: error.kind });
    return { kind: 'later', at: until };
  }
}

/** Doubles with every step that came to nothing, and begins anew when something else happened. */
function backoff(item: OutboxItem): number {
  let failures = 0;
  for (const step of item.history.toReversed()) {
    if (step.kind === 'released' || step.kind === 'sendAgain' || step.kind === 'accepted') break;
    if (step.kind === 'postponed' || step.kind === 'looked' || step.kind === 'foundUnsent') failures++;
  }
  return Math.min(BACKOFF_MS.cap, BACKOFF_MS.first * 2 ** Math.min(failures, 10));
}

function errorOf(error: MailError): OutboxError {
  const ours = error.kind === 'refused' && error.providerCode !== null && /^[A-Z_]{3,40}$/.test(error.providerCode);
  return { code: ours ? (error.providerCode ?? '') : CODES[error.kind], message: error.message };
}

const CODES: Readonly<Record<MailErrorKind, string>> = {
  throttled: 'SEND_LIMIT_REACHED',
  unavailable: 'PROVIDER_UNAVAILABLE',
  needsReauth: 'ACCOUNT_NEEDS_REAUTH',
  misconfigured: 'OAUTH_CLIENT_INVALID',
  apiDisabled: 'PROVIDER_API_DISABLED',
  scopeMissing: 'OAUTH_SCOPE_MISSING',
  noMailbox: 'ACCOUNT_HAS_NO_MAILBOX',
  blocked: 'ACCOUNT_BLOCKED',
  notFound: 'MESSAGE_NOT_FOUND',
  cursorExpired: 'PROVIDER_UNAVAILABLE',
  refused: 'SEND_REFUSED',
  malformed: 'PROVIDER_UNAVAILABLE',
};
