import { defineCollection } from '@nocobase/database';

/** The run log: what each slice of work did, in numbers. The Health page reads it; old rows are dropped in small batches. */
export default defineCollection({
  name: 'mailSyncRuns',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'startedAt', type: 'date' },
    { name: 'durationMs', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'status', type: 'string', length: 32 },
    { name: 'calls', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'units', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'listed', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'hydrated', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'changed', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'gone', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'failed', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'errorKind', type: 'string', length: 64 },
    { name: 'errorCode', type: 'string', length: 128 },
  ],
  indexes: [{ fields: ['accountId', 'startedAt'] }],
});
