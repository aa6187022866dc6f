import { Button, Typography } from 'antd';
import { CopyOutlined } from '@ant-design/icons';
import { useHost } from '../host';
import { copyText, useFeedback } from './feedback';

/** Technical words, one a line, copied together. */
export function CopyLines({ lines, testId }: { lines: readonly string[]; testId?: string }) {
  const { t } = useHost();
  const feedback = useFeedback();
  return (
    <div className="em-copy-lines" data-testid={testId}>
      <div>
        {lines.map((line) => (
          <Typography.Text key={line} code style={{ display: 'block', width: 'fit-content', overflowWrap: 'anywhere' }}>
            {line}
          </Typography.Text>
        ))}
      </div>
      <Button
        type="text"
        size="small"
        icon={<CopyOutlined />}
        aria-label={t('ui.copy')}
        onClick={() => void copyText(lines.join('\n')).then(() => feedback.done(t('ui.copied')))}
      />
    </div>
  );
}
