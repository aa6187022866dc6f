import { useState } from 'react';
import { Alert, Card, Collapse, Radio, Space, Steps } from 'antd';
import type { ProviderSettings } from '../../shared/api';
import { useProviderWords, type GuideStep, type ProviderClient } from '../providers/provider';
import { CopyLines } from './CopyLines';

interface ProviderGuideProps {
  provider: ProviderClient;
  settings: ProviderSettings;
}

/** The way through the provider's console. The first question decides everything that comes after it. */
export function ProviderGuide({ provider, settings }: ProviderGuideProps) {
  const t = useProviderWords(provider.name);
  const { guide } = provider;
  const [answered, setAnswered] = useState<string | null>(null);
  const answer = answered ?? guide.fitting(settings);
  const existing = guide.existing?.(settings);
  return (
    <Card title={t('guide.title')} data-testid={`${provider.name}-guide`}>
      <Space direction="vertical" size="middle" style={{ width: '100%' }}>
        <strong>{t('guide.question')}</strong>
        <Radio.Group value={answer} onChange={(event) => setAnswered(event.target.value as string)}>
          <Space direction="vertical">
            {guide.answers.map((one) => (
              <Radio key={one} value={one}>
                {t(`guide.answer.${one}`)}
              </Radio>
            ))}
          </Space>
        </Radio.Group>
        <Alert
          type={guide.isEasy(answer) ? 'success' : 'warning'}
          showIcon
          message={t(`guide.consequence.${answer}`)}
        />
        <GuideSteps provider={provider} steps={guide.steps(answer, settings)} />
        {existing ? (
          <Collapse
            size="small"
            items={[
              {
                key: 'existing',
                label: t('guide.existing'),
                children: <GuideSteps provider={provider} steps={existing} />,
              },
            ]}
          />
        ) : null}
      </Space>
    </Card>
  );
}

function GuideSteps({ provider, steps }: { provider: ProviderClient; steps: readonly GuideStep[] }) {
  const t = useProviderWords(provider.name);
  return (
    <Steps
      direction="vertical"
      size="small"
      current={-1}
      items={steps.map((step) => ({
        title: t(`guide.step.${step.key}.title`),
        status: 'wait',
        description: (
          <>
            <div>{t(`guide.step.${step.key}.text`)}</div>
            {step.values ? <CopyLines lines={step.values} /> : null}
            {step.link ? (
              <div>
                <a href={step.link} target="_blank" rel="noopener noreferrer">
                  {t('guide.open')}
                </a>
              </div>
            ) : null}
          </>
        ),
      }))}
    />
  );
}
