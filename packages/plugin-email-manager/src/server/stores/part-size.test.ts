import { describe, expect, it } from 'vitest';
import { PartSize, WHOLE_PART } from './part-size';

function after(parts: number, ms: number, size = new PartSize(true)): PartSize {
  for (let part = 0; part < parts; part += 1) size.note(size.messages, ms);
  return size;
}

describe('the size of a part', () => {
  it('does not go on holding up the host where parts are slow', () => {
    const slow = after(40, 300);
    expect(slow.messages).toBeLessThan(WHOLE_PART.messages / 3);
    expect(slow.messages).toBeGreaterThan(0);
    expect(slow.bytes).toBeLessThan(WHOLE_PART.bytes / 3);
  });

  it('does not stay small when the machine is quick again', () => {
    expect(after(60, 5, after(40, 300)).messages).toBe(WHOLE_PART.messages);
  });

  it('is not enlarged by parts that were nearly empty', () => {
    const size = after(40, 300);
    const before = size.messages;
    for (let part = 0; part < 50; part += 1) size.note(1, 2);
    expect(size.messages).toBe(before);
  });

  it('stays whole where writers do not wait for each other', () => {
    const fixed = new PartSize(false);
    after(40, 5_000, fixed);
    expect({ messages: fixed.messages, bytes: fixed.bytes }).toEqual(WHOLE_PART);
  });
});
