import type { Database } from '@nocobase/database';
import type { SliceResult } from '@email-manager/mail-engine/sync/runner';
import { dateMs, table, write } from '../database';
import { trusted } from '../guard/trusted';

export interface LastRun {
  readonly startedAt: string;
  readonly durationMs: number;
  readonly status: string;
  readonly calls: number;
  readonly hydrated: number;
}

export interface RunLog {
  /** Slices that did nothing and met nothing are not worth a row. */
  record(accountId: string, startedAt: number, durationMs: number, units: number, result: SliceResult): Promise<void>;
  last(accountIds: readonly string[]): Promise<Map<string, LastRun>>;
}

export function createRunLog(db: Database): RunLog {
  const runs = () => table(db, 'mailSyncRuns');
  return {
    async record(accountId, startedAt, durationMs, units, result) {
      const { did } = result;
      if (did.commits === 0 && result.error === null) return;
      const row = {
        accountId,
        startedAt: new Date(startedAt),
        durationMs: Math.round(durationMs),
        status: result.status,
        calls: did.calls,
        units: Math.round(units),
        listed: did.listed,
        hydrated: did.hydrated,
        changed: did.events,
        gone: did.gone,
        failed: did.failed,
        errorKind: result.error?.kind ?? null,
        errorCode: result.error?.providerCode?.slice(0, 128) ?? null,
      };
      await write(db, 'run log', (transaction) => runs().create(row, { transaction }));
    },

    async last(accountIds) {
      const found = new Map<string, LastRun>();
      for (const accountId of accountIds) {
        const row = await trusted('run log', () =>
          runs().findOne({ where: { accountId }, order: [['startedAt', 'DESC']] }),
        );
        if (!row) continue;
        found.set(accountId, {
          startedAt: new Date(dateMs(row.get('startedAt')) ?? 0).toISOString(),
          durationMs: Number(row.get('durationMs')),
          status: String(row.get('status')),
          calls: Number(row.get('calls')),
          hydrated: Number(row.get('hydrated')),
        });
      }
      return found;
    },
  };
}
