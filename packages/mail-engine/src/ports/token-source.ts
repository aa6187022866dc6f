/** Access tokens of one account. Refreshing happens behind this port, once per grant version, whoever asks. */
export interface TokenSource {
  /**
   * A token that is expected to be valid for at least a minute.
   * @throws MailError needsReauth | misconfigured | unavailable
   */
  accessToken(): Promise<string>;
  /**
   * The provider refused this token although it looked valid: a fresh one, or the reason why there is none. `claims` is
   * the challenge that came with the refusal (decoded JSON), which the fresh token has to satisfy.
   */
  replaceRefused(refused: string, claims?: string | null): Promise<string>;
}
