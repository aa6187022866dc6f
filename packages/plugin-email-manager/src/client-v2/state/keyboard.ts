export type Command =
  'next' | 'previous' | 'open' | 'back' | 'archive' | 'trash' | 'star' | 'markUnread' | 'search' | 'help';

export interface KeyPress {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  j: 'next',
  ArrowDown: 'next',
  k: 'previous',
  ArrowUp: 'previous',
  Enter: 'open',
  o: 'open',
  u: 'back',
  Escape: 'back',
  e: 'archive',
  '#': 'trash',
  s: 'star',
  U: 'markUnread',
  '/': 'search',
  '?': 'help',
};

/**
 * The command that a key means. `#`, `?` and `/` are found by what they print, since they need Shift on some keyboards
 * and none on others. A key with Ctrl, Alt or Meta is the browser's.
 */
export function commandOf(press: KeyPress): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.shiftKey && press.key.length > 1) return null;
  return Object.hasOwn(COMMANDS, press.key) ? (COMMANDS[press.key] ?? null) : null;
}

/** Keys that are typed, or that operate the focused control, are not commands. */
export function belongsToControl(target: EventTarget | null, key: string): boolean {
  const element = target as { closest?: (selector: string) => Element | null } | null;
  if (!element?.closest) return false;
  if (element.closest('input, textarea, select, [contenteditable="true"], .ant-drawer-open, .ant-select-dropdown'))
    return true;
  if (key === 'Enter') return element.closest('button, a, [role="menu"]') !== null;
  if (key === 'ArrowDown' || key === 'ArrowUp') return element.closest('[role="menu"], [role="radiogroup"]') !== null;
  return false;
}

export const KEY_HELP: ReadonlyArray<{ keys: string[]; text: string }> = [
  { keys: ['j', '↓'], text: 'ui.keys.next' },
  { keys: ['k', '↑'], text: 'ui.keys.previous' },
  { keys: ['Enter', 'o'], text: 'ui.keys.open' },
  { keys: ['u', 'Esc'], text: 'ui.keys.back' },
  { keys: ['e'], text: 'ui.keys.archive' },
  { keys: ['#'], text: 'ui.keys.trash' },
  { keys: ['s'], text: 'ui.keys.star' },
  { keys: ['Shift+U'], text: 'ui.keys.markUnread' },
  { keys: ['/'], text: 'ui.keys.search' },
  { keys: ['?'], text: 'ui.keys.help' },
];
