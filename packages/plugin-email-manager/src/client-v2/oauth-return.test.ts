import { describe, expect, it } from 'vitest';
import {
  keepOAuthReturn,
  isStrayAdminConsent,
  parseOAuthReturn,
  rememberClient,
  takeOAuthReturn,
  takeRememberedClient,
} from './oauth-return';

function memory() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}
const PATH = '/office/v/admin/settings/mail/oauth2';

describe('coming back from the provider', () => {
  it('does not lose the state in a sign-in that keeps only half of the address', () => {
    const storage = memory();
    keepOAuthReturn({ pathname: PATH, search: '?code=4%2F0A&scope=a%20b&state=xyz' }, storage);
    // What is left of the address after NocoBase's sign-in page.
    keepOAuthReturn({ pathname: PATH, search: '?code=4%2F0A' }, storage);
    expect(takeOAuthReturn(storage)).toMatchObject({ code: '4/0A', state: 'xyz' });
  });

  it('uses a code once: a reload does not send it again', () => {
    const storage = memory();
    keepOAuthReturn({ pathname: PATH, search: '?code=c&state=s' }, storage);
    takeOAuthReturn(storage);
    expect(takeOAuthReturn(storage)).toBeNull();
  });

  it('keeps nothing of other pages', () => {
    const storage = memory();
    keepOAuthReturn({ pathname: '/admin/mail', search: '?code=c&state=s' }, storage);
    expect(takeOAuthReturn(storage)).toBeNull();
  });

  it('does not take a refusal for an accident', () => {
    expect(parseOAuthReturn('?error=access_denied&state=s')).toEqual({
      state: 's',
      code: undefined,
      error: 'access_denied',
      errorDescription: undefined,
    });
    expect(parseOAuthReturn('?error=access_denied')).toBeNull();
    expect(parseOAuthReturn('?state=s')).toBeNull();
  });

  it('survives rubbish in the storage', () => {
    const storage = memory();
    storage.setItem('email-manager.oauth.return', '{not json');
    expect(takeOAuthReturn(storage)).toBeNull();
  });

  it('leads to no foreign address', () => {
    const storage = memory();
    rememberClient('//evil.example/', storage);
    expect(takeRememberedClient(storage)).toBeNull();
    rememberClient('/office/v/', storage);
    expect(takeRememberedClient(storage)).toBe('/office/v/');
    expect(takeRememberedClient(storage)).toBeNull();
  });

  it('takes an administrator’s consent for an answer only when somebody here started it', () => {
    const started = '?admin_consent=True&tenant=11111111-2222-4333-8444-555555555555&state=s1';
    expect(parseOAuthReturn(started)).toMatchObject({ state: 's1', adminConsent: true });
    expect(isStrayAdminConsent(started)).toBe(false);
    const stray = '?admin_consent=True&tenant=11111111-2222-4333-8444-555555555555';
    expect(parseOAuthReturn(stray)).toBeNull();
    expect(isStrayAdminConsent(stray)).toBe(true);
    expect(isStrayAdminConsent('?error=access_denied&admin_consent=True')).toBe(false);
  });
});
