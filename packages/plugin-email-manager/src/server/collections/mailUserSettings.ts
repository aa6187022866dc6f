import { defineCollection } from '@nocobase/database';

/** What a person has chosen for their own mail pages; no row means the defaults. */
export default defineCollection({
  name: 'mailUserSettings',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  fields: [
    { name: 'userId', type: 'bigInt', primaryKey: true, allowNull: false },
    { name: 'badge', type: 'string', length: 16 },
    { name: 'tab', type: 'string', length: 16 },
  ],
});
