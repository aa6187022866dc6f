import { List } from 'antd';
import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, QuestionCircleFilled } from '@ant-design/icons';
import type { CheckCode, CheckLine, CheckState, ProviderName } from '../../shared/api';
import { fullDate } from '../format/dates';
import { useHost } from '../host';
import { useProviderWords } from '../providers/provider';

const ICONS: Record<CheckState, JSX.Element> = {
  ok: <CheckCircleFilled style={{ color: '#52c41a' }} />,
  warning: <ExclamationCircleFilled style={{ color: '#faad14' }} />,
  error: <CloseCircleFilled style={{ color: '#ff4d4f' }} />,
  unknown: <QuestionCircleFilled style={{ color: '#8c8c8c' }} />,
};

/** Codes with nothing to fix have one sentence, all others a cause and a fix. */
export const FINE: ReadonlySet<CheckCode> = new Set<CheckCode>([
  'REACHABLE',
  'SECRET_VALID',
  'REDIRECT_OK',
  'API_ENABLED',
  'TESTING_NOT_SUSPECTED',
  'CLIENT_KNOWN',
  'TENANT_OK',
  'PLATFORM_WEB',
  'ADMIN_CONSENT_GIVEN',
  'ADMIN_CONSENT_NOT_NEEDED',
  'SECRET_EXPIRY_OK',
]);

interface CheckLinesProps {
  provider: ProviderName;
  checks: readonly CheckLine[];
  checkedAt: string;
}

/** The answer to *Check setup*: a state, the cause and the fix for each thing that can be wrong. */
export function CheckLines({ provider, checks, checkedAt }: CheckLinesProps) {
  const { t, language } = useHost();
  const words = useProviderWords(provider);
  return (
    <div style={{ marginTop: 16 }} data-testid="check-lines" aria-live="polite">
      <List
        size="small"
        bordered
        dataSource={[...checks]}
        footer={<span className="em-sub">{fullDate(checkedAt, language)}</span>}
        renderItem={(line) => (
          <List.Item data-testid={`check-${line.id}`} data-state={line.state}>
            <List.Item.Meta
              avatar={
                <span role="img" aria-label={t(`ui.check.state.${line.state}`)}>
                  {ICONS[line.state]}
                </span>
              }
              title={words(`check.id.${line.id}`)}
              description={
                <>
                  <div style={{ overflowWrap: 'anywhere' }}>{words(`check.cause.${line.code}`, line.params)}</div>
                  {FINE.has(line.code) ? null : <div>{words(`check.fix.${line.code}`, line.params)}</div>}
                  {line.link && line.state !== 'ok' ? (
                    <a href={line.link} target="_blank" rel="noopener noreferrer">
                      {t('ui.check.open')}
                    </a>
                  ) : null}
                </>
              }
            />
          </List.Item>
        )}
      />
    </div>
  );
}
