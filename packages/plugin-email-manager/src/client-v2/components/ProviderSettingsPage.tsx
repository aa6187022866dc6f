import { useCallback, useEffect, useState } from 'react';
import { Alert, Card, Col, Row, Skeleton, Space, Tag } from 'antd';
import { WindowsOutlined } from '@ant-design/icons';
import type { ConnectOption, HealthReport, ProviderSettings } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { applicationOrigin } from '../public-path';
import { AdminAccounts } from './AdminAccounts';
import { ConnectDialog, type ConnectRequest } from './ConnectDialog';
import { FailureView } from './FailureView';
import { GoogleCard } from './GoogleCard';
import { GoogleGuide } from './GoogleGuide';

/** Settings → Email settings: the provider's client, its check, the guide, and the mailboxes of everybody (no content). */
export function ProviderSettingsPage() {
  const host = useHost();
  const { t } = host;
  const [providers, setProviders] = useState<ProviderSettings[] | null>(null);
  const [health, setHealth] = useState<HealthReport | null>(null);
  const [options, setOptions] = useState<ConnectOption[]>([]);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [connect, setConnect] = useState<ConnectRequest | null>(null);

  const load = useCallback(async () => {
    setFailure(null);
    try {
      setProviders(await host.api.providers(applicationOrigin()));
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null));
    }
    // The rest of the page is useful without these two.
    host.api.health().then(setHealth, () => undefined);
    host.api.connectOptions().then(setOptions, () => undefined);
  }, [host]);
  useEffect(() => void load(), [load]);

  const google = providers?.find((provider) => provider.provider === 'google');
  return (
    <div className="em-text-block" data-testid="email-settings">
      {failure ? <FailureView failure={failure} onRetry={() => void load()} /> : null}
      {!providers && !failure ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {health?.syncRefused ? (
        <Alert
          type="error"
          showIcon
          style={{ marginBottom: 16 }}
          message={health.syncRefused.message}
          description={health.syncRefused.action}
        />
      ) : null}
      {health?.database === 'sqlite' ? (
        <Alert
          type="info"
          showIcon
          style={{ marginBottom: 16 }}
          message={t('ui.settings.sqlite')}
          data-testid="sqlite-note"
        />
      ) : null}
      {google ? (
        <Row gutter={[16, 16]}>
          <Col xs={24} xl={14}>
            <div style={{ display: 'flex', flexDirection: 'column', gap: 16 }}>
              <GoogleCard
                settings={google}
                onSaved={(saved) => {
                  setProviders((before) => before?.map((one) => (one.provider === 'google' ? saved : one)) ?? null);
                  host.api.connectOptions().then(setOptions, () => undefined);
                }}
                onLink={() => setConnect({ returnTo: '/admin/mail' })}
              />
              <Card
                size="small"
                title={
                  <Space>
                    <WindowsOutlined />
                    {t('ui.provider.microsoft')}
                    <Tag>{t('ui.comingNext')}</Tag>
                  </Space>
                }
              >
                {t('ui.settings.microsoftNext')}
              </Card>
              <AdminAccounts />
            </div>
          </Col>
          <Col xs={24} xl={10}>
            <GoogleGuide redirectUri={google.redirectUri} scopeChoice={google.scopeChoice} />
          </Col>
        </Row>
      ) : null}
      <ConnectDialog request={connect} options={options} onClose={() => setConnect(null)} />
    </div>
  );
}
