import { useState } from 'react';
import { Alert, Button, Divider, Drawer, Space, Switch } from 'antd';
import { CopyOutlined, PlusOutlined } from '@ant-design/icons';
import type { Account, MailPreferences } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { providerWords } from '../providers/provider';
import { AccountCard } from './AccountCard';
import { copyText, useFeedback } from './feedback';

interface SettingsDrawerProps {
  open: boolean;
  accounts: readonly Account[];
  mayLink: boolean;
  onClose: () => void;
  onLink: () => void;
  onReconnect: (account: Account) => void;
  onChanged: () => void;
  preferences: MailPreferences;
  onPreferences: (change: Partial<MailPreferences>) => void;
}

/** The person's own mail settings. */
export function SettingsDrawer(props: SettingsDrawerProps) {
  const { open, accounts, mayLink, onClose, onLink, onReconnect, onChanged, preferences, onPreferences } = props;
  const host = useHost();
  const { t } = host;
  const feedback = useFeedback();
  const [left, setLeft] = useState<{ account: Account; url: string } | null>(null);
  const leftWords = left ? providerWords(host, left.account.provider) : null;

  const copyDiagnostics = async () => {
    try {
      await copyText((await host.api.diagnostics()).text);
      feedback.done(t('ui.diagnostics.copied'));
    } catch (error) {
      if (error instanceof ApiFailure) feedback.failed(error);
    }
  };

  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t('ui.drawer.title')}
      width={560}
      rootClassName="em-text-block"
      data-testid="mail-settings"
    >
      <Space style={{ width: '100%', justifyContent: 'space-between', marginBottom: 12 }}>
        <strong>{t('ui.drawer.accounts')}</strong>
        <Button type="primary" icon={<PlusOutlined />} disabled={!mayLink} onClick={onLink} data-testid="link-account">
          {t('ui.account.link')}
        </Button>
      </Space>
      <Space direction="vertical" style={{ width: '100%' }} size="middle">
        {left && leftWords ? (
          <Alert
            type="info"
            showIcon
            closable
            onClose={() => setLeft(null)}
            data-testid="consent-left"
            message={leftWords('delete.leftTitle', { address: left.account.address })}
            description={
              <>
                <div>{leftWords('delete.leftText')}</div>
                <a href={left.url} target="_blank" rel="noopener noreferrer">
                  {leftWords('delete.leftOpen')}
                </a>
              </>
            }
          />
        ) : null}
        {accounts.length === 0 ? <span>{t('ui.drawer.none')}</span> : null}
        {accounts.map((account) => (
          <AccountCard
            key={account.id}
            account={account}
            onReconnect={onReconnect}
            onChanged={onChanged}
            onDeleted={(gone, url) => url && setLeft({ account: gone, url })}
          />
        ))}
      </Space>
      <Divider />
      <strong>{t('ui.badge.title')}</strong>
      <div className="em-switch-line">
        <Switch
          checked={preferences.badge === 'primary'}
          onChange={(checked) => onPreferences({ badge: checked ? 'primary' : 'all' })}
          aria-labelledby="em-badge-label"
          data-testid="badge-primary"
        />
        <span id="em-badge-label">
          {t('ui.badge.primaryOnly')}
          <span className="em-sub em-block">{t('ui.badge.help')}</span>
        </span>
      </div>
      <Divider />
      <strong>{t('ui.diagnostics.title')}</strong>
      <p>{t('ui.diagnostics.text')}</p>
      <Button icon={<CopyOutlined />} onClick={() => void copyDiagnostics()} data-testid="copy-diagnostics">
        {t('ui.diagnostics.copy')}
      </Button>
    </Drawer>
  );
}
