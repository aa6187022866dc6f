import { defineCollection } from '@nocobase/database';
import { Op } from 'sequelize';

/** A thread has at least one message in a place; the times and counts are of its messages there. */
export default defineCollection({
  name: 'mailThreadPlacements',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'threadId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'placeId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'receivedAt', type: 'date' },
    { name: 'unreadCount', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'isStarred', type: 'boolean', allowNull: false, defaultValue: false },
  ],
  indexes: [
    { fields: ['placeId', 'receivedAt', 'threadId'] },
    // Unread and starred conversations are few among many: their lists and counts read nothing else.
    // Named, because PostgreSQL cuts names at 63 characters and the next upgrade would not find them again.
    {
      name: 'mail_thread_placements_unread',
      fields: ['placeId', 'receivedAt', 'threadId', 'unreadCount'],
      where: { unreadCount: { [Op.gt]: 0 } },
    },
    {
      name: 'mail_thread_placements_starred',
      fields: ['placeId', 'receivedAt', 'threadId', 'isStarred'],
      where: { isStarred: true },
    },
  ],
});
