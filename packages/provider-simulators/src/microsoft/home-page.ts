import { escapeHtml } from '../http/exchange';
import type { SimResponse } from '../http/exchange';
import { STATUS_LINE, accidentList, buttonRow, callTable, clockTime, homePageResponse } from '../http/home-page';
import type { ControlButton } from '../http/home-page';
import type { AppRegistration, Tenant } from './identity/directory';
import type { SimulatorState } from './simulator-state';
import { PERSONAL_TENANT } from './state';
import type { MicrosoftAccount } from './state';

const ACCOUNT_BUTTONS: readonly ControlButton[] = [
  { label: 'New mail arrives', call: 'newMail' },
  { label: '10 new mails', call: 'newMail', args: { count: 10 } },
  { label: 'New mail for Other', call: 'newMail', args: { inference: 'other' } },
  { label: 'A reply arrives', call: 'reply' },
  { label: 'Mark newest read', call: 'markRead' },
  { label: 'Mark newest unread', call: 'markUnread' },
  { label: 'Flag newest', call: 'flag' },
  { label: 'Newest to Other', call: 'classify', args: { as: 'other' } },
  { label: 'Categorise newest', call: 'categorise', args: { add: ['Blue category'] } },
  { label: 'Move newest to “Moved”', call: 'move' },
  { label: 'Move newest there and back', call: 'moveThereAndBack' },
  { label: 'Archive newest', call: 'archive' },
  { label: 'Newest to Deleted Items', call: 'trash' },
  { label: 'Save a draft', call: 'saveDraft' },
  { label: 'Rename “Moved” to “Projects”', call: 'renameFolder', args: { folder: 'Moved', name: 'Projects' } },
  { label: 'Move “Projects” into Archive', call: 'moveFolder', args: { folder: 'Projects', to: 'archive' } },
  { label: 'Delete “Archive/Projects”', call: 'deleteFolder', args: { folder: 'Archive/Projects' }, danger: true },
  { label: 'Delete 25 for good', call: 'deleteForever', args: { count: 25 }, danger: true },
  { label: 'Expire delta of the inbox', call: 'expireDelta', args: { folder: 'inbox' }, danger: true },
  { label: 'Expire all delta links', call: 'expireDelta', danger: true },
  { label: 'Throttle 30 s', call: 'throttle', args: { seconds: 30 }, danger: true },
  { label: 'Revoke consent', call: 'revokeConsent', danger: true },
  { label: 'Administrator ends sessions', call: 'revokeSessions', danger: true },
  { label: 'Demand a fresh token', call: 'challengeClaims', danger: true },
  { label: 'Demand a new sign-in', call: 'challengeClaims', args: { interactive: true }, danger: true },
];

const GENERAL_BUTTONS: readonly ControlButton[] = [
  { label: 'Lose the next answer', call: 'loseNextAnswer', danger: true },
  { label: 'Cut the next answer', call: 'accident', args: { kind: 'cut' }, danger: true },
  {
    label: 'Fail the next 5 calls (503)',
    call: 'accident',
    args: { kind: 'status', status: 503, times: 5 },
    danger: true,
  },
  { label: 'Next answer is no JSON', call: 'accident', args: { kind: 'malformed' }, danger: true },
  {
    label: 'Next message lacks fields',
    call: 'accident',
    args: { kind: 'missingFields', method: 'messages.get', fields: ['conversationId', 'receivedDateTime'] },
    danger: true,
  },
  { label: 'Next link leads elsewhere', call: 'foreignLink', danger: true },
  { label: 'Next page is repeated', call: 'accident', args: { kind: 'duplicatePage' }, danger: true },
  { label: 'Slow down (2 s each)', call: 'setLatency', args: { ms: 2000 } },
  { label: 'Normal speed', call: 'setLatency', args: { ms: 0 } },
  { label: 'Clock one hour ahead', call: 'jumpClock', args: { ms: 3_600_000 }, danger: true },
  { label: 'End all access tokens', call: 'expireAccessTokens' },
  { label: 'Sign-in service busy (90033)', call: 'failNextToken', args: { code: 90033 }, danger: true },
  { label: 'Policy wants MFA (50076)', call: 'failNextToken', args: { code: 50076 }, danger: true },
  { label: 'Clear all accidents', call: 'clearAccidents' },
  { label: 'Reset counters', call: 'resetCounters' },
];

/** The page for people: what is here, what was asked, and buttons that make things happen. */
export function homePage(state: SimulatorState): SimResponse {
  const { enforced, concurrency, requestsPerWindow } = state.limits.options;
  const limits = enforced ? `on (${concurrency} at once, ${requestsPerWindow} requests in ten minutes)` : 'off';
  const { identity } = state;
  const calls = state.counters.recentCalls().slice(0, 25);
  return homePageResponse(
    'Simulated Microsoft',
    `<p class="muted">Everything here is on this machine. The limits per mailbox are ${limits}.</p>${STATUS_LINE}
${[...state.accounts.values()].map((account) => accountSection(state, account)).join('')}
${[...identity.apps.values()].map((app) => appSection(state, app)).join('')}
${[...identity.tenants.values()]
  .filter((tenant) => tenant.id !== PERSONAL_TENANT)
  .map(tenantSection)
  .join('')}
<section><h2>Accidents and switches</h2>${buttonRow(GENERAL_BUTTONS)}${accidentList(state.accidents.list())}</section>
<section><h2>Last calls</h2>${callTable(
      ['Time', 'Method', 'Account', 'Status'],
      calls.map((c) => [clockTime(c.at), c.method, c.account, c.status]),
    )}</section>`,
  );
}

