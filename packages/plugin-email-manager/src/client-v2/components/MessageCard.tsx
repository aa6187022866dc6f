import { useCallback, useEffect, useId, useState } from 'react';
import { Avatar, Button, Dropdown, Skeleton, Tooltip, type MenuProps } from 'antd';
import { EllipsisOutlined, PaperClipOutlined, StarFilled, StarOutlined } from '@ant-design/icons';
import type { ApiAddress, Message, MessageBody } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { fullDate, listDate } from '../format/dates';
import { fileSize } from '../format/numbers';
import { initialOf, nameOf, stableIndex } from '../format/people';
import { useHost } from '../host';
import { plainTextToHtml } from '../reading/plain-text';
import { allowImagesFrom, imagesAllowedFrom } from '../state/image-preference';
import { AttachmentList } from './AttachmentList';
import { FailureView } from './FailureView';
import { MessageFrame } from './MessageFrame';

/** White on each of these is readable (contrast of 4.5 and more). */
const AVATAR_COLOURS = ['#0958d9', '#531dab', '#c41d7f', '#cf1322', '#ad4e00', '#7a6a00', '#237804', '#006d75'];

export type MessageCommand = 'markUnread' | 'archive' | 'trash' | 'star' | 'unstar' | 'access' | 'copyId';

interface MessageCardProps {
  message: Message;
  expanded: boolean;
  mayArchive: boolean;
  onToggle: () => void;
  onCommand: (command: MessageCommand, message: Message) => void;
}

export function MessageCard({ message, expanded, mayArchive, onToggle, onCommand }: MessageCardProps) {
  const { t, language } = useHost();
  const bodyId = useId();
  const sender = message.from ?? { name: '', address: '' };
  const name = nameOf(sender) || t('ui.message.unknownSender');
  const colour = AVATAR_COLOURS[stableIndex(sender.address, AVATAR_COLOURS.length)];

  const items: MenuProps['items'] = [
    { key: 'markUnread', label: t('ui.action.markUnread') },
    ...(mayArchive ? [{ key: 'archive', label: t('ui.action.archive') }] : []),
    { key: 'trash', label: t('ui.action.delete') },
    { key: message.isStarred ? 'unstar' : 'star', label: t(message.isStarred ? 'ui.action.unstar' : 'ui.action.star') },
    { type: 'divider' },
    { key: 'access', label: t('ui.access.title') },
    { key: 'copyId', label: t('ui.action.copyId') },
  ];

  return (
    <article
      className={expanded ? 'em-card' : 'em-card em-card-folded'}
      aria-label={t('ui.message.from', { name })}
      data-testid="message-card"
      data-message-id={message.id}
      data-expanded={expanded}
    >
      <div className="em-card-top">
        <button
          type="button"
          className="em-card-head"
          aria-expanded={expanded}
          aria-controls={bodyId}
          onClick={onToggle}
          data-testid="message-toggle"
        >
          <Avatar className="em-avatar" size={32} style={{ background: colour, color: '#fff' }} aria-hidden>
            {initialOf(message.from)}
          </Avatar>
          <span className="em-card-names">
            <span className="em-ellipsis" style={{ fontWeight: message.isRead ? 500 : 700 }}>
              <bdi>{name}</bdi>
              {expanded && sender.name && sender.address ? (
                <span className="em-sub" style={{ fontWeight: 400 }}>
                  {' '}
                  &lt;<bdi>{sender.address}</bdi>&gt;
                </span>
              ) : null}
            </span>
            <span className="em-sub em-ellipsis" dir="auto">
              {expanded ? <Recipients message={message} /> : message.snippet}
            </span>
          </span>
          {message.isDraft ? <span className="em-label">{t('ui.message.draft')}</span> : null}
          {message.hasAttachments ? <PaperClipOutlined role="img" aria-label={t('ui.hasAttachments')} /> : null}
          <Tooltip title={fullDate(message.receivedAt, language)}>
            <time className="em-sub" dateTime={message.receivedAt} style={{ flex: 'none' }}>
              {listDate(message.receivedAt, new Date(), language)}
            </time>
          </Tooltip>
        </button>
        <Button
          type="text"
          size="small"
          className="em-star"
          aria-pressed={message.isStarred}
          aria-label={t(message.isStarred ? 'ui.action.unstar' : 'ui.action.star')}
          icon={message.isStarred ? <StarFilled /> : <StarOutlined />}
          onClick={() => onCommand(message.isStarred ? 'unstar' : 'star', message)}
        />
        <Dropdown
          trigger={['click']}
          menu={{ items, onClick: ({ key }) => onCommand(key as MessageCommand, message) }}
          placement="bottomRight"
        >
          <Button
            type="text"
            size="small"
            icon={<EllipsisOutlined />}
            aria-label={t('ui.message.menu')}
            data-testid="message-menu"
          />
        </Dropdown>
      </div>
      <div id={bodyId}>{expanded ? <ExpandedBody message={message} /> : null}</div>
    </article>
  );
}

