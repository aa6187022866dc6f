import type { Database } from '@nocobase/database';
import { MailError } from '@email-manager/mail-engine/errors';
import { authorizationUrl, exchangeCode, revokeToken } from '@email-manager/mail-engine/oauth/flow';
import { googleAuthorizationExtras, missingGoogleScopes } from '@email-manager/mail-engine/oauth/google';
import type { OAuthContext } from '@email-manager/mail-engine/oauth/flow';
import type { TokenSet } from '@email-manager/mail-engine/oauth/provider-oauth';
import type { MailboxProfile } from '@email-manager/mail-engine/providers/provider';
import type { OAuthCallbackRequest, OAuthStart, OAuthStartRequest } from '../../shared/api';
import { write } from '../database';
import { MailApiError, type ErrorCode } from '../errors';
import type { GoogleClient } from '../providers/google-client';
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
import type { Grants } from './grants';
import type { ConsumedSignIn, OAuthStates } from './oauth-states';

/** A new mailbox begins with the mail of the last three months; people may move the start afterwards. */
export const DEFAULT_START_MONTHS = 3;

export interface ConnectDeps {
  readonly db: Database;
  readonly settings: SettingsStore;
  readonly google: GoogleClient;
  readonly states: OAuthStates;
  readonly accounts: AccountStore;
  readonly grants: Grants;
  readonly now: () => number;
  /** Reads the profile of the mailbox that a fresh access token opens. */
  readonly readProfile: (accessToken: string) => Promise<MailboxProfile>;
  /** Called after an account was connected or reconnected. */
  readonly connected: (accountId: string) => Promise<void>;
}

export interface Connected {
  readonly accountId: string;
  readonly returnTo: string | null;
  readonly reconnected: boolean;
}

export interface Connect {
  start(userId: string, request: OAuthStartRequest, origin: Omit<RequestOrigin, 'stated'>): Promise<OAuthStart>;
  /** @throws MailApiError for every way in which a sign-in can fail; nothing is half-written then */
  callback(userId: string, answer: OAuthCallbackRequest): Promise<Connected>;
}

export function monthsBefore(now: number, months: number): number {
  const date = new Date(now);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date.getTime();
}

