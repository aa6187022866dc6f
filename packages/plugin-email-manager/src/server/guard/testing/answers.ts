import zlib from 'node:zlib';
import type { Path } from './leak-paths';
import type { TestApp } from '../../../../test-support/boot-app';

/** The text inside a zip archive (a spreadsheet of an export), read from its central directory. */
function unzipped(archive: Buffer): string {
  const parts: string[] = [];
  let at = archive.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  while (at >= 0 && archive.readUInt32LE(at) === 0x02014b50) {
    const size = archive.readUInt32LE(at + 20);
    const offset = archive.readUInt32LE(at + 42);
    const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28);
    const data = archive.subarray(start, start + size);
    parts.push((archive.readUInt16LE(at + 10) === 8 ? zlib.inflateRawSync(data) : data).toString('utf8'));
    at += 46 + archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    if (at + 46 > archive.length) break;
  }
  return parts.join('\n');
}

/** Everything an answer says, also inside an exported spreadsheet. What was sent does not count as said. */
export async function textOfAnswer(
  world: TestApp,
  path: Path,
  token: string | undefined,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${world.baseUrl}/api/${path.url}`, {
    method: path.method,
    headers: {
      'X-Authenticator': 'basic',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(path.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: path.body === undefined ? undefined : JSON.stringify(path.body),
    signal: AbortSignal.timeout(60_000),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.subarray(0, 2).toString() === 'PK' ? unzipped(bytes) : bytes.toString('utf8');
  return { status: response.status, text };
}
