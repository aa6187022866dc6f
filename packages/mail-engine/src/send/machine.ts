import {
  mayBecome,
  MAX_STEPS,
  type OutboxError,
  type OutboxItem,
  type OutboxPatch,
  type OutboxState,
  type OutboxStepKind,
} from '../model/outbox';
import type { DraftRef, SentReceipt } from '../model/outgoing';

/** What happens to an item. Times are epoch ms; codes are an error's kind or code. */
export type OutboxEvent =
  | { readonly kind: 'claim'; readonly owner: string }
  /** The limits of the mailbox say when; nobody had it in hand. */
  | { readonly kind: 'pace'; readonly until: number; readonly error: OutboxError | null }
  | { readonly kind: 'draftSaved'; readonly draft: DraftRef }
  /** The draft that was saved is not there any more, and was never handed over. */
  | { readonly kind: 'draftMissing' }
  | { readonly kind: 'submit' }
  | { readonly kind: 'accepted'; readonly receipt: SentReceipt }
  | { readonly kind: 'refused'; readonly error: OutboxError }
  | { readonly kind: 'postponed'; readonly until: number; readonly error: OutboxError }
  | { readonly kind: 'held'; readonly error: OutboxError }
  | { readonly kind: 'answerLost'; readonly code: string }
  /** Somebody else had it in hand and is dead. */
  | { readonly kind: 'takeOver'; readonly owner: string }
  /** Nobody has it in hand: look for what became of it. */
  | { readonly kind: 'look'; readonly owner: string }
  | { readonly kind: 'foundSent'; readonly receipt: SentReceipt }
  /** Proven: nothing left. `draftGone`: a new draft is needed. */
  | { readonly kind: 'foundUnsent'; readonly draftGone: boolean; readonly until: number }
  | { readonly kind: 'gaveUp'; readonly error: OutboxError }
  | { readonly kind: 'cannotLook'; readonly until: number; readonly code: string }
  | { readonly kind: 'undecided' }
  | { readonly kind: 'receipt'; readonly receipt: SentReceipt }
  // People, and the account's own state
  | { readonly kind: 'cancel' }
  | { readonly kind: 'release' }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'sendAgain' }
  | { readonly kind: 'discard' };

export type OutboxEventKind = OutboxEvent['kind'];

/** In which states an event means anything. */
const ALLOWED: Readonly<Record<OutboxEventKind, readonly OutboxState[]>> = {
  claim: ['queued'],
  pace: ['queued'],
  draftSaved: ['claimed'],
  draftMissing: ['claimed'],
  submit: ['claimed'],
  accepted: ['submitting'],
  refused: ['claimed', 'submitting'],
  postponed: ['claimed', 'submitting'],
  held: ['queued', 'claimed', 'submitting'],
  answerLost: ['submitting'],
  takeOver: ['claimed', 'submitting', 'uncertain'],
  look: ['uncertain'],
  foundSent: ['claimed', 'uncertain'],
  foundUnsent: ['uncertain'],
  gaveUp: ['uncertain'],
  cannotLook: ['uncertain'],
  undecided: ['uncertain'],
  receipt: ['sent'],
  cancel: ['queued', 'held'],
  release: ['held'],
  confirm: ['uncertain'],
  sendAgain: ['uncertain', 'failed'],
  discard: ['uncertain', 'failed'],
};

/** The event does not fit the state: whoever sent it saw an older one. */
export class OutboxEventRefused extends Error {
  constructor(
    readonly state: OutboxState,
    readonly event: OutboxEventKind,
  ) {
    super(`A mail that is ${state} cannot be told "${event}".`);
    this.name = 'OutboxEventRefused';
  }
}

export function accepts(item: Pick<OutboxItem, 'state' | 'needsPerson'>, event: OutboxEventKind): boolean {
  // While it is still being looked for, sending again could double what is only late.
  if (event === 'sendAgain' && item.state === 'uncertain' && !item.needsPerson) return false;
  return ALLOWED[event].includes(item.state);
}

/** What a write has to set for this event. Pure. @throws OutboxEventRefused */
export function patchFor(item: OutboxItem, event: OutboxEvent, now: number): OutboxPatch {
  if (!accepts(item, event.kind)) throw new OutboxEventRefused(item.state, event.kind);
  const patch = effect(item, event, now);
  const next = patch.state ?? item.state;
  if (next !== item.state && !mayBecome(item.state, next)) throw new OutboxEventRefused(item.state, event.kind);
  const told = tell(event);
  if (told === null) return patch;
  const step = { at: now, attempt: patch.attempt ?? item.attempt, kind: told.kind, code: told.code };
  return { ...patch, history: [...item.history, step].slice(-MAX_STEPS) };
}

