import { defineCollection } from '@nocobase/database';

/** A folder of a mailbox, with the provider's id; Gmail's archive is synthetic. */
export default defineCollection({
  name: 'mailFolders',
  title: '{{t("Mail folders", { ns: "@nocobase/plugin-email-manager" })}}',
  // In the lists of blocks while the plugin is enabled, and gone (404) once it is disabled; never db2cm.
  loadedFromCollectionManager: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'userId', type: 'bigInt' },
    { name: 'remoteId', type: 'string', length: 255, allowNull: false },
    { name: 'name', type: 'string', length: 512 },
    { name: 'role', type: 'string', length: 32, allowNull: false },
    { name: 'parentRemoteId', type: 'string', length: 255 },
    { name: 'sort', type: 'integer', allowNull: false, defaultValue: 0 },
  ],
  indexes: [{ unique: true, fields: ['accountId', 'remoteId'] }],
});
