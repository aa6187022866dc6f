import { Sequelize } from 'sequelize';
import { accessDenied } from './access-denied';
import type { SqlMentions } from './sql-mentions';

const own = new WeakSet<object>();

/** SQL that the guard itself adds to a query's options. */
export function ownSql(sql: string): object {
  const literal = Sequelize.literal(sql);
  own.add(literal);
  return literal;
}

/** Where free SQL can hide in the options of a Sequelize query; models and associations are no content. */
const PARTS = ['attributes', 'where', 'having', 'order', 'group', 'on', 'replacements'] as const;

const isContainer = (value: object): boolean => {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Sequelize's fn, col, cast, json, where and literal.
  return typeof (value as { _isSequelizeMethod?: unknown })._isSequelizeMethod === 'boolean';
};

function walk(value: unknown, mentions: SqlMentions, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value) || own.has(value) || !isContainer(value)) return;
  seen.add(value);
  const literal = (value as { val?: unknown; _isSequelizeMethod?: unknown })._isSequelizeMethod
    ? (value as { val?: unknown }).val
    : undefined;
  if (typeof literal === 'string' && mentions.of(literal).size > 0) throw accessDenied();
  for (const key of Reflect.ownKeys(value)) walk((value as Record<string | symbol, unknown>)[key], mentions, seen);
}

/**
 * Refuses free SQL inside a query's options that reads a mail table by itself, such as a subquery in a literal: it
 * would name the same tables as the restricted query and so pass for a part of it.
 */
export function refuseHiddenSql(options: Record<string | symbol, unknown>, mentions: SqlMentions): void {
  const seen = new Set<object>();
  for (const part of PARTS) walk(options[part], mentions, seen);
  const includes = options.include as Record<string, unknown>[] | undefined;
  for (const include of includes ?? []) {
    refuseHiddenSql(include, mentions);
    const through = include.through as Record<string, unknown> | undefined;
    if (through) for (const part of PARTS) walk(through[part], mentions, seen);
  }
}
