// node --preserve-symlinks --import tsx boot-once.ts <hostFolder> <storageDir>: installs an application there, or upgrades the
// one that is there, starts it, stops it. A process of its own, because NocoBase keeps the plugin it loaded first.
import { bootApp } from './boot-app';

async function main(): Promise<void> {
  const [hostFolder, storageDir] = process.argv.slice(2);
  const app = await bootApp({ hostFolder, storageDir, upgrade: true });
  process.stdout.write(`${JSON.stringify({ enabled: app.app.pm.get('email-manager')?.enabled === true })}\n`);
  await app.stop();
  // NocoBase leaves timers behind.
  process.exit(0);
}

void main();
