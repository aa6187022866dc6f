import { defineCollection } from '@nocobase/database';

/** One runner per account. writes is raised by a person's changes so that they and the runner's commits exclude each other. */
export default defineCollection({
  name: 'mailLeases',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'accountId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'owner', type: 'string', length: 128 },
    { name: 'fence', type: 'bigInt', allowNull: false, defaultValue: 0 },
    { name: 'beat', type: 'bigInt', allowNull: false, defaultValue: 0 },
    { name: 'writes', type: 'bigInt', allowNull: false, defaultValue: 0 },
    // Epoch ms of the last poll, kept here so that an idle poll needs no commit of its own.
    { name: 'polledAt', type: 'bigInt' },
  ],
});
