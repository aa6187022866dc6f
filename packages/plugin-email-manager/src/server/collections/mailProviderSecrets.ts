import { defineCollection } from '@nocobase/database';

/** The OAuth client of a provider; the secret is sealed and write-only. Never in a backup. */
export default defineCollection({
  name: 'mailProviderSecrets',
  hidden: true,
  dumpRules: { skipped: true },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'provider', type: 'string', length: 32, allowNull: false, primaryKey: true },
    { name: 'clientId', type: 'string', length: 512 },
    { name: 'sealedClientSecret', type: 'text', length: 'long' },
    { name: 'clientSecretReference', type: 'string', length: 255 },
    { name: 'tenant', type: 'string', length: 255 },
    { name: 'scope', type: 'string', length: 255 },
    // The secret's last day as the administrator noted it, as text: `2027-05-31` everywhere in the world.
    { name: 'secretExpiresAt', type: 'string', length: 10 },
    { name: 'enabled', type: 'boolean', allowNull: false, defaultValue: false },
    { name: 'options', type: 'json' },
    { name: 'updatedAt', type: 'date' },
  ],
});
