import type { Database } from '@nocobase/database';
import { MailError } from '@email-manager/mail-engine/errors';
import { authorizationUrl, exchangeCode, revokeToken, type OAuthContext } from '@email-manager/mail-engine/oauth/flow';
import type { TokenSet } from '@email-manager/mail-engine/oauth/provider-oauth';
import type { MailboxProfile } from '@email-manager/mail-engine/providers/provider';
import type { OAuthCallbackRequest, OAuthStart, OAuthStartRequest, ProviderName } from '../../shared/api';
import { write } from '../database';
import { codeOfKind, MailApiError, type ErrorCode } from '../errors';
import type { OAuthClients } from '../providers/oauth-clients';
import type { ProviderModule } from '../providers/provider-module';
import type { ProviderRegistry } from '../providers/registry';
import {
  normaliseBaseUrl,
  redirectUriFor,
  requireSendableOrigin,
  resolveBaseUrl,
  safeReturnPath,
  type RequestOrigin,
} from '../providers/redirect-uri';
import { isConfigured, type SettingsStore } from '../providers/settings-store';
import { NO_ERROR, type AccountRow, type AccountStore } from './account-store';
import { createAdminConsent, type AdminConsent } from './admin-consent';
import type { Consent, Grants } from './grants';
import type { ConsumedSignIn, OAuthStates } from './oauth-states';

/** A new mailbox begins with the mail of the last three months; people may move the start afterwards. */
export const DEFAULT_START_MONTHS = 3;

export interface ConnectDeps {
  readonly db: Database;
  readonly settings: SettingsStore;
  readonly registry: ProviderRegistry;
  readonly clients: OAuthClients;
  readonly states: OAuthStates;
  readonly accounts: AccountStore;
  readonly grants: Grants;
  readonly now: () => number;
  /** Reads the profile of the mailbox that a fresh access token opens. */
  readonly readProfile: (provider: ProviderName, accessToken: string) => Promise<MailboxProfile>;
  /** Called after an account was connected or reconnected. */
  readonly connected: (accountId: string) => Promise<void>;
}

export type Connected =
  | { readonly accountId: string; readonly returnTo: string | null; readonly reconnected: boolean }
  /** An administrator's consent came back. */
  | { readonly accountId: null; readonly returnTo: string | null; readonly adminConsent: { readonly tenant: string } };

export interface Connect {
  start(userId: string, request: OAuthStartRequest, origin: Omit<RequestOrigin, 'stated'>): Promise<OAuthStart>;
  /** @throws MailApiError for every way in which a sign-in can fail; nothing is half-written then */
  callback(userId: string, answer: OAuthCallbackRequest): Promise<Connected>;
  readonly adminConsent: AdminConsent;
}

export function monthsBefore(now: number, months: number): number {
  const date = new Date(now);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date.getTime();
}

/** A sign-in that has come back, and what is needed to complete it. */
interface Returned {
  readonly userId: string;
  readonly signIn: ConsumedSignIn;
  readonly module: ProviderModule;
  readonly context: OAuthContext;
}

