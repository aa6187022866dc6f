import { useEffect, useState } from 'react';
import { Alert, Button, Collapse, Modal, Radio, Space } from 'antd';
import type { ConnectOption, Id, ProviderName } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { useHost } from '../host';
import { rememberClient } from '../oauth-return';
import { useProviderWords } from '../providers/provider';
import { FIRST, providerOf, PROVIDERS } from '../providers/registry';
import { applicationOrigin, clientPublicPath } from '../public-path';
import { AdminConsentLink } from './AdminConsentLink';
import { failureAction, failureMessage } from './FailureView';
import { Letter } from './Letter';

export interface ConnectRequest {
  /** Set to reconnect this mailbox in place. */
  account?: { id: Id; address: string; provider: ProviderName };
  /** Chosen already; without it the person chooses among those that are set up. */
  provider?: ProviderName;
  returnTo: string;
}

interface ConnectDialogProps {
  request: ConnectRequest | null;
  options: readonly ConnectOption[];
  onClose: () => void;
}

/** Says what will be asked before the page is left for the provider. */
export function ConnectDialog({ request, options, onClose }: ConnectDialogProps) {
  const host = useHost();
  const { t } = host;
  const usable = PROVIDERS.filter(({ name }) =>
    options.some((option) => option.provider === name && option.configured),
  );
  const fixed = request?.account?.provider ?? request?.provider;
  const [chosen, setChosen] = useState<ProviderName | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const name = fixed ?? chosen ?? (usable[0] ?? FIRST).name;
  const words = useProviderWords(name);

  useEffect(() => {
    if (!request) return;
    setFailure(null);
    setBusy(false);
    setChosen(null);
  }, [request]);

  const option = options.find((candidate) => candidate.provider === name);
  const origin = applicationOrigin();

  const leave = async () => {
    if (!request) return;
    setBusy(true);
    setFailure(null);
    try {
      const start = await host.api.startOAuth({
        provider: name,
        accountId: request.account?.id,
        returnTo: request.returnTo,
        origin,
      });
      rememberClient(clientPublicPath(), window.sessionStorage);
      window.location.assign(start.url);
    } catch (error) {
      setFailure(error instanceof ApiFailure ? error : new ApiFailure('UNKNOWN', '', '', null, null));
      setBusy(false);
    }
  };

  return (
    <Modal
      open={request !== null}
      onCancel={onClose}
      title={request?.account ? t('ui.connect.reconnectTitle') : t('ui.connect.title')}
      footer={
        <Space>
          <Button onClick={onClose}>{t('ui.cancel')}</Button>
          <Button
            type="primary"
            icon={providerOf(name).icon}
            loading={busy}
            disabled={!option?.configured}
            onClick={() => void leave()}
            data-testid="connect-continue"
          >
            {words('connect.continue')}
          </Button>
        </Space>
      }
    >
      <Space direction="vertical" size="middle" style={{ width: '100%' }} data-testid="connect-dialog">
        {request?.account ? (
          <span>
            {t('ui.connect.sameMailbox')} <strong dir="ltr">{request.account.address}</strong>
          </span>
        ) : null}
        {fixed === undefined && usable.length > 1 ? (
          <ProviderChoice value={name} choices={usable.map((one) => one.name)} onChange={setChosen} />
        ) : null}
        <WhatIsAsked option={option} name={name} origin={origin} />
        {failure ? (
          <Alert
            type="error"
            showIcon
            role="alert"
            message={failureMessage(host, failure)}
            description={failureAction(host, failure)}
          />
        ) : null}
      </Space>
    </Modal>
  );
}

interface ProviderChoiceProps {
  value: ProviderName;
  choices: readonly ProviderName[];
  onChange: (name: ProviderName) => void;
}

function ProviderChoice({ value, choices, onChange }: ProviderChoiceProps) {
  const { t } = useHost();
  return (
    <Radio.Group
      className="em-choice"
      aria-label={t('ui.connect.which')}
      value={value}
      optionType="button"
      size="large"
      onChange={(event) => onChange(event.target.value as ProviderName)}
    >
      {choices.map((name) => (
        <Radio.Button key={name} value={name}>
          <span data-testid={`choose-${name}`}>
            {providerOf(name).icon} {t(`ui.provider.${name}.name`)}
          </span>
        </Radio.Button>
      ))}
    </Radio.Group>
  );
}

interface WhatIsAskedProps {
  option: ConnectOption | undefined;
  name: ProviderName;
  origin: string;
}

function WhatIsAsked({ option, name, origin }: WhatIsAskedProps) {
  const { t } = useHost();
  const words = useProviderWords(name);
  const provider = providerOf(name);
  const originDiffers = Boolean(option?.publicUrl && sameAddress(option.publicUrl) !== sameAddress(origin));
  const { expectedWarning } = provider;
  return (
    <>
      <div>
        <strong>{words('connect.whatIsAsked')}</strong>
        <ul style={{ margin: '4px 0 0', paddingInlineStart: 20 }}>
          {provider.asked(option).map((key) => (
            <li key={key}>{words(`connect.${key}`)}</li>
          ))}
        </ul>
      </div>
      {expectedWarning ? (
        <Alert
          type="info"
          showIcon
          message={words(`connect.${expectedWarning}Title`)}
          description={words(`connect.${expectedWarning}Text`)}
        />
      ) : null}
      {provider.mayNeedApproval ? <Approval name={name} /> : null}
      {originDiffers ? (
        <Alert
          type="warning"
          showIcon
          message={t('ui.connect.originTitle')}
          description={words('connect.originText', { origin, publicUrl: option?.publicUrl ?? '' })}
        />
      ) : null}
    </>
  );
}

/** For accounts of organisations: an administrator may have to approve first. What to send to whom. */
function Approval({ name }: { name: ProviderName }) {
  const { t, mayConfigure } = useHost();
  const words = useProviderWords(name);
  return (
    <Alert
      type="info"
      showIcon
      data-testid="approval-note"
      message={words('connect.approvalTitle')}
      description={
        <>
          <div style={{ marginBottom: 8 }}>{words('connect.approvalText')}</div>
          {mayConfigure() ? (
            <AdminConsentLink provider={name} />
          ) : (
            <Collapse
              size="small"
              ghost
              items={[
                {
                  key: 'letter',
                  label: t('ui.letter.label'),
                  children: (
                    <Letter
                      text={words('connect.approvalLetter', { address: window.location.origin })}
                      testId="letter"
                    />
                  ),
                },
              ]}
            />
          )}
        </>
      }
    />
  );
}

function sameAddress(address: string): string {
  return address.replace(/\/+$/, '').toLowerCase();
}
