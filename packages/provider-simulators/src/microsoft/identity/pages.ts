import { escapeHtml, htmlResponse } from '../../http/exchange';
import type { SimResponse } from '../../http/exchange';
import { type SignInError, describeError } from './aadsts';
import type { newTrace } from './aadsts';
import type { AppRegistration, DirectoryUser, Tenant } from './directory';
import { scopeText } from './scopes';

const STYLE = `
  body { font: 15px/1.45 'Segoe UI', system-ui, sans-serif; color: #1b1b1b; background: #f2f2f2; margin: 0; }
  main { max-width: 27rem; margin: 4rem auto; background: #fff; box-shadow: 0 2px 6px #0003; padding: 2.2rem 2.6rem; }
  .simulated { background: #fff3cd; color: #664d03; padding: .35rem 1rem; text-align: center; font-size: 13px; }
  h1 { font-weight: 600; font-size: 1.4rem; margin: .4rem 0 1rem; }
  a.row { display: block; padding: .75rem .4rem; border-top: 1px solid #e1e1e1; color: inherit; text-decoration: none; }
  a.row:hover, a.row:focus { background: #f0f0f0; }
  .muted { color: #616161; font-size: 13px; overflow-wrap: anywhere; }
  .buttons { display: flex; justify-content: flex-end; gap: .5rem; margin-top: 1.5rem; }
  button { font: inherit; min-width: 7rem; padding: .4rem 1rem; border: 0; background: #cfcfcf; cursor: pointer; }
  button.primary { background: #0067b8; color: #fff; }
  textarea { width: 100%; box-sizing: border-box; font: inherit; }
  li { margin: .3rem 0; }
  @media (max-width: 600px) { main { margin: 0; padding: 1.5rem; box-shadow: none; } }`;

