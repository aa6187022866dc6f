import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keyring } from './keyring';

/** Where a sealed value lives. It is authenticated with the value, so a value copied to another row does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

export type Opened =
  | {
      readonly state: 'opened';
      readonly value: string;
      /** Sealed with an older key: seal it again. */ readonly stale: boolean;
    }
  | { readonly state: 'unreadable' };

const VERSION = 'v1';
const TAG_BYTES = 16;

function associatedData(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([VERSION, place.table, place.row, place.column]), 'utf8');
}

/** `v1:<keyId>:<nonce>:<ciphertext and tag>`, the last two in base64url; AES-256-GCM with a random 96-bit nonce. */
export function seal(keyring: Keyring, place: SealedPlace, value: string): string {
  const key = keyring[0];
  if (!key) throw new Error('There is no key to seal with.');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
  cipher.setAAD(associatedData(place));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [VERSION, key.id, nonce.toString('base64url'), sealed.toString('base64url')].join(':');
}

/** Never throws: a lost key, a damaged value and a value of another row are all simply unreadable. */
export function open(keyring: Keyring, place: SealedPlace, sealed: string | null | undefined): Opened {
  const [version, keyId, nonceText, bodyText, ...rest] = (sealed ?? '').split(':');
  if (version !== VERSION || !nonceText || bodyText === undefined || rest.length > 0) return { state: 'unreadable' };
  const index = keyring.findIndex((candidate) => candidate.id === keyId);
  const key = keyring[index];
  const body = Buffer.from(bodyText, 'base64url');
  if (!key || body.length < TAG_BYTES) return { state: 'unreadable' };
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(nonceText, 'base64url'), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associatedData(place));
    decipher.setAuthTag(body.subarray(body.length - TAG_BYTES));
    const clear = Buffer.concat([decipher.update(body.subarray(0, body.length - TAG_BYTES)), decipher.final()]);
    return { state: 'opened', value: clear.toString('utf8'), stale: index > 0 };
  } catch {
    return { state: 'unreadable' };
  }
}
