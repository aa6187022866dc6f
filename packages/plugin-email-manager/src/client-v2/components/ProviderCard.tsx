import { useEffect, useState } from 'react';
import { Alert, Button, Card, Form, Input, InputNumber, Radio, Space, Switch, Tag, Typography } from 'antd';
import { CopyOutlined, GoogleOutlined } from '@ant-design/icons';
import type { CheckLine, ProviderCheck, ProviderSettings, ProviderUpdate } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { applicationOrigin } from '../public-path';
import { CheckLines } from './CheckLines';
import { copyText, useFeedback } from './feedback';
import { failureAction, failureMessage } from './FailureView';

interface GoogleForm {
  clientId: string;
  secretFrom: 'entered' | 'reference';
  clientSecret: string;
  clientSecretReference: string;
  enabled: boolean;
  scopeChoice: ProviderSettings['scopeChoice'];
  publicUrl: string;
  syncIntervalSeconds: number;
}

function formOf(settings: ProviderSettings): GoogleForm {
  return {
    clientId: settings.clientId ?? '',
    secretFrom: settings.clientSecretReference ? 'reference' : 'entered',
    clientSecret: '',
    clientSecretReference: settings.clientSecretReference ?? '',
    enabled: settings.enabled,
    scopeChoice: settings.scopeChoice,
    publicUrl: settings.publicUrl ?? '',
    syncIntervalSeconds: settings.syncIntervalSeconds,
  };
}

/** What differs from the stored settings: an unchanged field is not sent, and the secret only when one was typed. */
export function updateOf(form: GoogleForm, settings: ProviderSettings): ProviderUpdate {
  const before = formOf(settings);
  const update: ProviderUpdate = {};
  if (form.clientId.trim() !== before.clientId) update.clientId = form.clientId.trim();
  if (form.enabled !== before.enabled) update.enabled = form.enabled;
  if (form.scopeChoice !== before.scopeChoice) update.scopeChoice = form.scopeChoice;
  if (form.publicUrl.trim() !== before.publicUrl) update.publicUrl = form.publicUrl.trim() || null;
  if (form.syncIntervalSeconds !== before.syncIntervalSeconds) update.syncIntervalSeconds = form.syncIntervalSeconds;
  if (form.secretFrom === 'reference') {
    const name = form.clientSecretReference.trim();
    if (name !== before.clientSecretReference) update.clientSecretReference = name || null;
  } else {
    if (settings.clientSecretReference) update.clientSecretReference = null;
    if (form.clientSecret.trim()) update.clientSecret = form.clientSecret.trim();
  }
  return update;
}

interface GoogleCardProps {
  settings: ProviderSettings;
  onSaved: (settings: ProviderSettings) => void;
  onLink: () => void;
}

