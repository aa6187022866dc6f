import { forwardRef, useCallback, useEffect, useMemo, useRef, useState, type MutableRefObject } from 'react';
import { Virtuoso, type Components, type VirtuosoHandle } from 'react-virtuoso';
import { Button, Skeleton, Spin } from 'antd';
import { ArrowUpOutlined } from '@ant-design/icons';
import type { Account, Id, Label, ThreadLine } from '../../shared/api';
import { accountColours } from '../format/account-colours';
import { useHost } from '../host';
import { mailPath, type MailView, type PlaceKind } from '../state/mail-view';
import type { ThreadListState, ThreadOp } from '../state/thread-list';
import { useNow } from '../state/use-live';
import { failureMessage, FailureView } from './FailureView';
import { AccountMark } from './AccountMark';
import { ThreadRow } from './ThreadRow';

/** Virtuoso keeps its place when the first index falls by what came in above; it must never fall below zero. */
const FIRST_INDEX = 1_000_000_000;

interface ThreadListProps {
  state: ThreadListState;
  lines: readonly ThreadLine[];
  accounts: readonly Account[];
  view: MailView;
  place: PlaceKind;
  compact: boolean;
  openId: Id | null;
  cursorId: Id | null;
  atTop: MutableRefObject<boolean>;
  empty: JSX.Element;
  onOpen: (line: ThreadLine) => void;
  onChange: (line: ThreadLine, op: ThreadOp) => void;
  onMore: () => void;
  onRetry: () => void;
}

export function ThreadList(props: ThreadListProps) {
  const { state, lines, accounts, view, place, compact, openId, cursorId, atTop, empty } = props;
  const { onOpen, onChange, onMore, onRetry } = props;
  const host = useHost();
  const now = useNow();
  const list = useRef<VirtuosoHandle>(null);
  const [seen, setSeen] = useState(0);
  const labels = useMemo(() => labelsById(accounts), [accounts]);
  const marks = useMemo(() => accountMarks(accounts, view), [accounts, view]);
  const shownId = cursorId ?? openId;

  useEffect(() => {
    const index = lines.findIndex((line) => line.id === shownId);
    if (index < 0) return;
    list.current?.scrollIntoView({
      index,
      // The focus goes with the cursor: Enter then opens the link itself, and screen readers say where one is.
      done: () => {
        if (openId === null && cursorId !== null && mayFocus()) subjectLink(cursorId)?.focus({ preventScroll: true });
      },
    });
    // Only when the person moves: a refresh of the lines must not pull the list back.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shownId, compact]);

  const onTop = useCallback(
    (isAtTop: boolean) => {
      atTop.current = isAtTop;
      if (isAtTop) setSeen(state.prepended);
    },
    [atTop, state.prepended],
  );

  if (state.phase === 'failed' && state.failure) return <FailureView failure={state.failure} onRetry={onRetry} />;
  if (state.phase === 'loading') return <ListSkeleton compact={compact} />;
  if (lines.length === 0 && state.nextCursor === null) return empty;

  const unseen = Math.max(0, state.prepended - seen);
  return (
    <div style={{ flex: 1, minHeight: 0, position: 'relative' }}>
      {unseen > 0 ? (
        <Button
          className="em-new-mail"
          type="primary"
          shape="round"
          size="small"
          icon={<ArrowUpOutlined />}
          onClick={() => list.current?.scrollToIndex({ index: 0, align: 'start' })}
        >
          {host.plural('ui.list.newAbove', unseen)}
        </Button>
      ) : null}
      <Virtuoso
        ref={list}
        data={lines}
        firstItemIndex={FIRST_INDEX - state.prepended}
        computeItemKey={(_index, line) => line.id}
        defaultItemHeight={compact ? 74 : 42}
        increaseViewportBy={400}
        atTopStateChange={onTop}
        endReached={onMore}
        tabIndex={-1}
        itemContent={(_index, line) => (
          <ThreadRow
            line={line}
            compact={compact}
            isOpen={line.id === openId}
            isCursor={line.id === cursorId}
            path={mailPath(view, line.id)}
            labels={labelsOf(line, labels, view)}
            mark={marks.get(line.accountId) ?? null}
            now={now}
            mayArchive={place === 'inbox'}
            onOpen={onOpen}
            onChange={onChange}
          />
        )}
        context={{ label: host.t('ui.list.label'), state, onMore }}
        components={PARTS}
      />
    </div>
  );
}

interface ListContext {
  label: string;
  state: ThreadListState;
  onMore: () => void;
}

/** A list to screen readers: lines are its items, whatever Virtuoso puts around them. */
const PARTS: Components<ThreadLine, ListContext> = {
  List: forwardRef(function List({ context, children, ...rest }, ref) {
    return (
      <div {...rest} ref={ref} role="list" aria-label={context.label}>
        {children}
      </div>
    );
  }),
  Item: ({ item: _item, context: _context, children, ...rest }) => (
    <div {...rest} role="listitem">
      {children}
    </div>
  ),
  Footer: ListFooter,
};

function ListFooter({ context: { state, onMore } }: { context: ListContext }) {
  const host = useHost();
  if (state.failure) {
    return (
      <div style={{ padding: 12, textAlign: 'center' }} role="alert">
        {failureMessage(host, state.failure)}{' '}
        <Button size="small" onClick={onMore}>
          {host.t('ui.error.retry')}
        </Button>
      </div>
    );
  }
  // The room at the end keeps the last line clear of what floats over the page's corner.
  return (
    <div style={{ height: 56, padding: 12, textAlign: 'center' }}>
      {state.nextCursor === null ? null : <Spin size="small" />}
    </div>
  );
}

function ListSkeleton({ compact }: { compact: boolean }) {
  const { t } = useHost();
  return (
    <div style={{ padding: '12px 16px', overflow: 'hidden', flex: 1 }} aria-busy="true" aria-label={t('ui.loading')}>
      {Array.from({ length: 9 }, (_, index) => (
        <Skeleton key={index} active title={false} paragraph={{ rows: compact ? 2 : 1, width: ['92%', '64%'] }} />
      ))}
    </div>
  );
}

function labelsById(accounts: readonly Account[]): Map<Id, Label> {
  const all = accounts.flatMap((account) => account.labels ?? []);
  return new Map(all.filter((label) => label.kind === 'user').map((label) => [label.id, label]));
}

/** Somebody who types, or has a dialog open, keeps the focus. */
function mayFocus(): boolean {
  return !document.activeElement?.closest('input, textarea, .ant-modal, .ant-drawer-open');
}

function subjectLink(threadId: Id): HTMLElement | null {
  return document.querySelector(`[data-thread-id="${CSS.escape(threadId)}"] .em-subject`);
}

/** Where mail of several mailboxes stands together, what tells whose a line is. */
function accountMarks(accounts: readonly Account[], view: MailView): ReadonlyMap<Id, JSX.Element> {
  if (accounts.length < 2 || view.accountId || view.folderId || view.labelId) return new Map();
  const colours = accountColours(accounts);
  return new Map(
    accounts.map((account) => [
      account.id,
      <AccountMark key={account.id} account={account} colour={colours.get(account.id) ?? 'currentColor'} />,
    ]),
  );
}

const NO_LABELS: Label[] = [];

function labelsOf(line: ThreadLine, known: Map<Id, Label>, view: MailView): Label[] {
  const labels = line.labelIds.flatMap((id) => (id === view.labelId ? [] : (known.get(id) ?? [])));
  return labels.length === 0 ? NO_LABELS : labels;
}
