import { defineCollection } from '@nocobase/database';

/** Bodies as the provider gave them, and the sanitised form cached by the sanitiser's version. */
export default defineCollection({
  name: 'mailBodies',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'messageId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'html', type: 'text', length: 'long' },
    { name: 'text', type: 'text', length: 'long' },
    { name: 'safeHtml', type: 'text', length: 'long' },
    { name: 'safeVersion', type: 'integer' },
    { name: 'hasRemoteContent', type: 'boolean', allowNull: false, defaultValue: false },
  ],
  indexes: [{ fields: ['accountId'] }],
});
