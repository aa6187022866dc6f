interface NocoBaseWindow {
  __nocobase_public_path__?: string;
  __nocobase_modern_client_prefix__?: string;
}

/** The path under which this client runs, with a slash at both ends: `/` (v1), `/v/` (v2), `/office/v/` … */
export function clientPublicPath(): string {
  const path = (window as unknown as NocoBaseWindow).__nocobase_public_path__ || '/';
  return path.endsWith('/') ? path : `${path}/`;
}

/** The address of the application without a client's own prefix: what the OAuth redirect is built on. */
export function applicationOrigin(): string {
  const path = clientPublicPath();
  const prefix = `/${(window as unknown as NocoBaseWindow).__nocobase_modern_client_prefix__ || 'v'}/`;
  const root = path.endsWith(prefix) ? path.slice(0, -prefix.length + 1) : path;
  return `${window.location.origin}${root.replace(/\/$/, '')}`;
}
