import { createHash } from 'node:crypto';
import type { Clock } from '../clock';
import type { Rng } from '../random';
import { hexDigits } from '../random';

export interface AuthorizationCode {
  clientId: string;
  account: string;
  redirectUri: string;
  scopes: string[];
  offline: boolean;
  /** Whether this consent gives a new refresh token. */
  withRefreshToken: boolean;
  challenge?: { value: string; method: 'S256' | 'plain' };
  expiresAt: number;
}

export interface RefreshToken {
  token: string;
  issuedAt: number;
  lastUsedAt: number;
  /** For time-based access and for apps in testing. */
  expiresAt: number | null;
  scopes: string[];
}

/** What one person has granted to one client. */
export interface Grant {
  clientId: string;
  account: string;
  scopes: Set<string>;
  /** Oldest first. */
  refreshTokens: RefreshToken[];
}

/** A grant as it is kept between two runs of the simulator. Access tokens are not kept. */
export interface KeptGrant extends Omit<Grant, 'scopes'> {
  scopes: string[];
}

export interface AccessToken {
  token: string;
  grant: Grant;
  scopes: ReadonlySet<string>;
  expiresAt: number;
}

const CODE_LIFE_MS = 10 * 60_000;
const MAX_REFRESH_TOKENS = 100;
const UNUSED_LIFE_MS = 182 * 24 * 3600_000;

/** Codes, tokens and grants of the simulated Google accounts. */
export class GrantStore {
  private codes = new Map<string, AuthorizationCode>();
  private grants = new Map<string, Grant>();
  private accessTokens = new Map<string, AccessToken>();
  private refreshOwners = new Map<string, Grant>();

  constructor(
    private readonly clock: Clock,
    private readonly rng: Rng,
  ) {}

  find(clientId: string, account: string): Grant | undefined {
    return this.grants.get(grantKey(clientId, account));
  }

  /** Records a consent; scopes granted before stay granted. */
  consent(clientId: string, account: string, scopes: string[]): Grant {
    let grant = this.find(clientId, account);
    if (!grant) {
      grant = { clientId, account: account.toLowerCase(), scopes: new Set(), refreshTokens: [] };
      this.grants.set(grantKey(clientId, account), grant);
    }
    for (const scope of scopes) grant.scopes.add(scope);
    return grant;
  }

  issueCode(fields: Omit<AuthorizationCode, 'expiresAt'>): string {
    const code = `4/0A${this.secret(36)}`;
    this.codes.set(code, { ...fields, expiresAt: this.clock.now() + CODE_LIFE_MS });
    return code;
  }

  /** Takes a code out: it can be used once, whatever happens afterwards. */
  takeCode(code: string): AuthorizationCode | undefined {
    const found = this.codes.get(code);
    this.codes.delete(code);
    return found && found.expiresAt > this.clock.now() ? found : undefined;
  }

  issueAccessToken(grant: Grant, scopes: string[], lifeSeconds: number): AccessToken {
    const now = this.clock.now();
    if (this.accessTokens.size > 10_000) this.dropExpired(now);
    const token: AccessToken = {
      token: `ya29.a0${this.secret(60)}`,
      grant,
      scopes: new Set(scopes),
      expiresAt: now + lifeSeconds * 1000,
    };
    this.accessTokens.set(token.token, token);
    return token;
  }

  issueRefreshToken(grant: Grant, scopes: string[], lifeSeconds: number | null): RefreshToken {
    const now = this.clock.now();
    const refresh: RefreshToken = {
      token: `1//0${this.secret(48)}`,
      issuedAt: now,
      lastUsedAt: now,
      expiresAt: lifeSeconds === null ? null : now + lifeSeconds * 1000,
      scopes,
    };
    grant.refreshTokens.push(refresh);
    this.refreshOwners.set(refresh.token, grant);
    while (grant.refreshTokens.length > MAX_REFRESH_TOKENS) {
      // Its owner stays known: the token is refused as expired, and nobody is told before.
      grant.refreshTokens.shift();
    }
    return refresh;
  }

  /** `expired` tokens were ours once; `unknown` ones never were or were pushed out. */
  useRefreshToken(token: string): { grant: Grant; refresh: RefreshToken } | 'expired' | 'unknown' {
    const grant = this.refreshOwners.get(token);
    if (!grant) return 'unknown';
    const refresh = grant.refreshTokens.find((r) => r.token === token);
    if (!refresh) return 'expired';
    const now = this.clock.now();
    const dead = (refresh.expiresAt !== null && refresh.expiresAt <= now) || refresh.lastUsedAt + UNUSED_LIFE_MS <= now;
    if (dead) return 'expired';
    refresh.lastUsedAt = now;
    return { grant, refresh };
  }

  findAccessToken(token: string): AccessToken | undefined {
    const found = this.accessTokens.get(token);
    return found && found.expiresAt > this.clock.now() ? found : undefined;
  }

  /** Revokes by either kind of token; the whole grant goes. False: no such token. */
  revokeToken(token: string): boolean {
    const grant = this.refreshOwners.get(token) ?? this.accessTokens.get(token)?.grant;
    if (!grant || !this.grants.has(grantKey(grant.clientId, grant.account))) return false;
    this.revokeGrant(grant);
    return true;
  }

  /** The person takes the access away, for one client or for all. */
  revokeAccount(account: string, clientId?: string): number {
    const wanted = account.toLowerCase();
    const found = [...this.grants.values()].filter(
      (g) => g.account === wanted && (clientId === undefined || g.clientId === clientId),
    );
    for (const grant of found) this.revokeGrant(grant);
    return found.length;
  }

  /** Ends all access tokens at once and keeps the refresh tokens. */
  expireAccessTokens(): void {
    this.accessTokens.clear();
  }

  /** Ends the refresh tokens of an account as the seven days of testing or a password change would. */
  expireRefreshTokens(account: string): void {
    for (const grant of this.grants.values()) {
      if (grant.account === account.toLowerCase()) grant.refreshTokens = [];
    }
  }

  keep(): KeptGrant[] {
    return [...this.grants.values()].map((grant) => ({ ...grant, scopes: [...grant.scopes] }));
  }

  restore(kept: readonly KeptGrant[]): void {
    for (const { scopes, ...rest } of kept) {
      const grant: Grant = { ...rest, scopes: new Set(scopes) };
      this.grants.set(grantKey(grant.clientId, grant.account), grant);
      for (const { token } of grant.refreshTokens) this.refreshOwners.set(token, grant);
    }
  }

  private revokeGrant(grant: Grant): void {
    this.grants.delete(grantKey(grant.clientId, grant.account));
    // The owners stay known: a revoked token is refused as revoked, not as unknown.
    grant.refreshTokens = [];
    for (const [token, access] of this.accessTokens) if (access.grant === grant) this.accessTokens.delete(token);
  }

  private dropExpired(now: number): void {
    for (const [token, access] of this.accessTokens) if (access.expiresAt <= now) this.accessTokens.delete(token);
  }

  private secret(bytes: number): string {
    return Buffer.from(hexDigits(this.rng, bytes * 2), 'hex').toString('base64url');
  }
}

function grantKey(clientId: string, account: string): string {
  return `${clientId} ${account.toLowerCase()}`;
}

export function challengeMatches(challenge: { value: string; method: 'S256' | 'plain' }, verifier: string): boolean {
  if (challenge.method === 'plain') return challenge.value === verifier;
  return createHash('sha256').update(verifier).digest('base64url') === challenge.value;
}
