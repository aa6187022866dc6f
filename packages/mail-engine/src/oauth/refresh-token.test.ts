import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MailError } from '../errors';
import { VirtualClock } from '../sync/testing/virtual-clock';
import type { TokenSet } from './provider-oauth';
import { createTokenSource, decideToken, type Grant, type GrantStore } from './refresh-token';

const LIFE = 3_599_000;

interface Stored extends Grant {
  owner: string | null;
  since: number;
}

/** One database row, and how often each version was refreshed. */
class Row {
  stored: Stored | null;

  constructor(
    readonly clock: VirtualClock,
    grant: Partial<Grant> = {},
  ) {
    this.stored = {
      version: 1,
      refreshToken: 'rt1',
      previousRefreshToken: null,
      accessToken: null,
      accessTokenExpiresAt: 0,
      owner: null,
      since: 0,
      ...grant,
    };
  }

  store(step: <T>(label: string, run: () => T) => Promise<T> = (_, run) => Promise.resolve(run())): GrantStore {
    return {
      read: () => step('read', () => (this.stored === null ? null : { ...this.stored })),
      beginRefresh: (version, owner, staleMs) =>
        step('begin', () => {
          const row = this.stored;
          if (row === null || row.version !== version) return false;
          if (row.owner !== null && row.owner !== owner && this.clock.now() - row.since < staleMs) return false;
          this.stored = { ...row, owner, since: this.clock.now() };
          return true;
        }),
      commitRefresh: (version, owner, tokens) =>
        step('commit', () => {
          const row = this.stored;
          if (row === null || row.version !== version || row.owner !== owner) return false;
          this.stored = { ...row, ...tokens, version: version + 1, owner: null };
          return true;
        }),
      endRefresh: (version, owner) =>
        step('end', () => {
          if (this.stored?.version === version && this.stored.owner === owner) this.stored.owner = null;
        }),
    };
  }
}

/** A provider that rotates refresh tokens; an old one stays valid until the one that replaced it was used. */
class Provider {
  refreshes = 0;
  private readonly parentOf = new Map<string, string>();
  readonly valid = new Set(['rt1']);

  constructor(
    readonly clock: VirtualClock,
    readonly rotates = true,
  ) {}

  refresh(token: string): TokenSet {
    if (!this.valid.has(token)) throw new MailError('needsReauth', 'dead', { providerCode: 'invalid_grant' });
    const number = ++this.refreshes;
    const parent = this.parentOf.get(token);
    if (parent !== undefined) this.valid.delete(parent);
    let refreshToken: string | null = null;
    if (this.rotates) {
      refreshToken = `rt${number + 1}`;
      this.parentOf.set(refreshToken, token);
      this.valid.add(refreshToken);
    }
    return {
      accessToken: `at${number}`,
      refreshToken,
      accessTokenExpiresAt: this.clock.now() + LIFE,
      refreshTokenExpiresAt: null,
      scopes: null,
    };
  }
}

describe('a token that is used up', () => {
  it('is refreshed once, however many processes ask in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, processes) => {
        const clock = new VirtualClock();
        const row = new Row(clock);
        const provider = new Provider(clock);
        const step = <T>(label: string, run: () => T): Promise<T> =>
          scheduler.schedule(Promise.resolve(), label).then(run);
        const tokens = Array.from({ length: processes }, (_, i) =>
          createTokenSource({
            store: row.store(step),
            refresh: (token) => step('refresh', () => provider.refresh(token)),
            clock: {
              ...timeOf(clock),
              sleep: (ms) => scheduler.schedule(Promise.resolve(), 'sleep').then(() => clock.advance(ms)),
            },
            owner: `process-${i}`,
          }).accessToken(),
        );
        const got = await scheduler.waitFor(Promise.all(tokens));
        expect(new Set(got)).toEqual(new Set(['at1']));
        expect(provider.refreshes).toBe(1);
        expect(row.stored).toMatchObject({ version: 2, owner: null, refreshToken: 'rt2', previousRefreshToken: 'rt1' });
      }),
      { numRuns: 200 },
    );
  });

  it('is refreshed again by another process when the first one dies anywhere on its way', async () => {
    for (const dieAt of ['read', 'begin', 'refresh', 'commit'] as const) {
      for (const when of ['before', 'after'] as const) {
        const clock = new VirtualClock();
        const row = new Row(clock);
        const provider = new Provider(clock);
        const dying = <T>(label: string, run: () => T): Promise<T> => {
          if (label !== dieAt) return Promise.resolve(run());
          if (when === 'after') run();
          return new Promise<T>(() => undefined);
        };
        void createTokenSource({
          store: row.store(dying),
          refresh: (token) => dying('refresh', () => provider.refresh(token)),
          clock,
          owner: 'dying',
        }).accessToken();
        await new Promise((resolve) => setImmediate(resolve));
        const survivor = createTokenSource({
          store: row.store(),
          refresh: (token) => Promise.resolve(provider.refresh(token)),
          clock,
          owner: 'survivor',
        });
        await expect(survivor.accessToken(), `${dieAt}, ${when}`).resolves.toMatch(/^at\d$/);
        // And the next time as well: the stored refresh token is one that the provider still takes.
        clock.advance(LIFE);
        await expect(survivor.accessToken(), `${dieAt}, ${when}, later`).resolves.toMatch(/^at\d$/);
      }
    }
  });

  it('is not overwritten by an owner whose right has passed on', async () => {
    const clock = new VirtualClock();
    const row = new Row(clock);
    const provider = new Provider(clock, false);
    const slow = deferred();
    const first = createTokenSource({
      store: row.store(),
      refresh: async (token) => {
        const tokens = provider.refresh(token);
        await slow.promise;
        return tokens;
      },
      clock,
      owner: 'slow',
    }).accessToken();
    await new Promise((resolve) => setImmediate(resolve));
    const second = createTokenSource({
      store: row.store(),
      refresh: (t) => Promise.resolve(provider.refresh(t)),
      clock,
      owner: 'fast',
    });
    expect(await second.accessToken()).toBe('at2');
    slow.resolve();
    expect(await first).toBe('at2');
    expect(row.stored).toMatchObject({ version: 2, accessToken: 'at2' });
  });
});

