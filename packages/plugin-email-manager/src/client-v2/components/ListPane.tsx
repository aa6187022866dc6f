import type { MutableRefObject } from 'react';
import type { Account, Id, InboxTab, ThreadLine } from '../../shared/api';
import { useHost } from '../host';
import { inboxTabsOf } from '../state/inbox-tabs';
import type { MailView, PlaceKind } from '../state/mail-view';
import type { ThreadOp } from '../state/thread-list';
import type { useThreadList } from '../state/use-thread-list';
import { AccountStrips } from './AccountStrips';
import { EmptyList } from './EmptyList';
import { InboxTabs } from './InboxTabs';
import { ListHead, viewTitle } from './ListHead';
import { ThreadList } from './ThreadList';

interface ListPaneProps {
  list: ReturnType<typeof useThreadList>;
  listKey: string;
  accounts: readonly Account[];
  /** Those whose mail the view can show. */
  shown: readonly Account[];
  view: MailView;
  tab: InboxTab;
  place: PlaceKind;
  compact: boolean;
  /** In pixels beside a conversation; null takes the whole width. */
  width: number | null;
  openId: Id | null;
  cursorId: Id | null;
  atTop: MutableRefObject<boolean>;
  onTab: (tab: InboxTab) => void;
  onOpen: (line: ThreadLine) => void;
  onChange: (line: ThreadLine, op: ThreadOp) => void;
  onReconnect: (account: Account) => void;
  onResume: (account: Account) => void;
  onAccountChanged: () => void;
}

/** The list of conversations with what stands above it. */
export function ListPane(props: ListPaneProps) {
  const { list, accounts, shown, view, tab, place, compact, width, openId, cursorId, atTop } = props;
  const host = useHost();
  const tabs = inboxTabsOf(view, accounts);
  return (
    <section
      className={width === null ? 'em-list-pane' : 'em-list-pane em-narrow'}
      style={width === null ? undefined : { width }}
      aria-label={viewTitle(host, view, accounts)}
    >
      <AccountStrips
        accounts={shown}
        onReconnect={props.onReconnect}
        onResume={props.onResume}
        onChanged={props.onAccountChanged}
      />
      <ListHead view={view} accounts={accounts} count={list.lines.length} more={list.state.nextCursor !== null} />
      {tabs ? <InboxTabs tabs={tabs} current={tab} onChoose={props.onTab} /> : null}
      <ThreadList
        key={props.listKey}
        state={list.state}
        lines={list.lines}
        accounts={accounts}
        view={view}
        place={place}
        compact={compact}
        openId={openId}
        cursorId={cursorId}
        atTop={atTop}
        empty={
          <EmptyList searching={view.q !== ''} copying={shown.some((account) => account.progress.phase !== 'done')} />
        }
        onOpen={props.onOpen}
        onChange={props.onChange}
        onMore={() => void list.loadMore()}
        onRetry={() => void list.reload()}
      />
    </section>
  );
}
