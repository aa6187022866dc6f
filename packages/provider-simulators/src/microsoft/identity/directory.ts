import { PERSONAL_TENANT } from '../state';
import { SignInError } from './aadsts';

export const CONTOSO_TENANT = '11111111-2222-4333-8444-555555555555';

/** A person as the sign-in pages know them. */
export interface DirectoryUser {
  address: string;
  name: string;
  /** The `oid` claim. */
  objectId: string;
  tenantId: string;
}

/** An organisation's directory, or that of all personal accounts. */
export interface Tenant {
  id: string;
  name: string;
  /** Lower-case; usable in place of the id. */
  domains: string[];
  /** Whether people may agree to an app's access to their mail themselves. */
  userConsent: 'allowed' | 'blocked';
  /** Offers "Request approval" where people may not agree themselves (90095 instead of 90094). */
  approvalRequests: boolean;
  /** Client id → scopes that an administrator granted for everybody. */
  adminConsents: Map<string, Set<string>>;
}

export type TenantOptions = Partial<Omit<Tenant, 'adminConsents'>> & { id: string };

export function newTenant(options: TenantOptions): Tenant {
  return {
    name: options.id,
    domains: [],
    userConsent: 'allowed',
    approvalRequests: false,
    ...options,
    adminConsents: new Map(),
  };
}

export const DEFAULT_TENANTS: readonly TenantOptions[] = [
  { id: PERSONAL_TENANT, name: 'Microsoft accounts', domains: ['outlook.example', 'hotmail.example'] },
  { id: CONTOSO_TENANT, name: 'Contoso', domains: ['contoso.example', 'contoso.onmicrosoft.example'] },
];

export type Audience =
  'AzureADandPersonalMicrosoftAccount' | 'AzureADMultipleOrgs' | 'AzureADMyOrg' | 'PersonalMicrosoftAccount';

export interface ClientSecret {
  /** The GUID that the portal shows beside the value, and that people paste by mistake. */
  id: string;
  value: string;
  /** Milliseconds since the epoch; null: never. */
  expiresAt: number | null;
}

/** An app registration. */
export interface AppRegistration {
  clientId: string;
  name: string;
  /** The tenant in which the app was registered. */
  homeTenantId: string;
  audience: Audience;
  secrets: ClientSecret[];
  /** Platform "Web". */
  redirectUris: string[];
  /** Platform "Single-page application": their refresh tokens live for 24 hours. */
  spaRedirectUris: string[];
  /** Also accepts every loopback address as "Web": for a demo whose port is not known beforehand. */
  anyLoopbackRedirect: boolean;
  /** What `.default` stands for. */
  permissions: string[];
}

export type AppOptions = Partial<Omit<AppRegistration, 'secrets'>> & {
  clientId: string;
  /** Shorthand for one secret that does not expire. */
  clientSecret?: string;
  secrets?: ClientSecret[];
};

export const DEFAULT_MICROSOFT_CLIENT = {
  clientId: '20000000-0000-4000-8000-00000000c11e',
  clientSecret: 'sim8Q~simulated-client-secret.value~00',
} as const;

export const DEFAULT_SECRET_ID = '20000000-0000-4000-8000-0000005ec1e7';

const DEFAULT_PERMISSIONS = ['User.Read', 'Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite'];

export function newApp({ clientSecret, ...options }: AppOptions): AppRegistration {
  return {
    name: 'Email manager',
    homeTenantId: CONTOSO_TENANT,
    audience: 'AzureADandPersonalMicrosoftAccount',
    secrets: clientSecret === undefined ? [] : [{ id: DEFAULT_SECRET_ID, value: clientSecret, expiresAt: null }],
    redirectUris: [],
    spaRedirectUris: [],
    anyLoopbackRedirect: options.redirectUris === undefined && options.spaRedirectUris === undefined,
    permissions: DEFAULT_PERMISSIONS,
    ...options,
  };
}

/** Which platform the address is registered for; undefined when it is not. Compared character by character. */
export function redirectPlatform(app: AppRegistration, redirectUri: string): 'web' | 'spa' | undefined {
  if (app.redirectUris.some((registered) => isSameRedirect(registered, redirectUri))) return 'web';
  if (app.spaRedirectUris.some((registered) => isSameRedirect(registered, redirectUri))) return 'spa';
  if (!app.anyLoopbackRedirect || !URL.canParse(redirectUri)) return undefined;
  const url = new URL(redirectUri);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return isLoopback && ['http:', 'https:'].includes(url.protocol) && url.hash === '' ? 'web' : undefined;
}

/** Microsoft ignores the port of a registered `http://localhost`. */
function isSameRedirect(registered: string, redirectUri: string): boolean {
  if (registered === redirectUri) return true;
  const withoutPort = (uri: string) => uri.replace(/^http:\/\/localhost(:\d+)?(?=\/|$)/, 'http://localhost');
  return registered.startsWith('http://localhost') && withoutPort(registered) === withoutPort(redirectUri);
}

/** The tenant in the path of a sign-in address. */
export type Authority =
  | { kind: 'common' | 'organizations'; key: string }
  /** One directory; `consumers` is the one of the personal accounts. */
  | { kind: 'tenant'; key: string; tenant: Tenant };

/** @throws SignInError 90002 for a tenant that does not exist */
export function resolveAuthority(tenants: ReadonlyMap<string, Tenant>, path: string): Authority {
  const name = path.toLowerCase();
  if (name === 'common' || name === 'organizations') return { kind: name, key: name };
  const id = name === 'consumers' ? PERSONAL_TENANT : name;
  const tenant =
    tenants.get(id) ?? [...tenants.values()].find((t) => t.id !== PERSONAL_TENANT && t.domains.includes(id));
  if (!tenant) throw new SignInError(90002, { tenant: path });
  return { kind: 'tenant', key: tenant.id, tenant };
}

/** Whether people sign in to this app at this address at all. @throws SignInError 50194, 700016, 9002331, 9002346 */
export function checkAudience(app: AppRegistration, authority: Authority): void {
  const facts = { app: app.clientId, appName: app.name };
  const isPersonal = authority.key === PERSONAL_TENANT;
  switch (app.audience) {
    case 'AzureADMyOrg':
      if (authority.kind !== 'tenant') throw new SignInError(50194, facts);
      if (authority.key !== app.homeTenantId)
        throw new SignInError(700016, { ...facts, tenant: authority.tenant.name });
      return;
    case 'AzureADMultipleOrgs':
      if (isPersonal) throw new SignInError(9002346, facts);
      return;
    case 'PersonalMicrosoftAccount':
      if (!isPersonal) throw new SignInError(9002331, facts);
      return;
    default:
      return;
  }
}

/** Whether this person may use this address. @throws SignInError 50020 */
export function checkUser(app: AppRegistration, authority: Authority, user: DirectoryUser): void {
  const isPersonal = user.tenantId === PERSONAL_TENANT;
  const allowed =
    authority.kind === 'tenant'
      ? authority.tenant.id === user.tenantId
      : !isPersonal || (authority.kind === 'common' && app.audience !== 'AzureADMultipleOrgs');
  if (allowed) return;
  throw new SignInError(50020, {
    app: app.clientId,
    appName: app.name,
    user: user.address,
    idp: isPersonal ? 'live.com' : `https://sts.windows.net/${user.tenantId}/`,
    tenant: authority.kind === 'tenant' ? authority.tenant.name : 'organizations',
  });
}
