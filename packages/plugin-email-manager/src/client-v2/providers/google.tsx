import { Form, Radio, Space } from 'antd';
import { GoogleOutlined } from '@ant-design/icons';
import type { ProviderSettings } from '../../shared/api';
import { CopyLines } from '../components/CopyLines';
import type { GuideStep, ProviderClient } from './provider';
import { useProviderWords } from './provider';

const CONSOLE = 'https://console.cloud.google.com';
const FULL_ACCESS = 'https://mail.google.com/';
const MODIFY = 'https://www.googleapis.com/auth/gmail.modify';

function Fields({ settings }: { settings: ProviderSettings }) {
  const t = useProviderWords('google');
  return (
    <>
      <Form.Item name="scopeChoice" label={t('settings.scope')} extra={t('settings.scopeHelp')}>
        <Radio.Group>
          <Space direction="vertical">
            <Radio value="gmail.modify">
              <code>gmail.modify</code> <span className="em-sub">{t('settings.scopeModify')}</span>
            </Radio>
            <Radio value="mail.google.com">
              <code>{FULL_ACCESS}</code> <span className="em-sub">{t('settings.scopeFull')}</span>
            </Radio>
          </Space>
        </Radio.Group>
      </Form.Item>
      <Form.Item label={t('settings.scopesAsked')}>
        <CopyLines lines={settings.scopes} />
      </Form.Item>
    </>
  );
}

function steps(audience: string, { redirectUri, scopeChoice }: ProviderSettings): GuideStep[] {
  return [
    { key: `project.${audience === 'internal' ? 'internal' : 'external'}`, link: `${CONSOLE}/projectcreate` },
    { key: 'api', link: `${CONSOLE}/apis/library/gmail.googleapis.com` },
    { key: 'branding', link: `${CONSOLE}/auth/branding` },
    { key: `audience.${audience}`, link: `${CONSOLE}/auth/audience` },
    {
      key: 'scopes',
      link: `${CONSOLE}/auth/scopes`,
      values: [scopeChoice === 'mail.google.com' ? FULL_ACCESS : MODIFY],
    },
    { key: 'client', link: `${CONSOLE}/auth/clients`, values: [redirectUri] },
    { key: 'enter' },
    { key: 'check' },
  ];
}

export const google: ProviderClient = {
  name: 'google',
  icon: <GoogleOutlined />,
  clientIdExample: '1234567890-abc.apps.googleusercontent.com',
  secretReferenceExample: 'GOOGLE_CLIENT_SECRET',
  form: {
    values: ({ scopeChoice }) => ({ scopeChoice }),
    update: (values, { scopeChoice }) =>
      values.scopeChoice === scopeChoice
        ? {}
        : { scopeChoice: values.scopeChoice === 'mail.google.com' ? 'mail.google.com' : 'gmail.modify' },
    Fields,
  },
  guide: {
    answers: ['internal', 'testing', 'published'],
    fitting: () => 'internal',
    isEasy: (answer) => answer === 'internal',
    steps,
  },
  noReturnCases: [
    'redirect_uri_mismatch',
    'access_denied',
    'admin_policy_enforced',
    'org_internal',
    'invalid_client',
    'deleted_client',
    'disallowed_useragent',
    'other',
  ],
  asked: (option) => [option?.scopes.includes(FULL_ACCESS) ? 'scopeFull' : 'scopeModify', 'keepTicked', 'private'],
  expectedWarning: 'unverified',
  mayNeedApproval: false,
};