function effect(item: OutboxItem, event: OutboxEvent, now: number): OutboxPatch {
  // A definite "no" to a handed-over draft takes the handing over back.
  const submits = item.state === 'submitting' ? item.submits - 1 : item.submits;
  switch (event.kind) {
    case 'claim':
      return { state: 'claimed', attempt: item.attempt + 1, owner: event.owner, notBefore: null, error: null };
    case 'pace':
      return { notBefore: event.until, error: event.error };
    case 'draftSaved': {
      const same = item.draft?.draftRemoteId === event.draft.draftRemoteId;
      return { draft: event.draft, submits: same ? item.submits : 0 };
    }
    case 'draftMissing':
      return { draft: null, submits: 0 };
    case 'submit':
      return { state: 'submitting', submits: item.submits + 1, submittedAt: now };
    case 'accepted':
    case 'foundSent':
      return { state: 'sent', owner: null, notBefore: null, needsPerson: false, receipt: event.receipt, error: null };
    case 'refused':
      return { state: 'failed', owner: null, notBefore: null, submits, error: event.error };
    case 'postponed':
      return { state: 'queued', owner: null, notBefore: event.until, submits, error: event.error };
    case 'held':
      return { state: 'held', owner: null, notBefore: null, submits, error: event.error };
    case 'answerLost':
      return { state: 'uncertain', needsPerson: false };
    case 'takeOver':
      // Before the mark nothing can have left; after it nobody knows.
      if (item.state === 'claimed') return { state: 'queued', attempt: item.attempt + 1, owner: null };
      return { state: 'uncertain', attempt: item.attempt + 1, owner: event.owner };
    case 'look':
      return { attempt: item.attempt + 1, owner: event.owner };
    case 'foundUnsent': {
      const draft = event.draftGone ? { draft: null, submits: 0 } : {};
      return { state: 'queued', owner: null, notBefore: event.until, needsPerson: false, ...draft };
    }
    case 'gaveUp':
      return { state: 'failed', owner: null, notBefore: null, error: event.error };
    case 'cannotLook':
      return { owner: null, notBefore: event.until };
    case 'undecided':
      return { owner: null, notBefore: null, needsPerson: true, error: UNDECIDED };
    case 'receipt':
      return { receipt: event.receipt };
    case 'cancel':
      return { state: 'cancelled', attempt: item.attempt + 1, owner: null };
    case 'release':
      return { state: 'queued', attempt: item.attempt + 1, owner: null, notBefore: null, error: null };
    case 'confirm':
      return { state: 'sent', attempt: item.attempt + 1, owner: null, needsPerson: false, error: null };
    case 'sendAgain': {
      // What was refused keeps its draft; what may have left must not lean on one that may be consumed.
      const draft = item.state === 'uncertain' ? { draft: null, submits: 0 } : {};
      const open = { owner: null, notBefore: null, needsPerson: false, error: null };
      return { state: 'queued', attempt: item.attempt + 1, ...open, ...draft };
    }
    case 'discard':
      return { state: 'discarded', attempt: item.attempt + 1, owner: null, needsPerson: false };
  }
}

const UNDECIDED: OutboxError = {
  code: 'SEND_UNCERTAIN',
  message: 'Whether this mail was sent cannot be found out: its draft is gone, and there is no copy in the sent mail.',
};

function tell(event: OutboxEvent): { kind: OutboxStepKind; code: string | null } | null {
  switch (event.kind) {
    case 'claim':
      return { kind: 'claimed', code: null };
    case 'draftSaved':
    case 'accepted':
    case 'foundSent':
    case 'undecided':
    case 'sendAgain':
      return { kind: event.kind, code: null };
    case 'draftMissing':
      return { kind: 'looked', code: 'draftGone' };
    case 'submit':
      return { kind: 'submitted', code: null };
    case 'refused':
    case 'postponed':
    case 'held':
      return { kind: event.kind, code: event.error.code };
    case 'gaveUp':
      return { kind: 'refused', code: event.error.code };
    case 'answerLost':
      return { kind: 'answerLost', code: event.code };
    case 'takeOver':
      return { kind: 'takenOver', code: null };
    case 'foundUnsent':
      return { kind: 'foundUnsent', code: event.draftGone ? 'draftGone' : 'draftPresent' };
    case 'cannotLook':
      return { kind: 'looked', code: event.code };
    case 'release':
      return { kind: 'released', code: null };
    case 'confirm':
      return { kind: 'confirmed', code: null };
    case 'discard':
      return { kind: 'discarded', code: null };
    case 'cancel':
      return { kind: 'cancelled', code: null };
    case 'pace':
    case 'look':
    case 'receipt':
      return null;
  }
}
