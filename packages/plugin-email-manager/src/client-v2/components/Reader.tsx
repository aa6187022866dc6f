import { useEffect, useRef } from 'react';
import type { Account, Id, Message } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { inboxIds, organiseMessages } from '../state/organise';
import type { ThreadOp } from '../state/thread-list';
import { useConversation } from '../state/use-conversation';
import { ConversationView } from './ConversationView';
import { useFeedback } from './feedback';

interface ReaderProps {
  threadId: Id;
  accounts: readonly Account[];
  /** Grows when the server said that this conversation changed. */
  news: number;
  onBack: () => void;
  onThread: (op: ThreadOp) => void;
  change: (threadIds: readonly Id[], op: ThreadOp, send: () => Promise<unknown>) => Promise<void>;
  onSettled: () => void;
}

/** An open conversation: reading it marks it read; a change of one message is sent for that message alone. */
export function Reader({ threadId, accounts, news, onBack, onThread, change, onSettled }: ReaderProps) {
  const { api, t } = useHost();
  const feedback = useFeedback();
  const { conversation, reload, refresh, apply } = useConversation(api, threadId);
  const { messages, phase } = conversation;
  const marked = useRef(false);

  useEffect(() => {
    if (news > 0) void refresh();
  }, [news, refresh]);

  useEffect(() => {
    if (phase !== 'ready' || marked.current) return;
    marked.current = true;
    const unread = messages.filter((message) => !message.isRead).map((message) => message.id);
    if (unread.length === 0) return;
    apply(new Set(unread), 'markRead');
    change([threadId], 'markRead', () => api.organise({ ids: unread, op: 'markRead' })).then(onSettled, () => {
      // Reading must go on when marking fails; the list shows the conversation as unread again.
      void refresh();
    });
  }, [api, apply, change, messages, onSettled, phase, refresh, threadId]);

  const onMessage = async (message: Message, op: ThreadOp) => {
    const takesAway = op === 'archive' || op === 'trash';
    if (messages.length === 1 && (takesAway || op === 'markUnread')) {
      onThread(op);
      return;
    }
    apply(new Set([message.id]), op);
    if (op === 'markUnread') onBack();
    try {
      const send = () => organiseMessages(api, inboxIds(accounts), [message], op);
      if (takesAway) {
        const undo = await send();
        if (undo) {
          feedback.undoable(t(op === 'trash' ? 'ui.done.messageTrashed' : 'ui.done.archived'), () => {
            undo().then(
              () => {
                void refresh();
                onSettled();
              },
              (error: unknown) => error instanceof ApiFailure && feedback.failed(error),
            );
          });
        }
      } else {
        await change([threadId], op, send);
      }
    } catch (error) {
      if (error instanceof ApiFailure) feedback.failed(error);
    }
    void refresh();
    onSettled();
  };

  return (
    <ConversationView
      conversation={conversation}
      accounts={accounts}
      onBack={onBack}
      onRetry={() => void reload()}
      onThread={onThread}
      onMessage={(message, op) => void onMessage(message, op)}
    />
  );
}
