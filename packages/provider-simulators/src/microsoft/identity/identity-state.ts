import type { Clock } from '../../clock';
import type { Rng } from '../../random';
import type { Accidents } from '../accidents';
import type { AppRegistration, DirectoryUser, Tenant } from './directory';
import type { MicrosoftGrantStore } from './grants';

/** How consent is given without a person: for tests that do not look at the page. */
export interface AutoApprove {
  /** The account that is picked; without it `login_hint`, else the first one that may sign in there. */
  account?: string;
  deny?: boolean;
}

/** Facts of the sign-in that are disputed or depend on circumstances; each can be turned the other way. */
export interface IdentitySwitches {
  /** How granted Graph scopes are spelled in an answer; `byAccount`: short for personal accounts, else with the address. */
  scopeEcho: 'byAccount' | 'short' | 'prefixed';
  /** Whether a refresh ends the refresh token it used, and those before it. Microsoft lets them live. */
  oneTimeRefreshTokens: boolean;
  /** Whether a bad code or refresh token is refused before the secret is looked at: which comes first is not known. */
  grantCheckedFirst: boolean;
  /** Whether the code of a single-page redirect is refused without an Origin header (9002327), as Microsoft does. */
  spaNeedsOrigin: boolean;
}

export const DEFAULT_IDENTITY_SWITCHES: IdentitySwitches = {
  scopeEcho: 'byAccount',
  oneTimeRefreshTokens: false,
  grantCheckedFirst: false,
  spaNeedsOrigin: false,
};

/** Graph wants tokens that know of something new about the account (continuous access evaluation). */
export interface ClaimsChallenge {
  /** What the client has to hand to the token endpoint or the sign-in page, as text of JSON. */
  claims: string;
  /** Access tokens given before are refused; milliseconds. */
  notBefore: number;
  /** Whether a refresh is refused too, until the person signed in again with these claims. */
  interactive: boolean;
}

/** What the sign-in half of the simulated Microsoft knows. */
export interface IdentityState {
  clock: Clock;
  rng: Rng;
  /** By lower-case address. */
  users: ReadonlyMap<string, DirectoryUser>;
  /** By id. */
  tenants: Map<string, Tenant>;
  apps: Map<string, AppRegistration>;
  grants: MicrosoftGrantStore;
  accidents: Accidents;
  switches: IdentitySwitches;
  lifetimes: { accessTokenSeconds: number; refreshTokenSeconds: number };
  autoApprove: AutoApprove | null;
  /** By lower-case address. */
  challenges: Map<string, ClaimsChallenge>;
  /** Scheme, host and port of the sign-in pages, without a slash at the end. */
  loginOrigin: string;
}

export const LOGIN_ORIGIN = 'https://login.microsoftonline.com';

/** Whether the app may use these scopes for the person: by their own consent or by an administrator's. */
export function hasConsent(
  state: IdentityState,
  clientId: string,
  user: DirectoryUser,
  scopes: readonly string[],
): boolean {
  const own = state.grants.find(clientId, user.address)?.scopes;
  const forAll = state.tenants.get(user.tenantId)?.adminConsents.get(clientId);
  // Signing in itself needs no administrator.
  return scopes.every(
    (s) =>
      own?.has(s) ||
      forAll?.has(s) ||
      (forAll !== undefined && ['openid', 'profile', 'email', 'offline_access'].includes(s)),
  );
}
