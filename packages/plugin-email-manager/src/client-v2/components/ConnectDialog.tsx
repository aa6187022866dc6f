import { useEffect, useState } from 'react';
import { Alert, Button, Modal, Radio, Space } from 'antd';
import { GoogleOutlined, WindowsOutlined } from '@ant-design/icons';
import type { ConnectOption, Id, ProviderName } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { rememberClient } from '../oauth-return';
import { applicationOrigin, clientPublicPath } from '../public-path';
import { failureAction, failureMessage } from './FailureView';

export const PROVIDER_ICONS: Record<ProviderName, JSX.Element> = {
  google: <GoogleOutlined />,
  microsoft: <WindowsOutlined />,
};

export interface ConnectRequest {
  /** Set to reconnect this mailbox in place. */
  account?: { id: Id; address: string; provider: ProviderName };
  returnTo: string;
}

interface ConnectDialogProps {
  request: ConnectRequest | null;
  options: readonly ConnectOption[];
  onClose: () => void;
}

/** Says what will be asked before the page is left for the provider. */
export function ConnectDialog({ request, options, onClose }: ConnectDialogProps) {
  const host = useHost();
  const { t } = host;
  const [provider, setProvider] = useState<ProviderName>('google');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);

  useEffect(() => {
    if (!request) return;
    setFailure(null);
    setBusy(false);
    setProvider(request.account?.provider ?? 'google');
  }, [request]);

  const option = options.find((candidate) => candidate.provider === provider);
  const origin = applicationOrigin();
  const originDiffers = Boolean(option?.publicUrl && sameAddress(option.publicUrl) !== sameAddress(origin));

  const leave = async () => {
    if (!request) return;
    setBusy(true);
    setFailure(null);
    try {
      const start = await host.api.startOAuth({
        provider,
        accountId: request.account?.id,
        returnTo: request.returnTo,
        origin,
      });
      rememberClient(clientPublicPath(), window.sessionStorage);
      window.location.assign(start.url);
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null));
      setBusy(false);
    }
  };

  return (
    <Modal
      open={request !== null}
      onCancel={onClose}
      title={request?.account ? t('ui.connect.reconnectTitle') : t('ui.connect.title')}
      footer={
        <Space>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button
            type="primary"
            icon={PROVIDER_ICONS[provider]}
            loading={busy}
            disabled={!option?.configured}
            onClick={() => void leave()}
            data-testid="connect-continue"
          >
            {t(provider === 'google' ? 'ui.connect.continueGoogle' : 'ui.connect.continueMicrosoft')}
          </Button>
        </Space>
      }
    >
      <Space direction="vertical" size="middle" style={{ width: '100%' }} data-testid="connect-dialog">
        {request?.account ? (
          <span>
            {t('ui.connect.sameMailbox')} <strong dir="ltr">{request.account.address}</strong>
          </span>
        ) : (
          <Radio.Group value={provider} onChange={(event) => setProvider(event.target.value as ProviderName)}>
            <Space direction="vertical">
              {options.map((candidate) => (
                <Radio key={candidate.provider} value={candidate.provider} disabled={!candidate.configured}>
                  {PROVIDER_ICONS[candidate.provider]} {t(`ui.provider.${candidate.provider}`)}
                  {candidate.configured ? null : (
                    <span className="em-sub">
                      {' '}
                      · {t(candidate.available ? 'ui.connect.notConfigured' : 'ui.comingNext')}
                    </span>
                  )}
                </Radio>
              ))}
            </Space>
          </Radio.Group>
        )}
        {provider === 'google' ? (
          <div>
            <strong>{t('ui.connect.whatIsAsked')}</strong>
            <ul style={{ margin: '4px 0 0', paddingInlineStart: 20 }}>
              <li>{t(fullAccess(option) ? 'ui.connect.scopeFull' : 'ui.connect.scopeModify')}</li>
              <li>{t('ui.connect.keepTicked')}</li>
              <li>{t('ui.connect.private')}</li>
            </ul>
          </div>
        ) : null}
        <Alert
          type="info"
          showIcon
          message={t('ui.connect.unverifiedTitle')}
          description={t('ui.connect.unverifiedText')}
        />
        {originDiffers ? (
          <Alert
            type="warning"
            showIcon
            message={t('ui.connect.originTitle')}
            description={t('ui.connect.originText', { origin, publicUrl: option?.publicUrl ?? '' })}
          />
        ) : null}
        {failure ? (
          <Alert
            type="error"
            showIcon
            role="alert"
            message={failureMessage(host, failure)}
            description={failureAction(host, failure)}
          />
        ) : null}
      </Space>
    </Modal>
  );
}

function sameAddress(address: string): string {
  return address.replace(/\/+$/, '').toLowerCase();
}

function fullAccess(option: ConnectOption | undefined): boolean {
  return option?.scopes.includes('https://mail.google.com/') ?? false;
}
