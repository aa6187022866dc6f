import { describe, expect, it } from 'vitest';
import { daysUntil, secretWarning } from './secret-expiry';

const END = '2027-05-31';
const at = (day: string) => Date.parse(`${day}T12:00:00Z`);

describe('the end of a client secret', () => {
  it.each([
    ['2027-04-29', null],
    ['2027-05-01', '30days'],
    ['2027-05-23', '30days'],
    ['2027-05-24', '7days'],
    ['2027-05-29', '7days'],
    ['2027-05-30', '1day'],
    ['2027-05-31', 'expired'],
    ['2027-08-01', 'expired'],
  ])('is warned of 30, 7 and 1 days before: on %s it is %s', (day, level) => {
    expect(secretWarning(END, at(day))?.level ?? null).toBe(level);
  });

  it('counts days down to none, and no date is no warning', () => {
    expect([daysUntil(END, at('2027-05-29')), daysUntil(END, at('2027-05-31'))]).toEqual([2, -0]);
    expect(secretWarning(null, at('2027-05-29'))).toBeNull();
  });
});
