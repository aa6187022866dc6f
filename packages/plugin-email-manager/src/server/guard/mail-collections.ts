/** How the rows of an exposed collection belong to mailboxes. */
export interface ExposureRule {
  /** The attribute that holds the mailbox's id. */
  accountAttribute: string;
  /** Rows of a message that the provider says is gone stay hidden until they are purged. */
  gone?: 'own' | 'ofMessage';
}

/** Collections that people can use in blocks. Everything else of this plugin is hidden. */
export const EXPOSED: Readonly<Record<string, ExposureRule>> = {
  mailAccounts: { accountAttribute: 'id' },
  mailAccountMembers: { accountAttribute: 'accountId' },
  mailFolders: { accountAttribute: 'accountId' },
  mailLabels: { accountAttribute: 'accountId' },
  mailThreads: { accountAttribute: 'accountId' },
  mailMessages: { accountAttribute: 'accountId', gone: 'own' },
  mailParticipants: { accountAttribute: 'accountId', gone: 'ofMessage' },
};

/** Never readable except by the plugin's own code. A collection of ours that is in neither list is treated like these. */
export const HIDDEN: readonly string[] = [
  'mailAccessLogs',
  'mailAttachments',
  'mailBodies',
  'mailCursors',
  'mailGrants',
  'mailInventory',
  'mailLeases',
  'mailOAuthStates',
  'mailOperations',
  'mailPlacements',
  'mailProviderSecrets',
  'mailSearch',
  'mailSettings',
  'mailSyncRuns',
  'mailThreadPlacements',
  'mailUserSettings',
  'mailWorkItems',
];

/** The package whose collections the guard protects; NocoBase notes it on each collection it loads from a plugin. */
export const PLUGIN_PACKAGE = '@nocobase/plugin-email-manager';

interface KnownCollection {
  name: string;
  options?: { origin?: string; from?: string };
}

/** Names of every collection of this plugin: the known ones and whatever else was loaded from the package. */
export function mailCollectionNames(collections: Iterable<KnownCollection>): string[] {
  const names = new Set([...Object.keys(EXPOSED), ...HIDDEN]);
  for (const { name, options } of collections) {
    if (options?.origin === PLUGIN_PACKAGE || options?.from === PLUGIN_PACKAGE) names.add(name);
  }
  return [...names];
}
