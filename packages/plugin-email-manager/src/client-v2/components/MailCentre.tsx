import { useCallback, useMemo, useRef, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router-dom';
import { Drawer, Skeleton, type InputRef } from 'antd';
import type { Account, Id, InboxTab, ThreadLine } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { ALL_INBOXES, mailPath, parseMailView, placeKindOf, threadQueryOf } from '../state/mail-view';
import type { ThreadOp } from '../state/thread-list';
import { useAccounts } from '../state/use-accounts';
import { useChangeThread } from '../state/use-change-thread';
import { useCommands } from '../state/use-commands';
import { useMailChanges, usePresence, useWidth } from '../state/use-live';
import { usePreferences } from '../state/use-preferences';
import { useThreadList } from '../state/use-thread-list';
import { ConnectDialog, type ConnectRequest } from './ConnectDialog';
import { useFeedback } from './feedback';
import { FailureView } from './FailureView';
import { KeyHelp } from './KeyHelp';
import { ListPane } from './ListPane';
import { MailTop } from './MailTop';
import { NavPane } from './NavPane';
import { NoMailboxView } from './NoMailboxView';
import { Reader } from './Reader';
import { ReturnHelper, usePendingStart } from './ReturnHelper';
import { SettingsDrawer } from './SettingsDrawer';
import { SyncButton } from './SyncButton';

const ONE_COLUMN_BELOW = 760;
const NAV_IN_DRAWER_BELOW = 1000;

export function MailCentre() {
  const host = useHost();
  const { t } = host;
  const feedback = useFeedback();
  const navigate = useNavigate();
  const { threadId = null } = useParams<{ threadId: Id }>();
  const [search] = useSearchParams();
  const searchText = search.toString();
  const view = useMemo(() => parseMailView(new URLSearchParams(searchText)), [searchText]);

  const [pageRef, width] = useWidth<HTMLDivElement>();
  const oneColumn = width > 0 && width < ONE_COLUMN_BELOW;
  const navInDrawer = width > 0 && width < NAV_IN_DRAWER_BELOW;
  const [navOpen, setNavOpen] = useState(false);
  const [settingsOpen, setSettingsOpen] = useState(false);
  const [keysOpen, setKeysOpen] = useState(false);
  const [connect, setConnect] = useState<ConnectRequest | null>(null);
  const [cursorId, setCursorId] = useState<Id | null>(null);
  const [newsOfThread, setNewsOfThread] = useState(0);
  const searchBox = useRef<InputRef>(null);
  const atTop = useRef(true);
  const isAtTop = useCallback(() => atTop.current, []);

  const mailboxes = useAccounts(host);
  const { accounts, refresh: refreshAccounts } = mailboxes;
  const folders = useMemo(() => accounts.flatMap((account) => account.folders ?? []), [accounts]);
  const place = placeKindOf(view, folders);
  const { preferences, change: changePreferences } = usePreferences(host, feedback.failed);
  const query = useMemo(() => threadQueryOf(view, preferences.tab), [view, preferences.tab]);
  const listKey = `${searchText} ${query.tab ?? ''}`;
  const list = useThreadList(host.api, query, place, isAtTop);
  const { lines, refresh, change } = list;
  const pending = usePendingStart(host, mailboxes.phase === 'ready');
  usePresence(host);
  useMailChanges(host, (threadIds) => {
    void refresh();
    void refreshAccounts();
    if (threadId && (threadIds.size === 0 || threadIds.has(threadId))) setNewsOfThread((count) => count + 1);
  });

  const goToList = useCallback(() => navigate(mailPath(view)), [navigate, view]);
  const openThread = useCallback(
    (line: Pick<ThreadLine, 'id'>) => {
      setCursorId(line.id);
      navigate(mailPath(view, line.id));
    },
    [navigate, view],
  );

  const changeThread = useChangeThread(host, feedback, {
    accounts,
    openId: threadId,
    change,
    goToList,
    refresh,
    refreshAccounts,
  });
  const changeLine = useCallback((line: ThreadLine, op: ThreadOp) => void changeThread(line.id, op), [changeThread]);

  useCommands({
    paused: settingsOpen || keysOpen || navOpen || connect !== null || pending.pending !== null,
    lines,
    openId: threadId,
    cursorId,
    onCursor: (id) => (threadId ? openThread({ id }) : setCursorId(id)),
    onOpen: (id) => openThread({ id }),
    onBack: () => threadId && goToList(),
    onChange: (id, op) => void changeThread(id, op),
    mayArchive: place === 'inbox' || threadId !== null,
    onSearch: () => searchBox.current?.focus({ cursor: 'all' }),
    onHelp: () => setKeysOpen(true),
  });

  const shown = useMemo(
    () => (view.accountId ? accounts.filter((account) => account.id === view.accountId) : accounts),
    [accounts, view.accountId],
  );
  const chooseTab = (tab: InboxTab) => {
    navigate(mailPath({ ...view, tab }));
    if (tab !== preferences.tab) void changePreferences({ tab });
  };
  const link = () => setConnect({ returnTo: mailPath(ALL_INBOXES) });
  const reconnect = (account: Account) => setConnect({ account, returnTo: mailPath(view) });
  const resume = (account: Account) => {
    host.api.resume(account.id).then(
      () => void refreshAccounts(),
      (error: unknown) => error instanceof ApiFailure && feedback.failed(error),
    );
  };
  const dialogs = (
    <>
      <ConnectDialog request={connect} options={mailboxes.options} onClose={() => setConnect(null)} />
      <ReturnHelper pending={pending.pending} onClose={() => void pending.dismiss()} />
      <SettingsDrawer
        open={settingsOpen}
        accounts={accounts}
        mayLink={mailboxes.options.some((option) => option.configured)}
        onClose={() => setSettingsOpen(false)}
        onLink={link}
        onReconnect={reconnect}
        onChanged={() => void refreshAccounts()}
        preferences={preferences}
        onPreferences={(next) => void changePreferences(next)}
      />
      <KeyHelp open={keysOpen} onClose={() => setKeysOpen(false)} />
    </>
  );

  if (mailboxes.phase !== 'ready' || accounts.length === 0) {
    return (
      <div className="em-page" ref={pageRef} data-testid="mail-centre">
        {mailboxes.phase === 'loading' ? (
          <div style={{ padding: 24 }} aria-busy="true" aria-label={t('ui.loading')}>
            <Skeleton active paragraph={{ rows: 8 }} />
          </div>
        ) : null}
        {mailboxes.phase === 'failed' && mailboxes.failure ? (
          <FailureView failure={mailboxes.failure} onRetry={() => void refreshAccounts()} />
        ) : null}
        {mailboxes.phase === 'ready' ? (
          <NoMailboxView options={mailboxes.options} onLink={link} onNoReturn={() => pending.look(true)} />
        ) : null}
        {dialogs}
      </div>
    );
  }

  const nav = <NavPane accounts={accounts} badge={preferences.badge} view={view} onGo={() => setNavOpen(false)} />;
  const showList = !oneColumn || !threadId;
  const compact = oneColumn || threadId !== null;
  return (
    <div className={oneColumn ? 'em-page em-narrow-page' : 'em-page'} ref={pageRef} data-testid="mail-centre">
      <MailTop
        searchBox={searchBox}
        searched={view.q}
        onSearch={(q) => navigate(mailPath({ ...ALL_INBOXES, accountId: view.accountId, q }))}
        onNav={navInDrawer ? () => setNavOpen(true) : undefined}
        onKeys={oneColumn ? undefined : () => setKeysOpen(true)}
        onSettings={() => setSettingsOpen(true)}
      >
        <SyncButton accounts={shown} compact={oneColumn} refresh={refreshAccounts} />
      </MailTop>
      <div className="em-body">
        {navInDrawer ? (
          <Drawer
            open={navOpen}
            onClose={() => setNavOpen(false)}
            placement="left"
            width={280}
            title={t('ui.nav.title')}
            styles={{ body: { padding: 8 } }}
          >
            <div className="em-nav" style={{ width: '100%', border: 0, padding: 0 }}>
              {nav}
            </div>
          </Drawer>
        ) : (
          <div className="em-nav">{nav}</div>
        )}
        {showList ? (
          <ListPane
            list={list}
            listKey={listKey}
            accounts={accounts}
            shown={shown}
            view={view}
            tab={view.tab ?? preferences.tab}
            place={place}
            compact={compact}
            width={threadId ? Math.max(300, Math.min(420, Math.round(width * 0.3))) : null}
            openId={threadId}
            cursorId={cursorId}
            atTop={atTop}
            onTab={chooseTab}
            onOpen={openThread}
            onChange={changeLine}
            onReconnect={reconnect}
            onResume={resume}
            onAccountChanged={() => void refreshAccounts()}
          />
        ) : null}
        {threadId ? (
          <main className="em-reader" data-testid="reader">
            <Reader
              key={threadId}
              threadId={threadId}
              accounts={accounts}
              news={newsOfThread}
              onBack={goToList}
              onThread={(op) => void changeThread(threadId, op)}
              change={change}
              onSettled={() => {
                void refresh();
                void refreshAccounts();
              }}
            />
          </main>
        ) : null}
      </div>
      {dialogs}
    </div>
  );
}
