import { Fragment, useCallback, useEffect, useState } from 'react';
import { Alert, Col, Row, Skeleton } from 'antd';
import type { ConnectOption, HealthReport, ProviderName, ProviderSettings } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { PROVIDERS } from '../providers/registry';
import { applicationOrigin } from '../public-path';
import { AdminAccounts } from './AdminAccounts';
import { ConnectDialog, type ConnectRequest } from './ConnectDialog';
import { FailureView } from './FailureView';
import { GeneralCard } from './GeneralCard';
import { ProviderCard } from './ProviderCard';
import { ProviderGuide } from './ProviderGuide';

/** Settings → Email settings: each provider's client, check and guide, and the mailboxes of everybody (no content). */
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

  const saved = (changed: ProviderSettings) => {
    setProviders((before) => before?.map((one) => (one.provider === changed.provider ? changed : one)) ?? null);
    host.api.connectOptions().then(setOptions, () => undefined);
  };
  const link = (provider: ProviderName) => setConnect({ provider, returnTo: '/admin/mail' });
  const shown = PROVIDERS.flatMap((provider) => {
    const settings = providers?.find((one) => one.provider === provider.name && one.available);
    return settings ? [{ provider, settings }] : [];
  });
  return (
    <div className="em-text-block em-settings" data-testid="email-settings">
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
      <Row gutter={[16, 16]}>
        {shown.map(({ provider, settings }) => (
          <Fragment key={provider.name}>
            <Col xs={24} xl={14}>
              <ProviderCard
                provider={provider}
                settings={settings}
                onSaved={saved}
                onLink={() => link(provider.name)}
              />
            </Col>
            <Col xs={24} xl={10}>
              <ProviderGuide provider={provider} settings={settings} />
            </Col>
          </Fragment>
        ))}
        {shown[0] ? (
          <Col xs={24}>
            <GeneralCard settings={shown[0].settings} onSaved={() => void load()} />
          </Col>
        ) : null}
        {shown.length > 0 ? (
          <Col xs={24}>
            <AdminAccounts />
          </Col>
        ) : null}
      </Row>
      <ConnectDialog request={connect} options={options} onClose={() => setConnect(null)} />
    </div>
  );
}
