import type { KeyboardEvent } from 'react';
import type { InboxTab } from '../../shared/api';
import { wholeNumber } from '../format/numbers';
import { useHost } from '../host';
import type { InboxTabs as Tabs } from '../state/inbox-tabs';

const TABS: readonly InboxTab[] = ['primary', 'other'];

interface InboxTabsProps {
  tabs: Tabs;
  current: InboxTab;
  onChoose: (tab: InboxTab) => void;
}

/** Primary and Other above the list of an inbox. The arrow keys go from one to the other. */
export function InboxTabs({ tabs, current, onChoose }: InboxTabsProps) {
  const { t, language } = useHost();
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const other: InboxTab = current === 'primary' ? 'other' : 'primary';
    event.preventDefault();
    onChoose(other);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${other}"]`)?.focus();
  };
  return (
    <div className="em-tabs" role="tablist" aria-label={t('ui.tabs.label')} onKeyDown={onKey} data-testid="inbox-tabs">
      {TABS.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          data-tab={tab}
          aria-selected={tab === current}
          tabIndex={tab === current ? 0 : -1}
          onClick={() => onChoose(tab)}
        >
          {t(`ui.tabs.${tab}`)}
          {tabs.unread[tab] > 0 ? (
            <span className="em-tab-count">{wholeNumber(tabs.unread[tab], language)}</span>
          ) : null}
        </button>
      ))}
    </div>
  );
}
