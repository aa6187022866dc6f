/** Where a provider's OAuth lives and what it expects; everything else about the flow is common. */
export interface OAuthEndpoints {
  /** Value of `iss` in identity tokens. */
  readonly issuer: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** Null when the provider has no revocation endpoint. */
  readonly revokeUrl: string | null;
}

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
}
