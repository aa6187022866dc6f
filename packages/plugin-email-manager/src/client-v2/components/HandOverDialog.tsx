import { useCallback, useEffect, useState } from 'react';
import { Alert, Form, Modal, Select } from 'antd';
import type { AdminAccount } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { failureAction, failureMessage } from './FailureView';

interface HandOverDialogProps {
  account: AdminAccount;
  onClose: (done: boolean) => void;
}

/** Chooses who gets the mailbox of a person who was deleted. */
export function HandOverDialog({ account, onClose }: HandOverDialogProps) {
  const host = useHost();
  const { t } = host;
  const [people, setPeople] = useState<{ value: string; label: string }[]>([]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const failed = (error: unknown) => error instanceof ApiFailure && setFailure(error);
  const find = useCallback(
    (name: string) => {
      host.api.people(name.trim()).then(
        (found) =>
          setPeople(
            found.map(({ id, nickname, username }) => ({
              value: String(id),
              label: nickname || username || String(id),
            })),
          ),
        failed,
      );
    },
    [host],
  );
  useEffect(() => find(''), [find]);

  const handOver = () => {
    if (chosen === null) return;
    setSending(true);
    setFailure(null);
    host.api.handOver(account.id, chosen).then(
      () => onClose(true),
      (error: unknown) => {
        setSending(false);
        failed(error);
      },
    );
  };

  return (
    <Modal
      open
      title={t('ui.admin.handOver.title')}
      okText={t('ui.admin.handOver.confirm')}
      cancelText={t('ui.cancel')}
      okButtonProps={{ disabled: chosen === null, loading: sending }}
      onCancel={() => onClose(false)}
      onOk={handOver}
    >
      <p>
        <strong dir="ltr">{account.address}</strong>
      </p>
      <p>{t('ui.admin.handOver.explain')}</p>
      <Form layout="vertical">
        <Form.Item label={t('ui.admin.handOver.person')} htmlFor="em-hand-over-person">
          <Select
            id="em-hand-over-person"
            showSearch
            filterOption={false}
            placeholder={t('ui.admin.handOver.find')}
            options={people}
            value={chosen}
            onSearch={find}
            onChange={setChosen}
          />
        </Form.Item>
      </Form>
      {failure ? (
        <Alert
          type="error"
          showIcon
          message={failureMessage(host, failure)}
          description={failureAction(host, failure)}
        />
      ) : null}
    </Modal>
  );
}
