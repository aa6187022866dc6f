import { defineCollection } from '@nocobase/database';

/** A person's change that the provider has not confirmed: laid over the provider's state until it is. */
export default defineCollection({
  name: 'mailOperations',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'userId', type: 'bigInt' },
    { name: 'messageId', type: 'bigInt' },
    { name: 'remoteId', type: 'string', length: 255, allowNull: false },
    { name: 'op', type: 'string', length: 32, allowNull: false },
    { name: 'effect', type: 'json' },
    { name: 'status', type: 'string', length: 16, allowNull: false, defaultValue: 'applied' },
    { name: 'pushedAt', type: 'bigInt' },
    { name: 'attempts', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'error', type: 'text', length: 'long' },
    { name: 'createdAt', type: 'bigInt' },
  ],
  indexes: [{ fields: ['accountId', 'status'] }, { fields: ['accountId', 'remoteId'] }],
});
