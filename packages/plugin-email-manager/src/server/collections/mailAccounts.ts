import { defineCollection } from '@nocobase/database';

/** A connected mailbox. Health and progress are computed from rows and never stored here. */
export default defineCollection({
  name: 'mailAccounts',
  title: '{{t("Mailboxes", { ns: "@nocobase/plugin-email-manager" })}}',
  // In the lists of blocks while the plugin is enabled, and gone (404) once it is disabled; never db2cm.
  loadedFromCollectionManager: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'provider', type: 'string', length: 32, allowNull: false },
    { name: 'address', type: 'string', length: 320, allowNull: false },
    { name: 'displayName', type: 'string', length: 255 },
    { name: 'senderName', type: 'string', length: 255 },
    { name: 'userId', type: 'bigInt' },
    { name: 'user', type: 'belongsTo', target: 'users', foreignKey: 'userId', targetKey: 'id', constraints: false },
    { name: 'status', type: 'string', length: 32, allowNull: false, defaultValue: 'connecting' },
    { name: 'syncFrom', type: 'date' },
    { name: 'lastSyncedAt', type: 'date' },
    { name: 'notBefore', type: 'date' },
    { name: 'remoteTotal', type: 'bigInt' },
    { name: 'errorKind', type: 'string', length: 64 },
    { name: 'errorCode', type: 'string', length: 128 },
    { name: 'errorMessage', type: 'text', length: 'long' },
    { name: 'errorAt', type: 'date' },
    // Roles of the folders that its owner leaves out of the copy, for providers that let folders be left out.
    { name: 'skipFolders', type: 'json' },
    // What its people asked the sync for, by the time of asking: { resync, verify, repair }.
    { name: 'requests', type: 'json', hidden: true },
    {
      name: 'members',
      type: 'hasMany',
      target: 'mailAccountMembers',
      foreignKey: 'accountId',
      sourceKey: 'id',
      constraints: false,
    },
    {
      name: 'messages',
      type: 'hasMany',
      target: 'mailMessages',
      foreignKey: 'accountId',
      sourceKey: 'id',
      constraints: false,
    },
    {
      name: 'threads',
      type: 'hasMany',
      target: 'mailThreads',
      foreignKey: 'accountId',
      sourceKey: 'id',
      constraints: false,
    },
  ],
  indexes: [{ unique: true, fields: ['provider', 'address'] }, { fields: ['userId'] }, { fields: ['status'] }],
});
