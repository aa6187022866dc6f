import { AsyncLocalStorage } from 'node:async_hooks';

/** After this long a holder that never ends no longer keeps the others waiting. */
const ESCAPE_MS = 30_000;

/** A background transaction that waited this long goes before the host's. */
const PATIENCE_MS = 2_000;

type TransactionFunction = (...args: unknown[]) => Promise<unknown>;

interface UnmanagedTransaction {
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
}

/** The part of Sequelize that the queue replaces. */
export interface QueuedSequelize {
  transaction: TransactionFunction;
}

export interface WriteQueueOptions {
  readonly log: (message: string, fields: Readonly<Record<string, number>>) => void;
  readonly escapeMs?: number;
  readonly monotonic?: () => number;
}

export interface WriteQueue {
  /** Transactions that wait for their turn now. */
  readonly waiting: number;
}

interface Turn {
  readonly since: number;
  readonly start: (holder: Holder) => void;
}

interface Holder {
  active: boolean;
}

// On the instance, so that a reloaded plugin, or a second copy of this module, finds the queue that is already there.
const INSTALLED = Symbol.for('@nocobase/plugin-email-manager:write-queue');

/**
 * Lets the transactions of one SQLite database take turns within this process. SQLite has one writer; without turns a
 * bulk writer beside the host's ordinary writes ends in SQLITE_BUSY or starvation. The host's transactions go before
 * those that carry `emailManagerBackground`. Nested transactions (savepoints), and transactions that a managed one
 * opens beside itself, pass at once: waiting for their own parent would never end. Installed once per instance.
 */
export function installWriteQueue(sequelize: QueuedSequelize, options: WriteQueueOptions): WriteQueue {
  const marked = sequelize as QueuedSequelize & { [INSTALLED]?: TurnQueue };
  const installed = marked[INSTALLED];
  if (installed) {
    // The plugin was loaded anew: from now on its own log is told.
    installed.log = options.log;
    return installed;
  }
  const queue = new TurnQueue(options);
  marked[INSTALLED] = queue;
  const original = sequelize.transaction.bind(sequelize);
  sequelize.transaction = (...args) => queue.transaction(original, args);
  return queue;
}

class TurnQueue implements WriteQueue {
  log: WriteQueueOptions['log'];
  private readonly context = new AsyncLocalStorage<Holder>();
  private readonly host: Turn[] = [];
  private readonly background: Turn[] = [];
  private holder: Holder | null = null;
  private readonly escapeMs: number;
  private readonly monotonic: () => number;

  constructor({ log, escapeMs = ESCAPE_MS, monotonic = () => performance.now() }: WriteQueueOptions) {
    this.log = log;
    this.escapeMs = escapeMs;
    this.monotonic = monotonic;
  }

  get waiting(): number {
    return this.host.length + this.background.length;
  }

  async transaction(original: TransactionFunction, args: readonly unknown[]): Promise<unknown> {
    const run = args.find((arg): arg is TransactionFunction => typeof arg === 'function');
    const given = args[0] !== null && typeof args[0] === 'object' ? (args[0] as Record<string, unknown>) : {};
    const { emailManagerBackground, ...options } = given;
    const call = run ? [options, run] : [options];
    if (options.transaction || this.context.getStore()?.active) return original(...call);

    const { holder, end } = await this.take(emailManagerBackground === true);
    if (run) {
      try {
        return await this.context.run(holder, () => original(...call));
      } finally {
        end();
      }
    }
    let transaction: UnmanagedTransaction;
    try {
      transaction = (await original(...call)) as UnmanagedTransaction;
    } catch (error) {
      end();
      throw error;
    }
    for (const name of ['commit', 'rollback'] as const) {
      const finish = transaction[name].bind(transaction);
      transaction[name] = async () => {
        try {
          return await this.context.run(holder, finish);
        } finally {
          end();
        }
      };
    }
    return transaction;
  }

  private take(isBackground: boolean): Promise<{ holder: Holder; end: () => void }> {
    return new Promise((resolve) => {
      const start = (holder: Holder) => {
        const began = this.monotonic();
        const end = () => {
          clearTimeout(escape);
          holder.active = false;
          if (this.holder !== holder) return;
          this.holder = null;
          this.next();
        };
        const escape = setTimeout(() => {
          this.log('A database transaction has not ended for a long time; the next one no longer waits for it.', {
            heldMs: Math.round(this.monotonic() - began),
            waiting: this.waiting,
          });
          if (this.holder !== holder) return;
          this.holder = null;
          this.next();
        }, this.escapeMs);
        escape.unref();
        resolve({ holder, end });
      };
      (isBackground ? this.background : this.host).push({ since: this.monotonic(), start });
      this.next();
    });
  }

  private next(): void {
    if (this.holder) return;
    const eldest = this.background[0];
    const isOverdue = eldest !== undefined && this.monotonic() - eldest.since > PATIENCE_MS;
    const turn = isOverdue ? this.background.shift() : (this.host.shift() ?? this.background.shift());
    if (!turn) return;
    this.holder = { active: true };
    turn.start(this.holder);
  }
}
