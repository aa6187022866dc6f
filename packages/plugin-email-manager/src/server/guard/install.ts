import type { Application } from '@nocobase/server';
import { guardAcl } from './acl';
import { allowBackups } from './backups';
import { keepOutOfCascades } from './cascades';
import { installModelGuard } from './model-guard';
import { mailRequestContext } from './request-context';
import { isolateWorkflows } from './workflow-isolation';

/**
 * Puts the guard of the mail tables in place; call it in the plugin's `load`, when the collections are defined. Each
 * call serves the application object it is given, so that it may run again on every reload.
 */
export function installGuard(app: Application): void {
  installModelGuard(app);
  app.use(mailRequestContext, { tag: 'mailRequestContext', before: 'bodyParser' });
  guardAcl(app);
  isolateWorkflows(app);
  keepOutOfCascades(app);
  allowBackups(app);
}
