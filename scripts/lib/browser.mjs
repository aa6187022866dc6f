import fs from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { dataDir, repoDir } from './paths.mjs';
import { run } from './run.mjs';
import { step } from './steps.mjs';

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The libraries a bare machine lacks travel with the packaged browser; a machine that has its own keeps them. */
async function missesLibraries(executablePath) {
  try {
    return (await run('ldd', [executablePath])).includes('not found');
  } catch {
    return false;
  }
}

/**
 * Unpacks the Chromium of the npm package once. It is made for AWS Lambda and unpacks its shared libraries (libnss3 and
 * others) only when it believes to be there, hence the variable; TMPDIR is where it unpacks to.
 */
async function unpackPackagedChromium() {
  const target = path.join(dataDir, 'chromium');
  const executablePath = path.join(target, 'chromium');
  await withLock('chromium', async () => {
    if (fs.existsSync(executablePath)) return;
    await step('Unpack the packaged Chromium', 0.2, async () => {
      fs.mkdirSync(target, { recursive: true });
      const script = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())";
      await run(process.execPath, ['-e', script], {
        cwd: repoDir,
        env: { TMPDIR: target, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' },
      });
      fs.chmodSync(executablePath, 0o755);
    });
  });
  const env = (await missesLibraries(executablePath))
    ? { LD_LIBRARY_PATH: path.join(target, 'al2023/lib'), FONTCONFIG_PATH: path.join(target, 'fonts') }
    : {};
  return { executablePath, env };
}

/**
 * The browser for the tests: BROWSER_PATH, else an installed Chromium or Chrome, else (or with BROWSER_PATH=packaged) the
 * one an npm package carries. Throws a sentence when there is none.
 *
 * @returns {Promise<{ executablePath: string, env: Record<string, string> }>}
 */
export async function findBrowser() {
  const chosen = process.env.BROWSER_PATH;
  if (chosen && chosen !== 'packaged') {
    if (!fs.existsSync(chosen)) throw new Error(`BROWSER_PATH names ${chosen}, which does not exist.`);
    return { executablePath: chosen, env: {} };
  }
  const installed = SYSTEM_BROWSERS.find((candidate) => fs.existsSync(candidate));
  if (installed && chosen !== 'packaged') return { executablePath: installed, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'No Chromium or Chrome was found, and the packaged one runs on 64-bit Linux only. Set BROWSER_PATH.',
    );
  }
  return unpackPackagedChromium();
}
