import { listingProgress, parseListing } from '@email-manager/mail-engine/sync/inventory';
import type { ProviderName, SyncProgress } from '../../shared/api';
import { Sql, type HostDatabase } from '../stores/sql';
import type { AccountRow } from '../accounts/account-store';

/** What the rows say about one mailbox's sync. */
export interface SyncFacts {
  readonly progress: SyncProgress;
  /** Work of any kind that is waiting or running. */
  readonly pendingWork: number;
  readonly pendingOperations: number;
  readonly conflictedOperations: number;
  /** When the change feed was last read to its end, epoch ms. */
  readonly polledAt: number | null;
}

export interface HydrationRate {
  /** Milliseconds per message as measured lately; null when nothing was measured. */
  measured(accountId: string): number | null;
  /** Milliseconds per message that the provider's limits allow. */
  allowed(provider: ProviderName): number;
}

export interface ProgressReader {
  read(accounts: readonly AccountRow[]): Promise<Map<string, SyncFacts>>;
}

/**
 * Progress is derived from rows and nothing else: messages here, work that is left, and where the listing stands.
 * Four statements, however many mailboxes are asked for.
 */
export function createProgressReader(db: HostDatabase, rate: HydrationRate, now: () => number): ProgressReader {
  const sql = new Sql(db);
  return {
    async read(accounts) {
      if (accounts.length === 0) return new Map();
      const ids = JSON.stringify(accounts.map((account) => account.id));
      // All messages are counted inside an index and the few that are gone, by theirs (the plus keeps the other index
      // away), are taken off: reading `goneAt` of each of 100,000 rows took half a second.
      const [cursors, work, operations, mailboxes] = await Promise.all([
        sql.rows(
          `SELECT "accountId", "value" FROM {mailCursors} WHERE "accountId" IN ${sql.ids(1)} AND "name" = 'listing'`,
          [ids],
        ),
        sql.rows(
          `SELECT "accountId", "kind", "status", count(*) AS "count" FROM {mailWorkItems}
            WHERE "accountId" IN ${sql.ids(1)} GROUP BY "accountId", "kind", "status"`,
          [ids],
        ),
        sql.rows(
          `SELECT "accountId", "status", count(*) AS "count" FROM {mailOperations}
            WHERE "accountId" IN ${sql.ids(1)} AND "status" <> 'pushed' GROUP BY "accountId", "status"`,
          [ids],
        ),
        sql.rows(
          `SELECT a."id",
                  (SELECT count(*) FROM {mailMessages} AS m WHERE m."accountId" = a."id"
                      AND (a."syncFrom" IS NULL OR m."receivedAt" >= a."syncFrom"))
                  - (SELECT count(*) FROM {mailMessages} AS g WHERE g."goneAt" IS NOT NULL AND +g."accountId" = a."id"
                      AND (a."syncFrom" IS NULL OR g."receivedAt" >= a."syncFrom")) AS "here",
                  (SELECT count(*) FROM {mailInventory} AS i WHERE i."accountId" = a."id" AND NOT i."closed") AS "listed",
                  (SELECT l."polledAt" FROM {mailLeases} AS l WHERE l."accountId" = a."id") AS "polledAt"
             FROM {mailAccounts} AS a WHERE a."id" IN ${sql.ids(1)}`,
          [ids],
        ),
      ]);
      const listings = new Map(cursors.map((row) => [String(row.accountId), String(row.value)]));
      const counted = (rows: typeof work, account: string, matches: (row: (typeof work)[number]) => boolean) =>
        rows
          .filter((row) => String(row.accountId) === account && matches(row))
          .reduce((sum, row) => sum + Number(row.count), 0);
      return new Map(
        mailboxes.map((row) => {
          const accountId = String(row.id);
          const here = Number(row.here);
          const toFetch = counted(
            work,
            accountId,
            ({ kind, status }) => kind === 'hydrate' && status !== 'quarantined',
          );
          const quarantined = counted(work, accountId, ({ status }) => status === 'quarantined');
          const listing = listingProgress(listings.get(accountId) ?? null);
          const account = accounts.find((candidate) => candidate.id === accountId);
          const waits = account?.notBefore ?? null;
          // A start that a person has just moved: no slice has taken it up yet.
          const listedFrom = parseListing(listings.get(accountId))?.syncFrom;
          const startMoved = listedFrom !== undefined && listedFrom !== (account?.syncFrom ?? null);
          const progress = progressOf({
            here,
            toFetch,
            quarantined,
            inventory: Number(row.listed),
            listing,
            startMoved,
            msPerMessage: rate.measured(accountId) ?? (account ? rate.allowed(account.provider) : 0),
            waitMs: waits === null ? 0 : Math.max(0, waits - now()),
          });
          const facts: SyncFacts = {
            progress,
            pendingWork: counted(work, accountId, ({ status }) => status !== 'quarantined'),
            pendingOperations: counted(operations, accountId, ({ status }) => status === 'applied'),
            conflictedOperations: counted(operations, accountId, ({ status }) => status === 'conflicted'),
            polledAt: row.polledAt === null || row.polledAt === undefined ? null : Number(row.polledAt),
          };
          return [accountId, facts];
        }),
      );
    },
  };
}

export interface ProgressInput {
  readonly here: number;
  readonly toFetch: number;
  readonly quarantined: number;
  readonly inventory: number;
  readonly listing: ReturnType<typeof listingProgress>;
  readonly startMoved: boolean;
  readonly msPerMessage: number;
  readonly waitMs: number;
}

/** Pure: the numbers that the progress bar shows. `hydrated` equals `total` when nothing is left to fetch. */
export function progressOf(input: ProgressInput): SyncProgress {
  const { here, toFetch, quarantined, listing } = input;
  const known = here + toFetch + quarantined;
  // While the scope is being listed, its expected size is the better total; afterwards what is known is exact.
  const counting = listing !== null && listing.phase === 'scope';
  const total = counting ? Math.max(known, listing.expected ?? 0) : known;
  const left = total - here - quarantined;
  const listingOpen = input.startMoved || listing === null || listing.phase === 'scope' || listing.phase === 'complete';
  const phase = left > 0 && !(listing === null) ? 'hydrating' : listingOpen ? 'listing' : 'done';
  const honest = listing !== null && (!counting || listing.expected !== null);
  return {
    listed: Math.max(input.inventory, listing?.inScope ?? 0, here),
    hydrated: here,
    total,
    etaSeconds: left > 0 && honest ? Math.ceil((left * input.msPerMessage + input.waitMs) / 1000) : null,
    phase,
    quarantined,
  };
}
