import { useEffect, useState } from 'react';
import { Alert, Button, Card, Form, Input, Radio, Space, Switch, Tag } from 'antd';
import { CopyOutlined } from '@ant-design/icons';
import type { ProviderCheck, ProviderSettings } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { useProviderWords, type ProviderClient } from '../providers/provider';
import { applicationOrigin } from '../public-path';
import { formOf, updateOf, type ProviderForm } from '../state/provider-form';
import { CheckLines } from './CheckLines';
import { copyText, useFeedback } from './feedback';
import { failureAction, failureMessage } from './FailureView';

interface ProviderCardProps {
  provider: ProviderClient;
  settings: ProviderSettings;
  onSaved: (settings: ProviderSettings) => void;
  onLink: () => void;
}

/** One provider's client: what is entered here, whether it is right, and a first try. */
export function ProviderCard({ provider, settings, onSaved, onLink }: ProviderCardProps) {
  const host = useHost();
  const { t } = host;
  const words = useProviderWords(provider.name);
  const feedback = useFeedback();
  const [form] = Form.useForm<ProviderForm>();
  const secretFrom = Form.useWatch('secretFrom', form) ?? formOf(provider, settings).secretFrom;
  const [replacing, setReplacing] = useState(!settings.hasClientSecret);
  const [busy, setBusy] = useState<'save' | 'check' | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [check, setCheck] = useState<ProviderCheck | null>(null);
  const { Fields, SecretFields, RedirectNote, After } = provider.form;

  useEffect(() => setReplacing(!settings.hasClientSecret), [settings.hasClientSecret]);

  const save = async (values: ProviderForm) => {
    setBusy('save');
    setFailure(null);
    try {
      const merged = { ...formOf(provider, settings), ...values };
      const update = updateOf(provider, merged, settings);
      const saved = await host.api.updateProvider(provider.name, update, applicationOrigin());
      onSaved(saved);
      form.setFieldsValue(formOf(provider, saved) as never);
      setReplacing(!saved.hasClientSecret);
      setCheck(null);
      feedback.done(t('ui.settings.saved'));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const field = error.field === null ? null : (provider.form.fieldOf?.[error.field] ?? error.field);
      if (field && field in formOf(provider, settings)) {
        const sentence = `${failureMessage(host, error)} ${failureAction(host, error)}`.trim();
        form.setFields([{ name: field as never, errors: [sentence] }]);
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
      setCheck(await host.api.checkProvider(provider.name, applicationOrigin()));
    } catch (error) {
      if (error instanceof ApiFailure) setFailure(error);
    } finally {
      setBusy(null);
    }
  };
  const copyRedirect = () => copyText(settings.redirectUri).then(() => feedback.done(t('ui.copied')));

  return (
    <Card
      data-testid={`${provider.name}-card`}
      title={
        <Space wrap>
          {provider.icon}
          {words('name')}
          <Tag color={settings.configured ? 'success' : 'default'}>
            {t(settings.configured ? 'ui.settings.ready' : 'ui.settings.notReady')}
          </Tag>
        </Space>
      }
    >
      <Form<ProviderForm>
        form={form}
        name={provider.name}
        layout="vertical"
        initialValues={formOf(provider, settings)}
        onFinish={(values) => void save(values)}
        requiredMark={false}
        autoComplete="off"
      >
        <Form.Item label={t('ui.settings.redirectUri')} extra={words('settings.redirectUriHelp')}>
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
          {RedirectNote ? <RedirectNote /> : null}
        </Form.Item>
        <Form.Item name="clientId" label={words('settings.clientId')} extra={words('settings.clientIdHelp')}>
          <Input dir="ltr" spellCheck={false} data-testid="client-id" placeholder={provider.clientIdExample} />
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
              placeholder={provider.secretReferenceExample}
              aria-label={t('ui.settings.secretReference')}
            />
          </Form.Item>
        ) : replacing ? (
          <Form.Item name="clientSecret" extra={words('settings.secretHelp')}>
            <Input.Password
              dir="ltr"
              autoComplete="new-password"
              aria-label={t('ui.settings.clientSecret')}
              data-testid="client-secret"
            />
          </Form.Item>
        ) : (
          <Form.Item extra={words('settings.secretHelp')}>
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
        {SecretFields ? <SecretFields settings={settings} /> : null}
        <Form.Item
          name="enabled"
          label={t('ui.settings.enabled')}
          valuePropName="checked"
          extra={words('settings.enabledHelp')}
        >
          <Switch data-testid={`${provider.name}-enabled`} />
        </Form.Item>
        <Fields settings={settings} />
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
      {check ? <CheckLines provider={provider.name} checks={check.checks} checkedAt={check.checkedAt} /> : null}
      {After ? <After settings={settings} /> : null}
    </Card>
  );
}
