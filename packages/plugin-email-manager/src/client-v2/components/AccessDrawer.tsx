import { useEffect, useState } from 'react';
import { Avatar, Drawer, List, Skeleton } from 'antd';
import { UserOutlined } from '@ant-design/icons';
import type { AccessLine, Message } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { FailureView } from './FailureView';

const KNOWN_RULES = new Set(['owner', 'member', 'viewAll', 'databaseOwner']);

/** "Who can read this?": each person with the rule, as the guard that guards computes it. */
export function AccessDrawer({ message, onClose }: { message: Message | null; onClose: () => void }) {
  const host = useHost();
  const { t } = host;
  const [lines, setLines] = useState<AccessLine[] | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const id = message?.id;

  useEffect(() => {
    if (!id) return undefined;
    let mounted = true;
    setLines(null);
    setFailure(null);
    host.api.access(id).then(
      (answer) => mounted && setLines(answer),
      (error: unknown) => mounted && error instanceof ApiFailure && setFailure(error),
    );
    return () => {
      mounted = false;
    };
  }, [host, id]);

  return (
    <Drawer
      open={message !== null}
      onClose={onClose}
      title={t('ui.access.title')}
      width={420}
      rootClassName="em-text-block"
      destroyOnClose
    >
      <p style={{ marginTop: 0 }} dir="auto">
        <strong>{message?.subject || t('ui.noSubject')}</strong>
      </p>
      <p>{t('ui.access.explanation')}</p>
      {failure ? <FailureView failure={failure} /> : null}
      {!lines && !failure ? <Skeleton active avatar paragraph={{ rows: 1 }} /> : null}
      {lines ? (
        <List
          dataSource={lines}
          data-testid="access-list"
          renderItem={(line) => (
            <List.Item>
              <List.Item.Meta
                avatar={<Avatar icon={<UserOutlined />} />}
                title={<bdi>{line.nickname}</bdi>}
                description={KNOWN_RULES.has(line.rule) ? t(`ui.access.rule.${line.rule}`) : line.rule}
              />
            </List.Item>
          )}
        />
      ) : null}
      <p className="em-sub">{t('ui.access.databaseNote')}</p>
    </Drawer>
  );
}
