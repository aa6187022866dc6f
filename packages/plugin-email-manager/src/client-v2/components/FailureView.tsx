import { Button } from 'antd';
import { CloudOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { ApiError } from '../../shared/api';
import type { ApiFailure } from '../api/api-failure';
import { useHost, type Host } from '../host';

/** The refusal's own sentence, or ours where the server had none. */
export function failureMessage(host: Host, failure: ApiFailure | ApiError): string {
  if (failure.message) return failure.message;
  return host.t(failure.code === 'NO_ANSWER' ? 'ui.error.noAnswer' : 'ui.error.unknown');
}

export function failureAction(host: Host, failure: ApiFailure | ApiError): string {
  if (failure.action) return failure.action;
  return failure.code === 'NO_ANSWER' ? host.t('ui.error.noAnswerAction') : '';
}

export function FailureView({ failure, onRetry }: { failure: ApiFailure; onRetry?: () => void }) {
  const host = useHost();
  const action = failureAction(host, failure);
  return (
    <EmptyView
      icon={<CloudOutlined />}
      title={failureMessage(host, failure)}
      text={action}
      role="alert"
      extra={onRetry ? <Button onClick={onRetry}>{host.t('ui.error.retry')}</Button> : null}
    >
      <span className="em-sub">{failure.code}</span>
    </EmptyView>
  );
}

export interface EmptyViewProps {
  icon: ReactNode;
  title: string;
  text?: ReactNode;
  extra?: ReactNode;
  role?: string;
  testId?: string;
  children?: ReactNode;
}

/** A page or pane that has nothing to show, and says why and what can be done. */
export function EmptyView({ icon, title, text, extra, role, testId, children }: EmptyViewProps) {
  return (
    <div className="em-empty" role={role} data-testid={testId}>
      <span className="em-empty-icon" aria-hidden>
        {icon}
      </span>
      <h2 dir="auto">{title}</h2>
      {text ? <p>{text}</p> : null}
      {extra}
      {children}
    </div>
  );
}
