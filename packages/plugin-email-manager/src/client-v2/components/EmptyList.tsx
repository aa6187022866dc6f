import { InboxOutlined, SearchOutlined } from '@ant-design/icons';
import { useHost } from '../host';
import { EmptyView } from './FailureView';

/** A list without conversations, and why. */
export function EmptyList({ searching, copying }: { searching: boolean; copying: boolean }) {
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
