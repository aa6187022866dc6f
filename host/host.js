// Runs NocoBase without yarn, pm2 or its command line: node host.js start --quickstart | install | pm enable email-manager
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

process.chdir(__dirname);
// A .env file here wins over the defaults below; the environment wins over both.
require('dotenv').config();

const storageDir = path.resolve(process.env.STORAGE_DIR || process.env.STORAGE_PATH || 'storage');
fs.mkdirSync(storageDir, { recursive: true });

/** Sessions survive a restart because the key that signs them is kept beside the data. */
function persistentAppKey() {
  const file = path.join(storageDir, 'app-key');
  if (!fs.existsSync(file)) fs.writeFileSync(file, crypto.randomBytes(32).toString('hex'), { mode: 0o600 });
  return fs.readFileSync(file, 'utf8');
}

/** A socket's path may have about 100 characters, which a storage folder deep in a tree exceeds. */
function shortSocketPath() {
  const id = crypto.createHash('sha256').update(storageDir).digest('hex').slice(0, 16);
  return path.join(os.tmpdir(), `email-manager-${id}.sock`);
}

const defaults = {
  APP_ENV: 'production',
  APP_PORT: '13000',
  DB_DIALECT: 'sqlite',
  DB_LOGGING: 'off',
  INIT_ROOT_EMAIL: 'admin@nocobase.com',
  INIT_ROOT_PASSWORD: 'admin123',
  INIT_ROOT_NICKNAME: 'Administrator',
  INIT_ROOT_USERNAME: 'nocobase',
  INIT_APP_LANG: 'en-US',
  LOGGER_LEVEL: 'info',
  SOCKET_PATH: shortSocketPath(),
  // Read by libuv at the first use of the pool, so this is early enough when the variable was not given from outside.
  UV_THREADPOOL_SIZE: '32',
};
for (const [name, value] of Object.entries(defaults)) process.env[name] ||= value;
process.env.APP_KEY ||= persistentAppKey();
process.env.STORAGE_PATH = storageDir;
if (process.env.DB_DIALECT === 'sqlite' && !process.env.DB_STORAGE) {
  fs.mkdirSync(path.join(storageDir, 'db'), { recursive: true });
}

const { initEnv, generateAppDir } = require('@nocobase/cli-v1/src/util');
initEnv();
// Sets APP_PACKAGE_ROOT and writes the page of each client from its template; without it / and /v/ are 404 pages.
generateAppDir();
// The links to packages/plugins have to exist before the application looks a plugin up: the answer is cached.
require('@nocobase/utils/plugin-symlink')
  .syncPluginSymlinks()
  .then(() => require('@nocobase/app/lib/index.js'));
