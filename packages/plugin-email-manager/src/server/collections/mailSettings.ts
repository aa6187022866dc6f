import { defineCollection } from '@nocobase/database';

/** Settings of the whole plugin, one row (id 1). */
export default defineCollection({
  name: 'mailSettings',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'publicUrl', type: 'string', length: 2048 },
    { name: 'syncIntervalSeconds', type: 'integer' },
    { name: 'schemaVersion', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'options', type: 'json' },
  ],
});
