import { defineCollection } from '@nocobase/database';

/** Work that is known but not done: one row per id, removed when done, quarantined after three strikes. */
export default defineCollection({
  name: 'mailWorkItems',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'kind', type: 'string', length: 16, allowNull: false },
    { name: 'remoteId', type: 'string', length: 255, allowNull: false },
    { name: 'threadRemoteId', type: 'string', length: 255 },
    { name: 'status', type: 'string', length: 16, allowNull: false, defaultValue: 'pending' },
    { name: 'priority', type: 'bigInt', allowNull: false, defaultValue: 0 },
    { name: 'attempts', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'notBefore', type: 'bigInt', allowNull: false, defaultValue: 0 },
    { name: 'error', type: 'string', length: 64 },
    { name: 'message', type: 'text', length: 'long' },
    { name: 'updatedAt', type: 'date' },
  ],
  indexes: [
    { unique: true, fields: ['accountId', 'kind', 'remoteId'] },
    { fields: ['accountId', 'kind', 'status', 'priority'] },
    { fields: ['accountId', 'threadRemoteId'] },
  ],
});
