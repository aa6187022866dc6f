import { escapeHtml } from '../http/exchange';
import type { SimResponse } from '../http/exchange';
import { STATUS_LINE, accidentList, buttonRow, callTable, clockTime, homePageResponse } from '../http/home-page';
import type { ControlButton } from '../http/home-page';
import type { GoogleState } from './state';

const ACCOUNT_BUTTONS: readonly ControlButton[] = [
  { label: 'New mail arrives', call: 'newMail' },
  { label: '10 new mails', call: 'newMail', args: { count: 10 } },
  { label: 'A reply arrives', call: 'reply' },
  { label: 'Mark newest read', call: 'markRead' },
  { label: 'Star newest', call: 'star' },
  { label: 'Move newest to “Moved”', call: 'move' },
  { label: 'Archive newest', call: 'archive' },
  { label: 'Trash newest', call: 'trash' },
  { label: 'Save a draft', call: 'saveDraft' },
  { label: 'Delete 25 for good', call: 'deleteForever', args: { count: 25 }, danger: true },
  { label: 'Expire history', call: 'expireHistory', danger: true },
  { label: 'Throttle 30 s', call: 'throttle', args: { seconds: 30 }, danger: true },
  { label: 'Revoke consent', call: 'revokeConsent', danger: true },
];

const GENERAL_BUTTONS: readonly ControlButton[] = [
  { label: 'Lose the next answer', call: 'accident', args: { kind: 'drop' }, danger: true },
  { label: 'Cut the next answer', call: 'accident', args: { kind: 'cut' }, danger: true },
  {
    label: 'Fail the next 5 calls (503)',
    call: 'accident',
    args: { kind: 'status', status: 503, times: 5 },
    danger: true,
  },
  { label: 'Next answer is no JSON', call: 'accident', args: { kind: 'malformed' }, danger: true },
  { label: 'Slow down (2 s each)', call: 'setLatency', args: { ms: 2000 } },
  { label: 'Normal speed', call: 'setLatency', args: { ms: 0 } },
  { label: 'End all access tokens', call: 'expireAccessTokens' },
  { label: 'Clear all accidents', call: 'clearAccidents' },
  { label: 'Reset counters', call: 'resetCounters' },
];

/** The page for people: what is here, what was asked, and buttons that make things happen. */
export function homePage(state: GoogleState): SimResponse {
  const quota = state.quota.options.enforced
    ? `enforced (table ${state.quota.options.table}, ${state.quota.limitPerUser} units per user and minute)`
    : 'off';
  const calls = state.counters.recentCalls().slice(0, 25);
  return homePageResponse(
    'Simulated Google',
    `<p class="muted">Everything here is on this machine. The quota is ${quota}.</p>${STATUS_LINE}
${[...state.accounts.keys()].map((address) => accountSection(state, address)).join('')}
<section><h2>Accidents and switches</h2>${buttonRow(GENERAL_BUTTONS)}${accidentList(state.accidents.list())}</section>
<section><h2>Last calls</h2>${callTable(
      ['Time', 'Method', 'User', 'Status', 'Units'],
      calls.map((c) => [clockTime(c.at), c.method, c.user, c.status, c.units]),
    )}</section>`,
  );
}

function accountSection(state: GoogleState, key: string): string {
  const account = state.accounts.get(key);
  if (!account) return '';
  const title = `<h2>${escapeHtml(account.name)} <span class="muted">${escapeHtml(account.address)}</span></h2>`;
  const { mailbox } = account;
  if (!mailbox)
    return `<section data-account="${escapeHtml(key)}">${title}<p>This Google account has no Gmail.</p></section>`;
  const usage = state.quota.usage()[account.address];
  const granted = [...state.clients.keys()].some((id) => state.grants.find(id, key));
  const counts = ['INBOX', 'UNREAD', 'SENT', 'DRAFT', 'SPAM', 'TRASH']
    .map((l) => `${l} ${mailbox.withLabel(l).size}`)
    .join(' · ');
  return `<section data-account="${escapeHtml(key)}">${title}
<p>${mailbox.messages.size} messages in ${mailbox.threadCount} threads · ${counts} · ${granted ? 'connected' : 'not connected'}</p>
<p>Quota in the last minute: <meter min="0" max="${usage?.limit ?? 1}" value="${usage?.usedInWindow ?? 0}"></meter>
${usage?.usedInWindow ?? 0} of ${usage?.limit ?? state.quota.limitPerUser} units</p>
${buttonRow(ACCOUNT_BUTTONS, account.address)}</section>`;
}
