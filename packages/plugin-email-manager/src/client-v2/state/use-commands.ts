import { useEffect, useRef } from 'react';
import type { Id, ThreadLine } from '../../shared/api';
import { belongsToControl, commandOf } from './keyboard';
import type { ThreadOp } from './thread-list';

export interface CommandTargets {
  /** A dialog or a drawer is open: keys are its own. */
  paused: boolean;
  lines: readonly ThreadLine[];
  openId: Id | null;
  cursorId: Id | null;
  mayArchive: boolean;
  onCursor: (id: Id) => void;
  onOpen: (id: Id) => void;
  onBack: () => void;
  onChange: (id: Id, op: ThreadOp) => void;
  onSearch: () => void;
  onHelp: () => void;
}

/** The keys of the mail centre, on the whole page. */
export function useCommands(targets: CommandTargets): void {
  const current = useRef(targets);
  current.current = targets;
  // Where the cursor was, for when its conversation has just left the list.
  const lastIndex = useRef(-1);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = commandOf(event);
      if (!command || current.current.paused || event.defaultPrevented || belongsToControl(event.target, event.key))
        return;
      const { lines, openId, cursorId, mayArchive, ...on } = current.current;
      const active = openId ?? cursorId;
      const index = lines.findIndex((line) => line.id === active);
      if (index >= 0) lastIndex.current = index;
      const line = lines[index];
      const go = (step: 1 | -1) => {
        const from =
          index >= 0 ? index : step === 1 ? lastIndex.current - (lastIndex.current >= 0 ? 1 : 0) : lastIndex.current;
        const next = lines[Math.min(lines.length - 1, Math.max(0, from + step))];
        if (next && next.id !== active) on.onCursor(next.id);
      };
      switch (command) {
        case 'next':
          go(1);
          break;
        case 'previous':
          go(-1);
          break;
        case 'open':
          if (line && !openId) on.onOpen(line.id);
          break;
        case 'back':
          on.onBack();
          break;
        case 'archive':
          if (active && mayArchive) on.onChange(active, 'archive');
          break;
        case 'trash':
        case 'markUnread':
          if (active) on.onChange(active, command);
          break;
        case 'star':
          if (active) on.onChange(active, line?.isStarred ? 'unstar' : 'star');
          break;
        case 'search':
          on.onSearch();
          break;
        case 'help':
          on.onHelp();
          break;
      }
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
