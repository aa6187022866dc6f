import { Op, Sequelize, Utils } from 'sequelize';
import { accessDenied } from './access-denied';
import type { SqlMentions } from './sql-mentions';

type Parts = Record<string | symbol, unknown>;

const { Literal } = Utils as unknown as { Literal: new (sql: string) => { val: unknown } };
const own = new WeakSet<object>();

/** SQL that the guard itself adds to a query's options. */
export function ownSql(sql: string): object {
  const literal = Sequelize.literal(sql);
  own.add(literal);
  return literal;
}

/** Where free SQL can hide in the options of a Sequelize query. */
const PARTS = ['attributes', 'where', 'having', 'order', 'group', 'on', 'replacements'] as const;

/** Objects in those places that hold no conditions: values, and associations in an order. */
const isOpaque = (value: object): boolean =>
  value instanceof Date || ArrayBuffer.isView(value) || own.has(value) || 'associationType' in value;

function walk(value: unknown, mentions: SqlMentions, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value) || isOpaque(value)) return;
  seen.add(value);
  if (value instanceof Literal && mentions.of(String(value.val)).size > 0) throw accessDenied();
  for (const key of Reflect.ownKeys(value)) walk((value as Parts)[key], mentions, seen);
}

/**
 * Refuses free SQL inside a query's options that reads a mail table by itself, such as a subquery in a literal: it
 * would name the same tables as the restricted query and so pass for a part of it.
 */
export function refuseHiddenSql(options: Parts, mentions: SqlMentions): void {
  const seen = new Set<object>();
  for (const part of PARTS) walk(options[part], mentions, seen);
  for (const include of (options.include as Parts[] | undefined) ?? []) {
    refuseHiddenSql(include, mentions);
    const through = include.through as Parts | undefined;
    if (through) for (const part of PARTS) walk(through[part], mentions, seen);
  }
}

/** Keys whose value is a condition; under any other key a literal is a value. */
const CONNECTIVES = new Set<string | symbol>([Op.and, Op.or, Op.not]);

const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value) as object);

/**
 * The same conditions with every piece of free SQL in parentheses, so that an OR inside it cannot reach over the AND
 * that the restriction is joined by. @throws MAIL_ACCESS_DENIED for SQL that parentheses would not hold together.
 */
export function heldTogether(where: unknown, mentions: SqlMentions): unknown {
  if (typeof where !== 'object' || where === null || isOpaque(where)) return where;
  if (where instanceof Literal) {
    const sql = String(where.val);
    if (!mentions.isOnePiece(sql)) throw accessDenied();
    return Sequelize.literal(`(${sql})`);
  }
  if (Array.isArray(where)) return where.map((item) => heldTogether(item, mentions));
  if (!isPlain(where)) {
    // Sequelize's where(left, operator, right).
    const { logic } = where as { logic?: unknown };
    if (logic instanceof Literal && !mentions.isValue(String(logic.val))) throw accessDenied();
    return where;
  }
  // A literal that is a value stays as it is: "IN (subquery)" means something else in double parentheses.
  return Object.fromEntries(
    Reflect.ownKeys(where).map((key) => {
      const value = (where as Parts)[key];
      if (value instanceof Literal && !CONNECTIVES.has(key)) {
        if (!mentions.isValue(String(value.val))) throw accessDenied();
        return [key, value];
      }
      return [key, heldTogether(value, mentions)];
    }),
  );
}
