import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Links, query } from './links';

const links = new Links('https://graph.microsoft.com/v1.0');

describe('a link that Graph gives', () => {
  it('is kept as a path below the configured address', () => {
    const path = "/me/mailFolders('AAMk=')/messages/delta?$deltatoken=a%2Bb";
    expect(links.toPath(`https://graph.microsoft.com/v1.0${path}`)).toBe(path);
    expect(links.checked(path)).toBe(path);
    expect(links.toUrl(path)).toBe(`https://graph.microsoft.com/v1.0${path}`);
    const loopback = new Links('http://localhost:4001/graph/v1.0/');
    expect(loopback.toPath('http://localhost:4001/graph/v1.0/me')).toBe('/me');
  });

  it.each([
    'https://evil.example/v1.0/me/messages',
    'https://graph.microsoft.com.evil.example/v1.0/me',
    'https://evil.example\\@graph.microsoft.com/v1.0/me',
    'http://graph.microsoft.com/v1.0/me',
    'https://graph.microsoft.com:444/v1.0/me',
    'https://user:secret@graph.microsoft.com/v1.0/me',
    'https://graph.microsoft.com/beta/me',
    'https://graph.microsoft.com/v1.0beta/me',
    'https://graph.microsoft.com/v1.0/../beta/me',
    'https://graph.microsoft.com/v1.0/%2e%2e/beta/me',
    'https://graph.microsoft.com/v1.0',
    'https://graph.microsoft.com/v1.0/me#there',
    '//evil.example/v1.0/me',
    '/v1.0/me',
    'javascript:alert(1)',
    'file:///v1.0/me',
    '',
    ' ',
  ])('%j is not followed', (link) => {
    expect(() => links.toPath(link)).toThrow(
      expect.objectContaining({ kind: 'malformed', providerCode: 'LINK_NOT_ALLOWED' }),
    );
  });

  it.each(['me/messages', '@evil.example/', '/../beta/me', '.evil.example/v1.0/', '//../../beta'])(
    'a stored path %j leads nowhere else',
    (path) => {
      expect(() => links.checked(path)).toThrow(expect.objectContaining({ providerCode: 'LINK_NOT_ALLOWED' }));
    },
  );

  it('whatever it is, is refused or stays below the address', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((path) => `https://graph.microsoft.com/${path}`),
          fc.string().map((path) => `https://graph.microsoft.com/v1.0/${path}`),
          fc
            .array(fc.constantFrom('https:', '/', '\\', '..', '%2e', '@', 'v1.0', 'graph.microsoft.com', ':', '#'))
            .map((pieces) => pieces.join('')),
        ),
        (link) => {
          try {
            const url = new URL(links.toUrl(links.toPath(link)));
            expect(url.origin).toBe('https://graph.microsoft.com');
            expect(url.pathname.startsWith('/v1.0/')).toBe(true);
          } catch (error) {
            expect(error).toMatchObject({ providerCode: 'LINK_NOT_ALLOWED' });
          }
        },
      ),
    );
  });
});

describe('a query', () => {
  it('has no plus signs, which Graph would take for themselves, and leaves out what is not set', () => {
    expect(query({ $select: 'id,flag', $filter: 'a ge 2026-01-01T00:00:00Z', $top: undefined })).toBe(
      '?$select=id,flag&$filter=a%20ge%202026-01-01T00%3A00%3A00Z',
    );
  });
});
