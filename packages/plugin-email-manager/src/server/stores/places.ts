import type { FolderInfo, LabelInfo, Places } from '@email-manager/mail-engine/model/place';
import { cleanText, cleanTextOrNull, toId, type Columns, type Row, type Sql, type Transaction } from './sql';

export interface PlaceRef {
  readonly id: string;
  readonly remoteId: string;
  readonly isFolder: boolean;
}

/** The places of an account by the provider's id. */
export type PlaceMap = Map<string, PlaceRef>;

const FOLDER_COLUMNS = {
  id: 'id',
  accountId: 'id',
  userId: 'id',
  remoteId: 'text',
  name: 'text',
  role: 'text',
  parentRemoteId: 'text',
  sort: 'int',
} as const satisfies Columns;

const LABEL_COLUMNS = {
  id: 'id',
  accountId: 'id',
  userId: 'id',
  remoteId: 'text',
  name: 'text',
  kind: 'text',
  textColor: 'text',
  backgroundColor: 'text',
} as const satisfies Columns;

export async function loadPlaces(sql: Sql, accountId: string, transaction?: Transaction): Promise<PlaceMap> {
  const rows = await sql.rows(
    `SELECT "id", "remoteId", 1 AS "isFolder" FROM {mailFolders} WHERE "accountId" = $1
     UNION ALL SELECT "id", "remoteId", 0 AS "isFolder" FROM {mailLabels} WHERE "accountId" = $1`,
    [accountId],
    transaction,
  );
  return new Map(
    rows.map((row) => {
      const remoteId = String(row.remoteId);
      return [remoteId, { id: toId(row.id), remoteId, isFolder: Number(row.isFolder) === 1 }];
    }),
  );
}

export interface PlacesDifference {
  /** Ids of places that the provider does not have any more. */
  readonly removed: readonly string[];
  /** Ids of places that changed between folder and label: their messages' folderIds and labelIds must be written anew. */
  readonly switched: readonly string[];
}

/** Upserts the complete set of places and tells what has to happen to placements before `removePlaces`. */
export async function writePlaces(
  sql: Sql,
  transaction: Transaction,
  owner: { readonly accountId: string; readonly userId: string | null },
  places: Places,
  newId: () => string,
): Promise<PlacesDifference> {
  const before = await loadPlaces(sql, owner.accountId, transaction);
  const folders = unique(places.folders);
  const labels = unique(places.labels).filter(
    ({ remoteId }) => !folders.some((folder) => folder.remoteId === remoteId),
  );
  const switched: string[] = [];
  const idOf = (remoteId: string, isFolder: boolean) => {
    const known = before.get(remoteId);
    if (!known) return newId();
    // The id moves to the other table with the place, so that its placements stay true.
    if (known.isFolder !== isFolder) switched.push(known.id);
    return known.id;
  };
  const folderRows = folders.map((folder, sort) => folderRecord(folder, owner, idOf(folder.remoteId, true), sort));
  const labelRows = labels.map((label) => labelRecord(label, owner, idOf(label.remoteId, false)));
  if (switched.length > 0) {
    const ids = JSON.stringify(switched);
    await sql.run(`DELETE FROM {mailFolders} WHERE "id" IN ${sql.ids(1)}`, [ids], transaction);
    await sql.run(`DELETE FROM {mailLabels} WHERE "id" IN ${sql.ids(1)}`, [ids], transaction);
  }
  await upsert(sql, transaction, 'mailFolders', FOLDER_COLUMNS, folderRows);
  await upsert(sql, transaction, 'mailLabels', LABEL_COLUMNS, labelRows);
  const present = new Set([...folders, ...labels].map(({ remoteId }) => remoteId));
  const removed = [...before.values()].filter(({ remoteId }) => !present.has(remoteId)).map(({ id }) => id);
  return { removed, switched };
}

export async function removePlaces(sql: Sql, transaction: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const list = JSON.stringify(ids);
  // Placements of rows that somebody deleted by hand are found by nothing else.
  for (const table of ['mailPlacements', 'mailThreadPlacements']) {
    await sql.run(`DELETE FROM {${table}} WHERE "placeId" IN ${sql.ids(1)}`, [list], transaction);
  }
  for (const table of ['mailFolders', 'mailLabels']) {
    await sql.run(`DELETE FROM {${table}} WHERE "id" IN ${sql.ids(1)}`, [list], transaction);
  }
}

/** Only rows that differ are written. */
async function upsert(sql: Sql, transaction: Transaction, table: string, columns: Columns, rows: readonly Row[]) {
  if (rows.length === 0) return;
  const changing = Object.keys(columns).filter((name) => !['id', 'accountId', 'remoteId'].includes(name));
  const set = changing.map((name) => `"${name}" = excluded."${name}"`).join(', ');
  const differs = changing.map((name) => `t."${name}" IS DISTINCT FROM excluded."${name}"`).join(' OR ');
  const conflict = `("accountId", "remoteId") DO UPDATE SET ${set} WHERE ${differs}`;
  await sql.run(sql.insert(table, columns, conflict), [sql.pack(rows)], transaction);
}

function folderRecord(
  folder: FolderInfo,
  owner: { readonly accountId: string; readonly userId: string | null },
  id: string,
  sort: number,
): Row {
  return {
    id,
    accountId: owner.accountId,
    userId: owner.userId,
    remoteId: folder.remoteId,
    name: cleanText(folder.name, 512),
    role: folder.role,
    parentRemoteId: cleanTextOrNull(folder.parentRemoteId, 255),
    sort,
  };
}

function labelRecord(
  label: LabelInfo,
  owner: { readonly accountId: string; readonly userId: string | null },
  id: string,
): Row {
  return {
    id,
    accountId: owner.accountId,
    userId: owner.userId,
    remoteId: label.remoteId,
    name: cleanText(label.name, 512),
    kind: label.kind,
    textColor: cleanTextOrNull(label.textColor, 16),
    backgroundColor: cleanTextOrNull(label.backgroundColor, 16),
  };
}

function unique<T extends { readonly remoteId: string }>(places: readonly T[]): T[] {
  return [...new Map(places.map((place) => [place.remoteId, place])).values()];
}
