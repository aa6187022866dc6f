import { useCallback, useEffect, useRef, useState } from 'react';
import { Button, Card, Result, Space, Spin } from 'antd';
import { useLocation } from 'react-router-dom';
import type { AdminConsentNeeded, OAuthCallback } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { FeedbackProvider } from '../components/feedback';
import { failureAction, failureMessage } from '../components/FailureView';
import { Letter } from '../components/Letter';
import { useHost } from '../host';
import {
  OAUTH_RETURN_PATH,
  keepOAuthReturn,
  isStrayAdminConsent,
  parseOAuthReturn,
  takeOAuthReturn,
  takeRememberedClient,
  type OAuthReturn,
} from '../oauth-return';
import { clientPublicPath } from '../public-path';

/**
 * Where the provider sends the person back to. Any signed-in person reaches it: it is a route of its own and asks for
 * no right. Hands the code to the server, once, and goes where the person came from.
 */
export default function OAuthPage() {
  return (
    <FeedbackProvider>
      <ReturnFromProvider />
    </FeedbackProvider>
  );
}

function ReturnFromProvider() {
  const host = useHost();
  const { t } = host;
  const { search } = useLocation();
  const started = useRef(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [missing, setMissing] = useState(false);
  const [allowedFor, setAllowedFor] = useState<string | null>(null);
  const stray = isStrayAdminConsent(search);
  const answer = useRef<OAuthReturn | null>(null);

  const finish = useCallback(async () => {
    if (!answer.current) return;
    setFailure(null);
    try {
      const result = await host.api.finishOAuth(answer.current);
      if (result.adminConsent) setAllowedFor(result.adminConsent.tenant);
      else leave(host.navigate, result);
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null));
    }
  }, [host]);

  useEffect(() => {
    if (started.current || stray) return;
    started.current = true;
    const run = async () => {
      if (!(await host.api.isSignedIn())) {
        // The entry has kept the code; after the sign-in this page finds it again.
        if (parseOAuthReturn(search)) keepOAuthReturn(window.location, window.sessionStorage);
        host.navigate(`/signin?redirect=${encodeURIComponent(OAUTH_RETURN_PATH)}`);
        return;
      }
      answer.current = takeOAuthReturn(window.sessionStorage) ?? null;
      if (!answer.current) {
        setMissing(true);
        return;
      }
      await finish();
    };
    run().catch((error: unknown) =>
      setFailure(error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null)),
    );
  }, [finish, host, search, stray]);

  const toMail = () => host.navigate('/admin/mail');
  return (
    <div style={{ minHeight: '100%', padding: '8vh 16px 16px', display: 'flex', justifyContent: 'center' }}>
      <Card style={{ width: '100%', maxWidth: 620, height: 'fit-content' }} data-testid="oauth-page">
        {stray || allowedFor !== null ? (
          <Result
            status="success"
            title={t('ui.oauth.allowed')}
            subTitle={t('ui.oauth.allowedText')}
            extra={
              stray ? null : (
                <Button type="primary" onClick={() => host.navigate('/admin/settings/mail')}>
                  {t('ui.notConfigured.open')}
                </Button>
              )
            }
          >
            {allowedFor ? <code data-testid="oauth-allowed">{allowedFor}</code> : null}
          </Result>
        ) : failure ? (
          <Result
            status="warning"
            title={failureMessage(host, failure)}
            subTitle={failureAction(host, failure)}
            extra={
              <Space wrap>
                {failure.code === 'NO_ANSWER' || (failure.status ?? 0) >= 500 ? (
                  <Button type="primary" onClick={() => void finish()}>
                    {t('ui.error.retry')}
                  </Button>
                ) : null}
                <Button onClick={toMail} data-testid="oauth-to-mail">
                  {t('ui.oauth.toMail')}
                </Button>
              </Space>
            }
          >
            <Approval data={failure.data} />
            <span data-testid="oauth-error-code" style={{ opacity: 0.65 }}>
              {failure.code}
            </span>
          </Result>
        ) : missing ? (
          <Result
            status="info"
            title={t('ui.oauth.nothing')}
            subTitle={t('ui.oauth.nothingText')}
            extra={<Button onClick={toMail}>{t('ui.oauth.toMail')}</Button>}
          />
        ) : (
          <div style={{ textAlign: 'center', padding: 32 }} aria-live="polite">
            <Spin size="large" />
            <p style={{ marginTop: 24 }}>{t('ui.oauth.finishing')}</p>
          </div>
        )}
      </Card>
    </div>
  );
}

/** What an organisation's administrator is to be sent, when the refusal brought it along (AdminConsentNeeded). */
function Approval({ data }: { data: ApiFailure['data'] }) {
  const { t } = useHost();
  const { message, adminConsentUrl } = data as Partial<AdminConsentNeeded>;
  if (!message && !adminConsentUrl) return null;
  return (
    <Space direction="vertical" style={{ width: '100%', marginBottom: 16 }} data-testid="oauth-approval">
      {message ? <Letter text={message} testId="oauth-letter" /> : null}
      {adminConsentUrl ? <a href={adminConsentUrl}>{t('ui.oauth.approveYourself')}</a> : null}
    </Space>
  );
}

/** Goes back to where the person came from, also when that was the other client than this one. */
function leave(navigate: (path: string) => void, { returnTo }: OAuthCallback): void {
  const path = returnTo ?? '/admin/mail';
  const remembered = takeRememberedClient(window.sessionStorage);
  if (remembered && remembered !== clientPublicPath()) {
    window.location.replace(`${remembered.replace(/\/$/, '')}${path}`);
    return;
  }
  navigate(path);
}
