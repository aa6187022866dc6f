import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../model/change';
import type { MessageState } from '../model/message';
import { plan } from './plan';
import { settleTestPlaces } from './testing/messages';

const PLACES = ['INBOX', 'TRASH', 'L1', 'L2'];
const IDS = ['a', 'b', 'c', 'd'];

const places = fc.uniqueArray(fc.constantFrom(...PLACES), { maxLength: 3 });
const base = { seq: fc.integer({ min: 1, max: 12 }).map(String), remoteId: fc.constantFrom(...IDS) };
const event: fc.Arbitrary<ChangeEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('present' as const),
    ...base,
    threadRemoteId: fc.constantFrom('t', 'u'),
    isDraft: fc.boolean(),
  }),
  fc.record(
    {
      kind: fc.constant('moved' as const),
      ...base,
      threadRemoteId: fc.constantFrom('t', 'u'),
      added: places,
      removed: places,
      isRead: fc.boolean(),
      isStarred: fc.boolean(),
    },
    { requiredKeys: ['kind', 'seq', 'remoteId', 'threadRemoteId', 'added', 'removed'] },
  ),
  fc.record({
    kind: fc.constant('state' as const),
    ...base,
    threadRemoteId: fc.constantFrom('t', 'u'),
    receivedAt: fc.constantFrom(1_000, 2_000),
    baseline: fc.boolean(),
    places,
    isRead: fc.boolean(),
    isStarred: fc.boolean(),
    isDraft: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('gone' as const), ...base }),
  fc.record({ kind: fc.constant('left' as const), ...base }),
);

const known = new Map<string, MessageState>(
  ['a', 'b'].map((remoteId) => [
    remoteId,
    { remoteId, threadRemoteId: 't', places: ['INBOX'], isRead: false, isStarred: false, isDraft: false },
  ]),
);

const planned = (events: readonly ChangeEvent[]) => plan(events, known, settleTestPlaces);

describe('plan', () => {
  it('depends on the order or the repetition of events', () => {
    const shuffled = fc
      .array(event, { maxLength: 20 })
      .chain((events) =>
        fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }), fc.subarray(events)),
      );
    fc.assert(
      fc.property(shuffled, ([events, other, again]) => {
        expect(planned([...again, ...other, ...again])).toEqual(planned(events));
      }),
      { numRuns: 2_000 },
    );
  });

  it('hides a message without a word of the provider about that id', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const stated = new Set(events.filter(({ kind }) => kind === 'gone').map(({ remoteId }) => remoteId));
        expect(new Set(planned(events).gone)).toEqual(stated);
      }),
    );
  });

  it('loses an unknown id, or does two things with one id', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const result = planned(events);
        for (const event of events) {
          const { kind, remoteId } = event;
          const told = kind === 'state' ? !event.baseline : kind === 'present' || kind === 'moved';
          const hydrated = result.hydrate.some((entry) => entry.remoteId === remoteId);
          const checked = result.check.includes(remoteId);
          const gone = result.gone.includes(remoteId);
          if (told && !known.has(remoteId)) expect(hydrated || gone).toBe(true);
          const shown = events.some((other) => other.kind === 'state' && other.remoteId === remoteId);
          if (kind === 'left') expect(checked || hydrated || gone || shown || known.has(remoteId)).toBe(true);
          expect([hydrated, checked, gone].filter(Boolean).length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('compares positions as text', () => {
    const moved = (seq: string, isRead: boolean): ChangeEvent => ({
      kind: 'moved',
      seq,
      remoteId: 'a',
      threadRemoteId: 't',
      added: [],
      removed: [],
      isRead,
    });
    expect(planned([moved('9', false), moved('10', true)]).states).toMatchObject([{ remoteId: 'a', isRead: true }]);
    expect(planned([moved('99999999999999999998', true), moved('99999999999999999999', false)]).states).toEqual([]);
  });

  it('writes states that nothing has changed', () => {
    const there: ChangeEvent = {
      kind: 'moved',
      seq: '1',
      remoteId: 'a',
      threadRemoteId: 't',
      added: ['L1'],
      removed: [],
    };
    const back: ChangeEvent = { ...there, seq: '2', added: [], removed: ['L1'] };
    expect(planned([there, back]).states).toEqual([]);
    expect(planned([there]).states).toMatchObject([{ places: ['INBOX', 'L1'] }]);
  });

  it('fetches what just arrived after what was only touched', () => {
    const present = (remoteId: string, seq: string): ChangeEvent => ({
      kind: 'present',
      seq,
      remoteId,
      threadRemoteId: 't',
      isDraft: false,
    });
    const touched: ChangeEvent = {
      kind: 'moved',
      seq: '5',
      remoteId: 'old',
      threadRemoteId: 't',
      added: [],
      removed: [],
    };
    const { hydrate } = planned([present('x', '3'), touched, present('y', '8')]);
    expect(hydrate.map((entry) => [entry.remoteId, entry.live])).toEqual([
      ['y', true],
      ['old', false],
      ['x', true],
    ]);
  });

  const told = (remoteId: string, seq: string, over: Partial<Extract<ChangeEvent, { kind: 'state' }>> = {}) =>
    ({
      kind: 'state',
      seq,
      remoteId,
      threadRemoteId: 't',
      receivedAt: 1_000,
      baseline: false,
      places: ['INBOX'],
      isRead: false,
      isStarred: false,
      isDraft: false,
      ...over,
    }) as const satisfies ChangeEvent;

  it('fetches the whole past because a feed shows it while it is pinned, or misses what arrives meanwhile', () => {
    const events = [
      told('old', '1', { baseline: true }),
      told('new', '2'),
      told('moved', '3', { baseline: true }),
      told('moved', '4'),
    ];
    const { hydrate } = plan(events, known, settleTestPlaces);
    expect(hydrate.map((entry) => entry.remoteId).sort()).toEqual(['moved', 'new']);
  });

  it('mixes a complete state with what was known before it, or asks for a message that is present elsewhere', () => {
    const left: ChangeEvent = { kind: 'left', seq: '9', remoteId: 'a' };
    const planned = plan(
      [told('a', '5', { places: ['TRASH', 'L2'], isRead: true, threadRemoteId: 'u' }), left],
      known,
      settleTestPlaces,
    );
    expect(planned.states).toMatchObject([
      { remoteId: 'a', places: ['L2', 'TRASH'], isRead: true, threadRemoteId: 'u' },
    ]);
    expect(planned.check).toEqual([]);
  });

  it('keeps the old text of a draft that was written again under the same id', () => {
    const draft: MessageState = { ...known.get('a')!, isDraft: true };
    const again = plan([told('a', '5', { isDraft: true })], new Map([['a', draft]]), settleTestPlaces);
    expect(again.hydrate).toMatchObject([{ remoteId: 'a' }]);
    const sent = plan([told('a', '6')], new Map([['a', draft]]), settleTestPlaces);
    expect(sent.states).toMatchObject([{ remoteId: 'a', isDraft: false }]);
    expect(sent.hydrate).toMatchObject([{ remoteId: 'a' }]);
  });
});
