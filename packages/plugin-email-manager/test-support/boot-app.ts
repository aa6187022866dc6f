import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Application } from '@nocobase/server';
import { hostDir } from '../../../scripts/lib/paths.mjs';
import { openTestDatabase, type Dialect } from './test-database';
import { requireFrom } from './host-modules';
import { serveOnLoopback, type Answer, type CallOptions, type LoopbackServer } from './http';

/** Plugins every app gets. The order matters: system-settings asks file-manager for its storage while it installs. */
const BASE_PLUGINS = [
  'field-sort',
  'file-manager',
  'data-source-main',
  'data-source-manager',
  'error-handler',
  'system-settings',
  'users',
  'auth',
  'acl',
  'ui-schema-storage',
  'environment-variables',
];

const ROOT = { account: 'admin@nocobase.com', password: 'admin123' };

export interface BootOptions {
  dialect?: Dialect;
  /** Short names of further NocoBase plugins, loaded before ours. */
  plugins?: string[];
  /** Leave the Email manager out (for tests that enable it themselves through `app.pm`). */
  withoutEmailManager?: boolean;
  /** Folder of an earlier boot: its database is used again instead of installing a new one. */
  storageDir?: string;
  /** A host folder of its own (see host-overlay.mjs). The process has to run with --preserve-symlinks then. */
  hostFolder?: string;
  /** Run NocoBase's upgrade before starting; only with `storageDir`. */
  upgrade?: boolean;
  /** Environment variables, for example EMAIL_MANAGER_GOOGLE_API_URL. Set until `stop()`. */
  env?: Record<string, string>;
}

export interface TestUser {
  id: number;
  token: string;
}

export interface TestApp {
  readonly app: Application;
  readonly db: Application['db'];
  readonly baseUrl: string;
  readonly storageDir: string;
  call(method: string, url: string, options?: CallOptions): Promise<Answer>;
  /** Signs in (root without arguments) and returns the token. */
  login(account?: string, password?: string): Promise<string>;
  /** Creates a user whose e-mail is `<name>@example.com` with exactly these roles (default: member). */
  createUser(name: string, roles?: string[]): Promise<TestUser>;
  /** Ends the application and starts a new one on the same storage and database, in this process. */
  restart(options?: { upgrade?: boolean }): Promise<void>;
  /** Ends everything and deletes the storage and the database, unless the folder was given by the caller. */
  stop(): Promise<void>;
}

function setEnvironment(hostFolder: string, storageDir: string, extra: Record<string, string>): () => void {
  const values: Record<string, string> = {
    APP_ENV: 'test',
    NODE_MODULES_PATH: path.join(hostFolder, 'node_modules'),
    STORAGE_PATH: storageDir,
    LOCAL_STORAGE_DEST: path.join(storageDir, 'uploads'),
    PLUGIN_STORAGE_PATH: path.join(storageDir, 'plugins'),
    APP_KEY: 'key-of-the-tests',
    API_BASE_PATH: '/api/',
    INIT_ROOT_EMAIL: ROOT.account,
    INIT_ROOT_PASSWORD: ROOT.password,
    INIT_ROOT_NICKNAME: 'Root',
    INIT_ROOT_USERNAME: 'nocobase',
    INIT_APP_LANG: 'en-US',
    CDN_BASE_URL: '',
    APP_PUBLIC_PATH: '/',
    PLUGIN_STATICS_PATH: '/static/plugins/',
    WS_PATH: '/ws',
    LOGGER_LEVEL: 'error',
    LOGGER_TRANSPORT: 'file',
    LOGGER_BASE_PATH: path.join(storageDir, 'logs'),
    ...extra,
  };
  const before = Object.keys(extra).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  // Only the caller's variables go back: an application that is ending still writes to its storage folder.
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

/**
 * Boots a real NocoBase application with the built plugin in this process and serves it on loopback.
 * One boot takes 3–8 s: boot once per file. There is no gateway, so `ws:sendToUser` is only an event on `app`.
 */
export async function bootApp(options: BootOptions = {}): Promise<TestApp> {
  const { dialect = 'sqlite', plugins = [], env = {}, hostFolder = hostDir } = options;
  const require = requireFrom(hostFolder);
  const keepStorage = options.storageDir !== undefined;
  const storageDir = options.storageDir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-test-'));
  fs.mkdirSync(storageDir, { recursive: true });
  const restoreEnvironment = setEnvironment(hostFolder, storageDir, env);
  const database = await openTestDatabase(dialect, storageDir);
  const pluginNames = [...BASE_PLUGINS, ...plugins, ...(options.withoutEmailManager ? [] : ['email-manager'])];

  let app: Application;
  let server: LoopbackServer;

  const start = async (upgrade: boolean) => {
    const { Application } = require('@nocobase/server') as typeof import('@nocobase/server');
    app = new Application({
      name: 'main',
      database: database.options,
      acl: true,
      plugins: pluginNames,
      resourcer: { prefix: '/api' },
      skipSupervisor: true,
      cors: { origin: '*' },
    });
    if (!(await app.isInstalled())) {
      await app.runCommandThrowError('install', '-f');
    } else if (upgrade) {
      // The upgrade expects the cache of a loaded application, because here every plugin counts as a preset.
      await app.load();
      await app.runCommandThrowError('upgrade');
    }
    await app.runCommandThrowError('start');
    // Anew for each request, as NocoBase's gateway does: a reload inside the process replaces the middleware.
    server = await serveOnLoopback((request, response) => void app.callback()(request, response));
  };
  const end = async () => {
    await server.close();
    await app.runCommandThrowError('stop').catch(() => {});
    await app.destroy({ logging: false }).catch(() => {});
  };

  const call: TestApp['call'] = (method, url, callOptions) => server.call(method, url, callOptions);
  const login: TestApp['login'] = async (account = ROOT.account, password = ROOT.password) => {
    const answer = await call('POST', '/api/auth:signIn', { body: { account, password } });
    if (answer.status !== 200) throw new Error(`Signing in as ${account} answered ${JSON.stringify(answer.body)}`);
    return answer.body.data.token as string;
  };

  await start(options.upgrade ?? false);
  return {
    get app() {
      return app;
    },
    get db() {
      return app.db;
    },
    get baseUrl() {
      return server.baseUrl;
    },
    storageDir,
    call,
    login,
    async createUser(name, roles = ['member']) {
      const password = `${name}-secret-1`;
      const email = `${name.toLowerCase()}@example.com`;
      const token = await login();
      const created = await call('POST', '/api/users:create', {
        token,
        body: { username: name, nickname: name, email, password, roles },
      });
      if (created.status !== 200) throw new Error(`Creating ${name} answered ${JSON.stringify(created.body)}`);
      return { id: created.body.data.id as number, token: await login(email, password) };
    },
    async restart({ upgrade = false } = {}) {
      await end();
      await start(upgrade);
    },
    async stop() {
      await end();
      if (!keepStorage) {
        await database.drop();
        fs.rmSync(storageDir, { recursive: true, force: true });
      }
      restoreEnvironment();
    },
  };
}
