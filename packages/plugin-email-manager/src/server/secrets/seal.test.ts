import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKeyring, parseKey } from './keyring';
import { open, seal } from './seal';

const place = { table: 'mailGrants', row: '1', column: 'sealedRefreshToken' };
const oldKey = parseKey('an old key of enough length');
const newKey = parseKey('a new key of enough length!');

describe('sealed values', () => {
  it('come back as they were', () => {
    expect(open([newKey], place, seal([newKey], place, 'Ключ 🔑'))).toEqual({
      state: 'opened',
      value: 'Ключ 🔑',
      stale: false,
    });
  });

  it('are never the same text twice and do not contain the clear text', () => {
    const first = seal([newKey], place, 'refresh-token');
    expect(first).not.toBe(seal([newKey], place, 'refresh-token'));
    expect(first).not.toContain('refresh-token');
    expect(first).not.toContain(Buffer.from('refresh-token').toString('base64url'));
  });

  it.each([
    ['table', { ...place, table: 'mailProviderSecrets' }],
    ['row', { ...place, row: '2' }],
    ['column', { ...place, column: 'sealedAccessToken' }],
  ])('do not open in another %s', (_name, other) => {
    expect(open([newKey], other, seal([newKey], place, 'x'))).toEqual({ state: 'unreadable' });
  });

  it('open with an older key and ask to be sealed again', () => {
    const sealed = seal([oldKey], place, 'x');
    expect(open([newKey, oldKey], place, sealed)).toEqual({ state: 'opened', value: 'x', stale: true });
  });

  it('are unreadable, not a crash, when the key is lost or the text is damaged', () => {
    const sealed = seal([oldKey], place, 'x');
    const flipped = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    for (const [keys, value] of [
      [[newKey], sealed],
      [[oldKey], flipped],
      [[oldKey], ''],
      [[oldKey], null],
      [[oldKey], 'v1:' + oldKey.id + ':!!:!!'],
      [[oldKey], 'v2' + sealed.slice(2)],
      [[oldKey], sealed + ':more'],
    ] as const) {
      expect(open(keys, place, value)).toEqual({ state: 'unreadable' });
    }
  });
});

describe('the keyring', () => {
  let directory: string;
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'keyring-'));
  });
  afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

  it('makes its key file once, for its owner only', () => {
    const keyFile = path.join(directory, 'nested', 'mail.key');
    const first = loadKeyring({ keys: undefined, keyFile });
    const second = loadKeyring({ keys: '', keyFile });
    expect(second).toEqual(first);
    expect(fs.statSync(keyFile).mode & 0o777).toBe(0o600);
  });

  it('seals with the newest key of the variable and still opens what the key file sealed', () => {
    const keyFile = path.join(directory, 'mail.key');
    const sealed = seal(loadKeyring({ keys: undefined, keyFile }), place, 'x');
    const keyring = loadKeyring({ keys: 'first-key-of-16-chars', keyFile });
    expect(open(keyring, place, sealed)).toMatchObject({ state: 'opened', stale: true });
    expect(open(keyring.slice(0, 1), place, seal(keyring, place, 'y'))).toMatchObject({ value: 'y' });
  });

  it('refuses a key that is too short to be one', () => {
    expect(() => loadKeyring({ keys: 'short', keyFile: path.join(directory, 'k') })).toThrow(/at least 16 characters/);
  });
});
