import { Tooltip } from 'antd';
import type { Account } from '../../shared/api';
import { providerOf } from '../providers/registry';

/** Whose mail a line is, where mail of several mailboxes stands together: the provider's icon in the mailbox's colour. */
export function AccountMark({ account, colour }: { account: Pick<Account, 'provider' | 'address'>; colour: string }) {
  return (
    <Tooltip title={<bdi>{account.address}</bdi>} mouseEnterDelay={0.4}>
      <span className="em-account-mark" style={{ color: colour }} role="img" aria-label={account.address}>
        {providerOf(account.provider).icon}
      </span>
    </Tooltip>
  );
}
