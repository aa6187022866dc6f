import { defineCollection } from '@nocobase/database';

/** Who may see a mailbox: the only source of visibility. One row of role owner for each mailbox from its first day. */
export default defineCollection({
  name: 'mailAccountMembers',
  title: '{{t("Mailbox members", { ns: "@nocobase/plugin-email-manager" })}}',
  // In the lists of blocks while the plugin is enabled, and gone (404) once it is disabled; never db2cm.
  loadedFromCollectionManager: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'userId', type: 'bigInt', allowNull: false },
    { name: 'role', type: 'string', length: 32, allowNull: false, defaultValue: 'owner' },
    { name: 'user', type: 'belongsTo', target: 'users', foreignKey: 'userId', targetKey: 'id', constraints: false },
    {
      name: 'account',
      type: 'belongsTo',
      target: 'mailAccounts',
      foreignKey: 'accountId',
      targetKey: 'id',
      constraints: false,
    },
  ],
  indexes: [{ unique: true, fields: ['accountId', 'userId'] }, { fields: ['userId'] }],
});