export function createConnect(deps: ConnectDeps): Connect {
  const { settings, states, accounts, grants, registry, clients, now } = deps;
  const adminConsent = createAdminConsent({ settings, states, registry });

  /** A known mailbox of this user; anything else is answered as if it did not exist. */
  async function ownAccount(userId: string, accountId: string): Promise<AccountRow> {
    const account = await accounts.find(accountId);
    if (!account || account.userId !== userId) throw new MailApiError('ACCOUNT_NOT_FOUND');
    if (account.status === 'deleting') throw new MailApiError('ACCOUNT_DELETING');
    return account;
  }

  async function start(
    userId: string,
    request: OAuthStartRequest,
    origin: Omit<RequestOrigin, 'stated'>,
  ): Promise<OAuthStart> {
    const { provider } = request;
    const { oauth, settings: rules } = registry.of(provider);
    const client = await settings.client(provider);
    if (!isConfigured(client) || client.clientId === null) {
      throw new MailApiError('PROVIDER_NOT_CONFIGURED', { provider });
    }
    const { publicUrl } = await settings.general();
    const redirectUri = redirectUriFor(resolveBaseUrl(publicUrl, { ...origin, stated: request.origin }));
    requireSendableOrigin(redirectUri);
    const account = request.accountId ? await ownAccount(userId, request.accountId) : null;
    // A mailbox is connected again where it is; another provider's sign-in could only end in a mismatch.
    if (account && account.provider !== provider) throw new MailApiError('ACCOUNT_NOT_FOUND');
    const grant = account ? await grants.read(account.id) : null;
    const tenant = oauth.tenantForSignIn(client, grant?.tenant ?? null);
    const scopes = rules.scopes(client);
    const started = await states.start({
      userId,
      provider,
      accountId: account?.id ?? null,
      redirectUri,
      returnTo: safeReturnPath(request.returnTo),
      origin: request.origin ?? null,
      tenant,
    });
    const url = await authorizationUrl(oauth.endpoints(tenant), client.clientId, {
      redirectUri,
      scopes,
      state: started.state,
      codeVerifier: started.codeVerifier,
      ...(account ? { loginHint: account.address } : {}),
      extras: oauth.authorizationExtras({
        account: account && { needsReauth: account.status === 'needsReauth' },
        grant: grant && { hasRefreshToken: grant.refreshToken !== null, tenant: grant.tenant, claims: grant.claims },
      }),
    });
    const stated = request.origin === undefined ? null : normaliseBaseUrl(request.origin);
    return {
      url,
      redirectUri,
      scopes: [...scopes],
      pendingId: started.pendingId,
      expiresAt: new Date(started.expiresAt).toISOString(),
      originDiffers: publicUrl !== null && stated !== null && new URL(stated).origin !== new URL(publicUrl).origin,
    };
  }

  async function callback(userId: string, answer: OAuthCallbackRequest): Promise<Connected> {
    const signIn = await states.consume(answer.state, userId);
    const module = registry.of(signIn.provider);
    let outcome: ErrorCode | 'CONNECTED' = 'INTERNAL_ERROR';
    try {
      if (answer.error !== undefined) await refuseRedirect(module, answer);
      const connected =
        signIn.purpose === 'adminConsent'
          ? await adminConsent.complete(signIn, answer)
          : await complete(userId, signIn, module, answer);
      outcome = 'CONNECTED';
      return connected;
    } catch (error) {
      const refusal = refusalOf(error, module);
      if (refusal instanceof MailApiError) outcome = refusal.code;
      throw outcome === 'OAUTH_ADMIN_CONSENT_REQUIRED' ? new ConsentNeededError(signIn) : refusal;
    } finally {
      await states.settle(signIn.pendingId, outcome);
    }
  }

  async function refuseRedirect({ oauth, name }: ProviderModule, answer: OAuthCallbackRequest): Promise<never> {
    const { code, reason, providerCode } = oauth.redirectRefusal(answer);
    const facts = oauth.factsOfRefusal(null, providerCode);
    if (facts !== null) await settings.learn(name, facts);
    throw new MailApiError(code, { provider: name, reason });
  }

  async function complete(
    userId: string,
    signIn: ConsumedSignIn,
    module: ProviderModule,
    answer: OAuthCallbackRequest,
  ): Promise<Connected> {
    const { oauth, name } = module;
    if (!answer.code) throw new MailApiError('OAUTH_CODE_INVALID', { provider: name });
    const context = await clients.context(name, signIn.tenant);
    const returned = { userId, signIn, module, context };
    const client = await settings.client(name);
    const asked = module.settings.scopes(client);
    const tokens = await exchange(returned, answer.code);
    const granted = tokens.scopes ?? asked;
    if (oauth.missingScopes(granted, asked).length > 0)
      throw new MailApiError('OAUTH_SCOPE_MISSING', { provider: name });
    const tenant = oauth.tenantOf(tokens);
    if (!oauth.admits(client, tenant)) {
      await giveBack(context, tokens);
      throw new MailApiError('OAUTH_TENANT_MISMATCH', { provider: name });
    }
    const profile = await identify(returned, tokens);
    const target = await choose(returned, profile.address, tokens);
    const accountId = await save(returned, target, profile, { tokens, scopes: granted, tenant });
    await settings.learn(name, oauth.factsOfConnection(tokens, now(), client.facts));
    await deps.connected(accountId);
    return { accountId, returnTo: signIn.returnTo, reconnected: target !== null };
  }

  async function exchange({ signIn, module, context }: Returned, code: string): Promise<TokenSet> {
    const { redirectUri, codeVerifier } = signIn;
    try {
      return await exchangeCode(context, { code, redirectUri, codeVerifier });
    } catch (error) {
      await learnFromRefusal(module, error);
      throw error;
    }
  }

  async function learnFromRefusal({ name, oauth }: ProviderModule, error: unknown): Promise<void> {
    const facts = error instanceof MailError ? oauth.factsOfRefusal(error.kind, error.providerCode) : null;
    if (facts !== null) await settings.learn(name, facts);
  }

  async function identify({ module, context }: Returned, tokens: TokenSet): Promise<MailboxProfile> {
    try {
      return await deps.readProfile(module.name, tokens.accessToken);
    } catch (error) {
      await learnFromRefusal(module, error);
      // There is no mailbox that this grant could be of use for.
      if (error instanceof MailError && error.kind === 'noMailbox') await giveBack(context, tokens);
      throw error;
    }
  }

  /** The account to reconnect in place, or null for a new one. */
  async function choose(
    { userId, signIn, context }: Returned,
    address: string,
    tokens: TokenSet,
  ): Promise<AccountRow | null> {
    const { provider } = signIn;
    const known = await accounts.findByAddress(provider, address);
    // A token of a mailbox that is connected already must not be given back: the whole grant would end with it.
    const refuse = async (code: ErrorCode, params: Record<string, string> = {}): Promise<never> => {
      if (!known) await giveBack(context, tokens);
      throw new MailApiError(code, { params, provider });
    };
    if (signIn.accountId !== null) {
      const wanted = await ownAccount(userId, signIn.accountId);
      if (known?.id !== wanted.id) return refuse('ACCOUNT_MISMATCH', { expected: wanted.address, actual: address });
      return wanted;
    }
    if (known && known.userId !== userId) return refuse('ACCOUNT_TAKEN');
    if (known?.status === 'deleting') return refuse('ACCOUNT_DELETING');
    return known;
  }

  async function save(
    { userId, signIn: { provider } }: Returned,
    target: AccountRow | null,
    profile: MailboxProfile,
    consent: Consent,
  ): Promise<string> {
    const stored = target ? await grants.read(target.id) : null;
    if (consent.tokens.refreshToken === null && !stored?.refreshToken) {
      throw new MailApiError('OAUTH_NO_REFRESH_TOKEN', { provider });
    }
    return write(deps.db, 'connect a mailbox', async (transaction) => {
      const accountId =
        target?.id ??
        (await accounts.create(
          {
            provider,
            address: profile.address,
            userId,
            syncFrom: monthsBefore(now(), DEFAULT_START_MONTHS),
            remoteTotal: profile.messagesTotal,
          },
          transaction,
        ));
      await grants.saveConsent(accountId, consent, transaction);
      const moved = await accounts.apply(accountId, 'connected', { transaction });
      if (!moved) throw new MailApiError('ACCOUNT_DELETING');
      await accounts.patch(accountId, { ...NO_ERROR, notBefore: null }, transaction);
      return accountId;
    });
  }

  /** Ends a grant that will not be used. That it could not be ended is no reason to hide why it is not used. */
  async function giveBack(context: OAuthContext, tokens: TokenSet): Promise<void> {
    await revokeToken(context, tokens.refreshToken ?? tokens.accessToken).catch(() => undefined);
  }

  return { start, callback, adminConsent };
}

/** An administrator of the person's organisation has to act first; the sign-in is kept for the link that does it. */
export class ConsentNeededError extends MailApiError {
  constructor(readonly signIn: ConsumedSignIn) {
    super('OAUTH_ADMIN_CONSENT_REQUIRED', { provider: signIn.provider });
  }
}

/** During a sign-in an engine error means something about the sign-in, not about a connected mailbox. */
function refusalOf(error: unknown, { name, oauth }: ProviderModule): unknown {
  if (!(error instanceof MailError)) return error;
  const code = oauth.signInCode(error.providerCode) ?? codeDuringSignIn(error);
  return new MailApiError(code, { provider: name, reason: oauth.reasonOf(error.providerCode) });
}

function codeDuringSignIn({ kind }: MailError): ErrorCode {
  if (kind === 'refused' || kind === 'needsReauth') return 'OAUTH_CODE_INVALID';
  if (kind === 'blocked') return 'OAUTH_ADMIN_CONSENT_REQUIRED';
  return kind === 'malformed' || kind === 'notFound' ? 'OAUTH_FAILED' : codeOfKind(kind);
}
