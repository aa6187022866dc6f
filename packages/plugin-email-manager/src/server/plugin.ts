import { Plugin } from '@nocobase/server';
import { registerActions } from './actions/register';
import { loggableError } from './errors';
import { ForeignTablesError, foreignTables, refuseForeignTables } from './foreign-tables';
import { installGuard } from './guard/install';
import { watchUsers } from './integrations/user-lifecycle';
import { checkSchema, recordSchemaVersion, upgradeRows } from './schema-check';
import { createServices, type Services } from './services';
import { installWriteQueue } from './write-queue';

/**
 * Registration only; what is registered lives in the folders beside this file. `load` may run again at any time on a
 * new instance: whatever this instance starts it ends in `beforeStop`.
 */
export class PluginEmailManagerServer extends Plugin {
  private services: Services | null = null;

  private foreign: string[] = [];

  /** Asked before our collections are known to NocoBase, which alters tables to fit the collections that it knows. */
  override async beforeLoad() {
    // Enabling ends here with a sentence, and NocoBase goes back to where it was. A host that has the plugin enabled
    // already (another plugin of this name was there before) must start all the same, without ours.
    if (!this.enabled) await refuseForeignTables(this.db);
    else this.foreign = await foreignTables(this.db);
  }

  override async loadCollections() {
    if (this.foreign.length === 0) await super.loadCollections();
  }

  override async install() {
    if (this.foreign.length === 0) await recordSchemaVersion(this.db);
  }

  /** After each upgrade of the tables; the event afterUpgrade is not sent by `start --quickstart`. */
  override async upgrade() {
    if (this.foreign.length > 0) return;
    await upgradeRows(this.db);
    await recordSchemaVersion(this.db);
  }

  override async load() {
    if (this.foreign.length > 0) {
      this.app.logger.error(new ForeignTablesError(this.foreign).message);
      return;
    }
    const services = createServices(this.app, String(this.options.version ?? 'unknown'));
    this.services = services;
    if (this.db.inDialect('sqlite')) {
      const log = (message: string, fields: object) => services.log.warn(message, { ...fields });
      installWriteQueue(this.db.sequelize as never, { log });
    }
    installGuard(this.app);
    registerActions(this.app, services);
    watchUsers(this.app, services);
    this.app.on('afterStart', () => this.startWork(services));
    this.app.on('beforeStop', () => this.endWork(services));
    // A reload without a restart ends this instance too, and begins the next one in an application that runs already.
    this.app.on('beforeReload', () => this.endWork(services));
    this.app.on('afterReload', async () => {
      if (await this.app.isStarted()) await this.startWork(services);
    });
  }

  private async endWork(services: Services): Promise<void> {
    if (this.services === services) this.services = null;
    await services.stop();
  }

  /** Nothing is synchronised on a database that this code does not fit. */
  private async startWork(services: Services): Promise<void> {
    if (this.services !== services) return;
    try {
      const state = await checkSchema(this.db as never);
      services.refuseSync(state.ok ? null : state.code);
      if (this.services !== services) return;
      if (state.ok) services.worker.start();
      else services.log.error(state.message, { missing: state.missing.length });
    } catch (error) {
      services.refuseSync('INTERNAL_ERROR');
      services.log.error('The database could not be checked; nothing is synchronised.', loggableError(error));
    }
  }
}
