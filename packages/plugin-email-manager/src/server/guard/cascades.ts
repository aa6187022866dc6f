import type { Application } from '@nocobase/server';
import { mailCollectionNames } from './mail-collections';

interface Reference {
  sourceCollectionName: string;
}

interface ReferenceMap {
  getReferences(collection: string): Reference[] | undefined;
}

const INSTALLED = Symbol.for('@nocobase/plugin-email-manager:cascades');

/**
 * Keeps mail out of NocoBase's cascades. When a row is deleted NocoBase counts, clears or deletes the rows that refer to
 * it, also by associations that an administrator added. For mail each of these is refused, and the person could not be
 * deleted; what becomes of a deleted person's mail is decided by the plugin.
 */
export function keepOutOfCascades(app: Application): void {
  const map = app.db.referenceMap as unknown as ReferenceMap & { [INSTALLED]?: boolean };
  if (map[INSTALLED]) return;
  map[INSTALLED] = true;
  const names = new Set(mailCollectionNames(app.db.collections.values() as never));
  const getReferences = map.getReferences.bind(map);
  map.getReferences = (collection) =>
    getReferences(collection)?.filter((reference) => !names.has(reference.sourceCollectionName));
}
