import type { Application } from '@nocobase/server';
import { trusted, type RequestAccess } from './trusted';

interface Recorder {
  bulkCreate(rows: Record<string, unknown>[], options: Record<string, unknown>): Promise<unknown>;
}

const recorded = new WeakMap<object, { minute: number; keys: Set<string> }>();

/** True once a minute for each person, role and kind of call: a page of lists and counts is one look, not thirty. */
function isFirstThisMinute(app: Application, key: string): boolean {
  const minute = Math.floor(Date.now() / 60_000);
  let entry = recorded.get(app);
  if (entry?.minute !== minute) recorded.set(app, (entry = { minute, keys: new Set() }));
  if (entry.keys.has(key)) return false;
  entry.keys.add(key);
  return true;
}

/**
 * Writes down that somebody looked at other people's mailboxes by the right to see everyone's mail: who, when, by which
 * call, which mailboxes. No content. When this cannot be written the look is refused, because it throws.
 */
export async function recordViewAll(
  app: Application,
  reader: { userId: string; roles: readonly string[] },
  request: RequestAccess,
  accountIds: readonly string[],
  transaction?: unknown,
): Promise<void> {
  const { resourceName = null, actionName = null } = request.ctx.action ?? {};
  const call = resourceName ? `${resourceName}:${actionName}` : null;
  if (!isFirstThisMinute(app, JSON.stringify([reader.userId, reader.roles, call, accountIds]))) return;
  const row = { userId: reader.userId, roles: reader.roles, call, accountIds, at: new Date() };
  await trusted('record a look at other people’s mail', async () => {
    const model = app.db.getModel('mailAccessLogs') as unknown as Recorder;
    const write = (within: unknown) => model.bulkCreate([row], { transaction: within });
    // Inside the caller's transaction when there is one: on SQLite a second write transaction would wait for it.
    if (transaction) await write(transaction);
    else await app.db.sequelize.transaction((own) => write(own));
  });
}
