import type { Database } from '@nocobase/database';
import type { TokenSet } from '@email-manager/mail-engine/oauth/provider-oauth';
import type { Transaction } from 'sequelize';
import { dateMs, id, table, write } from '../database';
import { trusted } from '../guard/trusted';
import type { Keyring } from '../secrets/keyring';
import { open, seal } from '../secrets/seal';
import { toDate } from './account-store';

type TokenColumn = 'sealedRefreshToken' | 'sealedPreviousRefreshToken' | 'sealedAccessToken';

/** An account's tokens in the clear: for the token endpoint and the provider's API only, never logged or answered. */
export interface StoredGrant {
  readonly version: number;
  /** Null when there is none, or when the key it was sealed with is lost. */
  readonly refreshToken: string | null;
  readonly previousRefreshToken: string | null;
  readonly accessToken: string | null;
  readonly accessTokenExpiresAt: number;
  readonly refreshOwner: string | null;
  readonly refreshStartedAt: number | null;
  readonly scopes: readonly string[];
  readonly grantedAt: number | null;
  /** The tenant that the grant is of, for providers that have tenants. */
  readonly tenant: string | null;
  /** A challenge that the person's next sign-in has to satisfy. */
  readonly claims: string | null;
}

export interface NewTokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: number;
  readonly refreshToken: string | null;
  readonly previousRefreshToken: string | null;
  readonly grantExpiresAt?: number | null;
}

export interface Consent {
  readonly tokens: TokenSet;
  readonly scopes: readonly string[];
  readonly tenant: string | null;
}

export interface Grants {
  read(accountId: string): Promise<StoredGrant | null>;
  /** Stores what a consent gave; a consent without a refresh token keeps the one that is stored. */
  saveConsent(accountId: string, consent: Consent, transaction: Transaction): Promise<void>;
  /** Keeps what the person has to satisfy at the next sign-in, where only the person can. */
  keepClaims(accountId: string, claims: string): Promise<void>;
  /** The tenants of these mailboxes' grants; those without one are left out. */
  tenants(accountIds: readonly string[]): Promise<Map<string, string>>;
  /** Takes the right to refresh this version: false when another process has it (for less than `staleMs`) or was faster. */
  beginRefresh(accountId: string, version: number, owner: string, staleMs: number): Promise<boolean>;
  /** Compare and swap on the version; false when somebody else has stored newer tokens. */
  commitRefresh(accountId: string, version: number, owner: string, tokens: NewTokens): Promise<boolean>;
  endRefresh(accountId: string, version: number, owner: string): Promise<void>;
  remove(accountId: string): Promise<void>;
}

