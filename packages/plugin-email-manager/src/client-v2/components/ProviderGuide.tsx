import { useState } from 'react';
import { Alert, Card, Radio, Space, Steps, Typography } from 'antd';
import type { ProviderSettings } from '../../shared/api';
import { useHost } from '../host';

type Audience = 'internal' | 'testing' | 'published';
const AUDIENCES: Audience[] = ['internal', 'testing', 'published'];
const CONSOLE = 'https://console.cloud.google.com';

interface Step {
  key: string;
  link?: string;
  value?: string;
}

function stepsFor(audience: Audience, redirectUri: string, scope: string): Step[] {
  return [
    { key: `project.${audience === 'internal' ? 'internal' : 'external'}`, link: `${CONSOLE}/projectcreate` },
    { key: 'api', link: `${CONSOLE}/apis/library/gmail.googleapis.com` },
    { key: 'branding', link: `${CONSOLE}/auth/branding` },
    { key: `audience.${audience}`, link: `${CONSOLE}/auth/audience` },
    { key: 'scopes', link: `${CONSOLE}/auth/scopes`, value: scope },
    { key: 'client', link: `${CONSOLE}/auth/clients`, value: redirectUri },
    { key: 'enter' },
    { key: 'check' },
  ];
}

/** The way through the Google Cloud console. The first question decides everything that comes after it. */
export function GoogleGuide({ redirectUri, scopeChoice }: Pick<ProviderSettings, 'redirectUri' | 'scopeChoice'>) {
  const { t } = useHost();
  const [audience, setAudience] = useState<Audience>('internal');
  const scope =
    scopeChoice === 'mail.google.com' ? 'https://mail.google.com/' : 'https://www.googleapis.com/auth/gmail.modify';
  return (
    <Card title={t('ui.guide.title')} data-testid="google-guide">
      <Space direction="vertical" size="middle" style={{ width: '100%' }}>
        <strong>{t('ui.guide.question')}</strong>
        <Radio.Group value={audience} onChange={(event) => setAudience(event.target.value as Audience)}>
          <Space direction="vertical">
            {AUDIENCES.map((one) => (
              <Radio key={one} value={one}>
                {t(`ui.guide.answer.${one}`)}
              </Radio>
            ))}
          </Space>
        </Radio.Group>
        <Alert
          type={audience === 'internal' ? 'success' : 'warning'}
          showIcon
          message={t(`ui.guide.consequence.${audience}`)}
        />
        <Steps
          direction="vertical"
          size="small"
          current={-1}
          items={stepsFor(audience, redirectUri, scope).map((step) => ({
            title: t(`ui.guide.step.${step.key}.title`),
            status: 'wait',
            description: (
              <>
                <div>{t(`ui.guide.step.${step.key}.text`)}</div>
                {step.value ? (
                  <Typography.Text code copyable style={{ overflowWrap: 'anywhere' }}>
                    {step.value}
                  </Typography.Text>
                ) : null}
                {step.link ? (
                  <div>
                    <a href={step.link} target="_blank" rel="noopener noreferrer">
                      {t('ui.guide.open')}
                    </a>
                  </div>
                ) : null}
              </>
            ),
          }))}
        />
      </Space>
    </Card>
  );
}
