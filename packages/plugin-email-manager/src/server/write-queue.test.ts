import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installWriteQueue, type QueuedSequelize } from './write-queue';

/** A Sequelize that notes how many transactions were open at once. */
function fakeSequelize() {
  const seen = { open: 0, most: 0, order: [] as string[], calls: 0 };
  const begin = () => {
    seen.calls += 1;
    seen.open += 1;
    seen.most = Math.max(seen.most, seen.open);
  };
  const sequelize: QueuedSequelize = {
    async transaction(...args) {
      const run = args.find((arg): arg is (transaction: object) => Promise<unknown> => typeof arg === 'function');
      begin();
      const end = () => {
        seen.open -= 1;
      };
      if (!run) return { commit: async () => end(), rollback: async () => end() };
      try {
        return await run({});
      } finally {
        end();
      }
    },
  };
  return { sequelize, seen };
}

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const quiet = { log: () => {} };

describe('The write queue', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('two transactions are open at once', async () => {
    const { sequelize, seen } = fakeSequelize();
    installWriteQueue(sequelize, quiet);
    const managed = Array.from({ length: 5 }, (_, index) =>
      sequelize.transaction(async () => {
        await Promise.resolve();
        seen.order.push(`m${index}`);
      }),
    );
    const unmanaged = Array.from({ length: 5 }, async (_, index) => {
      const transaction = (await sequelize.transaction()) as { commit(): Promise<void>; rollback(): Promise<void> };
      seen.order.push(`u${index}`);
      await (index % 2 ? transaction.commit() : transaction.rollback());
    });
    await Promise.all([...managed, ...unmanaged]);
    expect(seen.most).toBe(1);
    expect(seen.order).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'u0', 'u1', 'u2', 'u3', 'u4']);
  });

  it('a failed transaction blocks the ones behind it', async () => {
    const { sequelize } = fakeSequelize();
    installWriteQueue(sequelize, quiet);
    const failing = sequelize.transaction({}, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await expect(sequelize.transaction(async () => 'through')).resolves.toBe('through');
  });

  it('a nested transaction waits for its own parent for ever', async () => {
    const { sequelize, seen } = fakeSequelize();
    installWriteQueue(sequelize, quiet);
    await sequelize.transaction(async (transaction: unknown) => {
      await sequelize.transaction({ transaction }, async () => seen.order.push('savepoint'));
      await sequelize.transaction(async () => seen.order.push('beside'));
    });
    expect(seen.order).toEqual(['savepoint', 'beside']);
  });

  it('work that a transaction has started and not awaited passes the queue after its end', async () => {
    const { sequelize, seen } = fakeSequelize();
    installWriteQueue(sequelize, quiet);
    const first = gate();
    let later: Promise<unknown> | undefined;
    await sequelize.transaction(async () => {
      later = first.opened.then(() => sequelize.transaction(async () => seen.order.push('later')));
    });
    const holding = gate();
    const held = sequelize.transaction(async () => {
      await holding.opened;
      seen.order.push('held');
    });
    first.open();
    await Promise.resolve();
    holding.open();
    await Promise.all([held, later]);
    expect(seen.order).toEqual(['held', 'later']);
    expect(seen.most).toBe(1);
  });

  it('background work goes before the writes of the host, or never', async () => {
    const { sequelize, seen } = fakeSequelize();
    let now = 0;
    installWriteQueue(sequelize, { ...quiet, monotonic: () => now });
    const holding = gate();
    const turn = (name: string, background: boolean) =>
      sequelize.transaction({ emailManagerBackground: background }, async () => seen.order.push(name));
    const first = sequelize.transaction(async () => holding.opened);
    const all = [turn('background', true), turn('host 1', false), turn('host 2', false)];
    holding.open();
    await Promise.all([first, ...all]);
    expect(seen.order).toEqual(['host 1', 'host 2', 'background']);

    seen.order.length = 0;
    const again = gate();
    const second = sequelize.transaction(async () => again.opened);
    const overdue = turn('overdue', true);
    now = 2_500;
    const late = turn('host 3', false);
    again.open();
    await Promise.all([second, overdue, late]);
    expect(seen.order).toEqual(['overdue', 'host 3']);
  });

  it('a transaction that never ends keeps everybody waiting', async () => {
    const { sequelize, seen } = fakeSequelize();
    const log = vi.fn();
    const queue = installWriteQueue(sequelize, { log });
    const forgotten = (await sequelize.transaction()) as { commit(): Promise<void> };
    const next = sequelize.transaction(async () => seen.order.push('next'));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(queue.waiting).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await next;
    expect(seen.order).toEqual(['next']);
    expect(log).toHaveBeenCalledTimes(1);
    // Its late end takes no turn away from whoever has it now.
    const holding = gate();
    const held = sequelize.transaction(async () => holding.opened);
    const waiting = sequelize.transaction(async () => seen.order.push('waiting'));
    await forgotten.commit();
    expect(queue.waiting).toBe(1);
    holding.open();
    await Promise.all([held, waiting]);
  });

  it('loading the plugin again puts a queue before the queue', async () => {
    const { sequelize, seen } = fakeSequelize();
    const first = installWriteQueue(sequelize, quiet);
    const wrapped = sequelize.transaction;
    expect(installWriteQueue(sequelize, quiet)).toBe(first);
    expect(sequelize.transaction).toBe(wrapped);
    await sequelize.transaction(async () => undefined);
    expect(seen.calls).toBe(1);
  });
});