export function createGrants(db: Database, keyring: () => Keyring, now: () => number): Grants {
  const grants = () => table(db, 'mailGrants');
  const place = (accountId: string, column: TokenColumn) => ({ table: 'mailGrants', row: accountId, column });
  const sealed = (accountId: string, column: TokenColumn, value: string | null) =>
    value === null ? null : seal(keyring(), place(accountId, column), value);

  async function resealStale(accountId: string, version: number, stale: Map<TokenColumn, string>): Promise<void> {
    const values = Object.fromEntries([...stale].map(([column, value]) => [column, sealed(accountId, column, value)]));
    await write(db, 'seal with the newest key', (transaction) =>
      grants().update(values, { where: { accountId, version }, transaction }),
    );
  }

  return {
    async read(accountId) {
      const row = await trusted('grant', () => grants().findByPk(accountId));
      if (!row) return null;
      const version = Number(row.get('version'));
      const stale = new Map<TokenColumn, string>();
      const clear = (column: TokenColumn): string | null => {
        const opened = open(keyring(), place(accountId, column), row.get(column) as string | null);
        if (opened.state === 'unreadable') return null;
        if (opened.stale) stale.set(column, opened.value);
        return opened.value;
      };
      const started = row.get('refreshStartedAt');
      const grant: StoredGrant = {
        version,
        refreshToken: clear('sealedRefreshToken'),
        previousRefreshToken: clear('sealedPreviousRefreshToken'),
        accessToken: clear('sealedAccessToken'),
        accessTokenExpiresAt: dateMs(row.get('accessTokenExpiresAt')) ?? 0,
        refreshOwner: (row.get('refreshOwner') as string | null) ?? null,
        refreshStartedAt: started === null || started === undefined ? null : Number(started),
        scopes: (row.get('scopes') as string[] | null) ?? [],
        grantedAt: dateMs(row.get('grantedAt')),
        tenant: (row.get('tenant') as string | null) ?? null,
        claims: (row.get('claims') as string | null) ?? null,
      };
      if (stale.size > 0) await resealStale(accountId, version, stale);
      return grant;
    },

    async saveConsent(accountId, { tokens, scopes, tenant }, transaction) {
      await grants().bulkCreate([{ accountId, version: 0 }], { ignoreDuplicates: true, hooks: false, transaction });
      const row = await grants().findByPk(accountId, { transaction, lock: true });
      const values: Record<string, unknown> = {
        version: Number(row?.get('version') ?? 0) + 1,
        sealedAccessToken: sealed(accountId, 'sealedAccessToken', tokens.accessToken),
        accessTokenExpiresAt: toDate(tokens.accessTokenExpiresAt),
        scopes: [...scopes],
        claims: null,
        ...(tenant === null ? {} : { tenant }),
        refreshOwner: null,
        refreshStartedAt: null,
        refreshedAt: new Date(now()),
      };
      if (tokens.refreshToken !== null) {
        values.sealedRefreshToken = sealed(accountId, 'sealedRefreshToken', tokens.refreshToken);
        values.sealedPreviousRefreshToken = null;
        values.grantedAt = new Date(now());
        values.grantExpiresAt = toDate(tokens.refreshTokenExpiresAt);
      }
      await grants().update(values, { where: { accountId }, transaction });
    },

    async keepClaims(accountId, claims) {
      await write(db, 'keep a challenge', (transaction) =>
        grants().update({ claims }, { where: { accountId }, transaction }),
      );
    },

    async tenants(accountIds) {
      if (accountIds.length === 0) return new Map();
      const rows = await trusted('tenants', () =>
        grants().findAll({ attributes: ['accountId', 'tenant'], where: { accountId: [...accountIds] } }),
      );
      const found = rows.map((row) => [id(row.get('accountId')), row.get('tenant') as string | null] as const);
      return new Map(found.filter((entry): entry is readonly [string, string] => Boolean(entry[1])));
    },

    async beginRefresh(accountId, version, owner, staleMs) {
      return write(db, 'begin a token refresh', async (transaction) => {
        const row = await grants().findByPk(accountId, { transaction, lock: true });
        if (!row || Number(row.get('version')) !== version) return false;
        const holder = row.get('refreshOwner') as string | null;
        const since = Number(row.get('refreshStartedAt') ?? 0);
        if (holder && holder !== owner && Math.abs(now() - since) < staleMs) return false;
        await grants().update(
          { refreshOwner: owner, refreshStartedAt: Math.trunc(now()) },
          { where: { accountId, version }, transaction },
        );
        return true;
      });
    },

    async commitRefresh(accountId, version, owner, tokens) {
      const values: Record<string, unknown> = {
        version: version + 1,
        sealedAccessToken: sealed(accountId, 'sealedAccessToken', tokens.accessToken),
        accessTokenExpiresAt: toDate(tokens.accessTokenExpiresAt),
        sealedRefreshToken: sealed(accountId, 'sealedRefreshToken', tokens.refreshToken),
        sealedPreviousRefreshToken: sealed(accountId, 'sealedPreviousRefreshToken', tokens.previousRefreshToken),
        refreshOwner: null,
        refreshStartedAt: null,
        refreshedAt: new Date(now()),
      };
      if (tokens.grantExpiresAt) values.grantExpiresAt = toDate(tokens.grantExpiresAt);
      const [changed] = await write(db, 'store refreshed tokens', (transaction) =>
        grants().update(values, { where: { accountId, version, refreshOwner: owner }, transaction }),
      );
      return changed === 1;
    },

    async endRefresh(accountId, version, owner) {
      await write(db, 'end a token refresh', (transaction) =>
        grants().update(
          { refreshOwner: null, refreshStartedAt: null },
          { where: { accountId, version, refreshOwner: owner }, transaction },
        ),
      );
    },

    async remove(accountId) {
      await write(db, 'forget a grant', (transaction) => grants().destroy({ where: { accountId }, transaction }));
    },
  };
}
