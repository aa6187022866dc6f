import { describe, expect, it } from 'vitest';
import { duration, fullDate, listDate, timeAgo } from './dates';
import { fileSize } from './numbers';
import { initialOf, peopleOf, stableIndex } from './people';

const NOW = new Date(2026, 10, 22, 15, 0);
const person = (name: string, address = 'x@example.com') => ({ name, address });

describe('dates of mail', () => {
  it('does not show the time of another day, or a day of another year without the year', () => {
    expect(listDate(new Date(2026, 10, 22, 9, 5).toISOString(), NOW, 'en-GB')).toBe('9:05');
    expect(listDate(new Date(2026, 10, 21, 9, 5).toISOString(), NOW, 'en-GB')).toBe('21 Nov');
    expect(listDate(new Date(2019, 10, 22, 9, 5).toISOString(), NOW, 'en-GB')).toBe('22/11/2019');
  });

  it('does not fail on a date that no calendar knows', () => {
    expect(listDate('not a date', NOW, 'en-US')).toBe('not a date');
    expect(fullDate('+123456-13-45', 'en-US')).toBe('+123456-13-45');
    expect(listDate('9999-12-31T23:59:59Z', NOW, 'en-US')).toMatch(/9999|10000/);
    expect(timeAgo(null, NOW, 'en-US')).toBe('');
  });

  it('does not say that mail will be synced in the past when clocks differ', () => {
    expect(timeAgo(new Date(NOW.getTime() + 90_000).toISOString(), NOW, 'en-US')).toBe('now');
    expect(timeAgo(new Date(NOW.getTime() - 3_600_000).toISOString(), NOW, 'en-US')).toBe('1 hour ago');
  });

  it('promises no shorter time than it takes', () => {
    expect(duration(61, 'en-US')).toBe('2 minutes');
    expect(duration(3, 'en-US')).toBe('10 seconds');
    expect(duration(7_300, 'en-US')).toBe('3 hours');
  });
});

describe('sizes of files', () => {
  it('changes the unit before a number gets four digits', () => {
    expect(fileSize(999, 'en-US')).toBe('999 bytes');
    expect(fileSize(999_600, 'en-US')).toBe('1 MB');
    expect(fileSize(1_530_000, 'en-US')).toBe('1.5 MB');
  });

  it('says nothing of an absurd size', () => {
    expect(fileSize(Number.NaN, 'en-US')).toBe('');
    expect(fileSize(-1, 'en-US')).toBe('');
  });
});

describe('people in a line', () => {
  it('does not cut a Chinese name or a name with a comma in two', () => {
    expect(peopleOf([person('王 小明'), person('Anna Berg')])).toEqual(['王 小明', 'Anna']);
    expect(peopleOf([person('Berg, Anna'), person('Tom Okafor')])).toEqual(['Berg, Anna', 'Tom']);
  });

  it('shows an address where there is no name, and a single person in full', () => {
    expect(peopleOf([person('', 'billing@example.com')])).toEqual(['billing@example.com']);
    expect(peopleOf([person('Tom Okafor')])).toEqual(['Tom Okafor']);
    expect(peopleOf([])).toEqual([]);
  });

  it('does not let thirty people push the subject away', () => {
    const many = Array.from({ length: 30 }, (_, index) => person(`Person${index} Name`));
    expect(peopleOf(many)).toEqual(['Person0', '…', 'Person28', 'Person29']);
  });

  it('finds an initial behind quotes and emoji, and none in nothing', () => {
    expect(initialOf(person('"„ Öl'))).toBe('Ö');
    expect(initialOf(null)).toBe('?');
    expect(initialOf(person('🎉', ''))).toBe('?');
  });

  it('gives an address the same colour in any spelling', () => {
    expect(stableIndex('Ann@Example.com', 8)).toBe(stableIndex('ann@example.com', 8));
  });
});
