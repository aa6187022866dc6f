import { MailError } from '../../errors';

/**
 * Turns between links that Graph gives (nextLink, deltaLink) and paths below the configured URL. A link is only taken
 * when it is on the same scheme, host and port and below the same path: anything else would carry the token away. Kept
 * are paths, so that a stored link can lead nowhere else either.
 */
export class Links {
  private readonly origin: string;
  private readonly basePath: string;

  /** @param graphUrl such as https://graph.microsoft.com/v1.0 */
  constructor(readonly graphUrl: string) {
    const base = new URL(graphUrl);
    this.origin = base.origin;
    this.basePath = base.pathname.replace(/\/+$/, '');
  }

  /** Path and query below the configured URL. @throws MailError malformed, code LINK_NOT_ALLOWED */
  toPath(link: string): string {
    if (link.length > 100_000) throw notAllowed();
    let url: URL;
    try {
      url = new URL(link);
    } catch {
      throw notAllowed();
    }
    const below = url.pathname.startsWith(`${this.basePath}/`);
    if (url.origin !== this.origin || !below || url.username !== '' || url.password !== '' || url.hash !== '') {
      throw notAllowed();
    }
    return url.pathname.slice(this.basePath.length) + url.search;
  }

  /** A path that came out of a cursor or a page token. @throws MailError malformed, code LINK_NOT_ALLOWED */
  checked(path: string): string {
    if (!path.startsWith('/')) throw notAllowed();
    return this.toPath(this.origin + this.basePath + path);
  }

  /** What is sent: `path` is below the configured URL. */
  toUrl(path: string): string {
    return this.origin + this.basePath + path;
  }
}

function notAllowed(): MailError {
  return new MailError('malformed', 'Outlook gave a link to another place, which is not followed.', {
    providerCode: 'LINK_NOT_ALLOWED',
  });
}

/** A query for Graph: spaces as %20, and `$`, `,`, `(`, `)` and `'` left as Graph's documentation has them. */
export function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const text = encodeURIComponent(String(value)).replace(/%2C/g, ',').replace(/%24/g, '$').replace(/%2F/g, '/');
    return [`${name}=${text}`];
  });
  return `?${parts.join('&')}`;
}

/** A time in a filter: whole seconds, as Graph's own dates are; the second that it falls into counts. */
export function graphTime(epochMs: number): string {
  return `${new Date(Math.floor(epochMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
