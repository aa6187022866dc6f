import type { CheckCode, CheckLine } from '../../shared/api';
import type { CheckInput } from './provider-module';

export function checkLine(
  id: CheckLine['id'],
  state: CheckLine['state'],
  code: CheckCode,
  more: Pick<CheckLine, 'params' | 'link'> = {},
): CheckLine {
  return { id, state, code, ...more };
}

export function reachableLine(
  id: 'reachable' | 'reachableApi',
  isReachable: boolean,
  url: string,
  input: CheckInput,
): CheckLine {
  const params = { host: new URL(url).host };
  if (isReachable) return checkLine(id, 'ok', 'REACHABLE', { params });
  return checkLine(id, 'error', input.proxied ? 'UNREACHABLE_PROXY' : 'UNREACHABLE', { params });
}

/** What is wrong with a secret before the provider is asked; null when there is one to ask with. */
export function storedSecretLine({ stored, secret }: CheckInput, link: string): CheckLine | null {
  const line = (code: CheckCode, params?: CheckLine['params']) =>
    checkLine('secret', 'error', code, { link, ...(params ? { params } : {}) });
  if (stored.clientId === null) return line('CLIENT_ID_MISSING');
  if (secret.state === 'missing') return line('SECRET_MISSING');
  if (secret.state === 'unreadable') return line('SECRET_UNREADABLE');
  if (secret.state === 'unknownReference') return line('SECRET_REFERENCE_UNKNOWN', { name: secret.name });
  return null;
}

/** @param shape what the provider would say about the redirect URI when it is entered there */
export function redirectLine(input: CheckInput, shape: CheckCode, link: string): CheckLine {
  const more = { params: { redirectUri: input.redirectUri }, link };
  if (shape !== 'REDIRECT_OK') {
    return checkLine('redirectUri', shape === 'REDIRECT_LOOPBACK' ? 'warning' : 'error', shape, more);
  }
  return input.hasPublicUrl
    ? checkLine('redirectUri', 'ok', shape, more)
    : checkLine('redirectUri', 'warning', 'REDIRECT_NO_PUBLIC_URL', more);
}
