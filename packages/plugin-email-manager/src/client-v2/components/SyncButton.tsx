import { useEffect, useRef, useState } from 'react';
import { Button, Tooltip } from 'antd';
import { SyncOutlined } from '@ant-design/icons';
import type { Account } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { timeAgo } from '../format/dates';
import { useHost } from '../host';
import { useNow } from '../state/use-live';
import { useFeedback } from './feedback';

const LOOK_EVERY_MS = 1_500;
const LOOK_FOR_MS = 20_000;

interface SyncButtonProps {
  accounts: readonly Account[];
  compact: boolean;
  refresh: () => Promise<void>;
}

/** *Sync emails* with the time of the last sync: the oldest one, when several mailboxes are shown. */
export function SyncButton({ accounts, compact, refresh }: SyncButtonProps) {
  const host = useHost();
  const { t, language } = host;
  const feedback = useFeedback();
  const now = useNow();
  const [startedAt, setStartedAt] = useState<number | null>(null);
  const usable = accounts.filter((account) => account.status === 'active');
  const times = usable.map((account) => (account.lastSyncedAt ? Date.parse(account.lastSyncedAt) : 0));
  const oldest = times.length > 0 ? Math.min(...times) : 0;
  const oldestNow = useRef(oldest);
  oldestNow.current = oldest;

  useEffect(() => {
    if (startedAt === null) return undefined;
    const before = oldestNow.current;
    const timer = window.setInterval(() => {
      if (oldestNow.current > before || Date.now() - startedAt > LOOK_FOR_MS) setStartedAt(null);
      else void refresh();
    }, LOOK_EVERY_MS);
    return () => window.clearInterval(timer);
  }, [startedAt, refresh]);

  const sync = async () => {
    setStartedAt(Date.now());
    try {
      await Promise.all(usable.map((account) => host.api.sync(account.id)));
    } catch (error) {
      setStartedAt(null);
      if (error instanceof ApiFailure) feedback.failed(error);
    }
  };
  const last = oldest > 0 ? t('ui.sync.last', { time: timeAgo(new Date(oldest).toISOString(), now, language) }) : '';
  return (
    <Tooltip title={compact ? last : undefined}>
      <Button
        icon={<SyncOutlined spin={startedAt !== null} />}
        disabled={usable.length === 0}
        onClick={() => void sync()}
        aria-label={compact ? t('ui.sync.button') : undefined}
        data-testid="sync-emails"
      >
        {compact ? null : (
          <span>
            {t('ui.sync.button')}
            {last ? <span className="em-sub"> · {last}</span> : null}
          </span>
        )}
      </Button>
    </Tooltip>
  );
}
