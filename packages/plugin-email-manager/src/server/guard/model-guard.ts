import type { Application } from '@nocobase/server';
import { Op } from 'sequelize';
import { accessDenied } from './access-denied';
import { EXPOSED, mailCollectionNames, type ExposureRule } from './mail-collections';
import { heldTogether, ownSql, refuseHiddenSql } from './query-shape';
import { SqlMentions } from './sql-mentions';
import { accessContext, trusted } from './trusted';
import { currentVisibility, type Visibility } from './visibility';

/** The tables that a statement may read because the guard itself restricted it. Not exported: nobody else can set it. */
const GUARDED_TABLES: unique symbol = Symbol('guarded tables');
const INSTALLED = Symbol.for('@nocobase/plugin-email-manager:guard');

type Options = Record<string | symbol, unknown>;

interface GuardedModel {
  name: string;
  rawAttributes: Record<string, { field?: string }>;
  getTableName(): string | { tableName: string };
}

interface Include extends Options {
  model?: GuardedModel;
  through?: { model?: GuardedModel };
  include?: Include[];
  where?: unknown;
  or?: unknown;
}

interface QueryInterface {
  select(model: GuardedModel | null, table: unknown, options: Options): Promise<unknown>;
  rawSelect(table: unknown, options: Options, selector: unknown, model?: GuardedModel): Promise<unknown>;
}

interface GuardedSequelize {
  [INSTALLED]?: GuardState;
  query(sql: string | { query?: string }, options?: Options): Promise<unknown>;
  getQueryInterface(): QueryInterface;
  getDialect(): string;
}

interface GuardState {
  app: Application;
  mentions: SqlMentions;
  /** Table (lower case) of each collection of ours. */
  collectionOfTable: ReadonlyMap<string, string>;
}

