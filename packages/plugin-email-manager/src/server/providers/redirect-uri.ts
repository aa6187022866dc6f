import type { CheckCode } from '../../shared/api';
import { MailApiError } from '../errors';

/** The redirect URI is always the v1 path, whatever client the person uses: the provider knows exactly one. */
const REDIRECT_PATH = '/admin/settings/mail/oauth2';

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const IP_LITERAL = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;
/** Names that no public resolver knows; Google refuses redirect URIs on them, Microsoft does not. */
const PRIVATE_NAME = /(^[^.]+$|\.(local|localdomain|internal|intranet|lan|corp|home|test|example|invalid)$)/i;

/**
 * An address of the application as people and browsers give it (`https://host[:port]/sub/path/`) as a base without a
 * trailing slash. @returns null when it is not an http(s) address or carries a user, a query or a fragment
 */
export function normaliseBaseUrl(text: string): string | null {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return null;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (url.username || url.password || url.search || url.hash || url.hostname === '') return null;
  return url.origin + url.pathname.replace(/\/+$/, '');
}

export function redirectUriFor(base: string): string {
  return base + REDIRECT_PATH;
}

/** What a provider that sends codes only to public https hosts (Google) says about a redirect URI. */
export function publicRedirectShape(redirectUri: string): CheckCode {
  const { protocol, hostname } = new URL(redirectUri);
  if (LOOPBACK.test(hostname)) return 'REDIRECT_LOOPBACK';
  if (IP_LITERAL.test(hostname)) return 'REDIRECT_RAW_IP';
  if (protocol !== 'https:') return 'REDIRECT_NOT_HTTPS';
  return PRIVATE_NAME.test(hostname) ? 'REDIRECT_HOST_NOT_PUBLIC' : 'REDIRECT_OK';
}

/** What a provider that takes any https host (Microsoft) says about a redirect URI. */
export function httpsRedirectShape(redirectUri: string): CheckCode {
  const { protocol, hostname } = new URL(redirectUri);
  if (LOOPBACK.test(hostname)) return 'REDIRECT_LOOPBACK';
  return protocol === 'https:' ? 'REDIRECT_OK' : 'REDIRECT_NOT_HTTPS';
}

/** What is known of the request when nobody configured a public URL. */
export interface RequestOrigin {
  /** The page's `location.origin` plus public path, when it sent it. */
  readonly stated?: string;
  /** The browser's own Origin header: a page cannot forge it. */
  readonly originHeader?: string;
  readonly forwardedProto?: string;
  readonly forwardedHost?: string;
  readonly host?: string;
  readonly encrypted: boolean;
  /** APP_PUBLIC_PATH. */
  readonly publicPath: string;
}

function first(header: string | undefined): string | undefined {
  return header?.split(',')[0]?.trim() || undefined;
}

/**
 * The base of the redirect URI: the administrator's public URL, else what the page said, else the proxy's headers.
 * @throws MailApiError OAUTH_ORIGIN_INVALID for an address that is none, or that is not the page's own
 */
export function resolveBaseUrl(publicUrl: string | null, request: RequestOrigin): string {
  if (publicUrl) return publicUrl;
  if (request.stated !== undefined) {
    const base = normaliseBaseUrl(request.stated);
    if (base === null) throw new MailApiError('OAUTH_ORIGIN_INVALID', { field: 'origin' });
    if (request.originHeader && request.originHeader !== 'null' && new URL(base).origin !== request.originHeader) {
      throw new MailApiError('OAUTH_ORIGIN_INVALID', { field: 'origin' });
    }
    return base;
  }
  const host = first(request.forwardedHost) ?? request.host;
  const protocol = first(request.forwardedProto) ?? (request.encrypted ? 'https' : 'http');
  const base = host ? normaliseBaseUrl(`${protocol}://${host}${request.publicPath}`) : null;
  if (base === null) throw new MailApiError('OAUTH_ORIGIN_INVALID', { field: 'origin' });
  return base;
}

/** Providers send codes to https and to this machine only; sending a person away with anything else strands them there. */
export function requireSendableOrigin(redirectUri: string): void {
  const { protocol, hostname } = new URL(redirectUri);
  if (protocol !== 'https:' && !LOOPBACK.test(hostname))
    throw new MailApiError('OAUTH_ORIGIN_INVALID', { field: 'origin' });
}

/** A path inside the application, or null: never another site (`//host`, `/\host`), never a script. */
export function safeReturnPath(path: string | null | undefined): string | null {
  if (!path || path.length > 2000 || !/^\/(?![/\\])/.test(path)) return null;
  // eslint-disable-next-line no-control-regex -- browsers drop control characters, which could make `//` out of `/\t/`
  return /[\u0000-\u001f\\]/.test(path) ? null : path;
}
