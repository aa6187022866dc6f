import type { OAuthEndpoints } from './provider-oauth';

export const GOOGLE_ENDPOINTS: OAuthEndpoints = {
  issuer: 'https://accounts.google.com',
  authorizationUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  revokeUrl: 'https://oauth2.googleapis.com/revoke',
};

export const GOOGLE_SCOPE_FULL = 'https://mail.google.com/';
export const GOOGLE_SCOPE_MODIFY = 'https://www.googleapis.com/auth/gmail.modify';

const PREFIX = 'https://www.googleapis.com/auth/';

/** What a scope includes (Google, "Choose Gmail API scopes"): modify is everything but permanent deletion and settings. */
const COVERS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    GOOGLE_SCOPE_MODIFY,
    ['readonly', 'compose', 'send', 'insert', 'labels', 'metadata'].map((s) => `${PREFIX}gmail.${s}`),
  ],
  [`${PREFIX}gmail.compose`, [`${PREFIX}gmail.send`]],
  [`${PREFIX}gmail.readonly`, [`${PREFIX}gmail.metadata`]],
]);

/** Needed scopes that neither are granted nor are part of a granted one. */
export function missingGoogleScopes(granted: readonly string[], needed: readonly string[]): string[] {
  const has = new Set(granted);
  if (has.has(GOOGLE_SCOPE_FULL)) {
    has.add(GOOGLE_SCOPE_MODIFY);
  }
  for (const scope of [...has]) for (const covered of COVERS.get(scope) ?? []) has.add(covered);
  return needed.filter((scope) => !has.has(scope));
}

/** Parameters that only Google knows: a refresh token is given at the first consent, or when consent is forced. */
export function googleAuthorizationExtras(options: { forceConsent: boolean }): Record<string, string> {
  return {
    access_type: 'offline',
    include_granted_scopes: 'true',
    ...(options.forceConsent ? { prompt: 'consent' } : {}),
  };
}
