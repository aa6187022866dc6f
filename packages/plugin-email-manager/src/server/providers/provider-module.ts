import type { OAuthContext } from '@email-manager/mail-engine/oauth/flow';
import type { OAuthEndpoints, TokenSet } from '@email-manager/mail-engine/oauth/provider-oauth';
import type { Clock, Random } from '@email-manager/mail-engine/ports/clock';
import type { HttpClient } from '@email-manager/mail-engine/ports/http-client';
import type { StoreRules } from '@email-manager/mail-engine/ports/mail-store';
import type { TokenSource } from '@email-manager/mail-engine/ports/token-source';
import type { FolderRole } from '@email-manager/mail-engine/model/place';
import type { Pacer, PacerPriority } from '@email-manager/mail-engine/providers/pacer';
import type { MailProvider } from '@email-manager/mail-engine/providers/provider';
import type { CheckLine, OAuthCallbackRequest, ProviderName, ProviderSettings, ProviderUpdate } from '../../shared/api';
import type { ErrorCode } from '../errors';

/**
 * Everything above this folder asks a provider's module instead of its name. A new provider is a new module in the
 * registry.
 */
export interface ProviderModule {
  readonly name: ProviderName;
  readonly settings: SettingsRules;
  readonly oauth: OAuthRules;
  readonly mail: MailRules;
  /** The lines of "Check setup". Asks the provider; never throws because of what it answers. */
  check(input: CheckInput): Promise<CheckLine[]>;
}

/** What was learnt about the administrator's OAuth client by using it; never secret. */
export interface ProviderFacts {
  readonly apiEnabled?: boolean;
  /** Shortest life that the provider announced for a grant, in seconds (Google's testing mode: 7 days). */
  readonly grantLifetimeSeconds?: number;
  /** How many grants died at an age of about seven days. */
  readonly diedAfterSevenDays?: number;
  /** Which platform the redirect URI is registered for at Microsoft. */
  readonly platform?: 'web' | 'spa';
  /** What the last sign-in of a work account said about the consent of its administrator. */
  readonly adminConsent?: 'needed' | 'given' | 'notNeeded';
  /** The tenant whose administrator consented. */
  readonly adminConsentTenant?: string;
  /** The end of a secret and the threshold that the administrators were last told of. */
  readonly secretNotice?: string;
}

/** A provider's row of settings; the secret is read apart. */
export interface StoredClient {
  readonly provider: ProviderName;
  readonly clientId: string | null;
  readonly enabled: boolean;
  readonly scopeChoice: string | null;
  readonly tenant: string | null;
  readonly clientSecretReference: string | null;
  readonly hasClientSecret: boolean;
  /** `2027-05-31`. */
  readonly secretExpiresAt: string | null;
  readonly facts: ProviderFacts;
}

export type ClientSecret =
  | { readonly state: 'present'; readonly value: string }
  | { readonly state: 'missing' | 'unreadable' }
  | { readonly state: 'unknownReference'; readonly name: string };

export interface SettingsRules {
  /** @throws MailApiError with the code and the name of the first field that has a wrong shape */
  parse(values: unknown): ProviderUpdate;
  /** What the consent page asks for. */
  scopes(stored: StoredClient): readonly string[];
  /** The fields of the settings that are the provider's own. */
  view(
    stored: StoredClient,
    now: number,
  ): Pick<ProviderSettings, 'scopeChoice' | 'tenant' | 'secretExpiresAt' | 'secretWarning'>;
  /** One line for the diagnostics: codes and choices, no ids. */
  describe(stored: StoredClient): string;
}

export interface SignInRequest {
  /** The mailbox that is connected again; null for a new one. */
  readonly account: { readonly needsReauth: boolean } | null;
  readonly grant: {
    readonly hasRefreshToken: boolean;
    readonly tenant: string | null;
    readonly claims: string | null;
  } | null;
}

/** A sign-in that the provider refused: the code it is answered with, and the word that chooses its sentence. */
export interface SignInRefusal {
  readonly code: ErrorCode;
  readonly reason: string | null;
  /** The provider's own code. */
  readonly providerCode: string;
}

export interface OAuthRules {
  /** `tenant` null: the provider has none, or the default. */
  endpoints(tenant: string | null): OAuthEndpoints;
  /** Where a sign-in goes; the code is redeemed there as well. */
  tenantForSignIn(stored: StoredClient, grantTenant: string | null): string | null;
  /** Where a grant is refreshed. */
  tenantForRefresh(stored: StoredClient, grantTenant: string | null): string | null;
  /** The tenant of whoever signed in, to be kept with the grant. */
  tenantOf(tokens: TokenSet): string | null;
  /** False when the tenant choice of the settings leaves this account out. */
  admits(stored: StoredClient, tenant: string | null): boolean;
  authorizationExtras(request: SignInRequest): Record<string, string>;
  missingScopes(granted: readonly string[], asked: readonly string[]): string[];
  /** What the provider put into the redirect instead of a code. */
  redirectRefusal(answer: OAuthCallbackRequest): SignInRefusal;
  /** A code of the provider that means something particular during a sign-in; null leaves it to the error's kind. */
  signInCode(providerCode: string | null): ErrorCode | null;
  /** The word by which sentences about this code of the provider are chosen; null when there are none of its own. */
  reasonOf(providerCode: string | null): string | null;
  /** Where an administrator of an organisation allows the application for everybody; null when there is no such page. */
  adminConsentUrl(stored: StoredClient, request: AdminConsentRequest): string | null;
  /** Where a person ends the application's access; null when deleting the mailbox here does it. */
  consentPage(tenant: string | null): string | null;
  /** What a connection that worked tells about the client. */
  factsOfConnection(tokens: TokenSet, now: number, known: ProviderFacts): ProviderFacts;
  /** What a refusal tells about the client; null when nothing. */
  factsOfRefusal(kind: string | null, providerCode: string | null): ProviderFacts | null;
  /** What the end of a grant of this age (ms) tells about the client; null when nothing. */
  factsOfEnd(ageMs: number, known: ProviderFacts): ProviderFacts | null;
}

export interface AdminConsentRequest {
  readonly redirectUri: string;
  readonly tenant: string | null;
  /** Left out for a link that is passed on: nobody here waits for its return. */
  readonly state?: string;
}

export interface MailRules {
  readonly rules: StoreRules;
  /** Folders that a person may leave out of the copy. */
  readonly skippableFolders: readonly FolderRole[];
  /** Milliseconds per message that the provider's limits allow; for estimates before anything was measured. */
  readonly msPerMessage: number;
  createPacer(clock: Clock): Pacer;
  createProvider(options: MailProviderOptions): MailProvider;
}

export interface MailProviderOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly tokens: TokenSource;
  readonly pacer: Pacer;
  readonly skipFolders: readonly FolderRole[];
  readonly priority?: PacerPriority;
}

export interface CheckInput {
  readonly stored: StoredClient;
  readonly secret: ClientSecret;
  readonly redirectUri: string;
  readonly hasPublicUrl: boolean;
  /** A proxy is set in the server's environment. */
  readonly proxied: boolean;
  readonly http: HttpClient;
  /** Epoch ms. */
  readonly now: number;
  /** The OAuth client with any secret: reachability is asked even when none is stored. */
  context(secret: string): OAuthContext;
  /** A page for the administrator of an organisation that comes back to this NocoBase, or null. */
  adminConsentUrl(): Promise<string | null>;
}
