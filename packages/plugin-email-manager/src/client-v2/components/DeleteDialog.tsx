import { useState } from 'react';
import { Checkbox, Modal } from 'antd';
import type { Account } from '../../shared/api';
import { useHost } from '../host';
import { useProviderWords } from '../providers/provider';

interface DeleteDialogProps {
  account: Account;
  open: boolean;
  onClose: () => void;
  onDelete: () => void;
}

/** The last question before a mailbox leaves NocoBase. */
export function DeleteDialog({ account, open, onClose, onDelete }: DeleteDialogProps) {
  const host = useHost();
  const { t } = host;
  const words = useProviderWords(account.provider);
  const [understood, setUnderstood] = useState(false);
  return (
    <Modal
      open={open}
      onCancel={onClose}
      afterOpenChange={(isOpen) => !isOpen && setUnderstood(false)}
      title={t('ui.delete.title')}
      okText={t('ui.delete.confirm')}
      cancelText={t('ui.cancel')}
      okButtonProps={{ danger: true, disabled: !understood }}
      onOk={onDelete}
    >
      <p>
        <strong dir="ltr">{account.address}</strong>
      </p>
      <ul style={{ paddingInlineStart: 20 }}>
        <li>{host.plural('ui.delete.mail', account.progress.hydrated)}</li>
        <li>{t('ui.delete.provider')}</li>
        <li>{account.consentUrl ? words('delete.accessByHand') : t('ui.delete.access')}</li>
      </ul>
      <Checkbox checked={understood} onChange={(event) => setUnderstood(event.target.checked)}>
        {t('ui.delete.understood')}
      </Checkbox>
    </Modal>
  );
}
