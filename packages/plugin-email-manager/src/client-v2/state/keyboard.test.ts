import { describe, expect, it } from 'vitest';
import { commandOf } from './keyboard';

const press = (key: string, held: Partial<Parameters<typeof commandOf>[0]> = {}) =>
  commandOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe('the keys of the mail centre', () => {
  it('takes no shortcut away from the browser', () => {
    expect(press('e', { ctrlKey: true })).toBeNull();
    expect(press('k', { metaKey: true })).toBeNull();
    expect(press('ArrowDown', { shiftKey: true })).toBeNull();
  });

  it('finds # and ? on keyboards that need Shift for them, and on those that do not', () => {
    expect(press('#', { shiftKey: true })).toBe('trash');
    expect(press('#')).toBe('trash');
    expect(press('?', { shiftKey: true })).toBe('help');
  });

  it('does not go back when mark-as-unread was meant', () => {
    expect(press('U', { shiftKey: true })).toBe('markUnread');
    expect(press('u')).toBe('back');
  });

  it('does not take an inherited property for a command', () => {
    expect(press('constructor')).toBeNull();
    expect(press('__proto__')).toBeNull();
  });
});
