import { useState } from 'react';
import { Button, Card, Dropdown, Progress, Space, Tag, type MenuProps } from 'antd';
import { EllipsisOutlined } from '@ant-design/icons';
import type { Account } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { timeAgo } from '../format/dates';
import { useHost } from '../host';
import { providerOf } from '../providers/registry';
import { useNow } from '../state/use-live';
import { progressPercent, progressWords, isCopying, troubleOf } from './AccountStrips';
import { DeleteDialog } from './DeleteDialog';
import { useFeedback } from './feedback';
import { SkippedFolders } from './SkippedFolders';
import { StartChooser } from './StartChooser';
import { VerifyPanel } from './VerifyPanel';

const STATUS_COLOUR: Record<Account['status'], string> = {
  connecting: 'processing',
  active: 'success',
  paused: 'default',
  needsReauth: 'warning',
  blocked: 'error',
  deleting: 'default',
};

interface AccountCardProps {
  account: Account;
  onReconnect: (account: Account) => void;
  onChanged: () => void;
  /** The mailbox is being deleted; `consentUrl` is where the application's access is ended by hand, if it must be. */
  onDeleted: (account: Account, consentUrl: string | null) => void;
}

/** One mailbox in the settings: its state, its start, its proof, and what can be done with it. */
export function AccountCard({ account, onReconnect, onChanged, onDeleted }: AccountCardProps) {
  const host = useHost();
  const { t, language } = host;
  const feedback = useFeedback();
  const now = useNow();
  const [removing, setRemoving] = useState(false);
  const trouble = troubleOf(host, account);
  const owned = account.role === 'owner';

  const act = async (action: () => Promise<unknown>, done?: string) => {
    try {
      await action();
      if (done) feedback.done(done);
    } catch (error) {
      if (error instanceof ApiFailure) feedback.failed(error);
    }
    onChanged();
  };

  const items: MenuProps['items'] = [
    account.status === 'paused'
      ? { key: 'resume', label: t('ui.account.resume') }
      : { key: 'pause', label: t('ui.account.pause'), disabled: account.status !== 'active' },
    { key: 'resync', label: t('ui.account.resync'), disabled: account.status !== 'active' },
    { key: 'reconnect', label: t('ui.account.reconnect') },
    { type: 'divider' },
    { key: 'delete', label: t('ui.account.delete'), danger: true },
  ];
  const onMenu: MenuProps['onClick'] = ({ key }) => {
    if (key === 'pause') void act(() => host.api.pause(account.id));
    else if (key === 'resume') void act(() => host.api.resume(account.id));
    else if (key === 'resync') void act(() => host.api.resync(account.id), t('ui.account.resyncStarted'));
    else if (key === 'reconnect') onReconnect(account);
    else setRemoving(true);
  };

  return (
    <Card
      size="small"
      data-testid="account-card"
      title={
        <span className="em-ellipsis" style={{ display: 'block' }}>
          {providerOf(account.provider).icon} <bdi>{account.address}</bdi>
        </span>
      }
      extra={
        owned && account.status !== 'deleting' ? (
          <Dropdown menu={{ items, onClick: onMenu }} trigger={['click']} placement="bottomRight">
            <Button
              type="text"
              size="small"
              icon={<EllipsisOutlined />}
              aria-label={t('ui.account.menu', { address: account.address })}
              data-testid="account-menu"
            />
          </Dropdown>
        ) : null
      }
    >
      <Space direction="vertical" style={{ width: '100%' }}>
        <Space wrap size={8}>
          <Tag color={STATUS_COLOUR[account.status]} style={{ margin: 0 }}>
            {t(`ui.status.${account.status}`)}
          </Tag>
          <span>
            {account.lastSyncedAt
              ? t('ui.account.lastSynced', { time: timeAgo(account.lastSyncedAt, now, language) })
              : t('ui.account.neverSynced')}
          </span>
        </Space>
        {trouble ? (
          <div role="status">
            {trouble.text} {trouble.action}
            {account.status === 'needsReauth' && owned ? (
              <div style={{ marginTop: 8 }}>
                <Button size="small" type="primary" onClick={() => onReconnect(account)}>
                  {t('ui.account.reconnect')}
                </Button>
              </div>
            ) : null}
          </div>
        ) : null}
        <div>
          {isCopying(account) ? (
            <Progress
              percent={progressPercent(account)}
              size="small"
              status="active"
              aria-label={t('ui.progress.copying')}
              showInfo={account.progress.phase !== 'listing'}
            />
          ) : null}
          <span>{progressWords(host, account)}</span>
          {account.progress.quarantined > 0 ? (
            <div>{host.plural('ui.account.quarantined', account.progress.quarantined)}</div>
          ) : null}
        </div>
        {owned ? (
          <div>
            {t('ui.account.start')} <StartChooser account={account} onChanged={onChanged} />
          </div>
        ) : null}
        {owned ? <SkippedFolders account={account} onChanged={onChanged} /> : null}
        {owned ? <VerifyPanel account={account} onChanged={onChanged} /> : null}
      </Space>
      <DeleteDialog
        account={account}
        open={removing}
        onClose={() => setRemoving(false)}
        onDelete={() => {
          setRemoving(false);
          void act(async () => {
            const answer = await host.api.removeAccount(account.id);
            onDeleted(account, answer?.consentUrl ?? account.consentUrl ?? null);
          }, t('ui.account.deleteStarted'));
        }}
      />
    </Card>
  );
}
