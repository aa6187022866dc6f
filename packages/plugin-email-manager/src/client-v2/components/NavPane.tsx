import { useState } from 'react';
import {
  DownOutlined,
  InboxOutlined,
  MailOutlined,
  RightOutlined,
  StarOutlined,
  WarningOutlined,
} from '@ant-design/icons';
import { Tooltip } from 'antd';
import type { Account, Label, MailPreferences } from '../../shared/api';
import { accountColours } from '../format/account-colours';
import { useHost } from '../host';
import { inboxUnread } from '../state/inbox-tabs';
import { ALL_INBOXES, type MailView } from '../state/mail-view';
import { AccountMark } from './AccountMark';
import { FolderTree } from './FolderTree';
import { NavItem } from './NavItem';

function Swatch({ label }: { label: Label }) {
  return <span className="em-swatch" style={{ background: label.backgroundColor ?? 'var(--em-fill)' }} aria-hidden />;
}

/**
 * People's own labels, and the provider's tabs where it has several besides Primary: with one, the tab above the list
 * says the same.
 */
export function listedLabels(labels: readonly Label[], language: string): Label[] {
  const tabs = labels.filter(({ kind }) => kind === 'category');
  const own = labels.filter(({ kind }) => kind === 'user');
  const byName = (a: Label, b: Label) => a.name.localeCompare(b.name, language);
  return [...own.sort(byName), ...(tabs.length > 1 ? tabs.sort(byName) : [])];
}

interface AccountSectionProps {
  account: Account;
  colour: string;
  current: MailView;
  badge: MailPreferences['badge'];
  onGo?: () => void;
}

function AccountSection({ account, colour, current, badge, onGo }: AccountSectionProps) {
  const host = useHost();
  const [open, setOpen] = useState(true);
  const labels = listedLabels(account.labels ?? [], host.language);
  const troubled = account.status === 'needsReauth' || account.status === 'blocked';
  return (
    <section aria-label={account.address}>
      <button type="button" className="em-nav-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <DownOutlined /> : <RightOutlined />}
        <AccountMark account={account} colour={colour} />
        <span className="em-ellipsis" title={account.address}>
          <bdi>{account.address}</bdi>
        </span>
        {troubled ? (
          <Tooltip title={host.t(`ui.status.${account.status}`)}>
            <WarningOutlined style={{ color: 'var(--em-warning)' }} />
          </Tooltip>
        ) : null}
      </button>
      {open ? (
        <>
          <FolderTree account={account} current={current} badge={badge} onGo={onGo} />
          {labels.length > 0 ? (
            <>
              <div className="em-nav-sub">{host.t('ui.nav.labels')}</div>
              <ul>
                {labels.map((label) => (
                  <NavItem
                    key={label.id}
                    view={{ ...ALL_INBOXES, accountId: account.id, labelId: label.id }}
                    current={current}
                    icon={<Swatch label={label} />}
                    name={label.name}
                    count={label.unread}
                    onGo={onGo}
                  />
                ))}
              </ul>
            </>
          ) : null}
        </>
      ) : null}
    </section>
  );
}

interface NavPaneProps {
  accounts: readonly Account[];
  badge: MailPreferences['badge'];
  view: MailView;
  onGo?: () => void;
}

/** The left side: all inboxes, the two filters, then every mailbox with its folders and labels. */
export function NavPane({ accounts, badge, view, onGo }: NavPaneProps) {
  const { t } = useHost();
  const colours = accountColours(accounts);
  const inboxes = accounts.flatMap((account) => (account.folders ?? []).filter(({ role }) => role === 'inbox'));
  return (
    <nav aria-label={t('ui.nav.title')} data-testid="mail-nav">
      <ul>
        <NavItem
          view={ALL_INBOXES}
          current={view}
          icon={<InboxOutlined />}
          name={t('ui.nav.allInboxes')}
          count={inboxes.reduce((sum, folder) => sum + inboxUnread(folder, badge), 0)}
          onGo={onGo}
        />
        <NavItem
          view={{ ...ALL_INBOXES, filter: 'unread' }}
          current={view}
          icon={<MailOutlined />}
          name={t('ui.nav.unread')}
          onGo={onGo}
        />
        <NavItem
          view={{ ...ALL_INBOXES, filter: 'starred' }}
          current={view}
          icon={<StarOutlined />}
          name={t('ui.nav.starred')}
          onGo={onGo}
        />
      </ul>
      {accounts.map((account) => (
        <AccountSection
          key={account.id}
          account={account}
          colour={colours.get(account.id) ?? 'currentColor'}
          current={view}
          badge={badge}
          onGo={onGo}
        />
      ))}
    </nav>
  );
}
