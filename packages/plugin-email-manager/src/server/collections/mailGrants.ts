import { defineCollection } from '@nocobase/database';

/** The sealed tokens of an account. Never in a backup. */
export default defineCollection({
  name: 'mailGrants',
  hidden: true,
  dumpRules: { skipped: true },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'accountId', type: 'bigInt', allowNull: false, primaryKey: true },
    { name: 'version', type: 'integer', allowNull: false, defaultValue: 0 },
    { name: 'sealedRefreshToken', type: 'text', length: 'long' },
    { name: 'sealedPreviousRefreshToken', type: 'text', length: 'long' },
    { name: 'sealedAccessToken', type: 'text', length: 'long' },
    { name: 'accessTokenExpiresAt', type: 'date' },
    { name: 'scopes', type: 'json' },
    { name: 'tenant', type: 'string', length: 255 },
    // The challenge that the person's next sign-in has to satisfy (Conditional Access), as JSON text.
    { name: 'claims', type: 'text', length: 'long' },
    { name: 'refreshOwner', type: 'string', length: 128 },
    { name: 'refreshStartedAt', type: 'bigInt' },
    { name: 'refreshedAt', type: 'date' },
    // When the person consented, and when the grant itself ends if the provider says so (Google's testing mode: 7 days).
    { name: 'grantedAt', type: 'date' },
    { name: 'grantExpiresAt', type: 'date' },
  ],
});
