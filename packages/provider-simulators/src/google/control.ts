import { jsonResponse } from '../http/exchange';
import type { SimRequest, SimResponse } from '../http/exchange';
import type { Accident } from './accidents';
import { addAccount } from './accounts';
import type { AccountOptions } from './accounts';
import type { CountersSnapshot } from './counters';
import { MailControl } from './mail-control';
import { QuotaMeter } from './quota';
import type { QuotaOptions } from './quota';
import { SCOPE_MODIFY } from './scopes';
import { findAccount } from './state';
import type { AutoApprove, GoogleState, OAuthClient, Switches } from './state';
import { mailboxTruth } from './truth';
import type { MailboxTruth } from './truth';

/**
 * What tests, the demo and the home page do behind the provider's back. Every public method takes one plain object
 * and gives a plain value; over HTTP they are `POST /__control/<method>` with that object as JSON.
 */
export class GoogleControl extends MailControl {
  // Consent and tokens

  revokeConsent(args: { account: string; clientId?: string }): { revoked: number } {
    return { revoked: this.state.grants.revokeAccount(args.account, args.clientId) };
  }

  /** All access tokens end now; refresh tokens go on. */
  expireAccessTokens(): void {
    this.state.grants.expireAccessTokens();
  }

  expireRefreshTokens(args: { account: string }): void {
    this.state.grants.expireRefreshTokens(args.account);
  }

  /** A grant without a consent page, for tests that are not about consent. */
  issueTokens(args: { account: string; clientId?: string; scopes?: string[]; lifeSeconds?: number }): {
    accessToken: string;
    refreshToken: string;
    expiresAt: number;
  } {
    findAccount(this.state, args.account);
    const clientId = args.clientId ?? [...this.state.clients.keys()][0];
    if (clientId === undefined || !this.state.clients.has(clientId)) throw new Error('There is no such OAuth client.');
    const scopes = args.scopes ?? [SCOPE_MODIFY];
    const grant = this.state.grants.consent(clientId, args.account, scopes);
    const access = this.state.grants.issueAccessToken(
      grant,
      scopes,
      args.lifeSeconds ?? this.state.switches.accessTokenSeconds,
    );
    const refresh = this.state.grants.issueRefreshToken(grant, scopes, this.state.switches.refreshTokenSeconds);
    return { accessToken: access.token, refreshToken: refresh.token, expiresAt: access.expiresAt };
  }

  /** Consents without a person from now on; null brings the page back. */
  setAutoApprove(args: AutoApprove | null): void {
    this.state.autoApprove = args;
  }

  setClient(args: Partial<OAuthClient> & { clientId: string }): void {
    const client = this.state.clients.get(args.clientId);
    if (!client) throw new Error(`There is no OAuth client ${args.clientId}.`);
    Object.assign(client, args);
  }

  addAccount(args: AccountOptions): void {
    addAccount(this.state, args);
  }

  // Accidents

  /** Plans an accident; its number is for `removeAccident`. */
  accident(args: Accident): { number: number } {
    return { number: this.state.accidents.plan(args) };
  }

  removeAccident(args: { number: number }): void {
    this.state.accidents.remove(args.number);
  }

  clearAccidents(): void {
    this.state.accidents.clear();
  }

  /** Every get of this message, alone or in its thread, fails for ever: with 500, or with text that is no JSON. */
  poison(args: { messageId: string; how?: 'status' | 'malformed'; status?: number }): { numbers: number[] } {
    const common = {
      kind: args.how ?? 'status',
      messageId: args.messageId,
      status: args.status ?? 500,
      times: null,
    } as const;
    const plan = (method: string) => this.state.accidents.plan({ ...common, method });
    return { numbers: [plan('messages.get'), plan('threads.get')] };
  }

  /** Refuses the account's (or everybody's) calls with 429 for so many seconds. */
  throttle(args: { account?: string; seconds?: number }): { number: number } {
    const until = this.state.clock.now() + (args.seconds ?? 30) * 1000;
    return this.accident({ kind: 'throttle', until, ...(args.account === undefined ? {} : { account: args.account }) });
  }

  /** Somebody else uses up units of this account. */
  quotaBurst(args: { account: string; units: number }): void {
    this.state.quota.burn(findAccount(this.state, args.account).address, args.units);
  }

  expireHistory(args: { account: string }): void {
    this.mailbox(args.account).history.expireAll();
  }

  jumpClock(args: { ms: number }): void {
    this.state.clock.jump(args.ms);
  }

  // Settings

  setSwitches(args: Partial<Switches>): Switches {
    return Object.assign(this.state.switches, args);
  }

  /** Starts a new meter: another table, limits, or none at all. */
  setQuota(args: Partial<QuotaOptions>): void {
    this.state.quota = new QuotaMeter({ ...this.state.quota.options, ...args }, this.state.clock);
  }

  setLatency(args: { ms: number }): void {
    this.state.latencyMs = args.ms;
  }

  // Looking

  truth(args: { account: string }): MailboxTruth {
    return mailboxTruth(this.mailbox(args.account));
  }

  counters(): CountersSnapshot & { quota: ReturnType<QuotaMeter['usage']> } {
    return { ...this.state.counters.snapshot(), quota: this.state.quota.usage() };
  }

  resetCounters(): void {
    this.state.counters.reset();
    this.state.quota.reset();
  }

  accounts(): {
    address: string;
    name: string;
    messages: number | null;
    threads: number | null;
    unread: number | null;
  }[] {
    return [...this.state.accounts.values()].map(({ address, name, mailbox }) => ({
      address,
      name,
      messages: mailbox?.messages.size ?? null,
      threads: mailbox?.threadCount ?? null,
      unread: mailbox?.withLabel('UNREAD').size ?? null,
    }));
  }

  settings(): {
    switches: Switches;
    quota: QuotaOptions;
    latencyMs: number;
    accidents: ReturnType<GoogleState['accidents']['list']>;
  } {
    const { switches, quota, latencyMs, accidents } = this.state;
    return { switches, quota: quota.options, latencyMs, accidents: accidents.list() };
  }

  /** The HTTP face: `POST /__control/<method>`, JSON in and out; 400 with a sentence when it cannot be done. */
  handle(request: SimRequest): SimResponse {
    const name = request.path.slice('/__control/'.length);
    const method = CONTROL_METHODS.get(name);
    if (!method) return jsonResponse(404, { error: `The simulator has no control call "${name}".` });
    if (request.method !== 'POST' && request.method !== 'GET')
      return jsonResponse(405, { error: 'Control calls are POST or GET.' });
    try {
      const args: unknown =
        request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : Object.fromEntries(request.query);
      return jsonResponse(200, method.call(this, args) ?? {});
    } catch (error) {
      return jsonResponse(400, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}

type ControlMethod = (this: GoogleControl, args: unknown) => unknown;

const NOT_OVER_HTTP = new Set(['constructor', 'handle', 'mailbox', 'choose']);

const CONTROL_METHODS: ReadonlyMap<string, ControlMethod> = new Map(
  [MailControl, GoogleControl]
    .flatMap((c) => Object.getOwnPropertyNames(c.prototype))
    .filter((name) => !NOT_OVER_HTTP.has(name))
    .map((name) => [
      name,
      (GoogleControl.prototype as unknown as Record<string, ControlMethod>)[name] as ControlMethod,
    ]),
);
