/** The addresses of the public services, each of which an environment variable may replace (see the contracts). */
export interface GoogleEndpoints {
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly apiUrl: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

function url(env: Environment, name: string, publicService: string): string {
  const value = env[name]?.trim();
  return (value ? value : publicService).replace(/\/+$/, '');
}

export function googleEndpoints(env: Environment = process.env): GoogleEndpoints {
  return {
    authUrl: url(env, 'EMAIL_MANAGER_GOOGLE_AUTH_URL', 'https://accounts.google.com/o/oauth2/v2/auth'),
    tokenUrl: url(env, 'EMAIL_MANAGER_GOOGLE_TOKEN_URL', 'https://oauth2.googleapis.com/token'),
    revokeUrl: url(env, 'EMAIL_MANAGER_GOOGLE_REVOKE_URL', 'https://oauth2.googleapis.com/revoke'),
    apiUrl: url(env, 'EMAIL_MANAGER_GOOGLE_API_URL', 'https://gmail.googleapis.com'),
  };
}

export interface MicrosoftUrls {
  /** `/<tenant>/oauth2/v2.0/…` hangs below it. */
  readonly loginUrl: string;
  /** With the API's version. */
  readonly graphUrl: string;
}

export function microsoftUrls(env: Environment = process.env): MicrosoftUrls {
  return {
    loginUrl: url(env, 'EMAIL_MANAGER_MICROSOFT_LOGIN_URL', 'https://login.microsoftonline.com'),
    graphUrl: url(env, 'EMAIL_MANAGER_MICROSOFT_GRAPH_URL', 'https://graph.microsoft.com/v1.0'),
  };
}

/** `off` for a simulator that does not meter requests; the four calls at once stay. */
export function microsoftLimits(env: Environment = process.env): 'on' | 'off' {
  return env.EMAIL_MANAGER_MICROSOFT_QUOTA?.trim() === 'off' ? 'off' : 'on';
}

export const DEFAULT_SYNC_INTERVAL_SECONDS = 300;
export const MIN_SYNC_INTERVAL_SECONDS = 15;
export const MAX_SYNC_INTERVAL_SECONDS = 86_400;

/** The interval that the environment asks for; null when it asks for none or for nonsense. Seconds. */
export function syncIntervalFromEnvironment(env: Environment = process.env): number | null {
  const seconds = Number(env.EMAIL_MANAGER_SYNC_INTERVAL_SECONDS);
  return Number.isFinite(seconds) && seconds >= 1 ? Math.min(seconds, MAX_SYNC_INTERVAL_SECONDS) : null;
}

/** Which of Google's quota tables holds for the administrator's project; `off` for a simulator that does not meter. */
export function googleQuotaName(env: Environment = process.env): '2026' | 'old' | 'off' {
  const name = env.EMAIL_MANAGER_GOOGLE_QUOTA?.trim();
  return name === 'old' || name === 'off' ? name : '2026';
}