export function GoogleCard({ settings, onSaved, onLink }: GoogleCardProps) {
  const host = useHost();
  const { t } = host;
  const feedback = useFeedback();
  const [form] = Form.useForm<GoogleForm>();
  const secretFrom = Form.useWatch('secretFrom', form) ?? formOf(settings).secretFrom;
  const [replacing, setReplacing] = useState(!settings.hasClientSecret);
  const [busy, setBusy] = useState<'save' | 'check' | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [check, setCheck] = useState<ProviderCheck | null>(null);

  useEffect(() => setReplacing(!settings.hasClientSecret), [settings.hasClientSecret]);

  const save = async (values: GoogleForm) => {
    setBusy('save');
    setFailure(null);
    try {
      const merged = { ...formOf(settings), ...values };
      const saved = await host.api.updateProvider('google', updateOf(merged, settings), applicationOrigin());
      onSaved(saved);
      form.setFieldsValue(formOf(saved));
      setReplacing(!saved.hasClientSecret);
      setCheck(null);
      feedback.done(t('ui.settings.saved'));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const field = error.field as keyof GoogleForm | null;
      if (field && field in formOf(settings)) {
        form.setFields([
          { name: field, errors: [`${failureMessage(host, error)} ${failureAction(host, error)}`.trim()] },
        ]);
        form.scrollToField(field);
      } else {
        setFailure(error);
      }
    } finally {
      setBusy(null);
    }
  };
  const runCheck = async () => {
    setBusy('check');
    setFailure(null);
    try {
      setCheck(await host.api.checkProvider('google', applicationOrigin()));
    } catch (error) {
      if (error instanceof ApiFailure) setFailure(error);
    } finally {
      setBusy(null);
    }
  };
  const copyRedirect = () => copyText(settings.redirectUri).then(() => feedback.done(t('ui.copied')));

  return (
    <Card
      data-testid="google-card"
      title={
        <Space>
          <GoogleOutlined />
          {t('ui.provider.google')}
          <Tag color={settings.configured ? 'success' : 'default'}>
            {t(settings.configured ? 'ui.settings.ready' : 'ui.settings.notReady')}
          </Tag>
        </Space>
      }
    >
      <Form<GoogleForm>
        form={form}
        layout="vertical"
        initialValues={formOf(settings)}
        onFinish={(values) => void save(values)}
        requiredMark={false}
        autoComplete="off"
      >
        <Form.Item label={t('ui.settings.redirectUri')} extra={t('ui.settings.redirectUriHelp')}>
          <Space.Compact style={{ width: '100%' }}>
            <Input
              value={settings.redirectUri}
              readOnly
              dir="ltr"
              data-testid="redirect-uri"
              aria-label={t('ui.settings.redirectUri')}
            />
            <Button icon={<CopyOutlined />} onClick={() => void copyRedirect()}>
              {t('ui.copy')}
            </Button>
          </Space.Compact>
        </Form.Item>
        <Form.Item name="clientId" label={t('ui.settings.clientId')} extra={t('ui.settings.clientIdHelp')}>
          <Input
            dir="ltr"
            spellCheck={false}
            data-testid="client-id"
            placeholder="1234567890-abc.apps.googleusercontent.com"
          />
        </Form.Item>
        <Form.Item label={t('ui.settings.clientSecret')} style={{ marginBottom: 8 }}>
          <Form.Item name="secretFrom" noStyle>
            <Radio.Group
              options={[
                { value: 'entered', label: t('ui.settings.secretEntered') },
                { value: 'reference', label: t('ui.settings.secretReference') },
              ]}
            />
          </Form.Item>
        </Form.Item>
        {secretFrom === 'reference' ? (
          <Form.Item name="clientSecretReference" extra={t('ui.settings.secretReferenceHelp')}>
            <Input
              dir="ltr"
              spellCheck={false}
              placeholder="GOOGLE_CLIENT_SECRET"
              aria-label={t('ui.settings.secretReference')}
            />
          </Form.Item>
        ) : replacing ? (
          <Form.Item name="clientSecret" extra={t('ui.settings.secretHelp')}>
            <Input.Password
              dir="ltr"
              autoComplete="new-password"
              aria-label={t('ui.settings.clientSecret')}
              data-testid="client-secret"
            />
          </Form.Item>
        ) : (
          <Form.Item extra={t('ui.settings.secretHelp')}>
            <Space>
              <Tag color="success" style={{ margin: 0 }} data-testid="secret-is-set">
                {t('ui.settings.secretIsSet')}
              </Tag>
              <Button size="small" onClick={() => setReplacing(true)}>
                {t('ui.settings.secretReplace')}
              </Button>
            </Space>
          </Form.Item>
        )}
        <Form.Item
          name="enabled"
          label={t('ui.settings.enabled')}
          valuePropName="checked"
          extra={t('ui.settings.enabledHelp')}
        >
          <Switch data-testid="google-enabled" />
        </Form.Item>
        <Form.Item name="scopeChoice" label={t('ui.settings.scope')} extra={t('ui.settings.scopeHelp')}>
          <Radio.Group>
            <Space direction="vertical">
              <Radio value="gmail.modify">
                <code>gmail.modify</code> <span className="em-sub">{t('ui.settings.scopeModify')}</span>
              </Radio>
              <Radio value="mail.google.com">
                <code>https://mail.google.com/</code> <span className="em-sub">{t('ui.settings.scopeFull')}</span>
              </Radio>
            </Space>
          </Radio.Group>
        </Form.Item>
        <Form.Item label={t('ui.settings.scopesAsked')} style={{ marginTop: -8 }}>
          {settings.scopes.map((scope) => (
            <Typography.Text key={scope} code style={{ display: 'block', width: 'fit-content' }}>
              {scope}
            </Typography.Text>
          ))}
        </Form.Item>
        <Form.Item name="publicUrl" label={t('ui.settings.publicUrl')} extra={t('ui.settings.publicUrlHelp')}>
          <Input dir="ltr" spellCheck={false} placeholder={applicationOrigin()} data-testid="public-url" />
        </Form.Item>
        <Form.Item name="syncIntervalSeconds" label={t('ui.settings.interval')} extra={t('ui.settings.intervalHelp')}>
          <InputNumber min={15} max={86_400} addonAfter={t('ui.settings.seconds')} style={{ width: 180 }} />
        </Form.Item>
        {failure ? (
          <Alert
            type="error"
            showIcon
            role="alert"
            style={{ marginBottom: 16 }}
            message={failureMessage(host, failure)}
            description={failureAction(host, failure)}
          />
        ) : null}
        <Space wrap>
          <Button type="primary" htmlType="submit" loading={busy === 'save'} data-testid="save-settings">
            {t('ui.settings.save')}
          </Button>
          <Button onClick={() => void runCheck()} loading={busy === 'check'} data-testid="check-setup">
            {t('ui.settings.check')}
          </Button>
          <Button onClick={onLink} disabled={!settings.configured} data-testid="link-test">
            {t('ui.settings.linkTest')}
          </Button>
        </Space>
      </Form>
      {check ? <CheckLines checks={check.checks satisfies CheckLine[]} checkedAt={check.checkedAt} /> : null}
    </Card>
  );
}
