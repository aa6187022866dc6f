import { jsonResponse } from '../http/exchange';
import type { SimRequest, SimResponse } from '../http/exchange';
import type { Accident } from './accidents';
import { addAccount } from './accounts';
import type { AccountOptions } from './accounts';
import type { CountersSnapshot } from './counters';
import { composeMail } from '../seed/compose';
import { SPECIMENS } from '../seed/specimens';
import type { Mailbox } from './mailbox';
import { deliverGenerated, deliverMessage, deliverRaw, deliverReply, saveDraft } from './mailbox-events';
import type { StoredMessage } from './message-index';
import { QuotaMeter } from './quota';
import type { QuotaOptions } from './quota';
import { SCOPE_MODIFY } from './scopes';
import { findAccount, findMailbox } from './state';
import type { AutoApprove, GoogleState, OAuthClient, Switches } from './state';
import { mailboxTruth } from './truth';
import type { MailboxTruth } from './truth';

export interface NewMail {
  account: string;
  /** How many generated mails; 1 by default. Ignored when a content is given. */
  count?: number;
  /** RFC 822 text; bytes beyond ASCII are taken as UTF-8. */
  raw?: string | Buffer;
  from?: string;
  subject?: string;
  text?: string;
  html?: string;
  labels?: string[];
  /** Milliseconds since the epoch; now by default. */
  date?: number;
  threadId?: string;
}

/** Which messages an event concerns: these ids, or the newest `count` of a label (1 of INBOX by default). */
export interface MessageChoice {
  account: string;
  ids?: string[];
  count?: number;
  labelId?: string;
}

const INBOX_UNREAD = ['INBOX', 'UNREAD', 'CATEGORY_PERSONAL'];

/**
 * What tests, the demo and the home page do behind the provider's back. Every public method takes one plain object
 * and gives a plain value; over HTTP they are `POST /__control/<method>` with that object as JSON.
 */
export class GoogleControl {
  constructor(private readonly state: GoogleState) {}

  // Mail

  /** New mail arrives; gives the new message ids. */
  newMail(mail: NewMail): string[] {
    const mailbox = this.mailbox(mail.account);
    const arrival = {
      labels: mail.labels ?? INBOX_UNREAD,
      internalDate: mail.date ?? this.state.clock.now(),
      ...(mail.threadId === undefined ? {} : { threadId: mail.threadId }),
    };
    if (mail.raw !== undefined) {
      const bytes = typeof mail.raw === 'string' ? Buffer.from(mail.raw) : mail.raw;
      return [deliverRaw(mailbox, bytes, arrival).id];
    }
    if (mail.subject !== undefined || mail.text !== undefined || mail.html !== undefined || mail.from !== undefined) {
      const raw = composeMail({
        from: mail.from ?? '"Simulated Sender" <sender@arrivals.example>',
        to: mail.account,
        subject: mail.subject ?? '',
        text: mail.text ?? '',
        ...(mail.html === undefined ? {} : { html: mail.html }),
        messageId: `<${mailbox.history.sequence}.${mailbox.messages.size}@composed.example>`,
        date: arrival.internalDate,
      });
      return [deliverRaw(mailbox, raw, arrival).id];
    }
    return Array.from({ length: mail.count ?? 1 }, () => deliverGenerated(mailbox, arrival).id);
  }

  /** An answer arrives in a thread, the newest one of the inbox by default. */
  reply(args: { account: string; threadId?: string; text?: string }): { id: string; threadId: string } {
    const mailbox = this.mailbox(args.account);
    const threadId = args.threadId ?? this.choose({ account: args.account })[0]?.threadId;
    if (threadId === undefined) throw new Error('There is no thread to reply in.');
    const text = args.text ?? 'Thank you, that answers my question.';
    const message = deliverReply(mailbox, threadId, text, {
      labels: INBOX_UNREAD,
      internalDate: this.state.clock.now(),
    });
    return { id: message.id, threadId: message.threadId };
  }

