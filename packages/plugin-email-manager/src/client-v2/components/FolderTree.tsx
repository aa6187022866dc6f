import { useState, type KeyboardEvent, type ReactNode } from 'react';
import {
  DeleteOutlined,
  DownOutlined,
  EditOutlined,
  FolderOutlined,
  InboxOutlined,
  RightOutlined,
  SendOutlined,
  StopOutlined,
} from '@ant-design/icons';
import type { Account, Folder, Id, MailPreferences } from '../../shared/api';
import { useHost, type Host } from '../host';
import { providerWords } from '../providers/provider';
import { contains, folderTree, readFolding, unreadBelow, writeFolding, type FolderNode } from '../state/folder-tree';
import { inboxUnread } from '../state/inbox-tabs';
import { ALL_INBOXES, type MailView } from '../state/mail-view';
import { NavItem } from './NavItem';

const ROLE_ICON: Record<Folder['role'], ReactNode> = {
  inbox: <InboxOutlined />,
  drafts: <EditOutlined />,
  sent: <SendOutlined />,
  archive: <FolderOutlined />,
  other: <FolderOutlined />,
  spam: <StopOutlined />,
  trash: <DeleteOutlined />,
};

/** A folder with a role has the name by which its provider's users know it. */
export function folderName(host: Host, account: Pick<Account, 'provider'> | undefined, folder: Folder): string {
  if (folder.role === 'other' || !account) return folder.name;
  return providerWords(host, account.provider)(`folder.${folder.role}`);
}

interface FolderTreeProps {
  account: Account;
  current: MailView;
  badge: MailPreferences['badge'];
  onGo?: () => void;
}

/** The folders of a mailbox. Folders with others below them open and close by their arrow or the arrow keys. */
export function FolderTree({ account, current, badge, onGo }: FolderTreeProps) {
  const host = useHost();
  const [folding, setFolding] = useState(() => readFolding(window.localStorage));
  const fold = (id: Id, open: boolean) => {
    // Anew at the end, so that the oldest choices are the ones that are forgotten.
    const next = new Map(folding);
    next.delete(id);
    next.set(id, open);
    setFolding(next);
    writeFolding(next, window.localStorage);
  };
  const branch = (nodes: readonly FolderNode[], depth: number): ReactNode =>
    nodes.map((node) => {
      const { folder, children } = node;
      const name = folderName(host, account, folder);
      // What is looked at is never hidden, unless the person hides it.
      const open = folding.get(folder.id) ?? contains(node, current.folderId);
      const hasChildren = children.length > 0;
      const own =
        folder.role === 'drafts' ? folder.total : folder.role === 'inbox' ? inboxUnread(folder, badge) : folder.unread;
      const onKey = (event: KeyboardEvent) => {
        if (!hasChildren || (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft')) return;
        const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
        event.preventDefault();
        fold(folder.id, event.key === forward);
      };
      return (
        <NavItem
          key={folder.id}
          view={{ ...ALL_INBOXES, accountId: account.id, folderId: folder.id }}
          current={current}
          icon={ROLE_ICON[folder.role]}
          name={name}
          count={open || !hasChildren ? own : own + unreadBelow(node)}
          unread={folder.role !== 'drafts' && folder.role !== 'trash' && folder.role !== 'spam'}
          depth={depth}
          onGo={onGo}
          onKeyDown={onKey}
          before={
            hasChildren ? (
              <button
                type="button"
                className="em-fold"
                aria-expanded={open}
                aria-label={host.t('ui.nav.subfolders', { folder: name })}
                onClick={() => fold(folder.id, !open)}
                data-testid="fold-folder"
              >
                {open ? <DownOutlined /> : <RightOutlined />}
              </button>
            ) : null
          }
        >
          {hasChildren && open ? <ul>{branch(children, depth + 1)}</ul> : null}
        </NavItem>
      );
    });
  return <ul data-testid="folder-tree">{branch(folderTree(account.folders ?? [], host.language), 0)}</ul>;
}
