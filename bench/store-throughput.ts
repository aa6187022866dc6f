/**
 * How fast the store takes hydrated messages (whole commits: bodies, placements, participants, search text, threads,
 * work), what a message costs on disk, and how much of that is indexes. The limit beside it is the same bytes written
 * into one table without indexes, in transactions of the same size.
 */
import type { HydratedMessage } from '@email-manager/mail-engine/model/message';
import { openBenchAccount, type BenchAccount } from './lib/store-account';
import { generatedMail } from './lib/generated-mail';
import { openBenchDatabase, type BenchDatabase, type Dialect } from './lib/store-database';
import { report, type Row } from './lib/table';

const MESSAGES = Number(process.env.BENCH_MESSAGES ?? 20_000);
/** One transaction of the store. */
const BATCH = 30;

function* batches(count: number): Generator<HydratedMessage[]> {
  let batch: HydratedMessage[] = [];
  for (const message of generatedMail(count)) {
    batch.push(message);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function fill({ store, lease }: BenchAccount, times: number[]): Promise<void> {
  for (const messages of batches(MESSAGES)) {
    const workDone = messages.map(({ envelope }) => ({ kind: 'hydrate' as const, remoteId: envelope.remoteId }));
    const started = performance.now();
    await store.commit(lease, { messages, workDone });
    times.push(performance.now() - started);
  }
}

/** The same text, one row a message, into a table that has nothing but it. */
async function bareInsert({ sql }: BenchAccount, count: number): Promise<number> {
  await sql.run(`CREATE TABLE "bare" ("text" TEXT)`, []);
  let seconds = 0;
  for (const messages of batches(count)) {
    const rows = JSON.stringify(messages.map(({ envelope, body }) => ({ text: JSON.stringify([envelope, body]) })));
    const started = performance.now();
    await sql.transaction((transaction) =>
      sql.run(
        `INSERT INTO "bare" ("text") SELECT "text" FROM ${sql.records(1, { text: 'text' })} AS r`,
        [rows],
        transaction,
      ),
    );
    seconds += (performance.now() - started) / 1000;
  }
  await sql.run(`DROP TABLE "bare"`, []);
  return count / seconds;
}

/** Bytes of the mail tables and of their indexes. */
async function sizes({ sql }: BenchAccount, { dialect }: BenchDatabase): Promise<{ tables: number; indexes: number }> {
  const [row] = await sql.rows(
    dialect === 'sqlite'
      ? `SELECT sum(CASE WHEN s.type = 'index' THEN d.pgsize ELSE 0 END) AS "indexes",
                sum(CASE WHEN s.type = 'table' THEN d.pgsize ELSE 0 END) AS "tables"
           FROM dbstat AS d JOIN sqlite_schema AS s ON s.name = d.name WHERE s.tbl_name LIKE 'mail%'`
      : `SELECT sum(pg_indexes_size(c.oid)) AS "indexes", sum(pg_table_size(c.oid)) AS "tables"
           FROM pg_class AS c WHERE c.relkind = 'r' AND c.relname LIKE 'mail%'`,
    [],
  );
  return { tables: Number(row?.tables), indexes: Number(row?.indexes) };
}

async function measure(dialect: Dialect): Promise<Row[]> {
  const database = await openBenchDatabase(dialect);
  try {
    const account = await openBenchAccount(database);
    const limit = await bareInsert(account, Math.min(MESSAGES, 4_000));
    const times: number[] = [];
    const cpu = process.cpuUsage();
    const started = performance.now();
    await fill(account, times);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const { tables, indexes } = await sizes(account, database);
    times.sort((a, b) => a - b);
    const name = dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL';
    return [
      { figure: `${name}: messages/s`, measured: Math.round(MESSAGES / seconds), limit: Math.round(limit) },
      { figure: `${name}: this process's CPU seconds per 1,000 messages`, measured: (user + system) / 1e3 / MESSAGES },
      { figure: `${name}: commit of ${BATCH} messages, p50 ms`, measured: times[times.length >> 1] ?? 0 },
      { figure: `${name}: commit of ${BATCH} messages, p95 ms`, measured: times[Math.floor(times.length * 0.95)] ?? 0 },
      { figure: `${name}: bytes per message at ${MESSAGES}`, measured: Math.round((tables + indexes) / MESSAGES) },
      { figure: `${name}: of them indexes, %`, measured: (100 * indexes) / (tables + indexes) },
      { figure: `${name}: index bytes per message`, measured: Math.round(indexes / MESSAGES) },
    ];
  } finally {
    await database.close();
  }
}

const rows = [...(await measure('sqlite')), ...(await measure('postgres'))];
report('store-throughput', `Storing ${MESSAGES.toLocaleString('en-US')} generated messages (median 25 kB)`, rows);
