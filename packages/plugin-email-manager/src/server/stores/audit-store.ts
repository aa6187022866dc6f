import { idSource } from './ids';
import { Sql, toMs, type Columns, type HostDatabase } from './sql';

/** The outcome of one verification: numbers only. */
export interface AuditRecord {
  readonly status: 'done' | 'failed';
  readonly provider: number | null;
  readonly here: number | null;
  readonly missing: number | null;
  readonly extra: number | null;
  readonly older: number | null;
  /** Epoch ms. */
  readonly startedAt: number | null;
  readonly checkedAt: number | null;
}

export interface AuditStore {
  /** Keeps the outcome in the mailbox's history; the oldest beyond twenty are dropped. */
  add(accountId: string, userId: string | null, audit: AuditRecord): Promise<void>;
  /** Newest first. */
  history(accountId: string, limit: number): Promise<AuditRecord[]>;
}

const KEPT = 20;

const AUDIT_COLUMNS = {
  id: 'id',
  accountId: 'id',
  userId: 'id',
  status: 'text',
  provider: 'int',
  here: 'int',
  missing: 'int',
  extra: 'int',
  older: 'int',
  startedAt: 'time',
  checkedAt: 'time',
} as const satisfies Columns;

export function createAuditStore(db: HostDatabase): AuditStore {
  const sql = new Sql(db);
  const newId = idSource(db);
  return {
    add: (accountId, userId, audit) =>
      sql.transaction(async (transaction) => {
        const row = {
          ...audit,
          id: newId(),
          accountId,
          userId,
          startedAt: sql.time(audit.startedAt),
          checkedAt: sql.time(audit.checkedAt),
        };
        await sql.run(sql.insert('mailAudits', AUDIT_COLUMNS), [sql.pack([row])], transaction);
        await sql.run(
          `DELETE FROM {mailAudits} WHERE "accountId" = $1 AND "id" NOT IN (
             SELECT "id" FROM {mailAudits} WHERE "accountId" = $1 ORDER BY "startedAt" DESC, "id" DESC LIMIT ${KEPT})`,
          [accountId],
          transaction,
        );
      }),

    async history(accountId, limit) {
      const rows = await sql.rows(
        `SELECT * FROM {mailAudits} WHERE "accountId" = $1 ORDER BY "startedAt" DESC, "id" DESC LIMIT $2`,
        [accountId, limit],
      );
      const number = (value: unknown) => (value === null || value === undefined ? null : Number(value));
      return rows.map((row) => ({
        status: row.status as AuditRecord['status'],
        provider: number(row.provider),
        here: number(row.here),
        missing: number(row.missing),
        extra: number(row.extra),
        older: number(row.older),
        startedAt: toMs(row.startedAt),
        checkedAt: toMs(row.checkedAt),
      }));
    },
  };
}
