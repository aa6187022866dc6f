import { defineCollection } from '@nocobase/database';

/** The result of a mailbox check (Verify): numbers and ids only. */
export default defineCollection({
  name: 'mailAudits',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'userId', type: 'bigInt' },
    { name: 'status', type: 'string', length: 32 },
    { name: 'provider', type: 'integer' },
    { name: 'here', type: 'integer' },
    { name: 'missing', type: 'integer' },
    { name: 'extra', type: 'integer' },
    { name: 'older', type: 'integer' },
    { name: 'missingIds', type: 'json' },
    { name: 'extraIds', type: 'json' },
    { name: 'startedAt', type: 'date' },
    { name: 'checkedAt', type: 'date' },
  ],
  indexes: [{ fields: ['accountId', 'startedAt'] }],
});
