import os from 'node:os';
import type { Context } from '@nocobase/actions';
import type { AccountHealthReport, Diagnostics, HealthReport } from '../../shared/api';
import type { AccountRow } from '../accounts/account-store';
import { EMPTY_FACTS, errorCodeOf, lastSyncedAt } from '../accounts/account-views';
import type { Services } from '../services';
import { healthOf } from '../sync/health';
import { NAMESPACE, refusalWords } from '../words';
import { action, userId, type ActionHandler } from './action';

/** `mailHealth:*`: everything a page shows about the sync, from rows; ids, codes and numbers only. */
export function mailHealth(services: Services): Record<string, ActionHandler> {
  const { accounts, progress, runLog, log, clock } = services;

  async function reports(rows: readonly AccountRow[]): Promise<AccountHealthReport[]> {
    const [facts, runs, { syncIntervalSeconds }] = await Promise.all([
      progress.read(rows),
      runLog.last(rows.map((row) => row.id)),
      services.settings.general(),
    ]);
    return rows.map((row) => {
      const found = facts.get(row.id) ?? EMPTY_FACTS;
      return {
        accountId: row.id,
        provider: row.provider,
        status: row.status,
        health: healthOf(row, found, clock.now(), syncIntervalSeconds),
        progress: found.progress,
        lastSyncedAt: lastSyncedAt(row, found),
        notBefore: row.notBefore === null ? null : new Date(row.notBefore).toISOString(),
        errorCode: errorCodeOf(row),
        pendingWork: found.pendingWork,
        quarantined: found.progress.quarantined,
        pendingOperations: found.pendingOperations,
        conflictedOperations: found.conflictedOperations,
        lastRun: runs.get(row.id) ?? null,
      };
    });
  }

  /** One's own; whoever manages the Email manager gets everybody's numbers. */
  async function rowsFor(ctx: Context): Promise<AccountRow[]> {
    return services.managesMail(ctx) ? accounts.all() : accounts.findMany(await accounts.idsOfMember(userId(ctx)));
  }

  return {
    get: action(log, 'mailHealth:get', async (ctx): Promise<{ data: HealthReport }> => {
      const refused = services.syncRefused();
      const translate = (key: string, options?: object) => ctx.t(key, { ...options, ns: NAMESPACE }) as string;
      return {
        data: {
          accounts: await reports(await rowsFor(ctx)),
          syncRefused: refused === null ? null : refusalWords(translate, { code: refused }),
          database: services.database,
        },
      };
    }),

    diagnostics: action(log, 'mailHealth:diagnostics', async (ctx): Promise<{ data: Diagnostics }> => {
      const found = await reports(await rowsFor(ctx));
      const clients = await Promise.all(
        services.registry.all.map(async ({ name, settings }) =>
          settings.describe(await services.settings.client(name)),
        ),
      );
      const lines = [
        `Email manager ${services.versions.plugin}, NocoBase ${services.versions.nocobase}, Node ${process.versions.node}, ${os.platform()}`,
        `database ${services.database}, worker ${services.worker.running ? 'running' : 'stopped'}, sync ${services.syncRefused() ?? 'allowed'}`,
        ...clients,
        ...found.map(describe),
      ];
      return { data: { text: lines.join('\n') } };
    }),
  };
}

function describe(report: AccountHealthReport): string {
  const { progress, lastRun } = report;
  return [
    `mailbox ${report.accountId} ${report.provider} ${report.status} ${report.health}`,
    `error ${report.errorCode ?? 'none'}`,
    `listed ${progress.listed} here ${progress.hydrated} of ${progress.total} ${progress.phase}`,
    `work ${report.pendingWork} quarantined ${report.quarantined}`,
    `operations ${report.pendingOperations} conflicted ${report.conflictedOperations}`,
    `synced ${report.lastSyncedAt ?? 'never'} not before ${report.notBefore ?? 'now'}`,
    lastRun
      ? `last run ${lastRun.startedAt} ${lastRun.status} ${lastRun.durationMs} ms ${lastRun.calls} calls`
      : 'no run',
  ].join(', ');
}
