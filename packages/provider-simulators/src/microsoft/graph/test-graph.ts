import { JumpingClock, VirtualClock } from '../../clock';
import type { SimResponse } from '../../http/exchange';
import { createRng } from '../../random';
import { DEFAULT_SWITCHES, GRAPH_ORIGIN, findAccount } from '../state';
import type { GraphAccident, GraphCallFacts, MicrosoftState, Switches } from '../state';
import { addMicrosoftAccount } from './accounts';
import type { MicrosoftAccountOptions } from './accounts';
import { callGraph, createGraphContext } from './graph-api';
import { GraphLimits } from './limits';
import type { LimitOptions } from './limits';
import { MailControl } from './mail-control';
import type { Mailbox } from './mailbox';

export const ANN = 'ann@outlook.example';
export const START = Date.UTC(2026, 10, 2, 12);
export const ALL_SCOPES = ['User.Read', 'Mail.ReadWrite', 'MailboxSettings.ReadWrite'];

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
  // The tests look into answers of every kind.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  account?: string;
  scopes?: readonly string[];
}

export interface TestGraph {
  state: MicrosoftState;
  clock: VirtualClock;
  control: MailControl;
  mailbox: Mailbox;
  planned: (GraphAccident & { method?: string; messageId?: string; times?: number | null })[];
  /** A call below `/v1.0`, or of an absolute link that an answer gave; with immutable ids unless headers are given. */
  call(verb: string, path: string, options?: CallOptions): Promise<Answer>;
  raw(verb: string, path: string, options?: CallOptions): Promise<SimResponse>;
  /** The whole listing that begins here, page by page. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  all(path: string, headers?: Record<string, string>): Promise<{ items: any[]; pages: number; deltaLink: string }>;
}

export const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };

/** The mail half alone, on virtual time, with Ann's mailbox. */
export function createTestGraph(
  options: {
    account?: Partial<MicrosoftAccountOptions>;
    limits?: Partial<LimitOptions>;
    switches?: Partial<Switches>;
    latencyMs?: number;
    sleep?: (ms: number) => Promise<void>;
  } = {},
): TestGraph {
  const clock = new VirtualClock(START);
  const jumping = new JumpingClock(clock);
  const planned: TestGraph['planned'] = [];
  const state: MicrosoftState = {
    clock: jumping,
    rng: createRng(7),
    accounts: new Map(),
    switches: { ...DEFAULT_SWITCHES, ...options.switches },
    limits: new GraphLimits({ enforced: false, ...options.limits }, jumping),
    accidents: {
      take(facts: GraphCallFacts) {
        const hit = planned.filter(
          (a) =>
            (a.method === undefined ? facts.method !== 'batch' : a.method === facts.method) &&
            (a.messageId === undefined || facts.ids.includes(a.messageId)),
        );
        for (const accident of hit) if (accident.times !== null) planned.splice(planned.indexOf(accident), 1);
        return hit;
      },
      plan: (accident) => planned.push(accident),
    },
    counters: { apiRequests: 0, count: () => undefined },
    latencyMs: options.latencyMs ?? 0,
    graphOrigin: GRAPH_ORIGIN,
  };
  addMicrosoftAccount(state, { address: ANN, name: 'Ann Example', seed: 5, profile: 'tiny', ...options.account });
  const context = createGraphContext(state, options.sleep);

  const raw = (verb: string, path: string, { body, headers = IMMUTABLE, account, scopes }: CallOptions = {}) => {
    const url = new URL(path.startsWith('http') ? path : `${GRAPH_ORIGIN}/v1.0${path}`);
    const isJson = body !== undefined && typeof body !== 'string';
    return callGraph(
      context,
      {
        method: verb,
        path: url.pathname,
        query: url.searchParams,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: Buffer.from(body === undefined ? '' : isJson ? JSON.stringify(body) : body),
      },
      { account: findAccount(state, account ?? ANN), scopes: new Set(scopes ?? ALL_SCOPES) },
    );
  };
  const call = async (verb: string, path: string, callOptions?: CallOptions): Promise<Answer> => {
    const response = await raw(verb, path, callOptions);
    const text = response.body.toString();
    const isJson = /json/.test(response.headers['content-type'] ?? '');
    const json: unknown = isJson ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    state,
    clock,
    control: new MailControl(state),
    mailbox: findAccount(state, ANN).mailbox as Mailbox,
    planned,
    call,
    raw,
    async all(path, headers = IMMUTABLE) {
      const items: unknown[] = [];
      let link: string | undefined = path;
      let deltaLink = '';
      let pages = 0;
      while (link !== undefined) {
        const answer: Answer = await call('GET', link, { headers });
        if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
        const page = answer.json as Page;
        items.push(...page.value);
        pages++;
        link = page['@odata.nextLink'];
        deltaLink = page['@odata.deltaLink'] ?? '';
      }
      return { items, pages, deltaLink };
    },
  };
}

interface Page {
  value: unknown[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

interface DeltaItem {
  id: string;
  '@removed'?: unknown;
}

/** What a client knows of a folder after these delta items, the last word about each id winning. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function settle(known: Map<string, any>, items: readonly DeltaItem[]): Map<string, any> {
  for (const item of items) {
    if (item['@removed']) known.delete(item.id);
    else known.set(item.id, { ...(known.get(item.id) as object | undefined), ...item });
  }
  return known;
}
