import { Button, Space } from 'antd';
import { MailOutlined, ToolOutlined } from '@ant-design/icons';
import type { ConnectOption, OAuthPending } from '../../shared/api';
import { useHost } from '../host';
import { providerWords } from '../providers/provider';
import { useFeedback } from './feedback';
import { EmptyView } from './FailureView';

interface NoMailboxViewProps {
  options: readonly ConnectOption[];
  onLink: () => void;
  onNoReturn: () => Promise<OAuthPending | null>;
}

/** Nothing is connected yet: connect, or, when nothing can be connected, say who can change that. */
export function NoMailboxView({ options, onLink, onNoReturn }: NoMailboxViewProps) {
  const host = useHost();
  const { t, navigate, mayConfigure } = host;
  const feedback = useFeedback();
  const configured = options.filter((option) => option.configured);
  if (configured.length > 0) {
    const only = configured.length === 1 ? configured[0] : undefined;
    return (
      <EmptyView
        icon={<MailOutlined />}
        title={t('ui.welcome.title')}
        text={t('ui.welcome.text')}
        testId="welcome"
        extra={
          <Space direction="vertical" align="center">
            <Button type="primary" size="large" onClick={onLink} data-testid="link-first-account">
              {t('ui.account.link')}
            </Button>
            <Button
              type="link"
              size="small"
              onClick={() =>
                void onNoReturn().then((pending) => pending ?? feedback.done(t('ui.noReturn.nothingPending')))
              }
            >
              {only ? providerWords(host, only.provider)('noReturn.title') : t('ui.noReturn.title')}
            </Button>
          </Space>
        }
      />
    );
  }
  const administrator = mayConfigure();
  return (
    <EmptyView
      icon={<ToolOutlined />}
      title={t('ui.notConfigured.title')}
      text={t(administrator ? 'ui.notConfigured.administrator' : 'ui.notConfigured.user')}
      testId="not-configured"
      extra={
        administrator ? (
          <Button type="primary" onClick={() => navigate('/admin/settings/mail')}>
            {t('ui.notConfigured.open')}
          </Button>
        ) : null
      }
    />
  );
}
