import { useCallback, useEffect, useState } from 'react';
import { Alert, Button, Space } from 'antd';
import { CheckCircleOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import type { Account, AuditReport } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { timeAgo } from '../format/dates';
import { wholeNumber } from '../format/numbers';
import { useHost, type Host } from '../host';
import { useNow } from '../state/use-live';
import { failureAction, failureMessage } from './FailureView';
import { useFeedback } from './feedback';

const POLL_MS = 1_000;

/** "provider 2,000 · here 1,975 · missing 25": the proof that the copy is complete, and its repair. */
export function VerifyPanel({ account, onChanged }: { account: Account; onChanged: () => void }) {
  const host = useHost();
  const { t, language } = host;
  const feedback = useFeedback();
  const now = useNow();
  const [report, setReport] = useState<AuditReport | null>(null);
  const running = report?.status === 'running';

  const read = useCallback(async () => {
    try {
      setReport(await host.api.auditReport(account.id));
    } catch {
      // The last report is only a convenience here; the button asks anew and says what is wrong.
    }
  }, [host, account.id]);
  useEffect(() => void read(), [read]);

  useEffect(() => {
    if (!running) return undefined;
    const timer = window.setInterval(() => void read(), POLL_MS);
    return () => window.clearInterval(timer);
  }, [running, read]);

  const start = async (action: () => Promise<AuditReport | null | undefined>) => {
    try {
      const answer = await action();
      if (answer?.status) setReport(answer);
      else await read();
      onChanged();
    } catch (error) {
      if (error instanceof ApiFailure) feedback.failed(error);
    }
  };
  const verify = () => start(() => host.api.startVerify(account.id));
  const repair = () => start(() => host.api.repair(account.id));

  return (
    <Space direction="vertical" style={{ width: '100%' }} size={8}>
      <Space wrap size={8}>
        <Button
          size="small"
          icon={<SafetyCertificateOutlined />}
          loading={running}
          disabled={account.status !== 'active' && account.status !== 'paused'}
          onClick={() => void verify()}
          data-testid="verify"
        >
          {t('ui.verify.button')}
        </Button>
        <span className="em-sub">
          {running
            ? t('ui.verify.running', { listed: wholeNumber(report?.listedSoFar ?? 0, language) })
            : report?.checkedAt
              ? t('ui.verify.checked', { time: timeAgo(report.checkedAt, now, language) })
              : t('ui.verify.explanation')}
        </span>
      </Space>
      {report?.status === 'failed' && report.error ? (
        <Alert
          type="error"
          showIcon
          message={failureMessage(host, report.error)}
          description={failureAction(host, report.error)}
        />
      ) : null}
      {report?.status === 'done' ? <Result host={host} report={report} onRepair={() => void repair()} /> : null}
    </Space>
  );
}

function Result({ host, report, onRepair }: { host: Host; report: AuditReport; onRepair: () => void }) {
  const number = (value: number | null) => wholeNumber(value ?? 0, host.language);
  const wrong = (report.missing ?? 0) + (report.extra ?? 0);
  const parts = [
    host.t('ui.verify.provider', { count: number(report.provider) }),
    host.t('ui.verify.here', { count: number(report.here) }),
    host.t('ui.verify.missing', { count: number(report.missing) }),
    ...(report.extra ? [host.t('ui.verify.extra', { count: number(report.extra) })] : []),
    ...(report.older ? [host.t('ui.verify.older', { count: number(report.older) })] : []),
  ];
  return (
    <Alert
      type={wrong === 0 ? 'success' : 'warning'}
      showIcon
      icon={wrong === 0 ? <CheckCircleOutlined /> : undefined}
      message={<span data-testid="verify-result">{parts.join(' · ')}</span>}
      description={wrong === 0 ? host.t('ui.verify.complete') : host.t('ui.verify.incomplete')}
      action={
        wrong > 0 ? (
          <Button size="small" type="primary" onClick={onRepair} data-testid="repair">
            {host.t('ui.verify.repair')}
          </Button>
        ) : null
      }
    />
  );
}
