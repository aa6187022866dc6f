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
 * Starts both simulators as one process of its own and resolves with what they announce once they listen, Google's at the top
 * and the other's under `microsoft`: url, OAuth client to configure, and accounts. `environment` sends the plugin to both.
 */
export async function startSimulators({ args, logFile }) {
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
      what: 'The simulators',
      timeoutMs: 120_000,
    });
    const environment = { ...announced.environment, ...announced.microsoft.environment, ...withoutProxy() };
    return { ...announced, environment, process: simulator };
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}
