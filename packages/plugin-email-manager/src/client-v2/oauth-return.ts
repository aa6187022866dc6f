/**
 * Keeps what the provider put into the redirect through a sign-in. NocoBase writes the address that it wants to return
 * to unescaped into `?redirect=`, so everything behind the first `&` (the state!) would be lost there. Runs in the
 * entry, before any page can be redirected, and must stay tiny.
 */
export const OAUTH_RETURN_PATH = '/admin/settings/mail/oauth2';
const RETURN_KEY = 'email-manager.oauth.return';
const CLIENT_KEY = 'email-manager.oauth.client';

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface OAuthReturn {
  state: string;
  code?: string;
  error?: string;
  errorDescription?: string;
  errorSubcode?: string;
  /** An administrator of this tenant has allowed the application; no mailbox comes with it. */
  adminConsent?: boolean;
  tenant?: string;
}

/** Reads the provider's answer from a query string; null when it is none. */
export function parseOAuthReturn(search: string): OAuthReturn | null {
  const query = new URLSearchParams(search);
  const state = query.get('state');
  const code = query.get('code') ?? undefined;
  const error = query.get('error') ?? undefined;
  const adminConsent = isAdminConsent(query);
  if (!state || (!code && !error && !adminConsent)) return null;
  const answer: OAuthReturn = { state, code, error, errorDescription: query.get('error_description') ?? undefined };
  const errorSubcode = query.get('error_subcode');
  if (errorSubcode) answer.errorSubcode = errorSubcode;
  if (adminConsent) Object.assign(answer, { adminConsent, tenant: query.get('tenant') ?? undefined });
  return answer;
}

function isAdminConsent(query: URLSearchParams): boolean {
  return query.get('admin_consent')?.toLowerCase() === 'true';
}

/** An administrator followed a link that somebody had passed on: allowed, but nothing was started from here. */
export function isStrayAdminConsent(search: string): boolean {
  const query = new URLSearchParams(search);
  return isAdminConsent(query) && !query.get('state') && !query.get('error');
}

export function keepOAuthReturn(location: { pathname: string; search: string }, storage: Storage): void {
  if (!location.pathname.endsWith(OAUTH_RETURN_PATH)) return;
  const answer = parseOAuthReturn(location.search);
  if (answer) storage.setItem(RETURN_KEY, JSON.stringify(answer));
}

/** Hands the kept answer out once: a reload of the page must not use the same code again. */
export function takeOAuthReturn(storage: Storage): OAuthReturn | null {
  const kept = storage.getItem(RETURN_KEY);
  storage.removeItem(RETURN_KEY);
  if (!kept) return null;
  try {
    const answer = JSON.parse(kept) as OAuthReturn;
    return typeof answer.state === 'string' ? answer : null;
  } catch {
    return null;
  }
}

/** The redirect always comes back to the v1 path; this remembers in which client the person was. */
export function rememberClient(publicPath: string, storage: Storage): void {
  storage.setItem(CLIENT_KEY, publicPath);
}

export function takeRememberedClient(storage: Storage): string | null {
  const path = storage.getItem(CLIENT_KEY);
  storage.removeItem(CLIENT_KEY);
  return path && path.startsWith('/') && !path.startsWith('//') ? path : null;
}
