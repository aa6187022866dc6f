import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailErrorKind } from '../errors';
import type { SenderCall } from './testing/fake-sender';
import { type SendProcess, sendWorld } from './testing/world';

const RUNS = Number(process.env['CAMPAIGN_RUNS'] ?? 400);
const SEED = Number(process.env['CAMPAIGN_SEED'] ?? 20_261_122);
const MAILS = ['a', 'b', 'c'];

const mail = fc.constantFrom(...MAILS);
const call = fc.constantFrom<SenderCall>('saveDraft', 'findDrafts', 'sendDraft', 'draftState', 'findSent', 'receipt');
const kind = fc.constantFrom<MailErrorKind>('throttled', 'unavailable', 'malformed', 'apiDisabled');

/** What can happen to mails on their way and to the machines that send them, as plain data, so that it can be shrunk. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('run' as const), mail, wait: fc.nat({ max: 120_000 }) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('race' as const), mail, head: fc.nat({ max: 400 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('accident' as const),
      call: fc.oneof({ weight: 1, arbitrary: fc.constant('sendDraft' as const) }, { weight: 1, arbitrary: call }),
      how: fc.constantFrom('before' as const, 'after' as const, 'stall' as const),
      kind,
      stallMs: fc.integer({ min: 1_000, max: 400_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('crash' as const),
      write: fc.integer({ min: 1, max: 9 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('deleteDraft' as const), mail }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('deleteCopy' as const), mail }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('lag' as const), ms: fc.nat({ max: 50_000 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('busy' as const), writes: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('jump' as const), ms: fc.integer({ min: -9e8, max: 9e8 }) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.nat({ max: 1_000_000 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Campaign {
  readonly world = sendWorld();
  readonly #running: Promise<unknown>[] = [];
  #worker: SendProcess = this.world.start();

  constructor() {
    for (const id of MAILS) this.world.queue(id);
  }

  /** Starts a run and goes on with the story while it lasts; a killed or failing process is replaced. */
  #run(process: SendProcess, id: string): void {
    const done = process.run(id).catch(() => undefined);
    this.#running.push(done);
  }

  async take(one: Step): Promise<void> {
    const { world } = this;
    const { clock, mailbox, sender, store } = world;
    if (this.#worker.dead()) this.#worker = world.start();
    switch (one.what) {
      case 'run':
        this.#run(this.#worker, one.mail);
        return clock.sleep(one.wait);
      case 'race':
        this.#run(this.#worker, one.mail);
        await clock.sleep(one.head);
        // A second node, which believes the first one dead as soon as its beat stands still.
        this.#run(world.start(), one.mail);
        return;
      case 'accident':
        sender.accidents.push(one);
        return;
      case 'crash':
        store.crashAt = { write: store.writes + one.write, when: one.when };
        return;
      case 'deleteDraft':
        return mailbox.deleteDraftsOf(`mark-${one.mail}`);
      case 'deleteCopy':
        return mailbox.deleteCopiesOf(`mark-${one.mail}`);
      case 'lag':
        sender.copyLagMs = one.ms;
        return;
      case 'busy':
        store.failWrites = one.writes;
        return;
      case 'jump':
        return clock.jump(one.ms);
      case 'wait':
        return clock.sleep(one.ms);
    }
  }

  /** The storm is over; late calls arrive; what can be decided is decided. Whatever is wrong then is told. */
  async finalWord(): Promise<string[]> {
    const { world } = this;
    const { clock, sender, store, mailbox } = world;
    sender.accidents = [];
    store.crashAt = null;
    store.failWrites = 0;
    await Promise.all(this.#running);
    // Copies show by now, and rows that a jumping clock sent far away come back into reach.
    for (const row of store.rows.values()) {
      store.rows.set(row.id, { ...row, sendAt: 0, notBefore: null });
    }
    await world.settle();
    await clock.sleep(600_000);
    const wrong: string[] = [];
    for (const id of MAILS) {
      const { state, needsPerson, history } = world.item(id);
      const times = mailbox.timesSent(`mark-${id}`);
      const tampered = mailbox.tampered.has(`mark-${id}`);
      const told = `${id} is ${state}, left ${times} times: ${history.map((s) => s.code ?? s.kind).join(' ')}`;
      if (times > 1) wrong.push(`doubled: ${told}`);
      if (state === 'sent' && times !== 1) wrong.push(`lost: ${told}`);
      if (state === 'uncertain' && !(needsPerson && tampered)) wrong.push(`undecided without reason: ${told}`);
      if (state === 'failed' && times !== 0) wrong.push(`failed although sent: ${told}`);
      if (!['sent', 'uncertain', 'failed'].includes(state)) wrong.push(`stuck: ${told}`);
      if (history.length === 0) wrong.push(`silent: ${told}`);
    }
    return wrong;
  }
}

describe('a campaign of accidents while sending', () => {
  it('doubles a mail, loses one, or cannot say what became of it without a reason', async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
        const campaign = new Campaign();
        for (const one of steps) await campaign.take(one);
        expect(await campaign.finalWord()).toEqual([]);
        for (const { state } of campaign.world.store.rows.values()) ends.set(state, (ends.get(state) ?? 0) + 1);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // The storms are strong enough to reach what cannot be decided, and not so strong that nothing is ever sent.
    expect(ends.get('uncertain') ?? 0).toBeGreaterThan(0);
    expect(ends.get('sent') ?? 0).toBeGreaterThan(RUNS);
  }, 120_000);
});
