import { Alert, Form, Input, Radio, Space, Typography } from 'antd';
import { WindowsOutlined } from '@ant-design/icons';
import type { ProviderSettings } from '../../shared/api';
import { AdminConsentLink } from '../components/AdminConsentLink';
import { CopyLines } from '../components/CopyLines';
import { useHost } from '../host';
import { useProviderWords, type GuideStep, type ProviderClient } from './provider';

const ENTRA = 'https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps';
const APPS = `${ENTRA}/ApplicationsListBlade`;
const NEW_APP = `${ENTRA}/CreateApplicationBlade`;
/** Choices of the tenant that are no tenant. */
const WIDE = ['common', 'organizations', 'consumers'] as const;
const ONE_TENANT = 'one';

/** Delegated permissions by the names under which Entra lists them; a scope's name is the last part of its address. */
function permissionsOf({ scopes }: ProviderSettings): string[] {
  return scopes.map((scope) => scope.split('/').at(-1) ?? scope);
}

function tenantChoiceOf(tenant: string | null): string {
  if (tenant === null) return 'common';
  return WIDE.includes(tenant as (typeof WIDE)[number]) ? tenant : ONE_TENANT;
}

function Fields({ settings }: { settings: ProviderSettings }) {
  const t = useProviderWords('microsoft');
  const choice = (Form.useWatch('tenantChoice') as string | undefined) ?? tenantChoiceOf(settings.tenant);
  return (
    <>
      <Form.Item
        name="tenantChoice"
        label={t('settings.tenant')}
        extra={choice === ONE_TENANT ? undefined : t('settings.tenantHelp')}
        style={choice === ONE_TENANT ? { marginBottom: 8 } : undefined}
      >
        <Radio.Group data-testid="tenant-choice">
          <Space direction="vertical">
            {[...WIDE, ONE_TENANT].map((one) => (
              <Radio key={one} value={one}>
                {t(`settings.tenantChoice.${one}`)}
                {one === ONE_TENANT ? null : (
                  <>
                    {' '}
                    <code className="em-sub">{one}</code>
                  </>
                )}
              </Radio>
            ))}
          </Space>
        </Radio.Group>
      </Form.Item>
      <Form.Item name="tenantId" hidden={choice !== ONE_TENANT} extra={t('settings.tenantIdHelp')}>
        <Input
          dir="ltr"
          spellCheck={false}
          placeholder="11111111-2222-4333-8444-555555555555"
          aria-label={t('settings.tenantId')}
          data-testid="tenant-id"
        />
      </Form.Item>
      <Form.Item label={t('settings.permissions')} extra={t('settings.permissionsHelp')}>
        <CopyLines lines={permissionsOf(settings)} testId="permissions" />
      </Form.Item>
    </>
  );
}

function SecretFields({ settings }: { settings: ProviderSettings }) {
  const t = useProviderWords('microsoft');
  const { plural } = useHost();
  const warning = settings.secretWarning;
  return (
    <>
      <Form.Item name="secretExpiresAt" label={t('settings.secretExpires')} extra={t('settings.secretExpiresHelp')}>
        <Input type="date" style={{ width: 180 }} data-testid="secret-expires" />
      </Form.Item>
      {warning ? (
        <Alert
          type={warning.level === 'expired' || warning.level === '1day' ? 'error' : 'warning'}
          showIcon
          style={{ marginBottom: 16 }}
          data-testid="secret-warning"
          message={
            warning.level === 'expired'
              ? t('settings.secretEnded')
              : plural('ui.settings.secretEnds', Math.max(1, warning.daysLeft))
          }
          description={t('settings.secretRenew')}
        />
      ) : null}
    </>
  );
}

function RedirectNote() {
  const t = useProviderWords('microsoft');
  return <Typography.Text type="warning">{t('settings.platformWeb')}</Typography.Text>;
}

function After({ settings }: { settings: ProviderSettings }) {
  return settings.configured && settings.tenant !== 'consumers' ? <AdminConsentLink provider="microsoft" /> : null;
}

function steps(audience: string, settings: ProviderSettings): GuideStep[] {
  return [
    { key: 'register', link: NEW_APP },
    { key: `accounts.${audience}` },
    { key: 'redirect', values: [settings.redirectUri] },
    { key: 'permissions', link: APPS, values: permissionsOf(settings) },
    ...(audience === 'consumers' ? [] : [{ key: 'consent' }]),
    { key: 'secret', link: APPS },
    { key: 'enter' },
    { key: 'check' },
  ];
}

export const microsoft: ProviderClient = {
  name: 'microsoft',
  icon: <WindowsOutlined />,
  clientIdExample: '6731de76-14a6-49ae-97bc-6eba6914391e',
  secretReferenceExample: 'MICROSOFT_CLIENT_SECRET',
  form: {
    values: ({ tenant, secretExpiresAt }) => ({
      tenantChoice: tenantChoiceOf(tenant),
      tenantId: tenantChoiceOf(tenant) === ONE_TENANT ? tenant : '',
      secretExpiresAt: secretExpiresAt ?? '',
    }),
    update(values, settings) {
      const { tenantChoice, tenantId, secretExpiresAt } = values as Record<string, string>;
      const tenant = tenantChoice === ONE_TENANT ? (tenantId ?? '').trim() : tenantChoice;
      const expires = secretExpiresAt || null;
      return {
        ...(tenant === (settings.tenant ?? 'common') ? {} : { tenant }),
        ...(expires === settings.secretExpiresAt ? {} : { secretExpiresAt: expires }),
      };
    },
    fieldOf: { tenant: 'tenantId' },
    Fields,
    SecretFields,
    RedirectNote,
    After,
  },
  guide: {
    answers: ['organization', 'organizations', 'common', 'consumers'],
    fitting: ({ tenant }) => {
      const choice = tenantChoiceOf(tenant);
      return choice === ONE_TENANT ? 'organization' : choice;
    },
    isEasy: (answer) => answer === 'organization' || answer === 'consumers',
    steps,
    existing: (settings) => [
      { key: 'existing.permissions', link: APPS, values: permissionsOf(settings) },
      { key: 'existing.redirect', values: [settings.redirectUri] },
      { key: 'existing.rest' },
    ],
  },
  noReturnCases: ['AADSTS90094', 'AADSTS50011', 'AADSTS700016', 'AADSTS50194', 'AADSTS50020', 'AADSTS50105', 'other'],
  asked: () => ['scopeMail', 'allOrNothing', 'private'],
  expectedWarning: null,
  mayNeedApproval: true,
};
