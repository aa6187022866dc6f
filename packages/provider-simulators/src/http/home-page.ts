import { escapeHtml, htmlResponse } from './exchange';
import type { SimResponse } from './exchange';

const STYLE = `
  body { font: 14px/1.5 system-ui, sans-serif; color: #1f1f1f; background: #f6f8fb; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; }
  h1 { font-weight: 500; font-size: 1.4rem; } h2 { font-weight: 500; font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
  section { background: #fff; border: 1px solid #dfe3ea; border-radius: .6rem; padding: .9rem 1.1rem; margin: .8rem 0; }
  .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
  button { font: inherit; padding: .3rem .8rem; border: 1px solid #9aa4b2; border-radius: .4rem; background: #fff; cursor: pointer; }
  button:hover { background: #eef3fb; } button.danger { border-color: #d93025; color: #b3261e; }
  table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #eceff4; }
  meter { width: 10rem; } .muted { color: #5f6b7a; } #status { min-height: 1.5em; color: #0b57d0; }`;

const SCRIPT = `
document.addEventListener('click', async (event) => {
  const target = event.target.closest('button[data-call]');
  if (!target) return;
  const status = document.getElementById('status');
  const response = await fetch('/__control/' + target.dataset.call, { method: 'POST', body: target.dataset.args });
  const value = await response.json();
  status.textContent = response.ok ? target.textContent + ': done.' : value.error;
  if (response.ok) setTimeout(() => location.reload(), 600);
});`;

/** A button: the control call and its arguments, `account` added for buttons that stand at an account. */
export interface ControlButton {
  label: string;
  call: string;
  args?: Record<string, unknown>;
  danger?: boolean;
}

/** A simulator's page for people: what is here, what was asked, and buttons that make things happen. `body` is HTML. */
export function homePageResponse(title: string, body: string): SimResponse {
  return htmlResponse(
    200,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1>${body}<script>${SCRIPT}</script></body></html>`,
  );
}

/** Where the page says what a button did. */
export const STATUS_LINE = '<p id="status" role="status"></p>';

export function buttonRow(buttons: readonly ControlButton[], account?: string): string {
  return `<div class="row">${buttons.map((b) => button(b, account)).join('')}</div>`;
}

function button(b: ControlButton, account?: string): string {
  const args = JSON.stringify({ ...b.args, ...(account === undefined ? {} : { account }) });
  return `<button data-call="${b.call}" data-args="${escapeHtml(args)}"${b.danger ? ' class="danger"' : ''}>${escapeHtml(b.label)}</button>`;
}

export function accidentList(planned: readonly object[]): string {
  if (planned.length === 0) return '<p class="muted">No accident is waiting.</p>';
  return `<ul>${planned.map((a) => `<li>${escapeHtml(JSON.stringify(a))}</li>`).join('')}</ul>`;
}

/** The last calls, newest first. */
export function callTable(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return '<p class="muted">Nobody has called yet.</p>';
  const line = (cells: readonly (string | number)[], tag: 'td' | 'th') =>
    `<tr>${cells.map((c) => `<${tag}>${escapeHtml(String(c))}</${tag}>`).join('')}</tr>`;
  return `<table>${line(headings, 'th')}${rows.map((cells) => line(cells, 'td')).join('')}</table>`;
}

/** Hours to milliseconds of an instant, UTC. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
