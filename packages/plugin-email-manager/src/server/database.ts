import type { Database } from '@nocobase/database';
import type { ModelStatic, Transaction } from 'sequelize';
import type { Model } from 'sequelize';
import { trusted } from './guard/trusted';

/** The Sequelize model of one of our collections. */
export function table(db: Database, name: string): ModelStatic<Model> {
  return db.getCollection(name).model as unknown as ModelStatic<Model>;
}

/**
 * A short transaction of the plugin's own code. It goes through `sequelize.transaction`, where SQLite's one write queue
 * stands. No network call may be awaited in it.
 */
export function write<T>(db: Database, reason: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return trusted(reason, () => db.sequelize.transaction((transaction: Transaction) => work(transaction)));
}

/** Ids are digits in JSON: some databases give strings, others numbers. */
export function id(value: unknown): string {
  return String(value);
}

export function dateMs(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const ms = value instanceof Date ? value.getTime() : new Date(value as string | number).getTime();
  return Number.isFinite(ms) ? ms : null;
}

export function iso(value: unknown): string | null {
  const ms = dateMs(value);
  return ms === null ? null : new Date(ms).toISOString();
}
