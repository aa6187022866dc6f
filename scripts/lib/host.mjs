import fs from 'node:fs';
import path from 'node:path';
import { hostDir, PLUGIN_SHORT_NAME } from './paths.mjs';
import { startProcess, waitUntil } from './processes.mjs';

/**
 * A NocoBase host process. Two hosts may run at once from the one `host/node_modules` as long as both use the public
 * path `/`: NocoBase writes its page, with that path in it, into node_modules.
 *
 * @param {{ port: number, storageDir: string, env?: Record<string, string>, hostFolder?: string }} options
 *   `hostFolder`: an overlay (see host-overlay.mjs) instead of `host/`
 */
export function launchHost({ port, storageDir, env = {}, hostFolder = hostDir }) {
  fs.mkdirSync(storageDir, { recursive: true });
  // Always the upgrade step: new code on an old database gets its tables and columns only there.
  // An overlay's packages are links; only unresolved do they find their neighbours in the overlay.
  const nodeFlags = hostFolder === hostDir ? [] : ['--preserve-symlinks', '--preserve-symlinks-main'];
  return startProcess(process.execPath, [...nodeFlags, 'host.js', 'start', '--quickstart'], {
    cwd: hostFolder,
    logFile: path.join(storageDir, 'host.log'),
    env: {
      // SQLite's blocking calls fill the default pool of four, and then nothing else of the host is answered.
      UV_THREADPOOL_SIZE: '32',
      // Uploaded plugins lie in the storage folder, from where the host's packages are found only this way.
      NODE_PATH: path.join(hostFolder, 'node_modules'),
      ...env,
      APP_PORT: String(port),
      STORAGE_DIR: storageDir,
    },
  });
}

async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return response.ok;
  } catch {
    return false;
  }
}

/** Resolves when NocoBase answers its health check: installed or upgraded, and started. */
export async function waitForHost(host, port, timeoutMs = 180_000) {
  await waitUntil(() => answers(`http://127.0.0.1:${port}/api/__health_check`), {
    process: host,
    what: 'NocoBase',
    timeoutMs,
  });
}

/** A small client for NocoBase's HTTP API. While the application reloads every call is a 503, which is tried again. */
export function hostApi(baseUrl) {
  const call = async (method, url, { token, body, headers } = {}) => {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const response = await fetch(baseUrl + url, {
        method,
        headers: {
          'X-Authenticator': 'basic',
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      if (response.status === 503 && /APP_[A-Z]+/.test(text) && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        continue;
      }
      let parsed = text;
      try {
        parsed = JSON.parse(text);
      } catch {
        // Not JSON: the caller gets the text.
      }
      return { status: response.status, body: parsed };
    }
  };

  /** Like `call`, but anything other than 2xx throws with the answer's own message. */
  const expectOk = async (method, url, options) => {
    const answer = await call(method, url, options);
    if (answer.status >= 200 && answer.status < 300) return answer.body?.data;
    const message = answer.body?.errors?.[0]?.message ?? String(answer.body).slice(0, 300);
    throw new Error(`${method} ${url} answered ${answer.status}: ${message}`);
  };

  return {
    call,
    expectOk,
    async login(account, password) {
      const data = await expectOk('POST', '/api/auth:signIn', { body: { account, password } });
      return data.token;
    },
    /** Creates a user, or finds the one of an earlier run; gives the roles either way. */
    async ensureUser(token, { username, email, nickname, password, roles = ['member'] }) {
      const filter = encodeURIComponent(JSON.stringify({ username }));
      const found = await expectOk('GET', `/api/users:list?filter=${filter}`, { token });
      if (found.length > 0) return found[0];
      return expectOk('POST', '/api/users:create', { token, body: { username, email, nickname, password, roles } });
    },
    async enablePlugin(token, name = PLUGIN_SHORT_NAME) {
      await expectOk('POST', `/api/pm:enable?filterByTk=${name}&awaitResponse=true`, { token });
    },
  };
}
