import { useCallback, useEffect, useState } from 'react';
import { Button, Input, Modal, Radio, Space, Typography } from 'antd';
import type { OAuthPending } from '../../shared/api';
import { useHost, type Host } from '../host';
import { copyText, useFeedback } from './feedback';

const HELP_AFTER_SECONDS = 120;

/** What Google's own pages say when they do not send anybody back. */
export const NO_RETURN_CASES = [
  'redirect_uri_mismatch',
  'access_denied',
  'admin_policy_enforced',
  'org_internal',
  'invalid_client',
  'deleted_client',
  'disallowed_useragent',
  'other',
] as const;

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

/** "Google did not send you back": pick what the page said, get the fix and a message for the administrator. */
export function ReturnHelper({ pending, onClose }: { pending: OAuthPending | null; onClose: () => void }) {
  const { t } = useHost();
  const feedback = useFeedback();
  const [choice, setChoice] = useState<(typeof NO_RETURN_CASES)[number]>('redirect_uri_mismatch');
  const redirectUri = pending?.redirectUri ?? '';
  const letter = t('ui.noReturn.letter', {
    error: choice === 'other' ? t('ui.noReturn.otherName') : choice,
    fix: t(`ui.noReturn.admin.${choice}`, { redirectUri }),
    redirectUri,
    address: window.location.origin,
  });
  const copy = () => copyText(letter).then(() => feedback.done(t('ui.copied')));
  return (
    <Modal
      open={pending !== null}
      onCancel={onClose}
      title={t('ui.noReturn.title')}
      width={640}
      footer={<Button onClick={onClose}>{t('ui.noReturn.close')}</Button>}
    >
      <Space direction="vertical" size="middle" style={{ width: '100%' }} data-testid="return-helper">
        <span>{t('ui.noReturn.question')}</span>
        <Radio.Group value={choice} onChange={(event) => setChoice(event.target.value as typeof choice)}>
          <Space direction="vertical" size={2}>
            {NO_RETURN_CASES.map((name) => (
              <Radio key={name} value={name}>
                {name === 'other' ? t('ui.noReturn.otherName') : <code>{name}</code>}
                <span className="em-sub"> {t(`ui.noReturn.says.${name}`)}</span>
              </Radio>
            ))}
          </Space>
        </Radio.Group>
        <div>
          <Typography.Text strong>{t('ui.noReturn.whatToDo')}</Typography.Text>
          <div>{t(`ui.noReturn.fix.${choice}`)}</div>
        </div>
        <div>
          <Typography.Text strong>{t('ui.noReturn.forAdministrator')}</Typography.Text>
          <Input.TextArea value={letter} readOnly autoSize={{ minRows: 4, maxRows: 10 }} dir="auto" />
          <Button style={{ marginTop: 8 }} onClick={() => void copy()}>
            {t('ui.noReturn.copy')}
          </Button>
        </div>
      </Space>
    </Modal>
  );
}
