import { defineCollection } from '@nocobase/database';

/** What a search looks into: subject, people and snippet of a message, lower-cased. Only of messages that are shown. */
export default defineCollection({
  name: 'mailSearch',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'messageId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'threadId', type: 'bigInt' },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'text', type: 'text', length: 'long' },
  ],
  indexes: [{ fields: ['threadId'] }, { fields: ['accountId'] }],
});
