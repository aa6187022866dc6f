import { defineCollection } from '@nocobase/database';

/** A sign-in under way: one-time, bound to its user, ten minutes. Never in a backup. */
export default defineCollection({
  name: 'mailOAuthStates',
  hidden: true,
  dumpRules: { skipped: true },
  migrationRules: ['schema-only'],
  autoGenId: false,
  timestamps: false,
  fields: [
    { name: 'stateHash', type: 'string', length: 128, allowNull: false, primaryKey: true },
    { name: 'userId', type: 'bigInt', allowNull: false },
    { name: 'provider', type: 'string', length: 32, allowNull: false },
    { name: 'accountId', type: 'bigInt' },
    // `adminConsent` for the page of an organisation's administrator; empty for a mailbox.
    { name: 'purpose', type: 'string', length: 32 },
    // The tenant whose page was opened: the code is redeemed there.
    { name: 'tenant', type: 'string', length: 255 },
    { name: 'sealedVerifier', type: 'text', length: 'long' },
    { name: 'redirectUri', type: 'string', length: 2048 },
    { name: 'returnTo', type: 'string', length: 2048 },
    { name: 'origin', type: 'string', length: 2048 },
    { name: 'expiresAt', type: 'date' },
    { name: 'usedAt', type: 'date' },
    { name: 'outcome', type: 'string', length: 64 },
  ],
  indexes: [{ fields: ['userId'] }, { fields: ['expiresAt'] }],
});
