import { useCallback, useEffect, useRef, useState } from 'react';
import type { Id, Message } from '../../shared/api';
import type { MailApi } from '../api/mail-api';
import { ApiFailure } from '../api/api-failure';
import { applyToMessage } from './conversation';
import type { ThreadOp } from './thread-list';

export interface Conversation {
  phase: 'loading' | 'ready' | 'vanished' | 'failed';
  threadId: Id;
  messages: readonly Message[];
  failure: ApiFailure | null;
}

const NOT_THERE = new Set(['THREAD_NOT_FOUND', 'MESSAGE_NOT_FOUND']);

export function useConversation(api: MailApi, threadId: Id) {
  const [conversation, setConversation] = useState<Conversation>(() => start(threadId));
  const current = useRef(threadId);
  current.current = threadId;

  const load = useCallback(
    async (quietly: boolean) => {
      if (!quietly) setConversation(start(threadId));
      try {
        const messages = await api.messages(threadId);
        if (current.current !== threadId) return;
        setConversation({ phase: messages.length > 0 ? 'ready' : 'vanished', threadId, messages, failure: null });
      } catch (error) {
        if (current.current !== threadId) return;
        const failure = error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null);
        if (NOT_THERE.has(failure.code) || failure.status === 404) {
          setConversation({ phase: 'vanished', threadId, messages: [], failure });
        } else if (!quietly) {
          setConversation({ phase: 'failed', threadId, messages: [], failure });
        }
      }
    },
    [api, threadId],
  );

  useEffect(() => void load(false), [load]);

  const reload = useCallback(() => load(false), [load]);
  const refresh = useCallback(() => load(true), [load]);

  /** Shows a change of these messages at once; the caller sends it and refreshes when it was refused. */
  const apply = useCallback((ids: ReadonlySet<Id>, op: ThreadOp) => {
    setConversation((before) => ({
      ...before,
      messages: before.messages.map((message) => (ids.has(message.id) ? applyToMessage(message, op) : message)),
    }));
  }, []);

  return { conversation, reload, refresh, apply };
}

function start(threadId: Id): Conversation {
  return { phase: 'loading', threadId, messages: [], failure: null };
}
