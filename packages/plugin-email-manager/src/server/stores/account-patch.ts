import type { AccountPatch } from '@email-manager/mail-engine/ports/mail-store';
import { cleanText, cleanTextOrNull, type Bind, type Sql, type Transaction } from './sql';

export async function patchAccount(
  sql: Sql,
  transaction: Transaction,
  accountId: string,
  patch: AccountPatch,
  now: number,
): Promise<void> {
  const binds: Bind[] = [accountId];
  const sets: string[] = [];
  const set = (column: string, value: Bind, isTime = false) => {
    binds.push(value);
    sets.push(`"${column}" = ${isTime ? sql.timeParameter(binds.length) : `$${binds.length}`}`);
  };
  if (patch.lastSyncedAt !== undefined) set('lastSyncedAt', sql.time(patch.lastSyncedAt), true);
  if (patch.notBefore !== undefined) set('notBefore', sql.time(patch.notBefore), true);
  if (patch.remoteTotal !== undefined) set('remoteTotal', patch.remoteTotal);
  if (patch.error !== undefined) {
    const { error } = patch;
    set('errorKind', error ? cleanText(error.kind, 64) : null);
    set('errorCode', error ? cleanTextOrNull(error.providerCode, 128) : null);
    set('errorMessage', error ? cleanText(error.message, 2000) : null);
    set('errorAt', error ? sql.time(now) : null, true);
  }
  if (sets.length === 0) return;
  await sql.run(`UPDATE {mailAccounts} SET ${sets.join(', ')} WHERE "id" = $1`, binds, transaction);
}
