import type { Clock } from '../clock';
import type { GraphAccident, GraphAccidents, GraphCallFacts } from './state';

/** Accidents of the token endpoint and the sign-in page; all other kinds are in `graph/accident-effects.ts`. */
export const SIGN_IN_KINDS: ReadonlySet<string> = new Set(['tokenError', 'signInError']);

/** What goes wrong, when it is planned. */
export interface Accident extends Omit<GraphAccident, 'code' | 'until'> {
  /**
   * Method such as `messages.get` or `messages.delta`, `batch` for the envelope of a batch, `token` for the token
   * endpoint; without it every mail call (for `tokenError` and `signInError` their own pages).
   */
  method?: string;
  /** Only calls that name this message, folder or attachment; of a message either of its ids. */
  messageId?: string;
  account?: string;
  /** How many calls it hits; 1 by default, null for ever. */
  times?: number | null;
  /** Lets this many matching calls pass first. */
  skip?: number;
  /** An error code in Graph's body, or the number of an AADSTS code for `tokenError` and `signInError`. */
  code?: string | number;
  /** For `tokenError`: replaces the suberror of that code. */
  suberror?: string;
  /** For `tokenError`: the claims challenge to send, as text of JSON. */
  claims?: string;
  /** For `signInError`: shows a page of no return instead of sending the person back. */
  page?: boolean;
  /** The end (milliseconds of the simulator's clock). */
  until?: number;
}

interface Planned extends Accident {
  number: number;
  left: number;
  toSkip: number;
  hits: number;
}

export interface SignInFacts {
  method: 'token' | 'authorize';
  account?: string | undefined;
}

/** The accidents that wait for their calls. */
export class Accidents implements GraphAccidents {
  private planned: Planned[] = [];
  private nextNumber = 1;

  constructor(private readonly clock: Clock) {}

  /** Returns the accident's number, for `remove`. */
  plan(accident: Accident): number {
    const number = this.nextNumber++;
    const left = accident.times === null || accident.until !== undefined ? Infinity : (accident.times ?? 1);
    this.planned.push({ ...accident, number, left, toSkip: accident.skip ?? 0, hits: 0 });
    return number;
  }

  remove(number: number): void {
    this.planned = this.planned.filter((p) => p.number !== number);
  }

  clear(): void {
    this.planned = [];
  }

  list(): (Accident & { number: number; hits: number })[] {
    return this.planned.map(({ toSkip: _skip, left: _left, ...rest }) => rest);
  }

  /** For calls of the mail interface. */
  take(facts: GraphCallFacts): GraphAccident[] {
    return this.takeMatching((p) => matchesGraph(p, facts)).map(({ code, ...rest }) => ({
      ...rest,
      ...(code === undefined ? {} : { code: String(code) }),
    }));
  }

  /** For the token endpoint and the sign-in page; `kinds` are those that the place can suffer now. */
  takeSignIn(facts: SignInFacts, kinds: (kind: string) => boolean): Accident[] {
    return this.takeMatching((p) => kinds(p.kind) && matchesSignIn(p, facts));
  }

  private takeMatching(matches: (planned: Planned) => boolean): Planned[] {
    if (this.planned.length === 0) return [];
    const now = this.clock.now();
    const hits: Planned[] = [];
    this.planned = this.planned.filter((p) => p.until === undefined || p.until > now);
    for (const planned of this.planned) {
      if (!matches(planned)) continue;
      if (planned.toSkip > 0) {
        planned.toSkip--;
        continue;
      }
      planned.left--;
      planned.hits++;
      hits.push(planned);
    }
    this.planned = this.planned.filter((p) => p.left > 0);
    return hits;
  }
}

function matchesGraph(accident: Accident, facts: GraphCallFacts): boolean {
  if (SIGN_IN_KINDS.has(accident.kind) || accident.method === 'token') return false;
  // The envelope of a batch is no mail call; it has to be named.
  if (accident.method === undefined ? facts.method === 'batch' : accident.method !== facts.method) return false;
  if (!isForAccount(accident, facts.account)) return false;
  return accident.messageId === undefined || facts.ids.includes(accident.messageId);
}

function matchesSignIn(accident: Accident, facts: SignInFacts): boolean {
  const place =
    accident.kind === 'tokenError' ? 'token' : accident.kind === 'signInError' ? 'authorize' : accident.method;
  return place === facts.method && isForAccount(accident, facts.account);
}

function isForAccount(accident: Accident, account: string | undefined): boolean {
  return accident.account === undefined || accident.account.toLowerCase() === account?.toLowerCase();
}
