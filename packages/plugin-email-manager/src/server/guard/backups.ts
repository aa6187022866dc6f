import type { Application } from '@nocobase/server';
import { trusted } from './trusted';

interface ActionContext {
  action?: { resourceName?: string } | null;
}

/** Resources of NocoBase's backup plugins. Whoever may call them takes the whole database home anyway. */
export const BACKUP_RESOURCES: ReadonlySet<string> = new Set(['backupFiles', 'backups']);

/**
 * Lets NocoBase's backups read and restore mail: they copy tables by SQL of their own, and one refused table would spoil
 * the whole backup. Runs after the rights were checked. Secrets stay out of backups by their collections' dumpRules.
 */
export function allowBackups(app: Application): void {
  app.resourceManager.use(
    (context: unknown, next: () => Promise<unknown>) => {
      const resource = (context as ActionContext).action?.resourceName;
      return resource && BACKUP_RESOURCES.has(resource) ? trusted('backup', next) : next();
    },
    { tag: 'mail-backups', after: 'acl' },
  );
}
