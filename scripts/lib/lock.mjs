import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { dataDir } from './paths.mjs';

function holderIsAlive(file) {
  try {
    process.kill(Number(fs.readFileSync(file, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `action` while no other process of this checkout runs one under the same name. A dead holder's lock is taken over. */
export async function withLock(name, action) {
  const file = path.join(dataDir, `${name}.lock`);
  fs.mkdirSync(dataDir, { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!holderIsAlive(file)) fs.rmSync(file, { force: true });
      else await wait(200);
    }
  }
  try {
    return await action();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
