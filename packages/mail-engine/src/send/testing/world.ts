import { outgoing } from '../../mime/testing/outgoing';
import type { OutboxItem } from '../../model/outbox';
import { CrashError } from '../../sync/testing/in-memory-store';
import { VirtualClock } from '../../sync/testing/virtual-clock';
import { OutboxWatch } from '../hand';
import { type OutboxRun, runOutboxItem } from '../worker';
import { FakeMailbox, FakeSender } from './fake-sender';
import { InMemoryOutbox, queuedItem } from './in-memory-outbox';

/** A provider's mailbox, an outbox and workers over them, on one virtual clock. */
export function sendWorld() {
  const clock = new VirtualClock();
  const mailbox = new FakeMailbox();
  const sender = new FakeSender(clock, mailbox);
  const store = new InMemoryOutbox();
  let processes = 0;

  /** A new process: nothing is remembered, and what dies with it is only itself. */
  function start() {
    processes += 1;
    const own = store.process();
    const watch = new OutboxWatch(clock, `process-${processes}`);
    const context = { store: own, sender, clock, watch };
    return {
      owner: watch.owner,
      context,
      dead: () => own.dead,
      /** `died`: the process was killed on the way. */
      async run(id: string): Promise<OutboxRun | { readonly kind: 'died' }> {
        try {
          return await runOutboxItem(context, id);
        } catch (error) {
          if (error instanceof CrashError) return { kind: 'died' };
          throw error;
        }
      },
    };
  }

  function queue(id: string, extra: Partial<OutboxItem> = {}): string {
    store.add(queuedItem(id, { sendAt: clock.now(), ...extra }), outgoing());
    return id;
  }

  /** Runs what is due, by a process that is not killed any more, until nothing moves by itself. */
  async function settle(maxMs = 48 * 3_600_000): Promise<void> {
    const worker = start();
    const until = clock.monotonic() + maxMs;
    while (clock.monotonic() < until) {
      for (const id of await store.due(clock.now(), 100)) await worker.run(id);
      const open = [...store.rows.values()].some(
        ({ state, needsPerson }) => ['queued', 'claimed', 'submitting', 'uncertain'].includes(state) && !needsPerson,
      );
      if (!open) return;
      await clock.sleep(10_000);
    }
  }

  const item = (id: string): OutboxItem => {
    const row = store.rows.get(id);
    if (!row) throw new Error(`There is no outbox row ${id}.`);
    return row;
  };

  return { clock, mailbox, sender, store, start, queue, settle, item };
}

export type SendWorld = ReturnType<typeof sendWorld>;
export type SendProcess = ReturnType<SendWorld['start']>;
