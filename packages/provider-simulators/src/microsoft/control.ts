import { jsonResponse } from '../http/exchange';
import type { SimRequest, SimResponse } from '../http/exchange';
import { SIGN_IN_KINDS } from './accidents';
import type { Accident } from './accidents';
import { MAIL_ACCIDENT_KINDS } from './graph/accident-effects';
import { addAccount } from './accounts';
import { MailControl } from './graph/mail-control';
import type { MessageChoice } from './graph/mail-control';
import type { MicrosoftAccountOptions } from './graph/accounts';
import type { SimulatorState } from './simulator-state';
import type { LimitOptions, LimitUsage } from './graph/limits';
import type { MicrosoftCountersSnapshot } from './counters';
import { SignInControl } from './sign-in-control';
import { findAccount } from './state';
import type { Switches } from './state';
import type { IdentitySwitches } from './identity/identity-state';

export interface MailboxUsage extends LimitUsage {
  /** Milliseconds in which at least one request of the mailbox was under way. */
  activeMs: number;
  /** How much of the allowed concurrency was busy in that time, 0 to 1. */
  busyShare: number;
}

export interface AccountSummary {
  address: string;
  name: string;
  kind: 'work' | 'personal';
  tenantId: string;
  /** Null: no mailbox. */
  messages: number | null;
  folders: number | null;
  /** In the inbox. */
  unread: number | null;
}

/**
 * What tests, the demo and the home page do behind the provider's back. Every public method takes one plain object
 * and gives a plain value; over HTTP they are `POST /__control/<method>` with that object as JSON.
 */
export class MicrosoftControl extends SignInControl {
  // Accidents

  /** Plans an accident; its number is for `removeAccident`. */
  accident(args: Accident): { number: number } {
    if (!KINDS.has(args.kind)) throw new Error(`There is no accident of the kind "${args.kind}".`);
    return { number: this.state.accidents.plan(args) };
  }

  removeAccident(args: { number: number }): void {
    this.state.accidents.remove(args.number);
  }

  clearAccidents(): void {
    this.state.accidents.clear();
  }

  /** Every get of this message fails for ever: with 500, or with text that is no JSON. */
  poison(args: { messageId: string; how?: 'status' | 'malformed'; status?: number }): { number: number } {
    const { how = 'status', status = 500, messageId } = args;
    return this.accident({ kind: how, method: 'messages.get', messageId, status, times: null });
  }

  /** The work of the next mail call is done, and its answer never arrives. */
  loseNextAnswer(args: { account?: string; method?: string } | null = {}): { number: number } {
    return this.accident({ kind: 'drop', ...args });
  }

  /** The next `times` calls take so much longer; without `ms` two seconds. */
  slow(args: { ms?: number; account?: string; method?: string; times?: number | null } | null = {}): {
    number: number;
  } {
    return this.accident({ kind: 'slow', ms: 2000, ...args });
  }

  /** The next link of a list or delta leads to another host. */
  foreignLink(args: { origin?: string; method?: string; account?: string } | null = {}): { number: number } {
    const { origin, ...rest } = args ?? {};
    return this.accident({ kind: 'foreignLink', ...rest, ...(origin === undefined ? {} : { body: origin }) });
  }

  /** Refuses the account's (or everybody's) calls with 429 for so many seconds. */
  throttle(args: { account?: string; seconds?: number } | null = {}): { number: number } {
    const until = this.state.clock.now() + (args?.seconds ?? 30) * 1000;
    return this.accident({
      kind: 'throttle',
      until,
      ...(args?.account === undefined ? {} : { account: args.account }),
    });
  }

  /** Somebody else with the same app spends requests on this mailbox. */
  quotaBurst(args: { account: string; requests: number }): void {
    this.state.limits.burn(findAccount(this.state, args.account).address, args.requests);
  }

  jumpClock(args: { ms: number }): void {
    this.state.clock.jump(args.ms);
  }

  // Settings

  /** The switches of the mail half (`state.ts`) and of the sign-in (`identity/identity-state.ts`), any of them. */
  setSwitches(args: Partial<Switches & IdentitySwitches>): Switches & IdentitySwitches {
    const { switches, identity } = this.state;
    for (const [name, value] of Object.entries(args)) {
      const half = name in switches ? switches : name in identity.switches ? identity.switches : undefined;
      if (!half) throw new Error(`There is no switch ${name}.`);
      Object.assign(half, { [name]: value });
    }
    return { ...switches, ...identity.switches };
  }

  /** Other limits, or none at all; forgets what was used. */
  setLimits(args: Partial<LimitOptions>): void {
    this.state.limits.configure(args);
  }

  setLatency(args: { ms: number }): void {
    this.state.latencyMs = args.ms;
  }

  /** An account, its tenant found by its domain when none is given. */
  addAccount(args: MicrosoftAccountOptions): void {
    addAccount(this.state, args);
  }

  // The names that the Google simulator has for the same

  star(args: MessageChoice): string[] {
    return this.flag(args);
  }

  untrash(args: MessageChoice): string[] {
    return this.restore(args);
  }

  expireHistory(args: { account: string }): void {
    this.expireDelta(args);
  }

  // Looking

  accounts(): AccountSummary[] {
    return [...this.state.accounts.values()].map(({ address, name, kind, tenantId, mailbox }) => ({
      address,
      name,
      kind,
      tenantId,
      messages: mailbox?.messages.size ?? null,
      folders: mailbox ? [...mailbox.folders.all()].filter((f) => mailbox.folders.isVisible(f)).length : null,
      unread: mailbox?.folders.wellKnown('inbox')?.unread ?? null,
    }));
  }

  settings(): {
    switches: Switches & IdentitySwitches;
    limits: LimitOptions;
    latencyMs: number;
    accidents: ReturnType<SimulatorState['accidents']['list']>;
  } {
    const { switches, identity, limits, latencyMs, accidents } = this.state;
    return {
      switches: { ...switches, ...identity.switches },
      limits: limits.options,
      latencyMs,
      accidents: accidents.list(),
    };
  }

  counters(): MicrosoftCountersSnapshot & { limits: Record<string, MailboxUsage> } {
    const limits: Record<string, MailboxUsage> = {};
    for (const [address, usage] of Object.entries(this.state.limits.usage())) {
      const activeMs = this.state.counters.activeMs(address);
      const slotMs = activeMs * this.state.limits.options.concurrency;
      limits[address] = { ...usage, activeMs, busyShare: slotMs === 0 ? 0 : usage.busySlotMs / slotMs };
    }
    return { ...this.state.counters.snapshot(), limits };
  }

  resetCounters(): void {
    this.state.counters.reset();
    this.state.limits.reset();
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

const KINDS: ReadonlySet<string> = new Set([...MAIL_ACCIDENT_KINDS, ...SIGN_IN_KINDS]);

type ControlMethod = (this: MicrosoftControl, args: unknown) => unknown;

const NOT_OVER_HTTP = new Set([
  'constructor', 'handle', 'app', 'tenant', 'mailbox', 'choose', 'change', 'arrival', 'compose', 'folder', 'findFolder',
  'makeFolder', 'ownFolder',
]); // prettier-ignore

const CONTROL_METHODS: ReadonlyMap<string, ControlMethod> = new Map(
  [MailControl, SignInControl, MicrosoftControl]
    .flatMap((c) => Object.getOwnPropertyNames(c.prototype))
    .filter((name) => !NOT_OVER_HTTP.has(name))
    .map((name) => [
      name,
      (MicrosoftControl.prototype as unknown as Record<string, ControlMethod>)[name] as ControlMethod,
    ]),
);
