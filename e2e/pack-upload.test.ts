import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootHost, type TestHost } from '../packages/plugin-email-manager/test-support/boot-host';
import { makeHostOverlay } from '../scripts/lib/host-overlay.mjs';
import { packPlugin } from '../scripts/lib/pack.mjs';

describe('the packed plugin', () => {
  let host: TestHost;
  let outDir: string;
  beforeAll(async () => {
    outDir = fs.mkdtempSync(path.join(os.tmpdir(), 'email-manager-packed-'));
    // An upload replaces the plugin's link in node_modules.
    const hostFolder = makeHostOverlay(path.join(outDir, 'host'));
    host = await bootHost({ simulator: false, withoutEmailManager: true, hostFolder });
  });
  afterAll(async () => {
    await host?.stop();
    fs.rmSync(outDir, { recursive: true, force: true });
  });

  it("is installed by NocoBase's own upload, and can be enabled", async () => {
    const file = await packPlugin(outDir);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(fs.readFileSync(file))]), path.basename(file));
    const response = await fetch(`${host.baseUrl}/api/pm:add`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${host.rootToken}` },
      body: form,
    });
    expect(response.status).toBe(200);

    const installed = path.join(host.storageDir, 'plugins/@nocobase/plugin-email-manager');
    await expect
      .poll(() => fs.existsSync(path.join(installed, 'dist/server/index.js')), { timeout: 30_000 })
      .toBe(true);
    for (const file of ['LICENSE', 'THIRD-PARTY-NOTICES.txt', 'dist/externalVersion.js', 'dist/locale/en-US.json']) {
      expect(fs.existsSync(path.join(installed, file)), file).toBe(true);
    }
    expect(fs.existsSync(path.join(installed, 'src'))).toBe(false);

    // The server restarts inside after an upload; the client of the API waits for that.
    await host.api.enablePlugin(host.rootToken);
    const plugins = await host.api.expectOk('GET', '/api/pm:list', { token: host.rootToken });
    const plugin = plugins.find(
      (candidate: { packageName: string }) => candidate.packageName === '@nocobase/plugin-email-manager',
    );
    expect(plugin).toMatchObject({ displayName: 'Email manager', enabled: true, isCompatible: true });
  });
});
