import { describe, expect, it } from 'vitest';
import {
  normaliseBaseUrl,
  redirectUriFor,
  publicRedirectShape,
  requireSendableOrigin,
  resolveBaseUrl,
  safeReturnPath,
} from './redirect-uri';

const request = { encrypted: false, publicPath: '/' };

describe('the redirect URI', () => {
  it('keeps the sub-path and loses trailing slashes', () => {
    expect(redirectUriFor(normaliseBaseUrl('https://nb.example.org/sub/path//') ?? '')).toBe(
      'https://nb.example.org/sub/path/admin/settings/mail/oauth2',
    );
  });

  it.each([
    'javascript:alert(1)',
    'ftp://x',
    'https://u:p@x.org',
    'https://x.org/?a=1',
    'https://x.org/#a',
    'x.org',
    '',
  ])('is not built from %j', (text) => expect(normaliseBaseUrl(text)).toBeNull());

  it.each([
    ['https://nb.acme.org/x', 'REDIRECT_OK'],
    ['http://nb.acme.org/x', 'REDIRECT_NOT_HTTPS'],
    ['http://localhost:13000/x', 'REDIRECT_LOOPBACK'],
    ['http://127.0.0.1:13000/x', 'REDIRECT_LOOPBACK'],
    ['http://[::1]:13000/x', 'REDIRECT_LOOPBACK'],
    ['https://192.168.1.5/x', 'REDIRECT_RAW_IP'],
    ['https://nocobase/x', 'REDIRECT_HOST_NOT_PUBLIC'],
    ['https://nocobase.local/x', 'REDIRECT_HOST_NOT_PUBLIC'],
  ])('%s is judged as Google would: %s', (uri, code) => expect(publicRedirectShape(uri)).toBe(code));
});

describe('the base address', () => {
  it('is the public URL even when the page says something else', () => {
    expect(resolveBaseUrl('https://public.org', { ...request, stated: 'https://inside.org' })).toBe(
      'https://public.org',
    );
  });

  it('is what the page said, unless its own Origin header says another', () => {
    expect(resolveBaseUrl(null, { ...request, stated: 'https://a.org/sub/', originHeader: 'https://a.org' })).toBe(
      'https://a.org/sub',
    );
    expect(() =>
      resolveBaseUrl(null, { ...request, stated: 'https://a.org', originHeader: 'https://evil.org' }),
    ).toThrow(expect.objectContaining({ code: 'OAUTH_ORIGIN_INVALID' }));
  });

  it('comes from the proxy when the page said nothing, and from Host without a proxy', () => {
    expect(
      resolveBaseUrl(null, {
        ...request,
        host: 'inner:13000',
        forwardedHost: 'outer.org, inner',
        forwardedProto: 'https,http',
        publicPath: '/nb/',
      }),
    ).toBe('https://outer.org/nb');
    expect(resolveBaseUrl(null, { ...request, host: 'inner:13000' })).toBe('http://inner:13000');
    expect(() => resolveBaseUrl(null, request)).toThrow(expect.objectContaining({ code: 'OAUTH_ORIGIN_INVALID' }));
  });

  it('must be one that Google sends people back to', () => {
    expect(() => requireSendableOrigin('http://intranet:80/x')).toThrow(
      expect.objectContaining({ code: 'OAUTH_ORIGIN_INVALID' }),
    );
    expect(() => requireSendableOrigin('http://localhost:13000/x')).not.toThrow();
  });
});

describe('the way back', () => {
  it.each(['//evil.org', '/\\evil.org', 'https://evil.org', 'javascript:1', '/a\tb', '/\t/evil.org', '', null])(
    'never leads out of the application: %j',
    (path) => expect(safeReturnPath(path)).toBeNull(),
  );
  it('keeps a path with its query', () => expect(safeReturnPath('/admin/mail?folder=1')).toBe('/admin/mail?folder=1'));
});
