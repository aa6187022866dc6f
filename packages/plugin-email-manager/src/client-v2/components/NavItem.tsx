import type { KeyboardEvent, ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { wholeNumber } from '../format/numbers';
import { useHost } from '../host';
import { mailPath, serialiseMailView, type MailView } from '../state/mail-view';

interface NavItemProps {
  view: MailView;
  current: MailView;
  icon: ReactNode;
  name: string;
  count?: number;
  /** The number is of unread conversations (bold) and not a plain total. */
  unread?: boolean;
  /** How deep in a tree. */
  depth?: number;
  /** Left of the link, without being part of it. */
  before?: ReactNode;
  /** What hangs below it. */
  children?: ReactNode;
  onGo?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** One line of the left side: a link with an icon and a number. */
export function NavItem(props: NavItemProps) {
  const { view, current, icon, name, count = 0, unread = true, depth = 0, before, children, onGo, onKeyDown } = props;
  const { language } = useHost();
  const isCurrent = serialiseMailView(view) === serialiseMailView({ ...current, tab: null });
  return (
    <li>
      <div className="em-nav-line" style={depth > 0 ? { paddingInlineStart: depth * 14 } : undefined}>
        {before}
        <Link
          className="em-nav-item"
          to={mailPath(view)}
          onClick={onGo}
          onKeyDown={onKeyDown}
          aria-current={isCurrent ? 'page' : undefined}
          data-unread={count > 0 && unread ? '' : undefined}
        >
          {icon}
          <span className="em-ellipsis" dir="auto" title={name}>
            {name}
          </span>
          {count > 0 ? <span className="em-count">{wholeNumber(count, language)}</span> : null}
        </Link>
      </div>
      {children}
    </li>
  );
}