function accountSection(state: SimulatorState, account: MicrosoftAccount): string {
  const { address, name, mailbox, tenantId } = account;
  const tenant = state.identity.tenants.get(tenantId)?.name ?? tenantId;
  const title = `<h2>${escapeHtml(name)} <span class="muted">${escapeHtml(address)} · ${escapeHtml(tenant)}</span></h2>`;
  const open = `<section data-account="${escapeHtml(address.toLowerCase())}">${title}`;
  if (!mailbox) return `${open}<p>This Microsoft account has no mailbox.</p></section>`;
  const folders = [...mailbox.folders.all()]
    .filter((folder) => folder.messages.size > 0 && mailbox.folders.isVisible(folder))
    .map((folder) => `${escapeHtml(folder.displayName)} ${folder.messages.size}`)
    .join(' · ');
  const unread = mailbox.folders.wellKnown('inbox')?.unread ?? 0;
  const granted = [...state.identity.apps.values()].some(
    (app) => (state.identity.grants.find(app.clientId, address)?.refreshTokens.length ?? 0) > 0,
  );
  const usage = state.limits.usage()[address.toLowerCase()];
  const limit = state.limits.options.requestsPerWindow;
  return `${open}<p>${mailbox.messages.size} messages · ${unread} unread in the inbox · ${granted ? 'connected' : 'not connected'}</p>
<p class="muted">${folders}</p>
<p>Requests in the last ten minutes: <meter min="0" max="${limit}" value="${usage?.usedInWindow ?? 0}"></meter>
${usage?.usedInWindow ?? 0} of ${limit} · at once now ${usage?.running ?? 0}, at most ${usage?.highestRunning ?? 0}</p>
${buttonRow(ACCOUNT_BUTTONS, address)}</section>`;
}

function appSection(state: SimulatorState, app: AppRegistration): string {
  const { clientId } = app;
  const now = state.clock.now();
  const secrets = app.secrets
    .map(({ id, expiresAt }) => {
      const end =
        expiresAt === null
          ? 'does not expire'
          : `${expiresAt <= now ? 'expired' : 'expires'} ${new Date(expiresAt).toISOString()}`;
      return `<li>Secret <code>${escapeHtml(id)}</code> ${end}</li>`;
    })
    .join('');
  const audiences = [
    'AzureADandPersonalMicrosoftAccount',
    'AzureADMultipleOrgs',
    'AzureADMyOrg',
    'PersonalMicrosoftAccount',
  ];
  const buttons: ControlButton[] = [
    { label: 'The secret expires', call: 'expireSecret', args: { clientId }, danger: true },
    { label: 'The secret is good again', call: 'expireSecret', args: { clientId, at: null } },
    ...audiences.map((audience) => ({ label: `For ${audience}`, call: 'setClient', args: { clientId, audience } })),
  ];
  return `<section><h2>App registration <span class="muted">${escapeHtml(app.name)} · ${escapeHtml(clientId)}</span></h2>
<p>For ${escapeHtml(app.audience)}; home tenant ${escapeHtml(app.homeTenantId)}.</p><ul>${secrets}</ul>${buttonRow(buttons)}</section>`;
}

function tenantSection(tenant: Tenant): string {
  const { id } = tenant;
  const policy =
    tenant.userConsent === 'allowed'
      ? 'People may agree to an app themselves.'
      : `Only administrators may agree to an app${tenant.approvalRequests ? '; people may ask them' : ''}.`;
  const granted = tenant.adminConsents.size > 0 ? ' An administrator has agreed for everybody.' : '';
  return `<section><h2>Tenant <span class="muted">${escapeHtml(tenant.name)} · ${escapeHtml(id)}</span></h2>
<p>${policy}${granted}</p>${buttonRow([
    { label: 'People may agree', call: 'setTenant', args: { id, userConsent: 'allowed' } },
    {
      label: 'Only administrators may agree',
      call: 'setTenant',
      args: { id, userConsent: 'blocked', approvalRequests: false },
    },
    {
      label: '… and people may ask them',
      call: 'setTenant',
      args: { id, userConsent: 'blocked', approvalRequests: true },
    },
    { label: 'Administrator agrees for everybody', call: 'grantAdminConsent', args: { tenant: id } },
    { label: 'Administrator takes it back', call: 'revokeAdminConsent', args: { tenant: id }, danger: true },
  ])}</section>`;
}
