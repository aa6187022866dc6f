import type { TokenAnswerClassifier } from './errors';

/** Where a provider's OAuth lives and what it expects; everything else about the flow is common. */
export interface OAuthEndpoints {
  /** Value of `iss` in identity tokens. */
  readonly issuer: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** Null when the provider has no revocation endpoint. */
  readonly revokeUrl: string | null;
  /** The provider's own table of refusals; what it does not know is decided by the common one. */
  readonly classify?: TokenAnswerClassifier;
  /** For providers whose tenants each have an issuer of their own: whether these claims are of one of them. */
  readonly isOwnIssuer?: (claims: IdentityClaims) => boolean;
}

/** Claims of an identity token that came straight from the token endpoint. */
export type IdentityClaims = Readonly<Record<string, unknown>>;

export interface OAuthClientConfig {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a token endpoint gave. Times are epoch milliseconds by the caller's clock. */
export interface TokenSet {
  readonly accessToken: string;
  /** Null when the provider gave none: the stored one stays valid. */
  readonly refreshToken: string | null;
  readonly accessTokenExpiresAt: number;
  /** Set when the grant itself is limited in time. */
  readonly refreshTokenExpiresAt: number | null;
  /** Granted scopes; what was asked for may have been unticked. Null when the answer did not say. */
  readonly scopes: readonly string[] | null;
  /** Who signed in, when the answer said so. */
  readonly identity?: IdentityClaims;
}
