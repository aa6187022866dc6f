import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

export interface SealingKey {
  /** Short and stable for one key: the beginning of its hash. Written beside every sealed value. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** The keys in use, newest first: the first seals, all open. */
export type Keyring = readonly SealingKey[];

function keyFrom(bytes: Buffer): SealingKey {
  return { id: createHash('sha256').update('mail-key-id').update(bytes).digest('hex').slice(0, 8), bytes };
}

/**
 * A key as people write it: 32 bytes in hex or base64 are taken as they are; any other text of at least 16 characters
 * is stretched by SHA-256. @throws Error when it is too short to be a key
 */
export function parseKey(text: string): SealingKey {
  const value = text.trim();
  if (/^[0-9a-f]{64}$/i.test(value)) return keyFrom(Buffer.from(value, 'hex'));
  const decoded = /^[A-Za-z0-9+/_-]{43}=?$/.test(value) ? Buffer.from(value, 'base64') : null;
  if (decoded?.length === 32) return keyFrom(decoded);
  if (value.length < 16) throw new Error('A key in EMAIL_MANAGER_KEYS must have at least 16 characters.');
  return keyFrom(createHash('sha256').update(value).digest());
}

/**
 * Reads the key file, or makes it once. It appears whole or not at all (a link to a finished file), so of two processes
 * that start together one makes it and both read the same key.
 */
function keyFromFile(file: string): SealingKey {
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
    fs.writeFileSync(draft, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx', flush: true });
    try {
      fs.linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      fs.unlinkSync(draft);
    }
  }
  return parseKey(fs.readFileSync(file, 'utf8'));
}

/**
 * Keys from EMAIL_MANAGER_KEYS (separated by commas or spaces, newest first); without it from a key file (mode 0600),
 * which several nodes cannot share. A key file that is already there still opens what it sealed after the variable
 * has been introduced.
 */
export function loadKeyring(options: { keys: string | undefined; keyFile: string }): Keyring {
  const listed = (options.keys ?? '').split(/[\s,]+/).filter((key) => key !== '');
  if (listed.length === 0) return [keyFromFile(options.keyFile)];
  const keys = listed.map(parseKey);
  if (fs.existsSync(options.keyFile)) keys.push(keyFromFile(options.keyFile));
  return keys;
}
