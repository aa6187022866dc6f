import type { MailErrorKind } from '../errors';
import type { OAuthErrorAnswer, TokenCall, TokenVerdict } from './errors';

/**
 * Who gets a refusal of Microsoft's sign-in service out of the way: the mailbox's owner by signing in again, an
 * administrator of the owner's organisation, the administrator of the OAuth client, or nobody but time.
 */
export type Actor = 'owner' | 'organisation' | 'administrator' | 'nobody';

/** What is wrong, as a stable word that texts are chosen by. */
export type AadstsReason =
  | 'consentMissing'
  | 'consentDeclined'
  | 'adminConsent'
  | 'grantExpired'
  | 'grantRevoked'
  | 'grantInvalid'
  | 'signInRule'
  | 'userBlocked'
  | 'device'
  | 'startAgain'
  | 'secretWrong'
  | 'secretExpired'
  | 'secretMissing'
  | 'clientUnknown'
  | 'clientDisabled'
  | 'tenantSingle'
  | 'tenantKind'
  | 'tenantUnknown'
  | 'tenantOther'
  | 'permissionUnknown'
  | 'redirectUnknown'
  | 'platformSpa'
  | 'platformPublic'
  | 'loop'
  | 'busy';

export interface AadstsRule {
  readonly reason: AadstsReason;
  readonly actor: Actor;
  /** What it means for a stored grant. */
  readonly kind: MailErrorKind;
  /** True when the answer comes only after client and secret were accepted. */
  readonly provesClient?: boolean;
}

const owner = (reason: AadstsReason, provesClient = false): AadstsRule => ({
  reason,
  actor: 'owner',
  kind: 'needsReauth',
  ...(provesClient ? { provesClient } : {}),
});
const organisation = (reason: AadstsReason): AadstsRule => ({ reason, actor: 'organisation', kind: 'blocked' });
const administrator = (reason: AadstsReason): AadstsRule => ({ reason, actor: 'administrator', kind: 'misconfigured' });

/**
 * AADSTS codes (Entra "error codes" page; 700003, 9002313 and the longer ones from public captures). A wrong
 * client, secret or tenant is never the mailbox's fault: `misconfigured` leaves the grant alone.
 */
const RULES: ReadonlyMap<number, AadstsRule> = new Map<number, AadstsRule>([
  [65001, owner('consentMissing')],
  [65004, owner('consentDeclined')],
  [90094, organisation('adminConsent')],
  [90095, organisation('adminConsent')],
  [90093, organisation('adminConsent')],
  [70008, owner('grantExpired', true)],
  [700082, owner('grantExpired', true)],
  [50173, owner('grantRevoked')],
  [50132, owner('grantRevoked')],
  [50133, owner('grantRevoked')],
  [70000, owner('grantInvalid', true)],
  [9002313, owner('grantInvalid')],
  [70043, owner('signInRule')],
  [50074, owner('signInRule')],
  [50076, owner('signInRule')],
  [50078, owner('signInRule')],
  [50079, owner('signInRule')],
  [50072, owner('signInRule')],
  [50158, owner('signInRule')],
  [53000, owner('signInRule')],
  [53001, owner('signInRule')],
  [53002, owner('signInRule')],
  [53003, owner('signInRule')],
  [530032, owner('signInRule')],
  [50058, owner('signInRule')],
  [50057, organisation('userBlocked')],
  [50034, organisation('userBlocked')],
  [50105, organisation('userBlocked')],
  [50055, organisation('userBlocked')],
  [50020, organisation('tenantOther')],
  [700003, owner('device')],
  [54005, owner('startAgain', true)],
  [501481, owner('startAgain', true)],
  [700005, owner('startAgain', true)],
  [7000215, administrator('secretWrong')],
  [7000222, administrator('secretExpired')],
  [7000218, administrator('secretMissing')],
  [700016, administrator('clientUnknown')],
  [7000112, administrator('clientDisabled')],
  [50194, administrator('tenantSingle')],
  [9002331, administrator('tenantKind')],
  [9002332, administrator('tenantKind')],
  [9002346, administrator('tenantKind')],
  [90002, administrator('tenantUnknown')],
  [500011, administrator('permissionUnknown')],
  [50011, administrator('redirectUnknown')],
  [500112, administrator('redirectUnknown')],
  [700025, administrator('platformPublic')],
  [9002325, administrator('platformSpa')],
  [9002327, administrator('platformSpa')],
  // The grant of an SPA redirect URI ends after 24 hours: the person signs in again, the administrator ends the cause.
  [700084, { reason: 'platformSpa', actor: 'administrator', kind: 'needsReauth', provesClient: true }],
  [50196, { reason: 'loop', actor: 'nobody', kind: 'throttled' }],
  [90033, { reason: 'busy', actor: 'nobody', kind: 'unavailable' }],
  [90006, { reason: 'busy', actor: 'nobody', kind: 'unavailable' }],
  [90024, { reason: 'busy', actor: 'nobody', kind: 'unavailable' }],
  [50033, { reason: 'busy', actor: 'nobody', kind: 'unavailable' }],
]);

