import { createContext, useContext, useMemo, type PropsWithChildren } from 'react';
import { Button, message } from 'antd';
import { useHost } from '../host';
import type { ApiFailure } from '../api/api-failure';
import { failureAction, failureMessage } from './FailureView';

const UNDO_SECONDS = 8;

export interface Feedback {
  failed: (failure: ApiFailure) => void;
  done: (text: string) => void;
  /** Says what was done and offers to take it back for eight seconds. */
  undoable: (text: string, undo: () => void) => void;
}

const FeedbackContext = createContext<Feedback | null>(null);

export function FeedbackProvider({ children }: PropsWithChildren) {
  const host = useHost();
  const [api, holder] = message.useMessage({ maxCount: 3 });
  const feedback = useMemo<Feedback>(
    () => ({
      failed: (failure) => {
        const action = failureAction(host, failure);
        const content = action ? `${failureMessage(host, failure)} ${action}` : failureMessage(host, failure);
        void api.open({ type: 'error', content: <span role="alert">{content}</span>, duration: 8 });
      },
      done: (text) => void api.open({ type: 'success', content: <span role="status">{text}</span>, duration: 3 }),
      undoable: (text, undo) => {
        const key = `undo-${Date.now()}`;
        const takeBack = () => {
          api.destroy(key);
          undo();
        };
        const content = (
          <span role="status">
            {text}
            <Button type="link" size="small" data-testid="undo" onClick={takeBack}>
              {host.t('ui.undo')}
            </Button>
          </span>
        );
        void api.open({ key, type: 'success', content, duration: UNDO_SECONDS });
      },
    }),
    [api, host],
  );
  return (
    <FeedbackContext.Provider value={feedback}>
      {holder}
      {children}
    </FeedbackContext.Provider>
  );
}

export function useFeedback(): Feedback {
  const feedback = useContext(FeedbackContext);
  if (!feedback) throw new Error('useFeedback needs a FeedbackProvider above it.');
  return feedback;
}

/** Copies text; where the browser has no clipboard for this address (plain http), by a selection. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
