import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** The last lines of a log file, for an error message. */
export function tailOf(file, lines = 20) {
  try {
    return fs.readFileSync(file, 'utf8').trim().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

/** NocoBase and its libraries behave differently when they believe that a test runner loads them. */
function withoutTestRunner(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name)));
}

const running = new Set();
// A program that fails or is interrupted half-way leaves nothing behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/**
 * Starts a long-running process with its output in `logFile`.
 * `stop()` sends SIGTERM (or the signal given) and, after `graceMs`, SIGKILL; it resolves when the process is gone.
 * `identity` is a `{ uid, gid }` to run under.
 */
export function startProcess(command, args, { cwd, env, logFile, graceMs = 15_000, identity = {} }) {
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const log = fs.openSync(logFile, 'a');
  const child = spawn(command, args, {
    cwd,
    env: { ...withoutTestRunner(process.env), ...env },
    stdio: ['ignore', log, log],
    ...identity,
  });
  fs.closeSync(log);
  running.add(child);
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
  });
  let ended;
  void exited.then((result) => {
    ended = result;
    running.delete(child);
  });
  return {
    pid: child.pid,
    logFile,
    exited,
    get ended() {
      return ended;
    },
    async stop(signal = 'SIGTERM') {
      if (ended) return ended;
      child.kill(signal);
      const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const result = await exited;
      clearTimeout(killer);
      return result;
    },
  };
}

/** Polls `check` until it returns something truthy. Throws when the process ends first or the time is over. */
export async function waitUntil(check, { process: watched, what, timeoutMs }) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (watched?.ended) throw new Error(`${what} ended while starting:\n${tailOf(watched.logFile)}`);
    if (Date.now() > deadline) {
      throw new Error(`${what} did not start within ${timeoutMs / 1000} s:\n${watched ? tailOf(watched.logFile) : ''}`);
    }
    await wait(250);
  }
}