describe('the previous refresh token', () => {
  it('is used when the newer one turns out not to work, and dropped when the newer one has worked', async () => {
    const clock = new VirtualClock();
    const row = new Row(clock, { refreshToken: 'never-valid', previousRefreshToken: 'rt1' });
    const provider = new Provider(clock, false);
    const source = createTokenSource({
      store: row.store(),
      refresh: (t) => Promise.resolve().then(() => provider.refresh(t)),
      clock,
      owner: 'p',
    });
    expect(await source.accessToken()).toBe('at1');
    expect(row.stored).toMatchObject({ refreshToken: 'rt1', previousRefreshToken: null });
    const rotating = new Row(clock, { refreshToken: 'rt1', previousRefreshToken: 'older' });
    await createTokenSource({
      store: rotating.store(),
      refresh: (t) => Promise.resolve(new Provider(clock, false).refresh(t)),
      clock,
      owner: 'p',
    }).accessToken();
    expect(rotating.stored).toMatchObject({ refreshToken: 'rt1', previousRefreshToken: null });
  });
});

describe('a refresh that fails', () => {
  const source = (row: Row, refresh: (token: string) => Promise<TokenSet>) =>
    createTokenSource({ store: row.store(), refresh, clock: row.clock, owner: 'p' });
  const failWith = (kind: MailError['kind']) => () => Promise.reject(new MailError(kind, 'no'));

  it.each(['needsReauth', 'misconfigured', 'unavailable'] as const)(
    'with %s says so and leaves the right free',
    async (kind) => {
      const row = new Row(new VirtualClock());
      await expect(source(row, failWith(kind)).accessToken()).rejects.toMatchObject({ kind });
      expect(row.stored).toMatchObject({ owner: null, version: 1, refreshToken: 'rt1' });
    },
  );

  it('leaves the last minute of the old token to its user when only the service is down', async () => {
    const clock = new VirtualClock();
    const row = new Row(clock, { accessToken: 'old', accessTokenExpiresAt: clock.now() + 30_000 });
    expect(await source(row, failWith('unavailable')).accessToken()).toBe('old');
    await expect(source(row, failWith('unavailable')).replaceRefused('old')).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await expect(source(row, failWith('needsReauth')).accessToken()).rejects.toMatchObject({ kind: 'needsReauth' });
  });

  it('does not report a dead grant that was replaced by a reconnection meanwhile', async () => {
    const clock = new VirtualClock();
    const row = new Row(clock);
    const tokens = source(row, () => {
      row.stored = {
        ...(row.stored as Stored),
        version: 2,
        accessToken: 'fresh',
        accessTokenExpiresAt: clock.now() + LIFE,
      };
      return failWith('needsReauth')();
    });
    expect(await tokens.accessToken()).toBe('fresh');
  });

  it('because the database is away ends as unavailable, not as a raw error', async () => {
    const row = new Row(new VirtualClock());
    const store = { ...row.store(), read: () => Promise.reject(new Error('SELECT … failed')) };
    const tokens = createTokenSource({ store, refresh: failWith('refused'), clock: row.clock, owner: 'p' });
    await expect(tokens.accessToken()).rejects.toMatchObject({ name: 'MailError', kind: 'unavailable' });
  });
});

describe('deciding', () => {
  const grant: Grant = {
    version: 3,
    refreshToken: 'r',
    previousRefreshToken: null,
    accessToken: 'a',
    accessTokenExpiresAt: 1_000_000,
  };

  it('uses a token with a minute left, refreshes a shorter or refused one, and knows a dead grant', () => {
    expect(decideToken(grant, 900_000, null)).toEqual({ kind: 'use', token: 'a' });
    expect(decideToken(grant, 940_001, null)).toEqual({ kind: 'refresh', version: 3 });
    expect(decideToken(grant, 0, 'a')).toEqual({ kind: 'refresh', version: 3 });
    expect(decideToken({ ...grant, refreshToken: null }, 999_999, null)).toEqual({ kind: 'dead' });
    expect(decideToken({ ...grant, refreshToken: null }, 0, null)).toEqual({ kind: 'use', token: 'a' });
    expect(decideToken(null, 0, null)).toEqual({ kind: 'dead' });
  });
});

function timeOf(clock: VirtualClock) {
  return { now: () => clock.now(), monotonic: () => clock.monotonic() };
}

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
