import { defineCollection } from '@nocobase/database';

/** Every id that the provider has listed, also those older than the start date. run is the last listing that showed it. */
export default defineCollection({
  name: 'mailInventory',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'accountId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'remoteId', type: 'string', length: 255, allowNull: false, primaryKey: true },
    { name: 'threadRemoteId', type: 'string', length: 255 },
    { name: 'run', type: 'integer', allowNull: false, defaultValue: 0 },
    // The provider has stated that the id does not exist any more.
    { name: 'closed', type: 'boolean', allowNull: false, defaultValue: false },
    // The message was stored here once. Its row may disappear without the provider's word; this stays.
    { name: 'hydrated', type: 'boolean', allowNull: false, defaultValue: false },
  ],
  indexes: [{ fields: ['accountId', 'run'] }],
});
