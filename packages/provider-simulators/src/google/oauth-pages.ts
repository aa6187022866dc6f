import { escapeHtml } from '../http/exchange';
import { SCOPE_TEXTS, SIGN_IN_SCOPES } from './scopes';
import type { GoogleAccount } from './state';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; color: #1f1f1f; background: #f0f4f9; margin: 0; }
  main { max-width: 34rem; margin: 4rem auto; background: #fff; border-radius: 1.5rem; padding: 2rem 2.5rem; }
  .simulated { background: #fff3cd; color: #664d03; padding: .35rem 1rem; text-align: center; font-size: 13px; }
  h1 { font-weight: 400; font-size: 1.7rem; margin: 0 0 1rem; }
  a.account { display: block; padding: .8rem; border-top: 1px solid #e0e0e0; color: inherit; text-decoration: none; }
  a.account:hover, a.account:focus { background: #f5f8fd; }
  .address { color: #5f6368; font-size: 13px; }
  label { display: flex; gap: .7rem; padding: .6rem 0; border-top: 1px solid #e0e0e0; }
  .buttons { display: flex; justify-content: flex-end; gap: 1rem; margin-top: 1.5rem; }
  button { font: inherit; padding: .5rem 1.6rem; border-radius: 2rem; border: 1px solid #747775; background: #fff; cursor: pointer; }
  button.primary { background: #0b57d0; border-color: #0b57d0; color: #fff; }
  code { background: #f1f3f4; padding: .1rem .3rem; }
  @media (max-width: 600px) { main { margin: 0; border-radius: 0; padding: 1.5rem; } }`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><div class="simulated">Simulated Google sign-in: nothing here reaches Google.</div><main>${body}</main></body></html>`;
}

/** `linkFor` gives the address of the same page with the account chosen. */
export function accountChooserPage(accounts: GoogleAccount[], linkFor: (address: string) => string): string {
  const links = accounts
    .map(
      (a) => `<a class="account" data-account="${escapeHtml(a.address)}" href="${escapeHtml(linkFor(a.address))}">
<div>${escapeHtml(a.name)}</div><div class="address">${escapeHtml(a.address)}${a.mailbox ? '' : ' · no Gmail'}</div></a>`,
    )
    .join('');
  return page('Choose an account', `<h1>Choose an account</h1><p>to continue to the app</p>${links}`);
}

export function unverifiedAppPage(continueLink: string, backLink: string): string {
  return page(
    "Google hasn't verified this app",
    `<h1>Google hasn't verified this app</h1>
<p>The app is requesting access to sensitive info in your Google Account. Until the developer verifies this app with
Google, you shouldn't use it.</p>
<details><summary id="advanced">Advanced</summary>
<p>Continue only if you understand the risks and trust the developer.</p>
<p><a id="continue-unverified" href="${escapeHtml(continueLink)}">Go to the app (unsafe)</a></p></details>
<div class="buttons"><a id="back-to-safety" href="${escapeHtml(backLink)}">Back to safety</a></div>`,
  );
}

export function consentPage(account: GoogleAccount, scopes: string[], action: string): string {
  const rows = scopes
    .map((scope) => {
      const text = SCOPE_TEXTS[scope];
      if (SIGN_IN_SCOPES.has(scope) || text === undefined) {
        return `<label><span>✓</span><span>See your basic sign-in information <code>${escapeHtml(scope)}</code></span></label>`;
      }
      return `<label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked>
<span>${escapeHtml(text)}.<br><code>${escapeHtml(scope)}</code></span></label>`;
    })
    .join('');
  return page(
    'Grant access',
    `<h1>The app wants access to your Google Account</h1><p class="address">${escapeHtml(account.address)}</p>
<form method="post" action="${escapeHtml(action)}"><p>Select what the app can access:</p>${rows}
<div class="buttons"><button id="deny" name="decision" value="deny">Cancel</button>
<button id="allow" class="primary" name="decision" value="allow">Continue</button></div></form>`,
  );
}

/** A page from which nobody is sent back; `code` is the word that Google prints after "Error 400:". */
export function blockedPage(status: number, code: string, text: string): string {
  return page(
    'Error',
    `<h1>Access blocked: authorization error</h1><p>${escapeHtml(text)}</p>
<p>If you are a developer of this app, see the error details.</p>
<p id="error-code"><strong>Error ${status}: ${escapeHtml(code)}</strong></p>`,
  );
}
