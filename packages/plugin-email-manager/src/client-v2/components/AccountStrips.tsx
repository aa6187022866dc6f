import { Button, Progress } from 'antd';
import {
  ClockCircleOutlined,
  ExclamationCircleOutlined,
  PauseCircleOutlined,
  WarningOutlined,
} from '@ant-design/icons';
import type { Account } from '../../shared/api';
import { duration } from '../format/dates';
import { wholeNumber } from '../format/numbers';
import { useHost, type Host } from '../host';
import { StartChooser } from './StartChooser';

/** How far the copying is, in words that promise nothing that is not known. */
export function progressWords(host: Host, account: Account): string {
  const { progress } = account;
  const number = (value: number) => wholeNumber(value, host.language);
  if (progress.phase === 'listing') return host.t('ui.progress.listing', { listed: number(progress.listed) });
  if (progress.phase === 'done') return host.plural('ui.progress.done', progress.hydrated);
  const counts = host.t('ui.progress.counts', { here: number(progress.hydrated), total: number(progress.total) });
  if (progress.etaSeconds === null) return counts;
  return `${counts} · ${host.t('ui.progress.left', { time: duration(progress.etaSeconds, host.language) })}`;
}

export function progressPercent(account: Account): number {
  const { hydrated, total } = account.progress;
  if (total <= 0) return 0;
  // 100 % is said only when it is true.
  return hydrated >= total ? 100 : Math.min(99, Math.floor((hydrated / total) * 100));
}

export function isCopying(account: Account): boolean {
  return (account.status === 'active' || account.status === 'connecting') && account.progress.phase !== 'done';
}

interface AccountStripsProps {
  accounts: readonly Account[];
  onReconnect: (account: Account) => void;
  onResume: (account: Account) => void;
  onChanged: () => void;
}

/** Above the list: what is being copied, and what keeps a mailbox from being up to date. */
export function AccountStrips({ accounts, onReconnect, onResume, onChanged }: AccountStripsProps) {
  const host = useHost();
  return (
    <div aria-live="polite">
      {accounts.map((account) => {
        const trouble = (
          <TroubleStrip key={`t${account.id}`} account={account} onReconnect={onReconnect} onResume={onResume} />
        );
        if (!isCopying(account)) return trouble;
        return (
          <div key={account.id}>
            {account.health === 'ok' ? null : trouble}
            <div className="em-strip" data-testid="sync-progress">
              <span>
                {host.t('ui.progress.copying')} <bdi>{account.address}</bdi>
              </span>
              <Progress
                percent={progressPercent(account)}
                size="small"
                status="active"
                showInfo={account.progress.phase !== 'listing'}
                aria-label={host.t('ui.progress.copying')}
              />
              <span className="em-sub" data-testid="sync-progress-words">
                {progressWords(host, account)}
              </span>
              <StartChooser account={account} onChanged={onChanged} />
            </div>
          </div>
        );
      })}
    </div>
  );
}

/** The sentence for a mailbox that is not simply up to date; null when it is. */
export function troubleOf(host: Host, account: Account): { text: string; action: string } | null {
  const said = account.error;
  if (account.status === 'needsReauth') {
    return { text: said?.message || host.t('ui.trouble.needsReauth'), action: said?.action ?? '' };
  }
  if (account.status === 'blocked')
    return { text: said?.message || host.t('ui.trouble.blocked'), action: said?.action ?? '' };
  if (account.status === 'paused') return { text: host.t('ui.trouble.paused'), action: '' };
  if (account.status === 'deleting') return { text: host.t('ui.trouble.deleting'), action: '' };
  if (account.health === 'ok') return null;
  if (account.health === 'misconfigured' || account.health === 'error') {
    return { text: said?.message || host.t(`ui.trouble.${account.health}`), action: said?.action ?? '' };
  }
  return { text: host.t(`ui.trouble.${account.health}`), action: '' };
}

function TroubleStrip({
  account,
  onReconnect,
  onResume,
}: { account: Account } & Pick<AccountStripsProps, 'onReconnect' | 'onResume'>) {
  const host = useHost();
  const trouble = troubleOf(host, account);
  if (!trouble) return null;
  const serious =
    account.status === 'needsReauth' || account.status === 'blocked' || account.health === 'misconfigured';
  const Icon =
    account.status === 'paused'
      ? PauseCircleOutlined
      : serious
        ? WarningOutlined
        : account.health === 'error'
          ? ExclamationCircleOutlined
          : ClockCircleOutlined;
  return (
    <div
      className="em-strip"
      role={serious ? 'alert' : undefined}
      data-testid={`trouble-${account.status === 'active' ? account.health : account.status}`}
      style={serious ? { background: 'color-mix(in srgb, var(--em-warning) 14%, transparent)' } : undefined}
    >
      <Icon style={{ color: serious ? 'var(--em-warning)' : 'var(--em-secondary)' }} />
      <span style={{ flex: 1, minWidth: 200 }}>
        <bdi>{account.address}</bdi>: {trouble.text} {trouble.action}
      </span>
      {account.status === 'needsReauth' ? (
        <Button size="small" type="primary" onClick={() => onReconnect(account)} data-testid="reconnect">
          {host.t('ui.account.reconnect')}
        </Button>
      ) : null}
      {account.status === 'paused' ? (
        <Button size="small" onClick={() => onResume(account)}>
          {host.t('ui.account.resume')}
        </Button>
      ) : null}
    </div>
  );
}
