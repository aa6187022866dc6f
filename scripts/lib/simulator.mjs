import fs from 'node:fs';
import path from 'node:path';
import { repoDir, simulatorsDir } from './paths.mjs';
import { startProcess, waitUntil } from './processes.mjs';

function announcement(logFile) {
  const line = fs
    .readFileSync(logFile, 'utf8')
    .split('\n')
    .findLast((text) => text.startsWith('{"url"'));
  return line ? JSON.parse(line) : undefined;
}

/** A proxy of the developer's shell cannot reach a simulator on this machine. */
function withoutProxy() {
  const list = [process.env.no_proxy ?? process.env.NO_PROXY, '127.0.0.1', 'localhost'].filter(Boolean).join(',');
  return { no_proxy: list, NO_PROXY: list };
}

/**
 * Starts the Google simulator as a process of its own and resolves with what it announces once it listens: its url, the OAuth
 * client to configure, the environment variables that send the plugin to it, and its accounts.
 */
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
    return { ...announced, environment: { ...announced.environment, ...withoutProxy() }, process: simulator };
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}