/** Answers without a number that is known, by OAuth's own word. */
const BY_WORD: Readonly<Record<string, AadstsRule>> = {
  consent_required: owner('consentMissing'),
  interaction_required: owner('signInRule'),
  login_required: owner('signInRule'),
};

export function aadstsRule(code: number): AadstsRule | null {
  return RULES.get(code) ?? null;
}

/** The rule behind a stored `providerCode` such as `AADSTS7000222`, or null. */
export function ruleOfProviderCode(providerCode: string | null): AadstsRule | null {
  const code = /^AADSTS(\d{4,8})$/.exec(providerCode ?? '')?.[1];
  if (code !== undefined) return aadstsRule(Number(code));
  return providerCode !== null && Object.hasOwn(BY_WORD, providerCode) ? (BY_WORD[providerCode] ?? null) : null;
}

/** The first code that is known, else the first at all; texts name it when the list is missing (redirects have none). */
export function aadstsCode(codes: readonly number[], description: string | null): number | null {
  const named = [...(description ?? '').matchAll(/AADSTS(\d{4,8})/g)].map((match) => Number(match[1]));
  const all = [...codes, ...named];
  return all.find((code) => RULES.has(code)) ?? all[0] ?? null;
}

/**
 * Microsoft's table behind the flow functions. A code's refusal at an exchange says nothing about a stored grant
 * (`refused`); a challenge or a sign-in rule at a refresh needs the person.
 */
export function classifyMicrosoftTokenAnswer(answer: OAuthErrorAnswer, during: TokenCall): TokenVerdict | null {
  const code = aadstsCode(answer.codes ?? [], answer.description);
  const rule =
    (code === null ? null : aadstsRule(code)) ??
    ruleOfProviderCode(answer.suberror ?? null) ??
    ruleOfProviderCode(answer.error);
  const providerCode = code === null ? (answer.error ?? null) : `AADSTS${code}`;
  if (providerCode === null) return null;
  // A number that is not in the table is kept all the same: it is what a search engine knows.
  return { kind: rule === null ? null : duringCall(rule.kind, during), providerCode };
}

function duringCall(kind: MailErrorKind, during: TokenCall): MailErrorKind {
  return kind === 'needsReauth' && during !== 'refresh' ? 'refused' : kind;
}

/** Whether a refusal of a code that cannot exist shows that client and secret were accepted. */
export function provesMicrosoftClient(providerCode: string | null): boolean {
  return providerCode === 'invalid_grant' || ruleOfProviderCode(providerCode)?.provesClient === true;
}

/** What the provider put into the redirect's query instead of a code. */
export interface RedirectRefusal {
  readonly reason: AadstsReason | null;
  readonly actor: Actor | null;
  /** `AADSTS65004`, or OAuth's own word. */
  readonly providerCode: string;
}

const BY_REDIRECT_WORD: Readonly<Record<string, AadstsRule>> = {
  ...BY_WORD,
  access_denied: owner('consentDeclined'),
  permission_denied: owner('consentDeclined'),
  temporarily_unavailable: { reason: 'busy', actor: 'nobody', kind: 'unavailable' },
  server_error: { reason: 'busy', actor: 'nobody', kind: 'unavailable' },
  unauthorized_client: administrator('clientUnknown'),
  invalid_client: administrator('clientUnknown'),
};

/** Numbers in the description and the subcode (`cancel` when the person left the page) say more than `error` does. */
export function classifyMicrosoftRedirect(
  error: string,
  description: string | null,
  subcode: string | null = null,
): RedirectRefusal {
  const code = aadstsCode([], description);
  const byCode = code === null ? null : aadstsRule(code);
  const cancelled = subcode === 'cancel' && byCode === null ? owner('consentDeclined') : null;
  const byWord = Object.hasOwn(BY_REDIRECT_WORD, error) ? BY_REDIRECT_WORD[error] : undefined;
  const rule = byCode ?? cancelled ?? byWord ?? null;
  return {
    reason: rule?.reason ?? null,
    actor: rule?.actor ?? null,
    providerCode: code === null ? error.slice(0, 64) : `AADSTS${code}`,
  };
}
