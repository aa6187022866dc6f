import { defineCollection } from '@nocobase/database';

/** An address of a message in one role: what search, completion, block scopes and links build on. */
export default defineCollection({
  name: 'mailParticipants',
  title: '{{t("Mail participants", { ns: "@nocobase/plugin-email-manager" })}}',
  // In the lists of blocks while the plugin is enabled, and gone (404) once it is disabled; never db2cm.
  loadedFromCollectionManager: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'messageId', type: 'bigInt', allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'userId', type: 'bigInt' },
    { name: 'role', type: 'string', length: 16, allowNull: false },
    { name: 'address', type: 'string', length: 320, allowNull: false },
    { name: 'domain', type: 'string', length: 255 },
    { name: 'name', type: 'string', length: 512 },
    {
      name: 'message',
      type: 'belongsTo',
      target: 'mailMessages',
      foreignKey: 'messageId',
      targetKey: 'id',
      constraints: false,
    },
  ],
  indexes: [{ fields: ['messageId'] }, { fields: ['accountId', 'address'] }, { fields: ['accountId', 'domain'] }],
});
