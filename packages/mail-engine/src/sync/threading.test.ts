import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Conversing,
  normaliseSubject,
  refineThreads,
  splitConversation,
  type Threaded,
  threadKey,
} from './threading';

const message = (remoteId: string, over: Partial<Threaded> = {}): Threaded => ({
  remoteId,
  threadRemoteId: `t-${remoteId}`,
  internetMessageId: `<${remoteId}@x>`,
  inReplyTo: null,
  references: [],
  ...over,
});

describe('threads', () => {
  it('of messages without a thread id fall together', () => {
    expect(threadKey({ remoteId: 'a', threadRemoteId: '' })).toBe('a');
    expect(threadKey({ remoteId: 'a', threadRemoteId: 't' })).toBe('t');
  });

  it('that refer to each other stay apart, or others are joined', () => {
    const keys = refineThreads([
      message('b', { references: ['<a@x>'] }),
      message('a'),
      message('c', { inReplyTo: '<b@x>' }),
      message('z'),
      message('y', { internetMessageId: null, threadRemoteId: 't-z' }),
    ]);
    expect(keys.get('a')).toBe('id:<a@x>');
    expect(keys.get('b')).toBe(keys.get('a'));
    expect(keys.get('c')).toBe(keys.get('a'));
    expect(keys.get('y')).toBe(keys.get('z'));
    expect(keys.get('z')).not.toBe(keys.get('a'));
  });

  it('depend on the order of arrival', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const reference = fc.constantFrom(...ids).map((id) => `<${id}@x>`);
    const threaded = fc.tuple(
      ...ids.map((id) =>
        fc
          .record({ references: fc.array(reference, { maxLength: 2 }), shared: fc.boolean() })
          .map(({ references, shared }) =>
            message(id, { references, ...(shared ? { threadRemoteId: 'shared' } : {}) }),
          ),
      ),
    );
    const orders = threaded.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const sorted = (keys: ReadonlyMap<string, string>) => [...keys].sort();
        expect(sorted(refineThreads(other))).toEqual(sorted(refineThreads(one)));
      }),
    );
  });

  it('of 20,000 messages in one chain overflow the stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      message(String(index), { inReplyTo: index === 0 ? null : `<${index - 1}@x>` }),
    );
    expect(new Set(refineThreads(chain).values()).size).toBe(1);
  });
});

describe('a conversation', () => {
  const member = (remoteId: string, receivedAt: number, over: Partial<Conversing> = {}): Conversing => ({
    remoteId,
    internetMessageId: `<${remoteId}@x>`,
    inReplyTo: null,
    references: [],
    receivedAt,
    isDraft: false,
    ...over,
  });
  /** Who is together with whom, and who has the conversation's own key, marked with a star. */
  const groups = (members: readonly Conversing[]) => {
    const keys = splitConversation('conv', members);
    const byKey = new Map<string, string[]>();
    for (const [remoteId, key] of keys) byKey.set(key, [...(byKey.get(key) ?? []), remoteId].sort());
    return [...byKey].map(([key, ids]) => `${key === 'conv' ? '*' : ''}${ids.join()}`).sort();
  };

  it('of unrelated messages with one subject stays together, or a linked one falls apart', () => {
    expect(groups([member('a', 1), member('b', 2, { inReplyTo: '<a@x>' }), member('c', 3)])).toEqual(['*a,b', 'c']);
    expect(groups([member('a', 1), member('b', 2, { references: ['<a@x>'] })])).toEqual(['*a,b']);
    expect(groups([member('a', 1)])).toEqual(['*a']);
    expect(groups([])).toEqual([]);
    // Linked by a message that is not here.
    const absent = { references: ['<absent@x>'] };
    expect(groups([member('a', 1, absent), member('b', 2), member('c', 3, absent)])).toEqual(['*a,c', 'b']);
  });

  it('gives a thread another key because of what comes to the others', () => {
    const other = [member('x', 5), member('y', 6, { inReplyTo: '<x@x>' })];
    const before = splitConversation('conv', [member('a', 1), ...other]);
    const after = splitConversation('conv', [member('a', 1), member('b', 9), ...other]);
    expect(after.get('x')).toBe(before.get('x'));
    expect(before.get('x')).toMatch(/^conv#[0-9a-f]{16}$/);
    const long = splitConversation('c'.repeat(255), [member('a', 1), member('b', 2)]);
    expect(Math.max(...[...long.values()].map((key) => key.length))).toBeLessThanOrEqual(255);
    expect(new Set(long.values()).size).toBe(2);
  });

  it('scatters messages that name nothing, or takes a draft from what it answers', () => {
    const nothing = { internetMessageId: null };
    expect(groups([member('n', 0, nothing), member('a', 1), member('b', 2), member('m', 3, nothing)])).toEqual([
      '*a,m,n',
      'b',
    ]);
    expect(groups([member('n', 0, nothing), member('m', 3, nothing)])).toEqual(['*m,n']);
    const draft = { isDraft: true };
    expect(groups([member('a', 1), member('b', 3), member('d', 4, draft)])).toEqual(['*a', 'b,d']);
    expect(groups([member('a', 1), member('d', 2, draft), member('b', 3)])).toEqual(['*a,d', 'b']);
    expect(groups([member('d', 0, draft), member('a', 1), member('b', 3)])).toEqual(['*a,d', 'b']);
    // A draft that names what it answers needs no guess.
    const answer = { ...draft, inReplyTo: '<a@x>' };
    expect(groups([member('a', 1), member('b', 3), member('d', 4, answer)])).toEqual(['*a,d', 'b']);
  });

  it('depends on the order of arrival, or parts what is linked', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const link = fc.constantFrom(...ids, 'absent').map((id) => `<${id}@x>`);
    const members = fc.tuple(
      ...ids.map((id) =>
        fc
          .record({
            references: fc.array(link, { maxLength: 2 }),
            inReplyTo: fc.option(link),
            receivedAt: fc.integer({ min: 0, max: 3 }),
            isDraft: fc.boolean(),
            named: fc.boolean(),
          })
          .map(({ named, receivedAt, ...rest }) =>
            member(id, receivedAt, { ...rest, ...(named ? {} : { internetMessageId: null }) }),
          ),
      ),
    );
    const orders = members.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(orders, ([one, other]) => {
        const keys = splitConversation('conv', one);
        expect([...splitConversation('conv', other)].sort()).toEqual([...keys].sort());
        expect([...keys.values()]).toContain('conv');
        for (const a of one) {
          for (const b of one) {
            const named = [b.inReplyTo, ...b.references];
            if (a.internetMessageId && named.includes(a.internetMessageId)) {
              expect(keys.get(a.remoteId)).toBe(keys.get(b.remoteId));
            }
          }
        }
      }),
    );
  });
});

describe('a subject', () => {
  it('keeps reply marks, or loses words that only look like them', () => {
    expect(normaliseSubject('Re: Fwd: AW: RE[2]:  Budget   2027')).toBe('Budget 2027');
    expect(normaliseSubject('回复：  报价')).toBe('报价');
    expect(normaliseSubject('Відп: рахунок')).toBe('рахунок');
    expect(normaliseSubject('Regarding: the house')).toBe('Regarding: the house');
    expect(normaliseSubject('Re:')).toBe('');
  });

  it('of a million marks takes for ever', () => {
    expect(normaliseSubject('Re: '.repeat(1_000_000)).length).toBeLessThan(10);
  });
});
