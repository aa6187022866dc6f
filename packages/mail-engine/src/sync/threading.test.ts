import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseSubject, refineThreads, type Threaded, threadKey } from './threading';

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
