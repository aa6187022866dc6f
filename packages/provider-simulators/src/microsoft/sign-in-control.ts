import { MailControl } from './graph/mail-control';
import { PERSONAL_TENANT, findAccount } from './state';
import { grantForAll } from './identity/admin-consent';
import { newApp, newTenant } from './identity/directory';
import type { AppOptions, AppRegistration, ClientSecret, Tenant, TenantOptions } from './identity/directory';
import { newGuid } from './identity/guid';
import type { AutoApprove } from './identity/identity-state';
import { GRAPH_RESOURCE, parseScopes } from './identity/scopes';
import type { SimulatorState } from './simulator-state';

/** What a mailbox application asks for. */
const USUAL_SCOPES = 'openid profile offline_access User.Read Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite';

export interface IssuedTokens {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Consents, tokens, secrets and tenants, from behind the provider's back. */
export class SignInControl extends MailControl {
  constructor(protected override readonly state: SimulatorState) {
    super(state);
  }

  /** A grant without a consent page, for tests that are not about consent. */
  issueTokens(args: { account: string; clientId?: string; scopes?: string[]; lifeSeconds?: number }): IssuedTokens {
    const { identity } = this.state;
    const account = findAccount(this.state, args.account);
    const app = this.app(args.clientId);
    const { scopes } = parseScopes(args.scopes?.join(' ') ?? USUAL_SCOPES, app.permissions);
    const personal = account.tenantId === PERSONAL_TENANT;
    const grant = identity.grants.consent(app.clientId, account.address, scopes);
    const { accessTokenSeconds, refreshTokenSeconds } = identity.lifetimes;
    const lifeSeconds = args.lifeSeconds ?? accessTokenSeconds;
    const access = identity.grants.issueAccessToken(grant, { scopes, resource: GRAPH_RESOURCE, lifeSeconds, personal });
    const life = { lifeSeconds: refreshTokenSeconds, spa: false };
    const refresh = identity.grants.issueRefreshToken(grant, { scopes, ...life, personal });
    return { accessToken: access.token, refreshToken: refresh.token, expiresAt: access.expiresAt };
  }

  /** Consents without a person from now on; null brings the pages back. */
  setAutoApprove(args: AutoApprove | null): void {
    this.state.identity.autoApprove = args;
  }

  /** The person removes the app. With `keepAccessTokens` those that are out go on until their time, as at Microsoft. */
  revokeConsent(args: { account: string; clientId?: string; keepAccessTokens?: boolean }): { revoked: number } {
    return { revoked: this.state.identity.grants.end(args.account, 'consent', args) };
  }

  /** An administrator ends all sessions of the account: refresh tokens are refused with 50173. */
  revokeSessions(args: { account: string; keepAccessTokens?: boolean }): { revoked: number } {
    return { revoked: this.state.identity.grants.end(args.account, 'sessions', args) };
  }

  /** The access tokens of an account, or all, end now; refresh tokens go on. */
  expireAccessTokens(args: { account?: string } | null = {}): void {
    this.state.identity.grants.expireAccessTokens(args?.account);
  }

  /** Refresh tokens of the account are too old from now on; with `which: 'older'` the newest goes on. */
  expireRefreshTokens(args: { account: string; which?: 'all' | 'older' }): void {
    this.state.identity.grants.expireRefreshTokens(args.account, args.which ?? 'all');
  }

  /**
   * Graph answers 401 with a claims challenge from now on. Any newer token will do, or, with `interactive`, only one
   * that the person signed in for again with these claims; until then a refresh is refused too.
   */
  challengeClaims(args: { account: string; interactive?: boolean }): { claims: string } {
    const { address } = findAccount(this.state, args.account);
    const notBefore = this.state.clock.now();
    const nbf = { essential: true, value: String(Math.floor(notBefore / 1000)) };
    const claims = JSON.stringify({ access_token: { nbf } });
    // Tokens of this very millisecond are older than the challenge.
    const challenge = { claims, notBefore: notBefore + 1, interactive: args.interactive ?? false };
    this.state.identity.challenges.set(address.toLowerCase(), challenge);
    return { claims };
  }

  endChallenge(args: { account: string }): void {
    this.state.identity.challenges.delete(args.account.toLowerCase());
  }

