import { useState } from 'react';
import { Alert, Button, Input, Space } from 'antd';
import { CopyOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import type { ProviderName } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { useProviderWords } from '../providers/provider';
import { applicationOrigin } from '../public-path';
import { copyText, useFeedback } from './feedback';

/** The link by which an administrator of the organisation allows the application for everybody there. */
export function AdminConsentLink({ provider }: { provider: ProviderName }) {
  const host = useHost();
  const t = useProviderWords(provider);
  const feedback = useFeedback();
  const [url, setUrl] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const ask = async () => {
    setBusy(true);
    try {
      const start = await host.api.adminConsent({
        provider,
        origin: applicationOrigin(),
        returnTo: '/admin/settings/mail',
      });
      setUrl(start.url);
    } catch (error) {
      if (error instanceof ApiFailure) feedback.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Alert
      type="info"
      style={{ marginTop: 16 }}
      data-testid="admin-consent"
      message={t('consent.title')}
      description={
        <Space direction="vertical" style={{ width: '100%' }}>
          <span>{t('consent.text')}</span>
          {url === null ? (
            <Button icon={<SafetyCertificateOutlined />} loading={busy} onClick={() => void ask()}>
              {t('consent.make')}
            </Button>
          ) : (
            <>
              <Space.Compact style={{ width: '100%' }}>
                <Input value={url} readOnly dir="ltr" aria-label={t('consent.title')} data-testid="admin-consent-url" />
                <Button
                  icon={<CopyOutlined />}
                  onClick={() => void copyText(url).then(() => feedback.done(host.t('ui.copied')))}
                >
                  {host.t('ui.copy')}
                </Button>
              </Space.Compact>
              <a href={url}>{t('consent.open')}</a>
            </>
          )}
        </Space>
      }
    />
  );
}
