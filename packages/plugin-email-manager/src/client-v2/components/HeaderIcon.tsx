import { useEffect, useState } from 'react';
import { Badge, Button, Tooltip } from 'antd';
import { MailOutlined } from '@ant-design/icons';
import type { Counters } from '../../shared/api';
import { useHost } from '../host';

/** The envelope in NocoBase's header: unread conversations, pushed live. It is on every page and stays tiny. */
export function HeaderIcon() {
  const host = useHost();
  const [counters, setCounters] = useState<Counters | null>(null);

  useEffect(() => {
    let mounted = true;
    const stop = host.on<Counters>('mail:counters', (next) => setCounters(next));
    // No counters is no reason to disturb somebody who is doing something else.
    host.api.counters().then(
      (first) => mounted && setCounters((current) => current ?? first),
      () => undefined,
    );
    return () => {
      mounted = false;
      stop();
    };
  }, [host]);

  const unread = counters?.unread ?? 0;
  const label = unread > 0 ? host.plural('ui.header.unread', unread) : host.t('ui.header.label');
  return (
    <Tooltip title={label}>
      <Button
        type="text"
        data-testid="mail-header-icon"
        aria-label={label}
        onClick={() => host.navigate('/admin/mail')}
        style={{ height: 46, width: 46, padding: 0, color: 'inherit' }}
      >
        <Badge
          count={unread}
          size="small"
          overflowCount={999}
          status={counters && counters.needsReauth > 0 && unread === 0 ? 'warning' : undefined}
          dot={Boolean(counters && counters.needsReauth > 0 && unread === 0)}
        >
          <MailOutlined style={{ color: 'var(--colorTextHeaderMenu, rgba(255, 255, 255, 0.65))' }} />
        </Badge>
      </Button>
    </Tooltip>
  );
}
