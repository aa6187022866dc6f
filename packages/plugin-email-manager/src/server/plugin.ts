import { Plugin } from '@nocobase/server';
import { registerActions } from './actions/register';
import { loggableError } from './errors';
import { refuseForeignTables } from './foreign-tables';
import { installGuard } from './guard/install';
import { watchUsers } from './integrations/user-lifecycle';
import { checkSchema, recordSchemaVersion } from './schema-check';
import { createServices, type Services } from './services';
import { installWriteQueue } from './write-queue';

/**
 * Registration only; what is registered lives in the folders beside this file. `load` may run again at any time on a
 * new instance: whatever this instance starts it ends in `beforeStop`.
 */
export class PluginEmailManagerServer extends Plugin {
  private services: Services | null = null;

  override async beforeEnable() {
    await refuseForeignTables(this.db as never);
  }

  override async install() {
    await recordSchemaVersion(this.db as never);
  }

  override async load() {
    const services = createServices(this.app, String(this.options.version ?? 'unknown'));
    this.services = services;
    if (this.db.inDialect('sqlite')) {
      const { warn } = services.log;
      installWriteQueue(this.db.sequelize as never, { log: (message, fields) => warn(message, { ...fields }) });
    }
    installGuard(this.app);
    registerActions(this.app, services);
    watchUsers(this.app, services);
    this.app.on('afterUpgrade', () => recordSchemaVersion(this.db as never));
    this.app.on('afterStart', () => this.startWork(services));
    this.app.on('beforeStop', () => services.stop());
  }

  /** Nothing is synchronised on a database that this code does not fit. */
  private async startWork(services: Services): Promise<void> {
    if (this.services !== services) return;
    try {
      const state = await checkSchema(this.db as never);
      services.refuseSync(state.ok ? null : state.code);
      if (state.ok) services.worker.start();
      else services.log.error(state.message, { missing: state.missing.length });
    } catch (error) {
      services.refuseSync('INTERNAL_ERROR');
      services.log.error('The database could not be checked; nothing is synchronised.', loggableError(error));
    }
  }
}
