import mailAccessLogs from '../collections/mailAccessLogs';
import mailAccountMembers from '../collections/mailAccountMembers';
import mailAccounts from '../collections/mailAccounts';
import mailAttachments from '../collections/mailAttachments';
import mailBodies from '../collections/mailBodies';
import mailCursors from '../collections/mailCursors';
import mailFolders from '../collections/mailFolders';
import mailGrants from '../collections/mailGrants';
import mailInventory from '../collections/mailInventory';
import mailLabels from '../collections/mailLabels';
import mailLeases from '../collections/mailLeases';
import mailMessages from '../collections/mailMessages';
import mailOAuthStates from '../collections/mailOAuthStates';
import mailOperations from '../collections/mailOperations';
import mailParticipants from '../collections/mailParticipants';
import mailPlacements from '../collections/mailPlacements';
import mailProviderSecrets from '../collections/mailProviderSecrets';
import mailSearch from '../collections/mailSearch';
import mailSettings from '../collections/mailSettings';
import mailSyncRuns from '../collections/mailSyncRuns';
import mailThreadPlacements from '../collections/mailThreadPlacements';
import mailThreads from '../collections/mailThreads';
import mailUserSettings from '../collections/mailUserSettings';
import mailWorkItems from '../collections/mailWorkItems';

/** Every collection of the plugin, for checks that must not depend on what has been loaded. A test compares the folder. */
export const COLLECTIONS = [
  mailAccessLogs,
  mailAccountMembers,
  mailAccounts,
  mailAttachments,
  mailBodies,
  mailCursors,
  mailFolders,
  mailGrants,
  mailInventory,
  mailLabels,
  mailLeases,
  mailMessages,
  mailOAuthStates,
  mailOperations,
  mailParticipants,
  mailPlacements,
  mailProviderSecrets,
  mailSearch,
  mailSettings,
  mailSyncRuns,
  mailThreadPlacements,
  mailThreads,
  mailUserSettings,
  mailWorkItems,
];

export interface ExpectedTable {
  /** The collection's name; the table's may have the host's prefix or be written with underscores. */
  readonly name: string;
  readonly columns: readonly string[];
}

const RELATIONS = new Set(['belongsTo', 'hasMany', 'hasOne', 'belongsToMany']);

/** The columns that each collection has in the database. */
export function expectedTables(): ExpectedTable[] {
  return COLLECTIONS.map((collection) => {
    const fields = (collection.fields ?? []) as readonly { readonly name: string; readonly type: string }[];
    const columns = fields.filter(({ type }) => !RELATIONS.has(type)).map(({ name }) => name);
    const stamps = collection.timestamps === false ? [] : ['createdAt', 'updatedAt'];
    return { name: collection.name, columns: [...columns, ...stamps] };
  });
}
