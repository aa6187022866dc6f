import { defineCollection } from '@nocobase/database';

/** Where the change feed and our own runs stand. Written only together with the work they cover. */
export default defineCollection({
  name: 'mailCursors',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'accountId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'name', type: 'string', length: 191, allowNull: false, primaryKey: true },
    { name: 'value', type: 'text', length: 'long' },
    { name: 'updatedAt', type: 'date' },
  ],
});
