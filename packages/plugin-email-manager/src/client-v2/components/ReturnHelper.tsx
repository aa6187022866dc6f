import { useCallback, useEffect, useState } from 'react';
import { Button, Modal, Radio, Space, Typography } from 'antd';
import type { OAuthPending } from '../../shared/api';
import { useHost, type Host } from '../host';
import { useProviderWords } from '../providers/provider';
import { providerOf } from '../providers/registry';
import { Letter } from './Letter';

const HELP_AFTER_SECONDS = 120;

/** The person's newest start that was never answered, once it is two minutes old. `look` asks for it at once. */
export function usePendingStart(host: Host, active: boolean) {
  const [pending, setPending] = useState<OAuthPending | null>(null);
  const look = useCallback(
    async (atOnce: boolean) => {
      try {
        const newest = await host.api.pendingOAuth();
        if (newest && (atOnce || newest.ageSeconds >= HELP_AFTER_SECONDS)) setPending(newest);
        return newest;
      } catch {
        return null;
      }
    },
    [host],
  );
  useEffect(() => {
    if (!active) return undefined;
    let timer: number | undefined;
    const check = async () => {
      window.clearTimeout(timer);
      const newest = await look(false);
      const wait = newest ? HELP_AFTER_SECONDS - newest.ageSeconds : -1;
      if (wait > 0) timer = window.setTimeout(() => void check(), wait * 1000 + 500);
    };
    // Back from the provider's page may bring this page out of the browser's cache, without a reload.
    const shown = () => document.visibilityState === 'visible' && void check();
    void check();
    document.addEventListener('visibilitychange', shown);
    window.addEventListener('pageshow', shown);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', shown);
      window.removeEventListener('pageshow', shown);
    };
  }, [active, look]);
  const dismiss = useCallback(async () => {
    const gone = pending;
    setPending(null);
    // Forgetting is a courtesy: an unanswered start ends by itself after ten minutes.
    if (gone) await host.api.dismissOAuth(gone.pendingId).catch(() => undefined);
  }, [host, pending]);
  return { pending, look, dismiss };
}

/** "Not sent back": pick what the provider's page said, get the fix and a message for the administrator. */
export function ReturnHelper({ pending, onClose }: { pending: OAuthPending | null; onClose: () => void }) {
  return pending ? <ReturnDialog key={pending.pendingId} pending={pending} onClose={onClose} /> : null;
}

function ReturnDialog({ pending, onClose }: { pending: OAuthPending; onClose: () => void }) {
  const { t } = useHost();
  const provider = providerOf(pending.provider);
  const words = useProviderWords(provider.name);
  const cases = provider.noReturnCases;
  const [choice, setChoice] = useState(cases[0] ?? 'other');
  const { redirectUri } = pending;
  const letter = words('noReturn.letter', {
    error: choice === 'other' ? words('noReturn.otherName') : choice,
    fix: words(`noReturn.admin.${choice}`, { redirectUri }),
    redirectUri,
    address: window.location.origin,
  });
  return (
    <Modal
      open
      onCancel={onClose}
      title={words('noReturn.title')}
      width={640}
      footer={<Button onClick={onClose}>{t('ui.noReturn.close')}</Button>}
    >
      <Space direction="vertical" size="middle" style={{ width: '100%' }} data-testid="return-helper">
        <span>{words('noReturn.question')}</span>
        <Radio.Group value={choice} onChange={(event) => setChoice(event.target.value as string)}>
          <Space direction="vertical" size={2}>
            {cases.map((name) => (
              <Radio key={name} value={name}>
                {name === 'other' ? words('noReturn.otherName') : <code>{name}</code>}
                <span className="em-sub"> {words(`noReturn.says.${name}`)}</span>
              </Radio>
            ))}
          </Space>
        </Radio.Group>
        <div>
          <Typography.Text strong>{t('ui.noReturn.whatToDo')}</Typography.Text>
          <div>{words(`noReturn.fix.${choice}`)}</div>
        </div>
        <div>
          <Typography.Text strong>{t('ui.noReturn.forAdministrator')}</Typography.Text>
          <Letter text={letter} />
        </div>
      </Space>
    </Modal>
  );
}
