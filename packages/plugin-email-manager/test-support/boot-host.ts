import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hostApi, launchHost, waitForHost } from '../../../scripts/lib/host.mjs';
import { freePort } from '../../../scripts/lib/ports.mjs';
import { startSimulators } from '../../../scripts/lib/simulator.mjs';

export interface HostOptions {
  /** Arguments of the simulators; `false` starts none. */
  simulator?: string[] | false;
  /** Leave the plugin disabled after the installation. */
  withoutEmailManager?: boolean;
  env?: Record<string, string>;
  /** A host folder of its own (see host-overlay.mjs), for tests that change what is installed. */
  hostFolder?: string;
  /** Folder of an earlier host, whose database is upgraded; it is left in place by `stop()`. */
  storageDir?: string;
}

export interface HostUser {
  id: number;
  email: string;
  password: string;
  token: string;
}

interface AnnouncedSimulator {
  url: string;
  client: { clientId: string; clientSecret: string };
  accounts: unknown[];
}

const NO_SIMULATOR: AnnouncedSimulator = { url: '', client: { clientId: '', clientSecret: '' }, accounts: [] };

export interface TestHost {
  baseUrl: string;
  storageDir: string;
  /** What the simulators announced when they started, Google's at the top; control calls are `POST <url>/__control/<call>`. */
  simulator: AnnouncedSimulator & { microsoft: AnnouncedSimulator };
  api: ReturnType<typeof hostApi>;
  rootToken: string;
  createUser(name: string, roles?: string[]): Promise<HostUser>;
  /** Chooses NocoBase's light or dark theme for the user of the token, in both clients. */
  setTheme(token: string, theme: 'default' | 'dark'): Promise<void>;
  stop(): Promise<void>;
}

const ROOT = { email: 'admin@nocobase.com', password: 'admin123' };

/**
 * Starts a real NocoBase host process (full preset, SQLite in a temporary folder, free port) with the built plugin enabled,
 * and the providers' simulators beside it that the plugin is pointed to. Takes about 20 s: one host per file.
 */
export async function bootHost(options: HostOptions = {}): Promise<TestHost> {
  const storageDir = options.storageDir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-host-'));
  const simulator =
    options.simulator === false
      ? undefined
      : await startSimulators({
          args: options.simulator ?? ['--messages', '60'],
          logFile: path.join(storageDir, 'simulator.log'),
        });
  const port = await freePort();
  const host = launchHost({
    port,
    storageDir,
    hostFolder: options.hostFolder,
    env: {
      INIT_ROOT_EMAIL: ROOT.email,
      INIT_ROOT_PASSWORD: ROOT.password,
      // Other variables of the developer's shell must not turn the test to a real database.
      DB_DIALECT: 'sqlite',
      DB_STORAGE: path.join(storageDir, 'nocobase.sqlite'),
      ...simulator?.environment,
      ...options.env,
    },
  });
  const stop = async () => {
    await host.stop();
    await simulator?.process.stop();
    if (!options.storageDir) fs.rmSync(storageDir, { recursive: true, force: true });
  };
  try {
    await waitForHost(host, port);
    const baseUrl = `http://127.0.0.1:${port}`;
    const api = hostApi(baseUrl);
    const rootToken = await api.login(ROOT.email, ROOT.password);
    if (!options.withoutEmailManager) await api.enablePlugin(rootToken);
    return {
      baseUrl,
      storageDir,
      simulator: simulator ?? { ...NO_SIMULATOR, microsoft: NO_SIMULATOR },
      api,
      rootToken,
      async createUser(name, roles = ['member']) {
        const email = `${name.toLowerCase()}@example.com`;
        const password = `${name}-secret-1`;
        const { id } = await api.ensureUser(rootToken, { username: name, nickname: name, email, password, roles });
        return { id: id as number, email, password, token: await api.login(email, password) };
      },
      async setTheme(token, theme) {
        const themes = await api.expectOk('GET', '/api/themeConfig:list', { token });
        const chosen = themes.find((candidate: { uid: string }) => candidate.uid === theme);
        if (!chosen) throw new Error(`NocoBase has no theme "${theme}".`);
        await api.expectOk('POST', '/api/users:updateTheme', { token, body: { themeId: chosen.id } });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
