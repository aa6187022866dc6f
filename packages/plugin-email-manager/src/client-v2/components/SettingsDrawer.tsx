import { Button, Divider, Drawer, Space } from 'antd';
import { CopyOutlined, PlusOutlined } from '@ant-design/icons';
import type { Account } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
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
}

/** The person's own mail settings. */
export function SettingsDrawer(props: SettingsDrawerProps) {
  const { open, accounts, mayLink, onClose, onLink, onReconnect, onChanged } = props;
  const host = useHost();
  const { t } = host;
  const feedback = useFeedback();

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
        {accounts.length === 0 ? <span>{t('ui.drawer.none')}</span> : null}
        {accounts.map((account) => (
          <AccountCard key={account.id} account={account} onReconnect={onReconnect} onChanged={onChanged} />
        ))}
      </Space>
      <Divider />
      <strong>{t('ui.diagnostics.title')}</strong>
      <p>{t('ui.diagnostics.text')}</p>
      <Button icon={<CopyOutlined />} onClick={() => void copyDiagnostics()} data-testid="copy-diagnostics">
        {t('ui.diagnostics.copy')}
      </Button>
    </Drawer>
  );
}
