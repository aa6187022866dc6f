import { useState } from 'react';
import { Alert, Button, Card, Form, Input, InputNumber } from 'antd';
import type { ProviderSettings, ProviderUpdate } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { applicationOrigin } from '../public-path';
import { useFeedback } from './feedback';
import { failureAction, failureMessage } from './FailureView';

interface GeneralForm {
  publicUrl: string;
  syncIntervalSeconds: number;
}

interface GeneralCardProps {
  /** Any provider's: these two settings are the same for all. */
  settings: ProviderSettings;
  onSaved: () => void;
}

/** What holds for every provider: where people come back to, and how often mailboxes are asked. */
export function GeneralCard({ settings, onSaved }: GeneralCardProps) {
  const host = useHost();
  const { t } = host;
  const feedback = useFeedback();
  const [form] = Form.useForm<GeneralForm>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);

  const save = async (values: GeneralForm) => {
    setBusy(true);
    setFailure(null);
    const update: ProviderUpdate = {};
    const publicUrl = values.publicUrl.trim() || null;
    if (publicUrl !== settings.publicUrl) update.publicUrl = publicUrl;
    if (values.syncIntervalSeconds !== settings.syncIntervalSeconds)
      update.syncIntervalSeconds = values.syncIntervalSeconds;
    try {
      await host.api.updateProvider(settings.provider, update, applicationOrigin());
      feedback.done(t('ui.settings.saved'));
      onSaved();
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (error.field === 'publicUrl' || error.field === 'syncIntervalSeconds') {
        const sentence = `${failureMessage(host, error)} ${failureAction(host, error)}`.trim();
        form.setFields([{ name: error.field, errors: [sentence] }]);
      } else {
        setFailure(error);
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card size="small" title={t('ui.settings.general')} data-testid="general-card">
      <Form<GeneralForm>
        form={form}
        name="general"
        layout="vertical"
        initialValues={{ publicUrl: settings.publicUrl ?? '', syncIntervalSeconds: settings.syncIntervalSeconds }}
        onFinish={(values) => void save(values)}
        requiredMark={false}
      >
        <div className="em-general">
          <Form.Item name="publicUrl" label={t('ui.settings.publicUrl')} extra={t('ui.settings.publicUrlHelp')}>
            <Input dir="ltr" spellCheck={false} placeholder={applicationOrigin()} data-testid="public-url" />
          </Form.Item>
          <Form.Item name="syncIntervalSeconds" label={t('ui.settings.interval')} extra={t('ui.settings.intervalHelp')}>
            <InputNumber min={15} max={86_400} addonAfter={t('ui.settings.seconds')} style={{ width: 180 }} />
          </Form.Item>
        </div>
        {failure ? (
          <Alert
            type="error"
            showIcon
            role="alert"
            style={{ marginBottom: 16 }}
            message={failureMessage(host, failure)}
          />
        ) : null}
        <Button htmlType="submit" loading={busy} data-testid="save-general">
          {t('ui.settings.save')}
        </Button>
      </Form>
    </Card>
  );
}
