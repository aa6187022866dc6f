import { createHash } from 'node:crypto';
import type { Clock } from '../../clock';
import type { Rng } from '../../random';
import { hexDigits } from '../../random';
import { newGuid } from './guid';

export interface AuthorizationCode {
  clientId: string;
  /** Lower-case address. */
  account: string;
  /** The tenant of the address at which the person signed in: the code is good at the same one only. */
  authority: string;
  redirectUri: string;
  platform: 'web' | 'spa';
  scopes: string[];
  resource: string;
  challenge?: { value: string; method: 'S256' | 'plain' };
  nonce?: string;
  /** The sign-in repeated the claims challenge it was asked to. */
  claims?: string;
}

export interface RefreshToken {
  token: string;
  issuedAt: number;
  expiresAt: number;
  /** Of a single-page application: 24 hours from the sign-in, not from the last refresh. */
  spa: boolean;
  scopes: string[];
}

/** Why a grant is over. `consent`: the app was removed by the person; `sessions`: an administrator ended them. */
export type GrantEnd = 'consent' | 'sessions';

/** What one person has granted to one app. */
export interface Grant {
  clientId: string;
  account: string;
  scopes: Set<string>;
  /** Newest first. Rotation does not end the older ones. */
  refreshTokens: RefreshToken[];
  ended: GrantEnd | null;
}

/** A grant as it is kept between two runs of the simulator. Access tokens are not kept. */
export interface KeptMicrosoftGrant extends Omit<Grant, 'scopes'> {
  scopes: string[];
}

export interface AccessToken {
  token: string;
  grant: Grant;
  scopes: ReadonlySet<string>;
  resource: string;
  issuedAt: number;
  expiresAt: number;
  /** Given after the claims challenge was answered by the person. */
  withClaims: boolean;
}

export interface OwnedRefreshToken {
  grant: Grant;
  refresh: RefreshToken;
  /** Still among the tokens of a living grant. */
  live: boolean;
}

const CODE_LIFE_MS = 10 * 60_000;
const SPA_LIFE_MS = 24 * 3600_000;
const MAX_REFRESH_TOKENS = 500;

/** Codes, tokens and grants of the simulated Microsoft accounts. */
export class MicrosoftGrantStore {
  private codes = new Map<string, AuthorizationCode & { expiresAt: number; redeemed: boolean }>();
  private grants = new Map<string, Grant>();
  private accessTokens = new Map<string, AccessToken>();
  private refreshOwners = new Map<string, { grant: Grant; refresh: RefreshToken }>();

  constructor(
    private readonly clock: Clock,
    private readonly rng: Rng,
  ) {}

  find(clientId: string, account: string): Grant | undefined {
    return this.grants.get(grantKey(clientId, account));
  }

  /** Records a consent; scopes granted before stay granted. */
  consent(clientId: string, account: string, scopes: readonly string[]): Grant {
    let grant = this.find(clientId, account);
    if (!grant) {
      grant = { clientId, account: account.toLowerCase(), scopes: new Set(), refreshTokens: [], ended: null };
      this.grants.set(grantKey(clientId, account), grant);
    }
    for (const scope of scopes) grant.scopes.add(scope);
    return grant;
  }

  issueCode(fields: AuthorizationCode, personal: boolean): string {
    const code = personal
      ? `M.C5${this.digits(3)}_BL2.2.U.${newGuid(this.rng)}`
      : `1.AX${this.digits(2)}.Ag${this.secret(600)}`;
    this.codes.set(code, { ...fields, expiresAt: this.clock.now() + CODE_LIFE_MS, redeemed: false });
    return code;
  }

  /** A code stays known after its use, so that the second use is told from an unknown code. */
  findCode(code: string): (AuthorizationCode & { expiresAt: number; redeemed: boolean }) | undefined {
    return this.codes.get(code);
  }

  issueAccessToken(
    grant: Grant,
    fields: {
      scopes: readonly string[];
      resource: string;
      lifeSeconds: number;
      withClaims?: boolean;
      personal: boolean;
    },
  ): AccessToken {
    const now = this.clock.now();
    if (this.accessTokens.size > 10_000) this.dropExpired(now);
    const token: AccessToken = {
      // Microsoft's tokens are long: whoever keeps them in a column of 255 characters has to find out here.
      token: fields.personal ? `EwB4${this.secret(900)}` : `eyJ0eXAiOiJKV1QiLCJub25jZSI6I${this.secret(1300)}`,
      grant,
      scopes: new Set(fields.scopes),
      resource: fields.resource,
      issuedAt: now,
      expiresAt: now + fields.lifeSeconds * 1000,
      withClaims: fields.withClaims ?? false,
    };
    this.accessTokens.set(token.token, token);
    return token;
  }

