import { useEffect, useState, type ReactNode, type RefObject } from 'react';
import { Button, Input, Tooltip, type InputRef } from 'antd';
import { MenuOutlined, QuestionCircleOutlined, SearchOutlined, SettingOutlined } from '@ant-design/icons';
import { useHost } from '../host';

interface MailTopProps {
  searchBox: RefObject<InputRef>;
  searched: string;
  onSearch: (text: string) => void;
  /** Set where the mailboxes are in a drawer. */
  onNav?: () => void;
  /** Not on a phone, which has no keys. */
  onKeys?: () => void;
  onSettings: () => void;
  children: ReactNode;
}

/** The bar above the mail: search, sync and what opens the drawers. */
export function MailTop({ searchBox, searched, onSearch, onNav, onKeys, onSettings, children }: MailTopProps) {
  const { t } = useHost();
  return (
    <header className="em-top">
      {onNav ? (
        <Button
          type="text"
          icon={<MenuOutlined />}
          aria-label={t('ui.nav.open')}
          onClick={onNav}
          data-testid="open-nav"
        />
      ) : null}
      <SearchBox key={searched} boxRef={searchBox} text={searched} onSearch={onSearch} />
      <span className="em-spring" />
      {children}
      {onKeys ? (
        <Tooltip title={t('ui.keys.title')}>
          <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t('ui.keys.title')} onClick={onKeys} />
        </Tooltip>
      ) : null}
      <Tooltip title={t('ui.drawer.title')}>
        <Button
          type="text"
          icon={<SettingOutlined />}
          aria-label={t('ui.drawer.title')}
          onClick={onSettings}
          data-testid="open-settings"
        />
      </Tooltip>
    </header>
  );
}

interface SearchBoxProps {
  boxRef: RefObject<InputRef>;
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
