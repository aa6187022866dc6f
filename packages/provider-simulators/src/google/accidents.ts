import type { Clock } from '../clock';

/**
 * What goes wrong. `status` answers with an error before any work, `statusAfterWork` does the work first;
 * `drop` and `cut` end the connection after the work; `reset` before it. `ghost` answers 404 for a message that
 * lists still show. `duplicatePage` repeats the previous page's last entries, `reorderPage` reverses a page.
 * `throttle` answers 429 until its end. `invalidRapt` and `tokenError` concern the token endpoint.
 */
export type AccidentKind =
  | 'status'
  | 'statusAfterWork'
  | 'drop'
  | 'cut'
  | 'reset'
  | 'slow'
  | 'malformed'
  | 'missingFields'
  | 'ghost'
  | 'duplicatePage'
  | 'reorderPage'
  | 'throttle'
  | 'invalidRapt';

export interface Accident {
  kind: AccidentKind;
  /** Gmail method such as `messages.get`, `batch` for a whole batch, `token` and `revoke`; without it every call. */
  method?: string;
  /** Only calls that concern this message (also the thread it is in, or a thread with this id). */
  messageId?: string;
  account?: string;
  /** How many calls it hits; 1 by default, null for ever. */
  times?: number | null;
  /** Lets this many matching calls pass first. */
  skip?: number;
  /** For `status` and `statusAfterWork`; 500 by default. */
  status?: number;
  /** For `slow`: milliseconds added. */
  ms?: number;
  /** For `missingFields`: top-level fields to leave out, dotted for nested ones. */
  fields?: string[];
  /** For `malformed`: what is answered instead; half of the real answer by default. */
  body?: string;
  /** For `throttle`: the end (milliseconds of the simulator's clock). */
  until?: number;
}

interface Planned extends Accident {
  number: number;
  left: number;
  toSkip: number;
  hits: number;
}

export interface CallFacts {
  method: string;
  account?: string | undefined;
  /** Message or thread id that the call names, and the ids of the thread's messages. */
  ids: readonly string[];
}

/** The accidents that wait for their calls. */
export class Accidents {
  private planned: Planned[] = [];
  private nextNumber = 1;

  constructor(private readonly clock: Clock) {}

  /** Returns the accident's number, for `remove`. */
  plan(accident: Accident): number {
    const number = this.nextNumber++;
    const left = accident.times === null || accident.kind === 'throttle' ? Infinity : (accident.times ?? 1);
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

  /** Takes everything of the accepted kinds that hits this call, using it up. */
  take(facts: CallFacts, accepts: (kind: AccidentKind) => boolean = () => true): Accident[] {
    if (this.planned.length === 0) return [];
    const hits: Accident[] = [];
    for (const planned of this.planned) {
      if (!accepts(planned.kind) || !matches(planned, facts)) continue;
      if (planned.toSkip > 0) {
        planned.toSkip--;
        continue;
      }
      planned.left--;
      planned.hits++;
      hits.push(planned);
    }
    const now = this.clock.now();
    this.planned = this.planned.filter((p) => p.left > 0 && (p.until === undefined || p.until > now));
    return hits.filter((h) => h.until === undefined || h.until > now);
  }
}

function matches(accident: Accident, facts: CallFacts): boolean {
  if (accident.method !== undefined && accident.method !== facts.method) return false;
  // Without a method only the mail interface is meant; sign-in and the envelope of a batch must be named.
  const isMailCall = !['token', 'revoke', 'batch'].includes(facts.method);
  if (accident.kind === 'invalidRapt' ? facts.method !== 'token' : accident.method === undefined && !isMailCall)
    return false;
  if (accident.account !== undefined && accident.account.toLowerCase() !== facts.account?.toLowerCase()) return false;
  return accident.messageId === undefined || facts.ids.includes(accident.messageId);
}
