import { useCallback, useEffect, useState } from 'react';
import { Button, Card, Table, Tag } from 'antd';
import { ReloadOutlined } from '@ant-design/icons';
import type { AdminAccount } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { timeAgo } from '../format/dates';
import { useHost } from '../host';
import { useNow } from '../state/use-live';
import { providerOf } from '../providers/registry';
import { FailureView } from './FailureView';
import { HandOverDialog } from './HandOverDialog';

/** Everybody's mailboxes for administrators: owner, address, state, last sync. No subject, no count, no content. */
export function AdminAccounts() {
  const host = useHost();
  const { t, language } = host;
  const now = useNow();
  const [accounts, setAccounts] = useState<AdminAccount[] | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const load = useCallback(() => {
    setFailure(null);
    host.api.adminAccounts().then(setAccounts, (error: unknown) => error instanceof ApiFailure && setFailure(error));
  }, [host]);
  useEffect(load, [load]);
  const [handedOver, setHandedOver] = useState<AdminAccount | null>(null);

  return (
    <Card
      size="small"
      title={t('ui.admin.title')}
      data-testid="admin-accounts"
      extra={
        <Button type="text" size="small" icon={<ReloadOutlined />} aria-label={t('ui.admin.reload')} onClick={load} />
      }
    >
      {failure ? (
        <FailureView failure={failure} onRetry={load} />
      ) : (
        <Table<AdminAccount>
          size="small"
          rowKey="id"
          loading={accounts === null}
          dataSource={accounts ?? []}
          pagination={(accounts?.length ?? 0) > 20 ? { pageSize: 20 } : false}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: t('ui.admin.none') }}
          columns={[
            {
              title: t('ui.admin.owner'),
              render: (_, row) => <bdi>{row.owner?.nickname ?? t('ui.admin.handOver.gone')}</bdi>,
            },
            {
              title: t('ui.admin.address'),
              render: (_, row) => (
                <>
                  {providerOf(row.provider).icon} <bdi>{row.address}</bdi>
                </>
              ),
            },
            {
              title: t('ui.admin.state'),
              render: (_, row) => (
                <>
                  <Tag color={row.status === 'active' && row.health === 'ok' ? 'success' : 'default'}>
                    {t(
                      row.status === 'active' && row.health !== 'ok'
                        ? `ui.health.${row.health}`
                        : `ui.status.${row.status}`,
                    )}
                  </Tag>
                  {row.errorCode ? <span className="em-sub">{row.errorCode}</span> : null}
                </>
              ),
            },
            {
              title: t('ui.admin.lastSync'),
              render: (_, row) => (row.lastSyncedAt ? timeAgo(row.lastSyncedAt, now, language) : t('ui.admin.never')),
            },
            {
              key: 'actions',
              render: (_, row) =>
                row.owner === null && row.status !== 'deleting' ? (
                  <Button size="small" data-testid="hand-over" onClick={() => setHandedOver(row)}>
                    {t('ui.admin.handOver.button')}
                  </Button>
                ) : null,
            },
          ]}
        />
      )}
      {handedOver ? (
        <HandOverDialog
          account={handedOver}
          onClose={(done) => {
            setHandedOver(null);
            if (done) load();
          }}
        />
      ) : null}
    </Card>
  );
}