function Recipients({ message }: { message: Message }) {
  const { t } = useHost();
  const all = [...message.to, ...message.cc];
  const shown = all.slice(0, 3).map(nameOf).join(', ');
  const more = all.length > 3 ? ` +${all.length - 3}` : '';
  return <>{all.length > 0 ? t('ui.message.to', { names: shown + more }) : t('ui.message.noRecipients')}</>;
}

const MOST_ADDRESSES = 50;

function Addresses({ people }: { people: readonly ApiAddress[] }) {
  const { plural } = useHost();
  return (
    <>
      {people.slice(0, MOST_ADDRESSES).map((person, index) => (
        <span key={index}>
          {index > 0 ? ', ' : ''}
          <bdi>{person.name ? `${person.name} <${person.address}>` : person.address}</bdi>
        </span>
      ))}
      {people.length > MOST_ADDRESSES ? ` ${plural('ui.message.moreAddresses', people.length - MOST_ADDRESSES)}` : ''}
    </>
  );
}

function Details({ message }: { message: Message }) {
  const { t, language } = useHost();
  const lines: Array<[string, JSX.Element | string]> = [
    ['ui.details.from', <Addresses key="from" people={message.from ? [message.from] : []} />],
    ['ui.details.to', <Addresses key="to" people={message.to} />],
    ...(message.cc.length > 0
      ? [['ui.details.cc', <Addresses key="cc" people={message.cc} />] as [string, JSX.Element]]
      : []),
    ...(message.bcc.length > 0
      ? [['ui.details.bcc', <Addresses key="bcc" people={message.bcc} />] as [string, JSX.Element]]
      : []),
    ...(message.replyTo.length > 0
      ? [['ui.details.replyTo', <Addresses key="replyTo" people={message.replyTo} />] as [string, JSX.Element]]
      : []),
    ['ui.details.sent', fullDate(message.sentAt, language)],
    ['ui.details.received', fullDate(message.receivedAt, language)],
    ['ui.details.size', fileSize(message.sizeBytes, language)],
  ];
  return (
    <dl className="em-details">
      {lines.map(([key, value]) => (
        <div key={key} style={{ display: 'contents' }}>
          <dt>{t(key)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The text of an open message, fetched when it is opened. */
function ExpandedBody({ message }: { message: Message }) {
  const host = useHost();
  const { t } = host;
  const sender = message.from?.address ?? '';
  const [body, setBody] = useState<MessageBody | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [details, setDetails] = useState(false);
  const [allowRemote, setAllowRemote] = useState(() => imagesAllowedFrom(sender, window.localStorage));
  const [heldBack, setHeldBack] = useState(0);

  const load = useCallback(async () => {
    setFailure(null);
    try {
      setBody(await host.api.body(message.id));
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null));
    }
  }, [host, message.id]);
  useEffect(() => void load(), [load]);

  const html = body ? (body.html ?? (body.text === null ? null : plainTextToHtml(body.text))) : null;
  const asksForImages = !allowRemote && body !== null && (body.hasRemoteContent || heldBack > 0);
  const attachments = message.attachments ?? NO_FILES;
  return (
    <div className="em-card-body">
      <button type="button" className="em-quiet-button" aria-expanded={details} onClick={() => setDetails(!details)}>
        {t(details ? 'ui.details.hide' : 'ui.details.show')}
      </button>
      {details ? <Details message={message} /> : null}
      {asksForImages ? (
        <div className="em-remote" data-testid="remote-banner">
          <span>{t('ui.message.imagesHeldBack')}</span>
          <Button size="small" onClick={() => setAllowRemote(true)} data-testid="show-images">
            {t('ui.message.showImages')}
          </Button>
          {sender ? (
            <button
              type="button"
              className="em-quiet-button"
              onClick={() => {
                allowImagesFrom(sender, window.localStorage);
                setAllowRemote(true);
              }}
            >
              {t('ui.message.alwaysShowImages')} <bdi>{sender}</bdi>
            </button>
          ) : null}
        </div>
      ) : null}
      <div style={{ marginTop: 8 }}>
        {failure ? <FailureView failure={failure} onRetry={() => void load()} /> : null}
        {!body && !failure ? <Skeleton active title={false} paragraph={{ rows: 4 }} /> : null}
        {body && !html ? <span className="em-sub">{t('ui.message.empty')}</span> : null}
        {html ? (
          <MessageFrame
            html={html}
            allowRemote={allowRemote}
            attachments={attachments}
            title={t('ui.message.text', { subject: message.subject || t('ui.noSubject') })}
            onHeldBack={setHeldBack}
          />
        ) : null}
      </div>
      <AttachmentList attachments={attachments} />
    </div>
  );
}

const NO_FILES: NonNullable<Message['attachments']> = [];
