import { Button, Input } from 'antd';
import { useHost } from '../host';
import { copyText, useFeedback } from './feedback';

/** A ready message for somebody who can help, to be copied. */
export function Letter({ text, testId }: { text: string; testId?: string }) {
  const { t } = useHost();
  const feedback = useFeedback();
  return (
    <div>
      <Input.TextArea
        value={text}
        readOnly
        autoSize={{ minRows: 4, maxRows: 10 }}
        dir="auto"
        aria-label={t('ui.letter.label')}
        data-testid={testId}
      />
      <Button style={{ marginTop: 8 }} onClick={() => void copyText(text).then(() => feedback.done(t('ui.copied')))}>
        {t('ui.letter.copy')}
      </Button>
    </div>
  );
}
