import { defineCollection } from '@nocobase/database';
import { Op } from 'sequelize';

/** A conversation inside one mailbox. Every count is recomputed by SQL from its messages, never incremented. */
export default defineCollection({
  name: 'mailThreads',
  title: '{{t("Conversations", { ns: "@nocobase/plugin-email-manager" })}}',
  // In the lists of blocks while the plugin is enabled, and gone (404) once it is disabled; never db2cm.
  loadedFromCollectionManager: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'userId', type: 'bigInt' },
    { name: 'key', type: 'string', length: 255, allowNull: false },
    // The provider's conversation of a thread that was split from it; null for its first thread, whose key it is.
    { name: 'conversation', type: 'string', length: 255 },
    { name: 'subject', type: 'string', length: 1024 },
    { name: 'snippet', type: 'string', length: 512 },
    { name: 'lastMessageAt', type: 'date' },
    // Drafts are counted apart; messages that are gone are counted nowhere.
    { name: 'messageCount', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'draftCount', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'unreadCount', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'isRead', type: 'boolean', allowNull: false, defaultValue: true },
    { name: 'isStarred', type: 'boolean', allowNull: false, defaultValue: false },
    { name: 'hasAttachments', type: 'boolean', allowNull: false, defaultValue: false },
    // The last few senders, oldest first: [{ name, address }].
    { name: 'senders', type: 'json' },
    {
      name: 'messages',
      type: 'hasMany',
      target: 'mailMessages',
      foreignKey: 'threadId',
      sourceKey: 'id',
      constraints: false,
    },
    {
      name: 'account',
      type: 'belongsTo',
      target: 'mailAccounts',
      foreignKey: 'accountId',
      targetKey: 'id',
      constraints: false,
    },
  ],
  indexes: [
    { unique: true, fields: ['accountId', 'key'] },
    { fields: ['accountId', 'conversation'], where: { conversation: { [Op.ne]: null } } },
    { fields: ['accountId', 'lastMessageAt', 'id'] },
    { name: 'mail_threads_unread', fields: ['accountId', 'lastMessageAt', 'id', 'isRead'], where: { isRead: false } },
    {
      name: 'mail_threads_starred',
      fields: ['accountId', 'lastMessageAt', 'id', 'isStarred'],
      where: { isStarred: true },
    },
  ],
});
