import { defineCollection } from '@nocobase/database';

/** A message is in a place (folder or label row). The index behind every message list. */
export default defineCollection({
  name: 'mailPlacements',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'placeId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'messageId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'receivedAt', type: 'date' },
  ],
  indexes: [{ fields: ['placeId', 'receivedAt', 'messageId'] }, { fields: ['messageId'] }, { fields: ['accountId'] }],
});