  /** `rotated`: the token that was used; a single-page application's successor dies with it. */
  issueRefreshToken(
    grant: Grant,
    fields: { scopes: string[]; lifeSeconds: number; spa: boolean; personal: boolean; rotated?: RefreshToken },
  ): RefreshToken {
    const now = this.clock.now();
    const refresh: RefreshToken = {
      // The signs of a personal account's token have to be encoded in a form.
      token: fields.personal
        ? `M.C5${this.digits(3)}_BL2.0.U.-${this.secret(210).replace(/_/g, '!').replace(/-/g, '*')}$$`
        : `1.AX${this.digits(2)}.Ag${this.secret(900)}`,
      issuedAt: now,
      expiresAt: fields.spa ? (fields.rotated?.expiresAt ?? now + SPA_LIFE_MS) : now + fields.lifeSeconds * 1000,
      spa: fields.spa,
      scopes: fields.scopes,
    };
    grant.refreshTokens.unshift(refresh);
    this.refreshOwners.set(refresh.token, { grant, refresh });
    grant.refreshTokens.length = Math.min(grant.refreshTokens.length, MAX_REFRESH_TOKENS);
    return refresh;
  }

  /** Also finds tokens that are dead, so that the refusal can say why. */
  findRefreshToken(token: string): OwnedRefreshToken | undefined {
    const found = this.refreshOwners.get(token);
    return found && { ...found, live: found.grant.ended === null && found.grant.refreshTokens.includes(found.refresh) };
  }

  /** Ends every refresh token of the grant but the newest, as a directory does that lets a token be used once. */
  endOlderRefreshTokens(grant: Grant): void {
    grant.refreshTokens.length = Math.min(grant.refreshTokens.length, 1);
  }

  findAccessToken(token: string): AccessToken | undefined {
    const found = this.accessTokens.get(token);
    return found && found.expiresAt > this.clock.now() ? found : undefined;
  }

  /** Ends the grants of an account, for one app or for all. Gives how many. */
  end(account: string, why: GrantEnd, options: { clientId?: string; keepAccessTokens?: boolean } = {}): number {
    const found = [...this.grants.values()].filter(
      (g) => g.account === account.toLowerCase() && (options.clientId === undefined || g.clientId === options.clientId),
    );
    for (const grant of found) {
      grant.ended = why;
      grant.refreshTokens = [];
      this.grants.delete(grantKey(grant.clientId, grant.account));
      // What the person agreed to outlives the end of sessions.
      if (why === 'sessions') this.consent(grant.clientId, grant.account, [...grant.scopes]);
      if (!options.keepAccessTokens) this.endAccessTokens((token) => token.grant === grant);
    }
    return found.length;
  }

  expireAccessTokens(account?: string): void {
    this.endAccessTokens((token) => account === undefined || token.grant.account === account.toLowerCase());
  }

  /** Ends the refresh tokens of an account by age: all of them, or all but the newest. */
  expireRefreshTokens(account: string, which: 'all' | 'older'): void {
    for (const grant of this.grants.values()) {
      if (grant.account !== account.toLowerCase()) continue;
      for (const refresh of grant.refreshTokens.slice(which === 'all' ? 0 : 1)) refresh.expiresAt = this.clock.now();
    }
  }

  keep(): KeptMicrosoftGrant[] {
    return [...this.grants.values()].map((grant) => ({ ...grant, scopes: [...grant.scopes] }));
  }

  restore(kept: readonly KeptMicrosoftGrant[]): void {
    for (const { scopes, ...rest } of kept) {
      const grant: Grant = { ...rest, scopes: new Set(scopes) };
      this.grants.set(grantKey(grant.clientId, grant.account), grant);
      for (const refresh of grant.refreshTokens) this.refreshOwners.set(refresh.token, { grant, refresh });
    }
  }

  private endAccessTokens(which: (token: AccessToken) => boolean): void {
    for (const [name, token] of this.accessTokens) if (which(token)) this.accessTokens.delete(name);
  }

  private dropExpired(now: number): void {
    for (const [name, token] of this.accessTokens) if (token.expiresAt <= now) this.accessTokens.delete(name);
  }

  private secret(bytes: number): string {
    return Buffer.from(hexDigits(this.rng, bytes * 2), 'hex').toString('base64url');
  }

  private digits(count: number): string {
    return String(Math.floor(this.rng() * 10 ** count)).padStart(count, '0');
  }
}

function grantKey(clientId: string, account: string): string {
  return `${clientId} ${account.toLowerCase()}`;
}

export function challengeMatches(challenge: { value: string; method: 'S256' | 'plain' }, verifier: string): boolean {
  if (challenge.method === 'plain') return challenge.value === verifier;
  return createHash('sha256').update(verifier).digest('base64url') === challenge.value;
}
