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
    // The key begins with the message, so that it serves both "where is this message" and uniqueness.
    { name: 'messageId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'placeId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'receivedAt', type: 'date' },
  ],
  indexes: [{ fields: ['placeId', 'receivedAt', 'messageId'] }],
});
