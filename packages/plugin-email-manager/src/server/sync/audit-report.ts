import type { Context } from '@nocobase/actions';
import { parseAudit } from '@email-manager/mail-engine/sync/audit';
import type { AuditReport } from '../../shared/api';
import type { AccountRow } from '../accounts/account-store';
import { accountErrorWords, errorCodeOf } from '../accounts/account-views';
import type { Services } from '../services';
import { NAMESPACE } from '../words';

/** What the last verification of a mailbox found, or how far the one that runs has come. */
export async function readAuditReport(services: Services, account: AccountRow, ctx: Context): Promise<AuditReport> {
  const state = parseAudit(await services.store.cursor(account.id, 'verify'));
  const requests = await services.accounts.requestsOf(account.id);
  // A request that no slice has taken up yet counts as running already.
  const asked =
    (requests.verify !== undefined && requests.verify !== state?.token) ||
    (requests.repair !== undefined && requests.repair !== state?.repair);
  const running = asked || (state !== null && state.phase !== 'done');
  const code = errorCodeOf(account);
  const stuck = running && code !== null;
  const translate = (key: string, options?: object) => ctx.t(key, { ...options, ns: NAMESPACE }) as string;
  return {
    status: stuck ? 'failed' : running ? 'running' : state?.result ? 'done' : 'none',
    provider: state?.result?.provider ?? null,
    here: state?.result?.here ?? null,
    missing: state?.result?.missing ?? null,
    extra: state?.result?.extra ?? null,
    older: state?.result?.older ?? null,
    ...(state && running ? { listedSoFar: state.position } : {}),
    checkedAt: state?.checkedAt ? new Date(state.checkedAt).toISOString() : null,
    ...(stuck ? { error: accountErrorWords(services.registry, account, code, translate) } : {}),
  };
}