function page(status: number, title: string, body: string): SimResponse {
  return htmlResponse(
    status,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><div class="simulated">Simulated Microsoft sign-in: nothing here reaches Microsoft.</div><main>${body}</main></body></html>`,
  );
}

/** `linkFor` gives the address of the same page with the account chosen. */
export function accountPage(
  users: readonly DirectoryUser[],
  tenants: ReadonlyMap<string, Tenant>,
  linkFor: (address: string) => string,
): SimResponse {
  const links = users
    .map(
      (u) => `<a class="row" data-account="${escapeHtml(u.address)}" href="${escapeHtml(linkFor(u.address))}">
<div>${escapeHtml(u.name)}</div><div class="muted">${escapeHtml(u.address)} · ${escapeHtml(tenants.get(u.tenantId)?.name ?? 'unknown directory')}</div></a>`,
    )
    .join('');
  return page(200, 'Sign in to your account', `<h1>Pick an account</h1>${links}`);
}

export function consentPage(
  app: AppRegistration,
  user: DirectoryUser,
  scopes: readonly string[],
  action: string,
): SimResponse {
  return page(
    200,
    'Permissions requested',
    `<p class="muted">${escapeHtml(user.address)}</p><h1>Permissions requested</h1>
<p><strong>${escapeHtml(app.name)}</strong> <span class="muted">unverified</span></p>
<p>This application is not published by Microsoft. The app would like to:</p>${scopeList(scopes)}
<p class="muted">Accepting these permissions means that you allow this app to use your data. You can change these permissions later.</p>
<form method="post" action="${escapeHtml(action)}"><div class="buttons">
<button id="cancel" name="decision" value="cancel">Cancel</button>
<button id="accept" class="primary" name="decision" value="accept">Accept</button></div></form>`,
  );
}

/** Where the tenant's policy does not let people agree themselves. `canAsk`: the request can be sent to an administrator. */
export function approvalPage(
  app: AppRegistration,
  user: DirectoryUser,
  scopes: readonly string[],
  options: { action: string; canAsk: boolean },
): SimResponse {
  const code = options.canAsk ? 90095 : 90094;
  const ask = options.canAsk
    ? `<p>This app requires your admin's approval to:</p>${scopeList(scopes)}
<form method="post" action="${escapeHtml(options.action)}"><label>Enter justification for requesting this app
<textarea name="justification" rows="2"></textarea></label><div class="buttons">
<button id="return" name="decision" value="return">Cancel</button>
<button id="request-approval" class="primary" name="decision" value="ask">Request approval</button></div></form>`
    : `<p><strong>${escapeHtml(app.name)}</strong> needs permission to access resources in your organization that only an admin
can grant. Please ask an admin to grant permission to this app before you can use it.</p>
<form method="post" action="${escapeHtml(options.action)}">
<button id="return" name="decision" value="return">Return to the application without granting consent</button></form>`;
  return page(
    200,
    options.canAsk ? 'Approval required' : 'Need admin approval',
    `<p class="muted">${escapeHtml(user.address)}</p><h1>${options.canAsk ? 'Approval required' : 'Need admin approval'}</h1>${ask}
<p class="muted" id="error-code">AADSTS${code}</p>`,
  );
}

export function requestSentPage(action: string): SimResponse {
  return page(
    200,
    'Request sent',
    `<h1>Request sent</h1><p>Your request was sent to the administrators. You will be notified when it is answered.</p>
<form method="post" action="${escapeHtml(action)}"><div class="buttons">
<button id="return" class="primary" name="decision" value="return">Back to app</button></div></form>`,
  );
}

export function tenantPage(tenants: readonly Tenant[], linkFor: (id: string) => string): SimResponse {
  const links = tenants
    .map(
      (t) => `<a class="row" data-tenant="${escapeHtml(t.id)}" href="${escapeHtml(linkFor(t.id))}">
<div>Administrator of ${escapeHtml(t.name)}</div><div class="muted">${escapeHtml(t.id)}</div></a>`,
    )
    .join('');
  return page(200, 'Sign in to your account', `<h1>Sign in as an administrator</h1>${links}`);
}

export function adminConsentPage(
  app: AppRegistration,
  tenant: Tenant,
  scopes: readonly string[],
  action: string,
): SimResponse {
  return page(
    200,
    'Permissions requested',
    `<p class="muted">Administrator of ${escapeHtml(tenant.name)}</p><h1>Permissions requested<br>Review for your organization</h1>
<p><strong>${escapeHtml(app.name)}</strong></p><p>This app would like to:</p>${scopeList(scopes)}
<p class="muted">If you accept, this app will get access to the specified resources for all users in your organization. No
one else will be prompted to review these permissions.</p>
<form method="post" action="${escapeHtml(action)}"><div class="buttons">
<button id="cancel" name="decision" value="cancel">Cancel</button>
<button id="accept" class="primary" name="decision" value="accept">Accept</button></div></form>`,
  );
}

/** A page from which nobody is sent back. */
export function errorPage(error: SignInError, trace: ReturnType<typeof newTrace>): SimResponse {
  return page(
    400,
    'Sign in to your account',
    `<h1>Sign in</h1><p>Sorry, but we’re having trouble signing you in.</p>
<p id="error-code"><strong>AADSTS${error.code}</strong></p><p>${escapeHtml(describeError(error, trace))}</p>`,
  );
}

/** `response_mode=form_post`: a page that posts the answer to the app by itself. */
export function formPostPage(target: string, fields: Readonly<Record<string, string>>): SimResponse {
  const inputs = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  return page(
    200,
    'Working...',
    `<form name="hiddenform" method="post" action="${escapeHtml(target)}">${inputs}
<button id="continue">Continue</button></form><script>document.forms[0].submit()</script>`,
  );
}

function scopeList(scopes: readonly string[]): string {
  const texts = new Map(scopes.map((scope) => [scopeText(scope), scope]));
  return `<ul>${[...texts].map(([text, scope]) => `<li data-scope="${escapeHtml(scope)}">${escapeHtml(text)}</li>`).join('')}</ul>`;
}
