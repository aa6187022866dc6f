import type { IdentityClaims } from './provider-oauth';

/** The claims of a JWT, unverified; null for anything that is none. */
export function decodeIdentity(token: unknown): IdentityClaims | null {
  const payload = typeof token === 'string' ? token.split('.')[1] : undefined;
  if (!payload) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return claims !== null && typeof claims === 'object' && !Array.isArray(claims) ? (claims as IdentityClaims) : null;
  } catch {
    return null;
  }
}
