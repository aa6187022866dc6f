import { defineCollection } from '@nocobase/database';

/** A thread has at least one message in a place; the times and counts are of its messages there. */
export default defineCollection({
  name: 'mailThreadPlacements',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'placeId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'threadId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'receivedAt', type: 'date' },
    { name: 'unreadCount', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'isStarred', type: 'boolean', allowNull: false, defaultValue: false },
  ],
  indexes: [
    { fields: ['placeId', 'receivedAt', 'threadId'] },
    { fields: ['placeId', 'unreadCount'] },
    { fields: ['threadId'] },
    { fields: ['accountId'] },
  ],
});
