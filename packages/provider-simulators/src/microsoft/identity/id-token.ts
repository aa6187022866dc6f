import { hexDigits } from '../../random';
import type { DirectoryUser } from './directory';
import { guidOf } from './guid';
import type { IdentityState } from './identity-state';

/** The `id_token` of a sign-in. Its signature is made of chance: nobody can verify it. */
export function newIdToken(
  state: IdentityState,
  user: DirectoryUser,
  fields: { clientId: string; scopes: ReadonlySet<string>; nonce?: string | undefined; lifeSeconds: number },
): string {
  const now = Math.floor(state.clock.now() / 1000);
  const claims = {
    ver: '2.0',
    iss: `${state.loginOrigin}/${user.tenantId}/v2.0`,
    sub: guidOf(`${user.objectId} ${fields.clientId}`),
    aud: fields.clientId,
    iat: now,
    nbf: now,
    exp: now + fields.lifeSeconds,
    tid: user.tenantId,
    oid: user.objectId,
    preferred_username: user.address,
    ...(fields.scopes.has('profile') ? { name: user.name } : {}),
    ...(fields.scopes.has('email') ? { email: user.address } : {}),
    ...(fields.nonce === undefined ? {} : { nonce: fields.nonce }),
  };
  const parts = [{ typ: 'JWT', alg: 'RS256', kid: 'simulated' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return [...parts, Buffer.from(hexDigits(state.rng, 512), 'hex').toString('base64url')].join('.');
}

/** What MSAL asks for with `client_info=1`. */
export function clientInfo(user: DirectoryUser): string {
  return Buffer.from(JSON.stringify({ uid: user.objectId, utid: user.tenantId })).toString('base64url');
}
