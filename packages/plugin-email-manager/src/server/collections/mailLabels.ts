import { defineCollection } from '@nocobase/database';

/** A label of a mailbox: made by people, a tab of the provider (category), or another system label. */
export default defineCollection({
  name: 'mailLabels',
  title: '{{t("Mail labels", { ns: "@nocobase/plugin-email-manager" })}}',
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
    { name: 'kind', type: 'string', length: 32, allowNull: false },
    { name: 'textColor', type: 'string', length: 16 },
    { name: 'backgroundColor', type: 'string', length: 16 },
  ],
  indexes: [{ unique: true, fields: ['accountId', 'remoteId'] }],
});
