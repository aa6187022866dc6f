import fs from 'node:fs';
import path from 'node:path';
import { repoDir, simulatorsDir } from './paths.mjs';
import { startProcess, waitUntil } from './processes.mjs';

/** The variables that send the plugin to a Google simulator instead of Google. */
export function googleVariables(url) {
  return {
    EMAIL_MANAGER_GOOGLE_AUTH_URL: `${url}/o/oauth2/v2/auth`,
    EMAIL_MANAGER_GOOGLE_TOKEN_URL: `${url}/token`,
    EMAIL_MANAGER_GOOGLE_REVOKE_URL: `${url}/revoke`,
    EMAIL_MANAGER_GOOGLE_API_URL: url,
  };
}

function announcement(logFile) {
  const line = fs
    .readFileSync(logFile, 'utf8')
    .split('\n')
    .findLast((text) => text.startsWith('{"url"'));
  return line ? JSON.parse(line) : undefined;
}

/** Starts the Google simulator as a process of its own and resolves with what it announces once it listens. */
export async function startGoogleSimulator({ args, logFile }) {
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  fs.rmSync(logFile, { force: true });
  const simulator = startProcess(
    process.execPath,
    ['--import', 'tsx', path.join(simulatorsDir, 'src/main.ts'), ...args],
    {
      cwd: repoDir,
      logFile,
    },
  );
  try {
    const announced = await waitUntil(() => announcement(logFile), {
      process: simulator,
      what: 'The Google simulator',
      timeoutMs: 120_000,
    });
    return { ...announced, process: simulator };
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}
