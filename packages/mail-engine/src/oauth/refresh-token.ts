import { MailError } from '../errors';
import type { Clock } from '../ports/clock';
import type { TokenSource } from '../ports/token-source';
import { newState } from './flow';
import type { TokenSet } from './provider-oauth';

/** An account's tokens as they are stored. */
export interface Grant {
  /** Raised with every change of the tokens. */
  readonly version: number;
  /** Null when there is none or when it can no longer be unsealed. */
  readonly refreshToken: string | null;
  /** The one before, kept until the present one has worked. */
  readonly previousRefreshToken: string | null;
  readonly accessToken: string | null;
  /** Epoch ms. */
  readonly accessTokenExpiresAt: number;
}

export interface RefreshedTokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: number;
  readonly refreshToken: string;
  readonly previousRefreshToken: string | null;
  readonly grantExpiresAt: number | null;
}

/** The stored grant of one account, shared by all processes. */
export interface GrantStore {
  read(): Promise<Grant | null>;
  /**
   * Takes the right to refresh this version. False when the version is no longer the stored one, or when another owner
   * took the right less than `staleMs` ago (later it is presumed dead and the right passes on).
   */
  beginRefresh(version: number, owner: string, staleMs: number): Promise<boolean>;
  /** Stores the tokens as the next version if version and owner still are the stored ones; false otherwise. */
  commitRefresh(version: number, owner: string, tokens: RefreshedTokens): Promise<boolean>;
  /** Gives the right back without a change. */
  endRefresh(version: number, owner: string): Promise<void>;
}

export interface TokenSourceOptions {
  readonly store: GrantStore;
  /** Asks the provider; `claims` is a challenge that the new token has to satisfy. @throws MailError */
  readonly refresh: (refreshToken: string, claims: string | null) => Promise<TokenSet>;
  readonly clock: Clock;
  /** Names the process, for diagnostics; each token source adds its own mark. */
  readonly owner: string;
}

/** A token is used only while it will be valid for at least this long. */
const MARGIN_MS = 60_000;
/** Longer than a call to the token endpoint may take. */
const STALE_MS = 30_000;
const POLL_MS = 250;
/** Long enough for one owner that died and one after it. */
const MAX_WAIT_MS = 3 * STALE_MS;

export type TokenDecision =
  | { readonly kind: 'use'; readonly token: string }
  | { readonly kind: 'refresh'; readonly version: number }
  | { readonly kind: 'dead' };

/** What to do with the grant as it is stored now. `refused` is an access token that the provider did not accept. */
export function decideToken(grant: Grant | null, now: number, refused: string | null): TokenDecision {
  if (grant === null) return { kind: 'dead' };
  const token = usableToken(grant, now + MARGIN_MS, refused);
  if (token !== null) return { kind: 'use', token };
  const canRefresh = grant.refreshToken !== null || grant.previousRefreshToken !== null;
  return canRefresh ? { kind: 'refresh', version: grant.version } : { kind: 'dead' };
}

/**
 * Access tokens of one account. Whoever finds the stored one used up refreshes it under the right to do so; everybody
 * else waits and reads again. What a slower owner brings after its right has passed on is dropped by compare-and-swap.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { store, clock } = options;
  const owner = `${options.owner}:${newState().slice(0, 12)}`;
  const running = new Map<string | null, Promise<string>>();

  async function obtain(refused: string | null, claims: string | null): Promise<string> {
    const since = clock.monotonic();
    for (;;) {
      const grant = await store.read();
      const decision = decideToken(grant, clock.now(), refused);
      if (decision.kind === 'use') return decision.token;
      if (decision.kind === 'dead' || grant === null) throw needsReauth();
      if (!(await store.beginRefresh(decision.version, owner, STALE_MS))) {
        if (clock.monotonic() - since > MAX_WAIT_MS) {
          throw new MailError('unavailable', 'The access token is being renewed elsewhere and does not arrive.');
        }
        await clock.sleep(POLL_MS);
        continue;
      }
      const token = await refreshHeld(grant, refused, claims);
      if (token !== null) return token;
    }
  }

  /** Null when the stored grant has changed meanwhile and has to be read again. */
  async function refreshHeld(grant: Grant, refused: string | null, claims: string | null): Promise<string | null> {
    let renewed: RefreshedTokens;
    try {
      renewed = await renew(grant, (token) => options.refresh(token, claims));
    } catch (error) {
      await store.endRefresh(grant.version, owner);
      const failure = asMailError(error);
      // The person may have connected again while the old token was being refused.
      if (failure.kind === 'needsReauth' && (await store.read())?.version !== grant.version) return null;
      const left = failure.kind === 'unavailable' ? usableToken(grant, clock.now(), refused) : null;
      if (left !== null) return left;
      throw failure;
    }
    return (await store.commitRefresh(grant.version, owner, renewed)) ? renewed.accessToken : null;
  }

  function shared(refused: string | null, claims: string | null): Promise<string> {
    const already = running.get(refused);
    if (already) return already;
    const run = obtain(refused, claims)
      .catch((error: unknown) => {
        throw asMailError(error);
      })
      .finally(() => running.delete(refused));
    running.set(refused, run);
    return run;
  }

  return {
    accessToken: () => shared(null, null),
    replaceRefused: (refused, claims = null) => shared(refused, claims),
  };
}

/**
 * Tries the present refresh token, then the one before it: the answer that brought the present one may have been lost
 * halfway, or it may never have become valid.
 */
async function renew(grant: Grant, refresh: (refreshToken: string) => Promise<TokenSet>): Promise<RefreshedTokens> {
  const candidates = [grant.refreshToken, grant.previousRefreshToken].filter((token) => token !== null);
  let dead: MailError | null = null;
  for (const used of candidates) {
    try {
      const tokens = await refresh(used);
      const rotated = tokens.refreshToken !== null && tokens.refreshToken !== used;
      return {
        accessToken: tokens.accessToken,
        accessTokenExpiresAt: tokens.accessTokenExpiresAt,
        refreshToken: tokens.refreshToken ?? used,
        previousRefreshToken: rotated ? used : null,
        grantExpiresAt: tokens.refreshTokenExpiresAt,
      };
    } catch (error) {
      const failure = asMailError(error);
      if (failure.kind !== 'needsReauth') throw failure;
      dead ??= failure;
    }
  }
  throw dead ?? needsReauth();
}

function usableToken(grant: Grant, until: number, refused: string | null): string | null {
  const { accessToken, accessTokenExpiresAt } = grant;
  return accessToken !== null && accessToken !== refused && accessTokenExpiresAt > until ? accessToken : null;
}

function needsReauth(): MailError {
  return new MailError('needsReauth', 'There is no valid connection to this mailbox; it has to be connected again.');
}

function asMailError(error: unknown): MailError {
  if (error instanceof MailError) return error;
  return new MailError('unavailable', 'The access token could not be renewed.', { cause: error });
}
