import type { Account } from '../../shared/api';
import { useHost, type Host } from '../host';
import type { MailView } from '../state/mail-view';
import { folderName } from './FolderTree';

/** What the list is called: it is its heading and its name for screen readers. */
export function viewTitle(host: Host, view: MailView, accounts: readonly Account[]): string {
  if (view.q) return host.t('ui.search.results', { q: view.q });
  const owner = accounts.find((account) => account.folders?.some((candidate) => candidate.id === view.folderId));
  const folder = owner?.folders?.find((candidate) => candidate.id === view.folderId);
  if (folder) return folderName(host, owner, folder);
  const label = accounts.flatMap((account) => account.labels ?? []).find((candidate) => candidate.id === view.labelId);
  if (label) return label.name;
  if (view.filter) return host.t(`ui.nav.${view.filter}`);
  return host.t(view.accountId ? 'ui.anyProvider.folder.inbox' : 'ui.nav.allInboxes');
}

interface ListHeadProps {
  view: MailView;
  accounts: readonly Account[];
  count: number;
  more: boolean;
}

export function ListHead({ view, accounts, count, more }: ListHeadProps) {
  const host = useHost();
  const account = accounts.length > 1 ? accounts.find((candidate) => candidate.id === view.accountId) : undefined;
  return (
    <div className="em-list-head">
      <h2 dir="auto">{viewTitle(host, view, accounts)}</h2>
      {account ? (
        <span className="em-sub em-ellipsis">
          <bdi>{account.address}</bdi>
        </span>
      ) : null}
      <span style={{ flex: 1 }} />
      <span className="em-sub" aria-live="polite" style={{ flex: 'none' }}>
        {more ? host.plural('ui.list.countMore', count) : host.plural('ui.list.count', count)}
      </span>
    </div>
  );
}
