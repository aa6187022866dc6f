import { useState, type ReactNode } from 'react';
import { Link } from 'react-router-dom';
import {
  DeleteOutlined,
  DownOutlined,
  EditOutlined,
  FolderOutlined,
  InboxOutlined,
  MailOutlined,
  RightOutlined,
  SendOutlined,
  StarOutlined,
  StopOutlined,
  WarningOutlined,
} from '@ant-design/icons';
import { Tooltip } from 'antd';
import type { Account, Folder, Label } from '../../shared/api';
import { useHost, type Host } from '../host';
import { wholeNumber } from '../format/numbers';
import { ALL_INBOXES, mailPath, serialiseMailView, type MailView } from '../state/mail-view';

const ROLE_ORDER: Record<Folder['role'], number> = {
  inbox: 0,
  drafts: 1,
  sent: 2,
  archive: 3,
  other: 4,
  spam: 5,
  trash: 6,
};

const ROLE_ICON: Record<Folder['role'], ReactNode> = {
  inbox: <InboxOutlined />,
  drafts: <EditOutlined />,
  sent: <SendOutlined />,
  archive: <FolderOutlined />,
  other: <FolderOutlined />,
  spam: <StopOutlined />,
  trash: <DeleteOutlined />,
};

export function folderName(host: Host, folder: Folder): string {
  return folder.role === 'other' ? folder.name : host.t(`ui.folder.${folder.role}`);
}

interface ItemProps {
  view: MailView;
  current: MailView;
  icon: ReactNode;
  name: string;
  count?: number;
  /** The number is of unread conversations (bold) and not a plain total. */
  unread?: boolean;
  onGo?: () => void;
}

function Item({ view, current, icon, name, count = 0, unread = true, onGo }: ItemProps) {
  const { language } = useHost();
  const isCurrent = serialiseMailView(view) === serialiseMailView(current);
  return (
    <li>
      <Link
        className="em-nav-item"
        to={mailPath(view)}
        onClick={onGo}
        aria-current={isCurrent ? 'page' : undefined}
        data-unread={count > 0 && unread ? '' : undefined}
      >
        {icon}
        <span className="em-ellipsis" dir="auto">
          {name}
        </span>
        {count > 0 ? <span className="em-count">{wholeNumber(count, language)}</span> : null}
      </Link>
    </li>
  );
}

function Swatch({ label }: { label: Label }) {
  return <span className="em-swatch" style={{ background: label.backgroundColor ?? 'var(--em-fill)' }} aria-hidden />;
}

function AccountSection({ account, current, onGo }: { account: Account; current: MailView; onGo?: () => void }) {
  const host = useHost();
  const [open, setOpen] = useState(true);
  const folders = [...(account.folders ?? [])].sort(
    (a, b) => ROLE_ORDER[a.role] - ROLE_ORDER[b.role] || a.name.localeCompare(b.name, host.language),
  );
  const labels = (account.labels ?? [])
    .filter((label) => label.kind !== 'system')
    .sort((a, b) => a.kind.localeCompare(b.kind) * -1 || a.name.localeCompare(b.name, host.language));
  const troubled = account.status === 'needsReauth' || account.status === 'blocked';
  return (
    <section aria-label={account.address}>
      <button type="button" className="em-nav-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? <DownOutlined /> : <RightOutlined />}
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
        <ul>
          {folders.map((folder) => (
            <Item
              key={folder.id}
              view={{ ...ALL_INBOXES, accountId: account.id, folderId: folder.id }}
              current={current}
              icon={ROLE_ICON[folder.role]}
              name={folderName(host, folder)}
              count={folder.role === 'drafts' ? folder.total : folder.unread}
              unread={folder.role !== 'drafts' && folder.role !== 'trash' && folder.role !== 'spam'}
              onGo={onGo}
            />
          ))}
          {labels.length > 0 ? <li className="em-nav-sub">{host.t('ui.nav.labels')}</li> : null}
          {labels.map((label) => (
            <Item
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
      ) : null}
    </section>
  );
}

interface NavPaneProps {
  accounts: readonly Account[];
  unread: number;
  view: MailView;
  onGo?: () => void;
}

/** The left side: all inboxes, the two filters, then every mailbox with its folders and labels. */
export function NavPane({ accounts, unread, view, onGo }: NavPaneProps) {
  const { t } = useHost();
  return (
    <nav aria-label={t('ui.nav.title')} data-testid="mail-nav">
      <ul>
        <Item
          view={ALL_INBOXES}
          current={view}
          icon={<InboxOutlined />}
          name={t('ui.nav.allInboxes')}
          count={unread}
          onGo={onGo}
        />
        <Item
          view={{ ...ALL_INBOXES, filter: 'unread' }}
          current={view}
          icon={<MailOutlined />}
          name={t('ui.nav.unread')}
          onGo={onGo}
        />
        <Item
          view={{ ...ALL_INBOXES, filter: 'starred' }}
          current={view}
          icon={<StarOutlined />}
          name={t('ui.nav.starred')}
          onGo={onGo}
        />
      </ul>
      {accounts.map((account) => (
        <AccountSection key={account.id} account={account} current={view} onGo={onGo} />
      ))}
    </nav>
  );
}