const tableOf = (model: GuardedModel): string => {
  const table = model.getTableName();
  return typeof table === 'string' ? table : table.tableName;
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function stateOf(app: Application): GuardState {
  const { db } = app;
  const { tablePrefix = '', underscored } = db.options as { tablePrefix?: string; underscored?: boolean };
  const collectionOfTable = new Map<string, string>();
  for (const name of mailCollectionNames(db.collections.values() as never)) {
    const collection = db.getCollection(name);
    const guess = `${tablePrefix}${underscored ? snakeCase(name) : name}`;
    const table = collection ? tableOf(collection.model) : guess;
    collectionOfTable.set(table.toLowerCase(), name);
  }
  const dialect = db.sequelize.getDialect();
  const mentions = new SqlMentions(collectionOfTable.keys(), dialect === 'mysql' || dialect === 'mariadb');
  return { app, mentions, collectionOfTable };
}

/** The rule of a model of an exposed collection, null for models that are not ours. @throws for every other of ours. */
function ruleOf(state: GuardState, model: GuardedModel): { name: string; rule: ExposureRule } | null {
  const name = state.collectionOfTable.get(tableOf(model).toLowerCase());
  if (name === undefined) return null;
  const rule = EXPOSED[name];
  // Another collection laid over one of our tables has other fields, maybe without the mailbox: refused.
  if (!rule || model.name !== name) throw accessDenied();
  return { name, rule };
}

function columnOf(model: GuardedModel, attribute: string): string {
  const found = model.rawAttributes[attribute];
  if (!found) throw accessDenied();
  return found.field ?? attribute;
}

/** What restricts a model's rows to what is visible. Every table that the statement will name goes into `tables`. */
function restriction(state: GuardState, model: GuardedModel, visibility: Visibility, tables: Set<string>): Options {
  const guarded = ruleOf(state, model);
  if (!guarded) throw accessDenied();
  const { name, rule } = guarded;
  tables.add(tableOf(model).toLowerCase());
  const ids = name === 'mailAccounts' ? visibility.rowIds : visibility.accountIds;
  const where: Options = { [columnOf(model, rule.accountAttribute)]: { [Op.in]: [...ids] } };
  if (rule.gone === 'own') where[columnOf(model, 'goneAt')] = null;
  if (rule.gone === 'ofMessage') where[columnOf(model, 'messageId')] = { [Op.notIn]: goneMessages(state, tables) };
  return where;
}

/** A subquery of ours with the ids of messages that are gone; few, since they are purged. */
function goneMessages(state: GuardState, tables: Set<string>): unknown {
  const collection = state.app.db.getCollection('mailMessages');
  const model = collection.model as unknown as GuardedModel;
  tables.add(tableOf(model).toLowerCase());
  const builder = state.app.db.sequelize.getQueryInterface();
  const id = builder.quoteIdentifier(columnOf(model, 'id'), true);
  const goneAt = builder.quoteIdentifier(columnOf(model, 'goneAt'), true);
  return ownSql(`(SELECT ${id} FROM ${collection.quotedTableName()} WHERE ${goneAt} IS NOT NULL)`);
}

const and = (state: GuardState, existing: unknown, added: Options): Options => ({
  [Op.and]: existing ? [added, heldTogether(existing, state.mentions)] : [added],
});

/** Restricts the joined models at any depth, and notes their tables. @throws for joins that cannot be restricted. */
function guardIncludes(
  state: GuardState,
  includes: readonly Include[],
  visibility: Visibility,
  tables: Set<string>,
): void {
  for (const include of includes) {
    const { model, through } = include;
    if (through?.model && ruleOf(state, through.model)) throw accessDenied();
    if (model && ruleOf(state, model)) {
      // "OR" would join rows that match the restriction without matching the association, and the reverse.
      if (include.or) throw accessDenied();
      include.where = and(state, include.where, restriction(state, model, visibility, tables));
    }
    if (include.include) guardIncludes(state, include.include, visibility, tables);
  }
}

/** The options of a SELECT on one of our models, restricted to what is visible; others are returned as they are. */
async function guardSelect(
  state: GuardState,
  model: GuardedModel | null | undefined,
  options: Options,
): Promise<Options> {
  if (!model || !state.collectionOfTable.has(tableOf(model).toLowerCase())) return options;
  if (accessContext()?.kind === 'trusted') return options;
  ruleOf(state, model);
  // A limit for each parent builds a statement of its own that the restriction would have to be repeated in.
  if (options.groupedLimit) throw accessDenied();
  refuseHiddenSql(options, state.mentions);
  const visibility = await currentVisibility(state.app, options.transaction);
  const tables = new Set<string>();
  guardIncludes(state, (options.include as Include[] | undefined) ?? [], visibility, tables);
  return {
    ...options,
    where: and(state, options.where, restriction(state, model, visibility, tables)),
    [GUARDED_TABLES]: tables,
  };
}

/** Refuses a statement on our tables unless it is our own or one that `guardSelect` restricted. */
function checkStatement(state: GuardState, sql: unknown, options: Options | undefined): void {
  if (accessContext()?.kind === 'trusted') return;
  const text = typeof sql === 'string' ? sql : (sql as { query?: unknown } | null)?.query;
  if (typeof text !== 'string') return;
  const mentioned = state.mentions.of(text);
  if (mentioned.size === 0) return;
  const guarded = options?.[GUARDED_TABLES] as ReadonlySet<string> | undefined;
  for (const table of mentioned) if (!guarded?.has(table)) throw accessDenied();
}

/** Sequelize's changes of a column on SQLite copy the table; they are schema changes and give nobody a row. */
const SCHEMA_METHODS = [
  'addColumn',
  'removeColumn',
  'changeColumn',
  'renameColumn',
  'addConstraint',
  'removeConstraint',
  'renameTable',
] as const;

/**
 * Puts the guard under every query of the application's database. Two layers:
 * - each SELECT that Sequelize builds from one of our models (find, count, aggregate, joins, with or without hooks)
 *   passes `select` or `rawSelect`, is restricted there and marked;
 * - every statement at all passes `sequelize.query`; one that reads or writes a table of ours without that mark, built
 *   by whomever in whatever way, is refused. Nothing has to be foreseen for this layer to hold.
 *
 * Installed once for each Sequelize instance; after a reload the same patch serves the new application object.
 */
export function installModelGuard(app: Application): void {
  const sequelize = app.db.sequelize as unknown as GuardedSequelize;
  const installed = sequelize[INSTALLED];
  if (installed) {
    Object.assign(installed, stateOf(app));
    return;
  }
  const state = stateOf(app);
  sequelize[INSTALLED] = state;

  const query = sequelize.query.bind(sequelize);
  sequelize.query = async (sql, options) => {
    checkStatement(state, sql, options);
    return query(sql, options);
  };

  const builder = sequelize.getQueryInterface();
  const select = builder.select.bind(builder);
  const rawSelect = builder.rawSelect.bind(builder);
  builder.select = async (model, table, options) => select(model, table, await guardSelect(state, model, options));
  builder.rawSelect = async (table, options, selector, model) =>
    rawSelect(table, await guardSelect(state, model, options), selector, model);

  const methods = builder as unknown as Record<string, (...values: unknown[]) => unknown>;
  for (const name of SCHEMA_METHODS) {
    const method = methods[name]?.bind(builder);
    if (method) methods[name] = (...values) => trusted('schema change', () => method(...values));
  }
}
