import { defineCollection } from '@nocobase/database';
import { Op } from 'sequelize';

/** The envelope of a message; bodies and attachments are in hidden tables. goneAt hides what the provider says is gone. */
export default defineCollection({
  name: 'mailMessages',
  title: '{{t("Mail messages", { ns: "@nocobase/plugin-email-manager" })}}',
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
    { name: 'threadId', type: 'bigInt' },
    // The provider's conversation; threadId is ours, and may be refined by References later.
    { name: 'threadRemoteId', type: 'string', length: 255 },
    { name: 'remoteId', type: 'string', length: 255, allowNull: false },
    { name: 'internetMessageId', type: 'string', length: 998 },
    { name: 'inReplyTo', type: 'string', length: 998 },
    { name: 'references', type: 'json' },
    { name: 'subject', type: 'string', length: 1024 },
    { name: 'snippet', type: 'string', length: 512 },
    { name: 'from', type: 'json' },
    { name: 'fromAddress', type: 'string', length: 320 },
    { name: 'fromDomain', type: 'string', length: 255 },
    { name: 'to', type: 'json' },
    { name: 'cc', type: 'json' },
    { name: 'bcc', type: 'json' },
    { name: 'replyTo', type: 'json' },
    { name: 'sentAt', type: 'date' },
    { name: 'receivedAt', type: 'date' },
    { name: 'isRead', type: 'boolean', allowNull: false, defaultValue: true },
    { name: 'isStarred', type: 'boolean', allowNull: false, defaultValue: false },
    { name: 'isDraft', type: 'boolean', allowNull: false, defaultValue: false },
    { name: 'hasAttachments', type: 'boolean', allowNull: false, defaultValue: false },
    // Written together with mailPlacements, which is the index; these two are for reading.
    { name: 'folderIds', type: 'json' },
    { name: 'labelIds', type: 'json' },
    { name: 'sizeBytes', type: 'bigInt' },
    { name: 'draftRemoteId', type: 'string', length: 255 },
    { name: 'goneAt', type: 'date' },
    {
      name: 'account',
      type: 'belongsTo',
      target: 'mailAccounts',
      foreignKey: 'accountId',
      targetKey: 'id',
      constraints: false,
    },
    {
      name: 'thread',
      type: 'belongsTo',
      target: 'mailThreads',
      foreignKey: 'threadId',
      targetKey: 'id',
      constraints: false,
    },
    {
      name: 'participants',
      type: 'hasMany',
      target: 'mailParticipants',
      foreignKey: 'messageId',
      sourceKey: 'id',
      constraints: false,
    },
  ],
  indexes: [
    { unique: true, fields: ['accountId', 'remoteId'] },
    { fields: ['threadId', 'receivedAt'] },
    { fields: ['accountId', 'receivedAt', 'id'] },
    // Few rows: drafts, and what waits to be purged.
    { fields: ['accountId', 'draftRemoteId'], where: { draftRemoteId: { [Op.ne]: null } } },
    { fields: ['goneAt'], where: { goneAt: { [Op.ne]: null } } },
  ],
});
