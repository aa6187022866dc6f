import { describe, expect, it } from 'vitest';
import { MAX_STEPS, mayBecome, OUTBOX_TRANSITIONS, type OutboxState, SETTLED } from '../model/outbox';
import type { DraftRef } from '../model/outgoing';
import { sendDelay } from './limits';
import { type OutboxEvent, OutboxEventRefused, patchFor } from './machine';
import { judge, NO_DRAFT, neverLeft } from './reconcile';
import { queuedItem } from './testing/in-memory-outbox';

const NOW = Date.UTC(2026, 10, 2);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const RECEIPT = { remoteId: 's', threadRemoteId: null, internetMessageId: null };
const DRAFT: DraftRef = { draftRemoteId: 'd', remoteId: 'm', threadRemoteId: null, internetMessageId: null };
const ERROR = { code: 'X', message: 'A sentence.' };
const STATES = Object.keys(OUTBOX_TRANSITIONS) as OutboxState[];
const EVENTS: OutboxEvent[] = [
  { kind: 'claim', owner: 'me' },
  { kind: 'pace', until: NOW, error: null },
  { kind: 'draftSaved', draft: DRAFT },
  { kind: 'draftMissing' },
  { kind: 'submit' },
  { kind: 'accepted', receipt: RECEIPT },
  { kind: 'refused', error: ERROR },
  { kind: 'postponed', until: NOW, error: ERROR },
  { kind: 'held', error: ERROR },
  { kind: 'answerLost', code: 'unavailable' },
  { kind: 'takeOver', owner: 'me' },
  { kind: 'look', owner: 'me' },
  { kind: 'foundSent', receipt: RECEIPT },
  { kind: 'foundUnsent', draftGone: false, until: NOW },
  { kind: 'gaveUp', error: ERROR },
  { kind: 'cannotLook', until: NOW, code: 'unavailable' },
  { kind: 'undecided' },
  { kind: 'receipt', receipt: RECEIPT },
  { kind: 'cancel' },
  { kind: 'release' },
  { kind: 'confirm' },
  { kind: 'sendAgain' },
  { kind: 'discard' },
];

describe('the states of the outbox', () => {
  it.each(EVENTS.map((event) => [event.kind, event] as const))('%s leads where no way leads', (_kind, event) => {
    let accepted = 0;
    for (const state of STATES) {
      const item = queuedItem('a', { state, attempt: 3, owner: 'other', submits: 1, draft: DRAFT, needsPerson: true });
      try {
        const patch = patchFor(item, event, NOW);
        accepted++;
        const next = patch.state ?? state;
        expect(next === state || mayBecome(state, next)).toBe(true);
        expect(patch.attempt ?? item.attempt).toBeGreaterThanOrEqual(item.attempt);
        // Nobody has in hand what nobody works on.
        if (SETTLED.has(next) || next === 'queued' || next === 'held') {
          if (next !== state) expect(patch.owner).toBeNull();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(OutboxEventRefused);
      }
    }
    expect(accepted).toBeGreaterThan(0);
  });

  it('a mail is handed over without a mark, or from a state where it may have left', () => {
    const ways = STATES.filter((state) => OUTBOX_TRANSITIONS[state].includes('submitting'));
    expect(ways).toEqual(['claimed']);
    expect(STATES.filter((state) => OUTBOX_TRANSITIONS[state].includes('claimed'))).toEqual(['queued']);
  });

  it('a person or a new worker leaves the old worker its right to write', () => {
    for (const event of EVENTS.filter(({ kind }) =>
      ['claim', 'takeOver', 'look', 'cancel', 'release', 'sendAgain'].includes(kind),
    )) {
      for (const state of STATES) {
        const item = queuedItem('a', { state, attempt: 3, needsPerson: true });
        let patch;
        try {
          patch = patchFor(item, event, NOW);
        } catch {
          continue;
        }
        expect(patch.attempt).toBe(4);
      }
    }
  });

  it('the history grows without end', () => {
    const step = { at: 0, attempt: 1, kind: 'postponed', code: null } as const;
    const item = queuedItem('a', { history: Array.from({ length: MAX_STEPS }, () => step) });
    const { history } = patchFor(item, { kind: 'claim', owner: 'me' }, NOW);
    expect(history).toHaveLength(MAX_STEPS);
    expect(history?.at(-1)).toEqual({ at: NOW, attempt: 1, kind: 'claimed', code: null });
  });
});

describe('the verdict after a lost answer', () => {
  const sent = { kind: 'sent', receipt: RECEIPT } as const;
  const present = { kind: 'present' } as const;
  const gone = { kind: 'gone' } as const;
  it.each([
    [present, RECEIPT, false, false, 'sent'],
    [gone, RECEIPT, true, true, 'sent'],
    [sent, null, false, false, 'sent'],
    [present, null, false, false, 'lookAgain'],
    [present, null, true, false, 'unsent'],
    [gone, null, false, true, 'lookAgain'],
    [gone, null, true, true, 'unsent'],
    [gone, null, true, false, 'undecided'],
  ] as const)('draft %j, copy %j, last %s, never left %s: not %s', (draft, sentCopy, last, never, kind) => {
    expect(judge({ draft, sentCopy, last, neverLeft: never }).kind).toBe(kind);
  });

  it('trusts "no such draft" after another call may have consumed it', () => {
    const step = (kind: 'submitted' | 'answerLost', code: string | null) => ({ at: NOW, attempt: 1, kind, code });
    const once = [step('submitted', null), step('answerLost', NO_DRAFT)];
    expect(neverLeft(queuedItem('a', { submits: 1, history: once }))).toBe(true);
    expect(neverLeft(queuedItem('a', { submits: 2, history: [...once, ...once] }))).toBe(false);
    expect(neverLeft(queuedItem('a', { submits: 1, history: [...once, step('submitted', null)] }))).toBe(false);
  });
});

describe('the limits of sending', () => {
  const limits = {
    maxMessageBytes: 1,
    maxRecipients: 1,
    messagesPerMinute: 2,
    messagesPerDay: 5,
    recipientsPerDay: 20,
    internationalLocalParts: false,
    lookAgainMs: [],
  };
  const usage = { lastMinute: [], dayMessages: 0, dayRecipients: 0, dayOldest: null };
  it.each([
    ['nothing was sent', usage, 1, null],
    ['a place is free', { ...usage, lastMinute: [NOW - 1_000] }, 1, null],
    ['the minute is full', { ...usage, lastMinute: [NOW - 50_000, NOW - 1_000] }, 1, NOW + 10_001],
    ['handings over lie in the future', { ...usage, lastMinute: [NOW + 5_000, NOW + 6_000] }, 1, null],
    ['the day is full', { ...usage, dayMessages: 5, dayOldest: NOW - DAY + 9 * MINUTE }, 1, NOW + 9 * MINUTE],
    ['the recipients are too many', { ...usage, dayMessages: 1, dayRecipients: 15, dayOldest: NOW }, 6, NOW + DAY],
    ['one mail has more recipients than a day', usage, 30, null],
    ['the clock jumped back', { ...usage, dayMessages: 5, dayOldest: NOW + 40 * DAY }, 1, NOW + DAY],
  ] as const)('%s: another time', (_what, given, recipients, until) => {
    expect(sendDelay(given, limits, recipients, NOW)?.until ?? null).toBe(until);
  });
});
