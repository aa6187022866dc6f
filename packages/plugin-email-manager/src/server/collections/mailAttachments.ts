import { defineCollection } from '@nocobase/database';

/** What a message carries; the bytes stay at the provider until they are asked for. */
export default defineCollection({
  name: 'mailAttachments',
  hidden: true,
  dumpRules: { group: 'user' },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'id', type: 'snowflakeId', primaryKey: true, allowNull: false },
    { name: 'messageId', type: 'bigInt', allowNull: false },
    { name: 'accountId', type: 'bigInt', allowNull: false },
    { name: 'partId', type: 'string', length: 255, allowNull: false },
    { name: 'fileName', type: 'string', length: 1024 },
    { name: 'mimeType', type: 'string', length: 255 },
    { name: 'sizeBytes', type: 'bigInt' },
    { name: 'contentId', type: 'string', length: 998 },
    { name: 'isInline', type: 'boolean', allowNull: false, defaultValue: false },
  ],
  indexes: [{ unique: true, fields: ['messageId', 'partId'] }, { fields: ['accountId'] }],
});