export function createConnect(deps: ConnectDeps): Connect {
  const { settings, states, accounts, grants, google, now } = deps;

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
    if (request.provider !== 'google') throw new MailApiError('PROVIDER_NOT_AVAILABLE');
    const client = await settings.google();
    if (!isConfigured(client) || client.clientId === null) throw new MailApiError('PROVIDER_NOT_CONFIGURED');
    const { publicUrl } = await settings.general();
    const redirectUri = redirectUriFor(resolveBaseUrl(publicUrl, { ...origin, stated: request.origin }));
    requireSendableOrigin(redirectUri);
    const account = request.accountId ? await ownAccount(userId, request.accountId) : null;
    const grant = account ? await grants.read(account.id) : null;
    const started = await states.start({
      userId,
      provider: 'google',
      accountId: account?.id ?? null,
      redirectUri,
      returnTo: safeReturnPath(request.returnTo),
      origin: request.origin ?? null,
    });
    const forceConsent = !grant?.refreshToken || account?.status === 'needsReauth';
    const url = await authorizationUrl(google.endpoints(), client.clientId, {
      redirectUri,
      scopes: client.scopes,
      state: started.state,
      codeVerifier: started.codeVerifier,
      ...(account ? { loginHint: account.address } : {}),
      extras: googleAuthorizationExtras({ forceConsent }),
    });
    const stated = request.origin === undefined ? null : normaliseBaseUrl(request.origin);
    return {
      url,
      redirectUri,
      scopes: [...client.scopes],
      pendingId: started.pendingId,
      expiresAt: new Date(started.expiresAt).toISOString(),
      originDiffers: publicUrl !== null && stated !== null && new URL(stated).origin !== new URL(publicUrl).origin,
    };
  }

  async function callback(userId: string, answer: OAuthCallbackRequest): Promise<Connected> {
    const signIn = await states.consume(answer.state, userId);
    let outcome: ErrorCode | 'CONNECTED' = 'INTERNAL_ERROR';
    try {
      const connected = await complete(userId, signIn, answer);
      outcome = 'CONNECTED';
      return connected;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal instanceof MailApiError) outcome = refusal.code;
      throw refusal;
    } finally {
      await states.settle(signIn.pendingId, outcome);
    }
  }

  async function complete(userId: string, signIn: ConsumedSignIn, answer: OAuthCallbackRequest): Promise<Connected> {
    if (answer.error !== undefined) throw new MailApiError(codeOfRedirectError(answer.error));
    if (!answer.code) throw new MailApiError('OAUTH_CODE_INVALID');
    const context = await google.context();
    const { scopes: asked } = await settings.google();
    const { code } = answer;
    const tokens = await exchangeCode(context, {
      code,
      redirectUri: signIn.redirectUri,
      codeVerifier: signIn.codeVerifier,
    });
    const granted = tokens.scopes ?? asked;
    if (missingGoogleScopes(granted, asked).length > 0) throw new MailApiError('OAUTH_SCOPE_MISSING');
    const profile = await identify(context, tokens);
    const target = await choose(userId, signIn, profile.address, context, tokens);
    const accountId = await save(userId, target, profile, tokens, granted);
    await settings.learn('google', {
      apiEnabled: true,
      ...(tokens.refreshTokenExpiresAt === null
        ? {}
        : { grantLifetimeSeconds: Math.round((tokens.refreshTokenExpiresAt - now()) / 1000) }),
    });
    await deps.connected(accountId);
    return { accountId, returnTo: signIn.returnTo, reconnected: target !== null };
  }

  async function identify(context: OAuthContext, tokens: TokenSet): Promise<MailboxProfile> {
    try {
      return await deps.readProfile(tokens.accessToken);
    } catch (error) {
      if (error instanceof MailError && error.kind === 'apiDisabled')
        await settings.learn('google', { apiEnabled: false });
      // There is no mailbox that this grant could be of use for.
      if (error instanceof MailError && error.kind === 'noMailbox') await giveBack(context, tokens);
      throw error;
    }
  }

  /** The account to reconnect in place, or null for a new one. */
  async function choose(
    userId: string,
    signIn: ConsumedSignIn,
    address: string,
    context: OAuthContext,
    tokens: TokenSet,
  ): Promise<AccountRow | null> {
    const known = await accounts.findByAddress('google', address);
    // A token of a mailbox that is connected already must not be given back: the whole grant would end with it.
    const refuse = async (code: ErrorCode, params: Record<string, string> = {}): Promise<never> => {
      if (!known) await giveBack(context, tokens);
      throw new MailApiError(code, { params });
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
    userId: string,
    target: AccountRow | null,
    profile: MailboxProfile,
    tokens: TokenSet,
    scopes: readonly string[],
  ): Promise<string> {
    const stored = target ? await grants.read(target.id) : null;
    if (tokens.refreshToken === null && !stored?.refreshToken) throw new MailApiError('OAUTH_NO_REFRESH_TOKEN');
    return write(deps.db, 'connect a mailbox', async (transaction) => {
      const accountId =
        target?.id ??
        (await accounts.create(
          {
            provider: 'google',
            address: profile.address,
            userId,
            syncFrom: monthsBefore(now(), DEFAULT_START_MONTHS),
            remoteTotal: profile.messagesTotal,
          },
          transaction,
        ));
      await grants.saveConsent(accountId, tokens, scopes, transaction);
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

  return { start, callback };
}

/** What Google puts into the redirect's `error`. */
function codeOfRedirectError(error: string): ErrorCode {
  if (error === 'access_denied') return 'OAUTH_DENIED';
  if (error === 'admin_policy_enforced' || error === 'org_internal' || error === 'policy_enforced') {
    return 'OAUTH_ADMIN_CONSENT_REQUIRED';
  }
  if (error === 'invalid_client' || error === 'deleted_client' || error === 'unauthorized_client') {
    return 'OAUTH_CLIENT_INVALID';
  }
  return 'OAUTH_FAILED';
}

/** During a sign-in an engine error means something about the sign-in, not about a connected mailbox. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof MailError)) return error;
  if (error.kind === 'refused' || error.kind === 'needsReauth') return new MailApiError('OAUTH_CODE_INVALID');
  if (error.kind === 'blocked') return new MailApiError('OAUTH_ADMIN_CONSENT_REQUIRED');
  if (error.kind === 'malformed' || error.kind === 'notFound') return new MailApiError('OAUTH_FAILED');
  return error;
}
