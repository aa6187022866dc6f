import { useState } from 'react';
import { Checkbox, Modal } from 'antd';
import type { Account, Folder } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { useProviderWords } from '../providers/provider';
import { useFeedback } from './feedback';

/** Folders that a person may keep out of NocoBase, where the provider lets them be told apart. */
export function SkippedFolders({ account, onChanged }: { account: Account; onChanged: () => void }) {
  const host = useHost();
  const { t } = host;
  const words = useProviderWords(account.provider);
  const feedback = useFeedback();
  const [asked, setAsked] = useState<Folder['role'] | null>(null);
  const [busy, setBusy] = useState(false);
  const choices = account.skippableFolders ?? [];
  const skipped = account.skipFolders ?? [];
  if (choices.length === 0 || account.status === 'deleting') return null;

  const save = async (skipFolders: Folder['role'][]) => {
    setBusy(true);
    try {
      await host.api.updateAccount(account.id, { skipFolders });
    } catch (error) {
      if (error instanceof ApiFailure) feedback.failed(error);
    } finally {
      setBusy(false);
      setAsked(null);
    }
    onChanged();
  };
  const toggle = (role: Folder['role'], leaveOut: boolean) => {
    // Leaving out takes something away, so it is asked first; taking in again only adds.
    if (leaveOut) setAsked(role);
    else void save(skipped.filter((one) => one !== role));
  };
  return (
    <div role="group" aria-label={t('ui.skip.label')} data-testid="skipped-folders">
      <span>{t('ui.skip.label')} </span>
      {choices.map((role) => (
        <Checkbox
          key={role}
          checked={skipped.includes(role)}
          disabled={busy}
          onChange={(event) => toggle(role, event.target.checked)}
          data-testid={`skip-${role}`}
        >
          {words(`folder.${role}`)}
        </Checkbox>
      ))}
      <Modal
        open={asked !== null}
        onCancel={() => setAsked(null)}
        title={asked ? t('ui.skip.title', { folder: words(`folder.${asked}`) }) : ''}
        okText={t('ui.skip.confirm')}
        cancelText={t('ui.cancel')}
        confirmLoading={busy}
        onOk={() => asked && void save([...skipped, asked])}
      >
        {words('skip.warning')}
      </Modal>
    </div>
  );
}
