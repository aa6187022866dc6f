import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router-dom';
import { Button, Drawer, Input, Skeleton, Tooltip, type InputRef } from 'antd';
import {
  InboxOutlined,
  MenuOutlined,
  QuestionCircleOutlined,
  SearchOutlined,
  SettingOutlined,
} from '@ant-design/icons';
import type { Account, Id, ThreadLine } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { ALL_INBOXES, mailPath, parseMailView, placeKindOf, threadQueryOf } from '../state/mail-view';
import { organiseThread } from '../state/organise';
import type { ThreadOp } from '../state/thread-list';
import { useAccounts } from '../state/use-accounts';
import { useCommands } from '../state/use-commands';
import { useMailChanges, usePresence, useWidth } from '../state/use-live';
import { useThreadList } from '../state/use-thread-list';
import { AccountStrips } from './AccountStrips';
import { ConnectDialog, type ConnectRequest } from './ConnectDialog';
import { useFeedback } from './feedback';
import { EmptyView, FailureView } from './FailureView';
import { KeyHelp } from './KeyHelp';
import { ListHead, viewTitle } from './ListHead';
import { NavPane } from './NavPane';
import { NoMailboxView } from './NoMailboxView';
import { Reader } from './Reader';
import { ReturnHelper, usePendingStart } from './ReturnHelper';
import { SettingsDrawer } from './SettingsDrawer';
import { SyncButton } from './SyncButton';
import { ThreadList } from './ThreadList';

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
  const query = useMemo(() => threadQueryOf(view), [view]);
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

  const changeThread = useCallback(
    async (id: Id, op: ThreadOp) => {
      if ((op === 'archive' || op === 'trash' || op === 'markUnread') && id === threadId) goToList();
      try {
        let undo: Awaited<ReturnType<typeof organiseThread>> = null;
        await change([id], op, async () => {
          undo = await organiseThread(host.api, accounts, id, op);
        });
        void refreshAccounts();
        const takeBack = undo as (() => Promise<void>) | null;
        if (!takeBack) return;
        feedback.undoable(t(op === 'trash' ? 'ui.done.trashed' : 'ui.done.archived'), () => {
          takeBack().then(
            () => {
              void refresh();
              void refreshAccounts();
            },
            (error: unknown) => error instanceof ApiFailure && feedback.failed(error),
          );
        });
      } catch (error) {
        if (error instanceof ApiFailure) feedback.failed(error);
        void refresh();
      }
    },
    [accounts, change, feedback, goToList, host.api, refresh, refreshAccounts, t, threadId],
  );
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
  const unread = useMemo(
    () => folders.filter((folder) => folder.role === 'inbox').reduce((sum, folder) => sum + folder.unread, 0),
    [folders],
  );
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

  const nav = <NavPane accounts={accounts} unread={unread} view={view} onGo={() => setNavOpen(false)} />;
  const showList = !oneColumn || !threadId;
  const compact = oneColumn || threadId !== null;
  return (
    <div
      className={oneColumn ? 'em-page em-narrow-page' : 'em-page'}

      ref={pageRef}
      data-testid="mail-centre"
    >
      <header className="em-top">
        {navInDrawer ? (
          <Button
            type="text"
            icon={<MenuOutlined />}
            aria-label={t('ui.nav.open')}
            onClick={() => setNavOpen(true)}
            data-testid="open-nav"
          />
        ) : null}
        <SearchBox
          key={view.q}
          boxRef={searchBox}
          text={view.q}
          onSearch={(q) => navigate(mailPath({ ...ALL_INBOXES, accountId: view.accountId, q }))}
        />
        <span className="em-spring" />
        <SyncButton accounts={shown} compact={oneColumn} refresh={refreshAccounts} />
        {oneColumn ? null : (
          <Tooltip title={t('ui.keys.title')}>
            <Button
              type="text"
              icon={<QuestionCircleOutlined />}
              aria-label={t('ui.keys.title')}
              onClick={() => setKeysOpen(true)}
            />
          </Tooltip>
        )}
        <Tooltip title={t('ui.drawer.title')}>
          <Button
            type="text"
            icon={<SettingOutlined />}
            aria-label={t('ui.drawer.title')}
            onClick={() => setSettingsOpen(true)}
            data-testid="open-settings"
          />
        </Tooltip>
      </header>
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
          <section
            className={threadId ? 'em-list-pane em-narrow' : 'em-list-pane'}
            style={threadId ? { width: Math.max(300, Math.min(420, Math.round(width * 0.3))) } : undefined}
            aria-label={viewTitle(host, view, accounts)}
          >
            <AccountStrips
              accounts={shown}
              onReconnect={reconnect}
              onResume={resume}
              onChanged={() => void refreshAccounts()}
            />
            <ListHead view={view} accounts={accounts} count={lines.length} more={list.state.nextCursor !== null} />
            <ThreadList
              key={searchText}
              state={list.state}
              lines={lines}
              accounts={accounts}
              view={view}
              place={place}
              compact={compact}
              openId={threadId}
              cursorId={cursorId}
              atTop={atTop}
              empty={
                <EmptyList
                  searching={view.q !== ''}
                  copying={shown.some((account) => account.progress.phase !== 'done')}
                />
              }
              onOpen={openThread}
              onChange={changeLine}
              onMore={() => void list.loadMore()}
              onRetry={() => void list.reload()}
            />
          </section>
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

interface SearchBoxProps {
  boxRef: React.RefObject<InputRef>;
  text: string;
  onSearch: (text: string) => void;
}

function SearchBox({ boxRef, text, onSearch }: SearchBoxProps) {
  const { t } = useHost();
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  return (
    <div className="em-search" role="search">
      <Input
        ref={boxRef}
        value={typed}
        allowClear
        prefix={<SearchOutlined />}
        placeholder={t('ui.search.placeholder')}
        aria-label={t('ui.search.placeholder')}
        dir="auto"
        onChange={(event) => {
          setTyped(event.target.value);
          // The cross in the field empties it and ends the search.
          if (event.target.value === '' && text !== '') onSearch('');
        }}
        onPressEnter={() => onSearch(typed.trim())}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        data-testid="search"
      />
    </div>
  );
}

function EmptyList({ searching, copying }: { searching: boolean; copying: boolean }) {
  const { t } = useHost();
  const kind = searching ? 'search' : copying ? 'copying' : 'folder';
  return (
    <EmptyView
      icon={searching ? <SearchOutlined /> : <InboxOutlined />}
      title={t(`ui.empty.${kind}.title`)}
      text={t(`ui.empty.${kind}.text`)}
      testId="empty-list"
    />
  );
}
