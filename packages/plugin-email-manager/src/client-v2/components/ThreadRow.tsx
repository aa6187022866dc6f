import { memo, type MouseEvent } from 'react';
import { Link } from 'react-router-dom';
import { Button, Tooltip } from 'antd';
import {
  DeleteOutlined,
  FolderOutlined,
  MailOutlined,
  PaperClipOutlined,
  ReadOutlined,
  StarFilled,
  StarOutlined,
} from '@ant-design/icons';
import type { Label, ThreadLine } from '../../shared/api';
import { useHost } from '../host';
import { fullDate, listDate } from '../format/dates';
import { peopleOf } from '../format/people';
import type { ThreadOp } from '../state/thread-list';

export interface ThreadRowProps {
  line: ThreadLine;
  compact: boolean;
  isOpen: boolean;
  isCursor: boolean;
  path: string;
  labels: readonly Label[];
  /** Whose mail it is, where several mailboxes stand together. */
  mark: JSX.Element | null;
  now: Date;
  mayArchive: boolean;
  onOpen: (line: ThreadLine) => void;
  onChange: (line: ThreadLine, op: ThreadOp) => void;
}

function People({ line }: { line: ThreadLine }) {
  const names = peopleOf(line.senders);
  return (
    <span className="em-people">
      <span className="em-ellipsis">
        {names.map((name, index) => (
          <span key={index}>
            {index > 0 && name !== '…' && names[index - 1] !== '…' ? ', ' : ''}
            <bdi>{name}</bdi>
          </span>
        ))}
      </span>
      {line.messageCount > 1 ? <span className="em-count-chip">{line.messageCount}</span> : null}
    </span>
  );
}

export const ThreadRow = memo(function ThreadRow(props: ThreadRowProps) {
  const { line, compact, isOpen, isCursor, path, labels, mark, now, mayArchive, onOpen, onChange } = props;
  const { t, language } = useHost();
  const unread = line.unreadCount > 0;
  const stop = (event: MouseEvent, op: ThreadOp) => {
    event.stopPropagation();
    onChange(line, op);
  };
  const open = (event: MouseEvent) => {
    // A link opened in another tab is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    onOpen(line);
  };

  const star = (
    <Button
      type="text"
      size="small"
      className="em-star"
      aria-pressed={line.isStarred}
      aria-label={t(line.isStarred ? 'ui.action.unstar' : 'ui.action.star')}
      icon={line.isStarred ? <StarFilled /> : <StarOutlined />}
      onClick={(event) => stop(event, line.isStarred ? 'unstar' : 'star')}
    />
  );
  const subject = (
    <Link
      className="em-subject em-ellipsis"
      to={path}
      dir="auto"
      onClick={open}
      aria-current={isOpen ? 'true' : undefined}
      data-testid="thread-subject"
    >
      {line.subject || t('ui.noSubject')}
    </Link>
  );
  const clip = line.hasAttachments ? (
    <PaperClipOutlined role="img" aria-label={t('ui.hasAttachments')} style={{ color: 'var(--em-tertiary)' }} />
  ) : null;
  const date = (
    <time className="em-date" dateTime={line.lastMessageAt} title={fullDate(line.lastMessageAt, language)}>
      {listDate(line.lastMessageAt, now, language)}
    </time>
  );
  const chips = labels.slice(0, compact ? 1 : 3).map((label) => (
    <span
      key={label.id}
      className="em-label em-ellipsis"
      style={
        label.backgroundColor ? { background: label.backgroundColor, color: label.textColor ?? '#000' } : undefined
      }
      dir="auto"
    >
      {label.name}
    </span>
  ));
  const action = (op: ThreadOp, text: string, icon: JSX.Element) => (
    <Tooltip title={t(text)} mouseEnterDelay={0.5}>
      <Button type="text" size="small" aria-label={t(text)} icon={icon} onClick={(event) => stop(event, op)} />
    </Tooltip>
  );
  const actions = (
    <span className="em-actions">
      {mayArchive ? action('archive', 'ui.action.archive', <FolderOutlined />) : null}
      {action('trash', 'ui.action.delete', <DeleteOutlined />)}
      {unread
        ? action('markRead', 'ui.action.markRead', <ReadOutlined />)
        : action('markUnread', 'ui.action.markUnread', <MailOutlined />)}
    </span>
  );

  return (
    <div
      className={compact ? 'em-row em-compact' : 'em-row'}
      data-testid="thread-row"
      data-thread-id={line.id}
      data-unread={unread}
      data-open={isOpen}
      data-cursor={isCursor}
      onClick={open}
    >
      {unread ? <span className="em-visually-hidden">{t('ui.unreadMark')}</span> : null}
      {star}
      {compact ? (
        <div className="em-stack">
          <div className="em-line">
            {mark}
            <People line={line} />
            {clip}
            {date}
          </div>
          <div className="em-line">
            {subject}
            {chips}
          </div>
          <div className="em-snippet em-ellipsis" dir="auto">
            {line.snippet}
          </div>
        </div>
      ) : (
        <>
          {mark}
          <People line={line} />
          <span className="em-text">
            {chips}
            {subject}
            <span className="em-snippet em-ellipsis" dir="auto">
              {line.snippet}
            </span>
          </span>
          {clip}
          {date}
        </>
      )}
      {actions}
    </div>
  );
});