  /**
   * The next token request (of this account) is refused with this AADSTS code; `times: null` for ever. The other
   * fields replace what the code usually comes with.
   */
  failNextToken(args: {
    code: number;
    account?: string;
    times?: number | null;
    skip?: number;
    status?: number;
    suberror?: string;
    claims?: string;
  }): { number: number } {
    return { number: this.state.accidents.plan({ kind: 'tokenError', ...args }) };
  }

  /** The next sign-in comes back with this AADSTS code, or with `page` ends on Microsoft's own error page. */
  failNextSignIn(args: { code: number; account?: string; page?: boolean; times?: number | null }): { number: number } {
    return { number: this.state.accidents.plan({ kind: 'signInError', ...args }) };
  }

  // App registrations

  setClient(args: Partial<AppRegistration> & { clientId: string }): AppRegistration {
    return Object.assign(this.app(args.clientId), args);
  }

  addClient(args: AppOptions): AppRegistration {
    const app = newApp(args);
    this.state.identity.apps.set(app.clientId.toLowerCase(), app);
    return app;
  }

  /** A further secret; without `value` one is made up. `expiresInMs` may be negative: expired already. */
  addSecret(args: { clientId?: string; value?: string; expiresInMs?: number }): ClientSecret {
    const { identity, clock } = this.state;
    const secret: ClientSecret = {
      id: newGuid(identity.rng),
      value: args.value ?? `sim8Q~${newGuid(identity.rng)}`,
      expiresAt: args.expiresInMs === undefined ? null : clock.now() + args.expiresInMs,
    };
    this.app(args.clientId).secrets.push(secret);
    return secret;
  }

  /** When a secret (the first one by default) ends; null: never. `at` in milliseconds; now by default. */
  expireSecret(args: { clientId?: string; secretId?: string; at?: number | null } | null = {}): ClientSecret {
    const { secrets } = this.app(args?.clientId);
    const secret = args?.secretId === undefined ? secrets[0] : secrets.find((s) => s.id === args.secretId);
    if (!secret) throw new Error('The app has no such secret.');
    secret.expiresAt = args?.at === undefined ? this.state.clock.now() : args.at;
    return secret;
  }

  // Tenants

  /** Adds a tenant or changes it: its policy for user consent, its approval requests, its domains. */
  setTenant(args: TenantOptions): Omit<Tenant, 'adminConsents'> {
    const { tenants } = this.state.identity;
    const tenant = tenants.get(args.id);
    if (tenant) Object.assign(tenant, args);
    else tenants.set(args.id, newTenant(args));
    const { adminConsents: _consents, ...rest } = this.tenant(args.id);
    return rest;
  }

  /** An administrator agrees for everybody, without the page. */
  grantAdminConsent(args: { tenant: string; clientId?: string; scopes?: string[] }): void {
    const app = this.app(args.clientId);
    const { scopes } = parseScopes(args.scopes?.join(' ') ?? USUAL_SCOPES, app.permissions);
    grantForAll(this.tenant(args.tenant), app.clientId, scopes);
  }

  revokeAdminConsent(args: { tenant: string; clientId?: string }): void {
    this.tenant(args.tenant).adminConsents.delete(this.app(args.clientId).clientId);
  }

  clients(): AppRegistration[] {
    return [...this.state.identity.apps.values()];
  }

  tenants(): (Omit<Tenant, 'adminConsents'> & { adminConsents: Record<string, string[]> })[] {
    return [...this.state.identity.tenants.values()].map((tenant) => ({
      ...tenant,
      adminConsents: Object.fromEntries([...tenant.adminConsents].map(([clientId, scopes]) => [clientId, [...scopes]])),
    }));
  }

  protected app(clientId?: string): AppRegistration {
    const { apps } = this.state.identity;
    const app = clientId === undefined ? [...apps.values()][0] : apps.get(clientId.toLowerCase());
    if (!app) throw new Error(`There is no app registration ${clientId ?? ''}.`);
    return app;
  }

  private tenant(id: string): Tenant {
    const tenant = this.state.identity.tenants.get(id);
    if (!tenant) throw new Error(`There is no tenant ${id}.`);
    return tenant;
  }
}
