import { escapeHtml, htmlResponse } from '../http/exchange';
import type { SimResponse } from '../http/exchange';
import type { GoogleState } from './state';

const STYLE = `
  body { font: 14px/1.5 system-ui, sans-serif; color: #1f1f1f; background: #f6f8fb; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; }
  h1 { font-weight: 500; font-size: 1.4rem; } h2 { font-weight: 500; font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
  section { background: #fff; border: 1px solid #dfe3ea; border-radius: .6rem; padding: .9rem 1.1rem; margin: .8rem 0; }
  .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
  button { font: inherit; padding: .3rem .8rem; border: 1px solid #9aa4b2; border-radius: .4rem; background: #fff; cursor: pointer; }
  button:hover { background: #eef3fb; } button.danger { border-color: #d93025; color: #b3261e; }
  table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #eceff4; }
  meter { width: 10rem; } .muted { color: #5f6b7a; } #status { min-height: 1.5em; color: #0b57d0; }`;

/** A button: the control call and its arguments, `account` added for buttons that stand at an account. */
interface Button {
  label: string;
  call: string;
  args?: Record<string, unknown>;
  danger?: boolean;
}

const ACCOUNT_BUTTONS: readonly Button[] = [
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

const GENERAL_BUTTONS: readonly Button[] = [
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
  const body = `<h1>Simulated Google</h1>
<p class="muted">Everything here is on this machine. The quota is ${state.quota.options.enforced ? `enforced (table ${state.quota.options.table}, ${state.quota.limitPerUser} units per user and minute)` : 'off'}.</p>
<p id="status" role="status"></p>
${[...state.accounts.keys()].map((address) => accountSection(state, address)).join('')}
<section><h2>Accidents and switches</h2><div class="row">${GENERAL_BUTTONS.map((b) => button(b)).join('')}</div>${accidentList(state)}</section>
<section><h2>Last calls</h2>${callTable(state)}</section>
<script>
document.addEventListener('click', async (event) => {
  const target = event.target.closest('button[data-call]');
  if (!target) return;
  const status = document.getElementById('status');
  const response = await fetch('/__control/' + target.dataset.call, { method: 'POST', body: target.dataset.args });
  const value = await response.json();
  status.textContent = response.ok ? target.textContent + ': done.' : value.error;
  if (response.ok) setTimeout(() => location.reload(), 600);
});
</script>`;
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Simulated Google</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body>${body}</body></html>`;
  return htmlResponse(200, html);
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
<div class="row">${ACCOUNT_BUTTONS.map((b) => button(b, account.address)).join('')}</div></section>`;
}

function button(b: Button, account?: string): string {
  const args = JSON.stringify({ ...b.args, ...(account === undefined ? {} : { account }) });
  return `<button data-call="${b.call}" data-args="${escapeHtml(args)}"${b.danger ? ' class="danger"' : ''}>${escapeHtml(b.label)}</button>`;
}

function accidentList(state: GoogleState): string {
  const planned = state.accidents.list();
  if (planned.length === 0) return '<p class="muted">No accident is waiting.</p>';
  return `<ul>${planned.map((a) => `<li>${escapeHtml(JSON.stringify(a))}</li>`).join('')}</ul>`;
}

function callTable(state: GoogleState): string {
  const calls = state.counters.recentCalls().slice(0, 25);
  if (calls.length === 0) return '<p class="muted">Nobody has called yet.</p>';
  const rows = calls
    .map(
      (c) =>
        `<tr><td>${new Date(c.at).toISOString().slice(11, 23)}</td><td>${escapeHtml(c.method)}</td><td>${escapeHtml(c.user)}</td><td>${c.status}</td><td>${c.units}</td></tr>`,
    )
    .join('');
  return `<table><tr><th>Time</th><th>Method</th><th>User</th><th>Status</th><th>Units</th></tr>${rows}</table>`;
}
