import type { Application } from '@nocobase/server';
import { accessDenied } from './access-denied';
import { EXPOSED, mailCollectionNames } from './mail-collections';

interface Field {
  options: { target?: string; hidden?: boolean };
}

interface Caller {
  action: { params: Record<string, unknown> };
  can(options: { resource: string; action: string }): { params?: Record<string, unknown> } | null;
}

const list = (value: unknown): string[] => {
  if (typeof value === 'string') return value.split(',');
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
};

/** Paths of fields that a filter looks at: `{ $and: [{ 'user.nickname.$includes': 'x' }] }` gives `user.nickname`. */
function filterPaths(filter: unknown, prefix: readonly string[] = []): string[][] {
  if (typeof filter !== 'object' || filter === null) return prefix.length > 0 ? [[...prefix]] : [];
  if (Array.isArray(filter)) return filter.flatMap((item) => filterPaths(item, prefix));
  return Object.entries(filter).flatMap(([key, value]) =>
    filterPaths(value, [...prefix, ...key.split('.').filter((part) => part !== '' && !part.startsWith('$'))]),
  );
}

/**
 * Listing and getting mail is granted to everybody, so it must not open a way through an association into collections
 * that the caller may not list: not by `appends` or `fields`, and not by filters and sorting, which answer questions
 * about rows that are not shown. @throws MAIL_ACCESS_DENIED
 */
export function refuseForeignPaths(app: Application, collectionName: string, ctx: Caller): void {
  const ours = new Set(mailCollectionNames(app.db.collections.values() as never));
  const { params } = ctx.action;
  let filter = params.filter;
  if (typeof filter === 'string') filter = JSON.parse(filter) as unknown;
  const paths = [
    ...[...list(params.appends), ...list(params.fields)].map((path) => path.split('.')),
    ...list(params.sort).map((path) => path.replace(/^[-+]/, '').split('.')),
    ...filterPaths(filter),
  ];
  for (const path of paths) {
    let current = collectionName;
    for (const name of path) {
      const field = app.db.getCollection(current)?.getField(name.replace(/\(.*\)$/, '')) as Field | undefined;
      if (!field) break;
      if (field.options.hidden) throw accessDenied();
      const { target } = field.options;
      if (!target) break;
      if (ours.has(target) ? !EXPOSED[target] : !mayListAll(ctx, target)) throw accessDenied();
      current = target;
    }
  }
}

/** True when the role may list every row and field of a collection. */
function mayListAll(ctx: Caller, resource: string): boolean {
  const can = ctx.can({ resource, action: 'list' });
  if (!can) return false;
  const { filter, fields } = can.params ?? {};
  return filter === undefined && fields === undefined;
}
