import type { OutboxItem } from '../model/outbox';
import type { SentReceipt } from '../model/outgoing';
import type { Clock } from '../ports/clock';
import type { OutboxStore } from '../ports/outbox-store';
import { expectationOf } from './hand';
import { accepts, type OutboxEvent, patchFor } from './machine';

/**
 * What people decide, and what becomes known elsewhere. `foundSent`: the sent copy with this mail's marker turned up in
 * a sync. `release`: the mailbox that held it is connected again.
 */
export type OutboxDecision =
  | Extract<OutboxEvent, { kind: 'cancel' | 'release' | 'confirm' | 'sendAgain' | 'discard' }>
  | { readonly kind: 'foundSent'; readonly receipt: SentReceipt };

export type DecisionOutcome =
  | { readonly kind: 'done'; readonly item: OutboxItem }
  /** The mail went on in the meantime: this is what it is now. */
  | { readonly kind: 'tooLate'; readonly item: OutboxItem }
  | { readonly kind: 'missing' };

/** Writes a decision against whatever worker has the item; the worker's next step then writes nothing. */
export async function decide(
  { store, clock }: { readonly store: OutboxStore; readonly clock: Clock },
  id: string,
  decision: OutboxDecision,
): Promise<DecisionOutcome> {
  for (;;) {
    const item = await store.read(id);
    if (item === null) return { kind: 'missing' };
    // What a worker prepares right now is settled by the worker alone.
    const open = decision.kind === 'foundSent' ? item.state === 'uncertain' : accepts(item, decision.kind);
    if (!open) return { kind: 'tooLate', item };
    const patch = patchFor(item, decision, clock.now());
    if (await store.write(expectationOf(item), patch)) return { kind: 'done', item: { ...item, ...patch } };
  }
}
