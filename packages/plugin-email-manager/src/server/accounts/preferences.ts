import type { MailPreferences } from '../../shared/api';
import { Sql, type HostDatabase, type Row } from '../stores/sql';

const DEFAULTS: MailPreferences = { badge: 'primary', tab: 'primary' };

/** What people have chosen for their own mail pages. */
export interface Preferences {
  of(userId: string): Promise<MailPreferences>;
  /** Resolves to all of them after the change. */
  change(userId: string, change: Partial<MailPreferences>): Promise<MailPreferences>;
}

export function createPreferences(db: HostDatabase, now: () => number): Preferences {
  const sql = new Sql(db);
  const of = async (userId: string) => {
    const [row] = await sql.rows(`SELECT "badge", "tab" FROM {mailUserSettings} WHERE "userId" = $1`, [userId]);
    return preferencesOf(row);
  };
  return {
    of,

    async change(userId, { badge, tab }) {
      if (badge === undefined && tab === undefined) return of(userId);
      const at = sql.timeParameter(4);
      const [row] = await sql.urgentTransaction((transaction) =>
        sql.rows(
          `INSERT INTO {mailUserSettings} AS t ("userId", "badge", "tab", "createdAt", "updatedAt")
           VALUES ($1, $2, $3, ${at}, ${at})
           ON CONFLICT ("userId") DO UPDATE SET "badge" = coalesce(excluded."badge", t."badge"),
             "tab" = coalesce(excluded."tab", t."tab"), "updatedAt" = excluded."updatedAt"
           RETURNING "badge", "tab"`,
          [userId, badge ?? null, tab ?? null, sql.time(now())],
          transaction,
        ),
      );
      return preferencesOf(row);
    },
  };
}

function preferencesOf(row: Row | undefined): MailPreferences {
  return {
    badge: row?.badge === 'all' ? 'all' : DEFAULTS.badge,
    tab: row?.tab === 'other' ? 'other' : DEFAULTS.tab,
  };
}
