import { defineCollection } from '@nocobase/database';

/** Use of the right to see everyone's mail: who, when, by which call, which mailboxes. No content. */
export default defineCollection({
  name: 'mailAccessLogs',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'userId', type: 'bigInt', allowNull: false },
    { name: 'roles', type: 'json' },
    { name: 'call', type: 'string', length: 255 },
    { name: 'accountIds', type: 'json' },
    { name: 'at', type: 'date', allowNull: false },
  ],
  indexes: [{ fields: ['at'] }, { fields: ['userId'] }],
});