  /** Adds and removes labels as the person would in Gmail; gives the ids of the messages. */
  changeLabels(args: MessageChoice & { add?: string[]; remove?: string[] }): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose(args);
    const known = (id: string) => {
      const label = mailbox.labels.get(id) ?? mailbox.labels.findByName(id);
      if (!label) throw new Error(`The mailbox has no label ${id}.`);
      return label.id;
    };
    for (const message of messages)
      mailbox.changeLabels(message, (args.add ?? []).map(known), (args.remove ?? []).map(known));
    return messages.map((m) => m.id);
  }

  markRead(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, labelId: args.labelId ?? 'UNREAD', remove: ['UNREAD'] });
  }

  markUnread(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, add: ['UNREAD'] });
  }

  star(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, add: ['STARRED'] });
  }

  archive(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, remove: ['INBOX'] });
  }

  trash(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, add: ['TRASH'] });
  }

  untrash(args: MessageChoice): string[] {
    return this.changeLabels({ ...args, labelId: args.labelId ?? 'TRASH', remove: ['TRASH'] });
  }

  /** Out of the inbox, under a label (id or name; made when it does not exist). */
  move(args: MessageChoice & { to?: string }): string[] {
    const to = args.to ?? 'Moved';
    const mailbox = this.mailbox(args.account);
    if (!mailbox.labels.get(to) && !mailbox.labels.findByName(to)) mailbox.labels.create({ name: to });
    return this.changeLabels({ ...args, add: [to], remove: ['INBOX'] });
  }

  /** Deletes for good, 25 messages by default; gives their ids. */
  deleteForever(args: MessageChoice): string[] {
    const mailbox = this.mailbox(args.account);
    const messages = this.choose({ count: 25, ...args });
    for (const message of messages) mailbox.deleteForever(message);
    return messages.map((m) => m.id);
  }

  createLabel(args: { account: string; name: string }): { id: string } {
    return { id: this.mailbox(args.account).labels.create({ name: args.name }).id };
  }

  renameLabel(args: { account: string; id: string; name: string }): void {
    const { labels } = this.mailbox(args.account);
    const label = labels.get(args.id);
    if (!label) throw new Error(`The mailbox has no label ${args.id}.`);
    labels.update(label, { name: args.name });
  }

  deleteLabel(args: { account: string; id: string }): void {
    const mailbox = this.mailbox(args.account);
    const label = mailbox.labels.get(args.id);
    if (!label || label.type === 'system')
      throw new Error(`The mailbox has no label ${args.id} that could be deleted.`);
    mailbox.deleteLabel(label, this.state.switches.labelDeletionInHistory);
  }

  /** Saves a draft, a new one or this one again: as in Gmail its message id changes each time. */
  saveDraft(args: {
    account: string;
    draftId?: string;
    to?: string;
    subject?: string;
    text?: string;
    threadId?: string;
  }): {
    draftId: string;
    id: string;
  } {
    const at = this.state.clock.now();
    const { draftId, message } = saveDraft(this.mailbox(args.account), {
      to: 'someone@example.com',
      subject: 'A draft',
      text: `Saved at ${new Date(at).toISOString()}.`,
      ...args,
      at,
    });
    return { draftId, id: message.id };
  }

  /** A hostile message arrives; `specimenNames` lists them. */
  deliverSpecimen(args: { account: string; name: string }): { id: string; threadId: string } {
    const specimen = Object.hasOwn(SPECIMENS, args.name) ? SPECIMENS[args.name] : undefined;
    if (!specimen) throw new Error(`There is no specimen "${args.name}".`);
    const internalDate = specimen.internalDate ?? this.state.clock.now();
    const { id, threadId } = deliverMessage(this.mailbox(args.account), specimen.content, {
      labels: INBOX_UNREAD,
      internalDate,
    });
    if (specimen.wire) {
      const accident = { ...specimen.wire, messageId: id, times: null };
      for (const method of ['messages.get', 'threads.get']) this.state.accidents.plan({ ...accident, method });
    }
    return { id, threadId };
  }

  specimenNames(): string[] {
    return Object.keys(SPECIMENS);
  }

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

  private mailbox(address: string): Mailbox {
    return findMailbox(this.state, address);
  }

  private choose(choice: MessageChoice): StoredMessage[] {
    const mailbox = this.mailbox(choice.account);
    if (choice.ids) {
      return choice.ids.map((id) => {
        const message = mailbox.message(id);
        if (!message) throw new Error(`The mailbox has no message ${id}.`);
        return message;
      });
    }
    const chosen: StoredMessage[] = [];
    for (const message of mailbox.withLabel(choice.labelId ?? 'INBOX').newestFirst()) {
      if (chosen.length >= Number(choice.count ?? 1)) break;
      chosen.push(message);
    }
    return chosen;
  }
}

type ControlMethod = (this: GoogleControl, args: unknown) => unknown;

const NOT_OVER_HTTP = new Set(['constructor', 'handle', 'mailbox', 'choose']);

const CONTROL_METHODS: ReadonlyMap<string, ControlMethod> = new Map(
  Object.getOwnPropertyNames(GoogleControl.prototype)
    .filter((name) => !NOT_OVER_HTTP.has(name))
    .map((name) => [
      name,
      (GoogleControl.prototype as unknown as Record<string, ControlMethod>)[name] as ControlMethod,
    ]),
);
