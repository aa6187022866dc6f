import { useState } from 'react';
import { Button, Popover, Radio, Space, Spin } from 'antd';
import type { Account, StartEstimate } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { dayOnly, duration } from '../format/dates';
import { useHost, type Host } from '../host';
import { useFeedback } from './feedback';

/** Shows from when on mail is copied and lets it be changed, each choice with what it costs. */
export function StartChooser({ account, onChanged }: { account: Account; onChanged: () => void }) {
  const host = useHost();
  const { t, language } = host;
  const feedback = useFeedback();
  const [open, setOpen] = useState(false);
  const [choices, setChoices] = useState<StartEstimate[] | null>(null);
  const [chosen, setChosen] = useState<StartEstimate['choice'] | null>(null);
  const [busy, setBusy] = useState(false);
  const report = (error: unknown) => error instanceof ApiFailure && feedback.failed(error);

  const show = (next: boolean) => {
    setOpen(next);
    if (!next) return;
    setChosen(null);
    host.api.estimates(account.id).then(setChoices, (error: unknown) => {
      setOpen(false);
      report(error);
    });
  };
  const save = async () => {
    const choice = choices?.find((candidate) => candidate.choice === chosen);
    if (!choice) return;
    setBusy(true);
    try {
      await host.api.updateAccount(account.id, { syncFrom: choice.syncFrom });
      setOpen(false);
      onChanged();
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  };

  const content = choices ? (
    <Space direction="vertical">
      <Radio.Group value={chosen} onChange={(event) => setChosen(event.target.value as StartEstimate['choice'])}>
        <Space direction="vertical" size={4}>
          {choices.map((choice) => (
            <Radio key={choice.choice} value={choice.choice}>
              {t(`ui.start.${choice.choice}`)} <span className="em-sub">{costWords(host, choice)}</span>
            </Radio>
          ))}
        </Space>
      </Radio.Group>
      <span className="em-sub">{t('ui.start.note')}</span>
      <Button type="primary" size="small" disabled={!chosen} loading={busy} onClick={() => void save()}>
        {t('ui.start.save')}
      </Button>
    </Space>
  ) : (
    <Spin size="small" />
  );
  return (
    <Popover
      open={open}
      onOpenChange={show}
      trigger="click"
      title={t('ui.start.title')}
      content={content}
      placement="bottomRight"
    >
      <Button size="small" type="link" style={{ padding: 0 }} data-testid="start-chooser">
        {account.syncFrom
          ? t('ui.start.since', { date: dayOnly(account.syncFrom, language) })
          : t('ui.start.everything')}
      </Button>
    </Popover>
  );
}

function costWords(host: Host, choice: StartEstimate): string {
  if (choice.messages === null) return host.t('ui.start.unknown');
  const messages = host.plural('ui.start.messages', choice.messages);
  if (choice.minutes === null) return messages;
  return `${messages}, ${host.t('ui.start.time', { time: duration(choice.minutes * 60, host.language) })}`;
}
