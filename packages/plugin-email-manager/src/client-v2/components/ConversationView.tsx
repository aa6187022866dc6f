import { useEffect, useMemo, useRef, useState } from 'react';
import { Button, Skeleton, Tooltip } from 'antd';
import {
  ArrowLeftOutlined,
  DeleteOutlined,
  FolderOutlined,
  MailOutlined,
  QuestionCircleOutlined,
} from '@ant-design/icons';
import type { Account, Id, Message } from '../../shared/api';
import { useHost } from '../host';
import { initiallyExpanded, subjectOf } from '../state/conversation';
import type { Conversation } from '../state/use-conversation';
import type { ThreadOp } from '../state/thread-list';
import { AccessDrawer } from './AccessDrawer';
import { copyText, useFeedback } from './feedback';
import { EmptyView, FailureView } from './FailureView';
import { MessageCard, type MessageCommand } from './MessageCard';

interface ConversationViewProps {
  conversation: Conversation;
  accounts: readonly Account[];
  onBack: () => void;
  onRetry: () => void;
  /** A change of the whole conversation. */
  onThread: (op: ThreadOp) => void;
  /** A change of one message of it. */
  onMessage: (message: Message, op: ThreadOp) => void;
}

export function ConversationView(props: ConversationViewProps) {
  const { conversation, accounts, onBack, onRetry, onThread, onMessage } = props;
  const { messages, phase, threadId } = conversation;
  const { t, plural } = useHost();
  const feedback = useFeedback();
  const heading = useRef<HTMLHeadingElement>(null);
  const cards = useRef<HTMLDivElement>(null);
  const [toggled, setToggled] = useState<ReadonlyMap<Id, boolean>>(new Map());
  const [asked, setAsked] = useState<Message | null>(null);
  // Decided once, before opening marks everything read.
  const first = useRef<{ threadId: Id; open: Set<Id> } | null>(null);
  if (phase === 'ready' && first.current?.threadId !== threadId) {
    first.current = { threadId, open: initiallyExpanded(messages) };
  }

  useEffect(() => {
    if (phase !== 'ready') return;
    heading.current?.focus({ preventScroll: true });
    const firstOpen = messages.findIndex((message) => first.current?.open.has(message.id));
    if (firstOpen > 0) cards.current?.children[firstOpen]?.firstElementChild?.scrollIntoView({ block: 'start' });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once per conversation, not at every refresh of it
  }, [phase, threadId]);

  const inboxIds = useMemo(
    () =>
      new Set(accounts.flatMap((account) => (account.folders ?? []).flatMap((f) => (f.role === 'inbox' ? f.id : [])))),
    [accounts],
  );
  const inInbox = (message: Message) => message.folderIds.some((id) => inboxIds.has(id));

  if (phase === 'loading') {
    return (
      <div style={{ padding: 24 }} aria-busy="true" aria-label={t('ui.loading')}>
        <Skeleton active paragraph={{ rows: 8 }} />
      </div>
    );
  }
  if (phase === 'failed' && conversation.failure)
    return <FailureView failure={conversation.failure} onRetry={onRetry} />;
  if (phase === 'vanished') {
    return (
      <EmptyView
        icon={<QuestionCircleOutlined />}
        title={t('ui.vanished.title')}
        text={t('ui.vanished.text')}
        testId="vanished"
        extra={<Button onClick={onBack}>{t('ui.action.back')}</Button>}
      />
    );
  }

  const command = (name: MessageCommand, message: Message) => {
    if (name === 'access') setAsked(message);
    else if (name === 'copyId') {
      copyText(message.remoteId).then(
        () => feedback.done(t('ui.copied')),
        () => undefined,
      );
    } else onMessage(message, name);
  };
  const tool = (op: ThreadOp, text: string, icon: JSX.Element) => (
    <Tooltip title={t(text)}>
      <Button type="text" icon={icon} aria-label={t(text)} onClick={() => onThread(op)} data-testid={`thread-${op}`} />
    </Tooltip>
  );
  return (
    <>
      <div className="em-subject-bar">
        <Tooltip title={t('ui.action.back')}>
          <Button
            type="text"
            icon={<ArrowLeftOutlined />}
            aria-label={t('ui.action.back')}
            onClick={onBack}
            data-testid="thread-back"
          />
        </Tooltip>
        <h1 ref={heading} tabIndex={-1} dir="auto" data-testid="conversation-subject">
          {subjectOf(messages) || t('ui.noSubject')}
          {messages.length > 1 ? (
            <span className="em-sub" style={{ fontWeight: 400, marginInlineStart: 8 }}>
              {plural('ui.thread.messages', messages.length)}
            </span>
          ) : null}
        </h1>
        {messages.some(inInbox) ? tool('archive', 'ui.action.archive', <FolderOutlined />) : null}
        {tool('trash', 'ui.action.delete', <DeleteOutlined />)}
        {tool('markUnread', 'ui.action.markUnread', <MailOutlined />)}
      </div>
      <div className="em-cards" ref={cards}>
        {messages.map((message, index) => {
          const expanded =
            toggled.get(message.id) ?? first.current?.open.has(message.id) ?? index === messages.length - 1;
          return (
            <div key={message.id}>
              <MessageCard
                message={message}
                expanded={expanded}
                mayArchive={inInbox(message)}
                onToggle={() => setToggled(new Map(toggled).set(message.id, !expanded))}
                onCommand={command}
              />
            </div>
          );
        })}
      </div>
      <AccessDrawer message={asked} onClose={() => setAsked(null)} />
    </>
  );
}
