import { GOOGLE_SCOPE_FULL, GOOGLE_SCOPE_MODIFY } from '@email-manager/mail-engine/oauth/google';
import { z } from 'zod';
import type { ProviderUpdate } from '../../../shared/api';
import type { SettingsRules, StoredClient } from '../provider-module';
import { COMMON_FIELDS, parseUpdate } from '../settings-fields';

/** Google's web clients end so; the most frequent slip is to paste the secret or the project's name here. */
const clientId = z
  .string()
  .trim()
  .max(255)
  .regex(/^[A-Za-z0-9_-]+\.apps\.googleusercontent\.com$/);

/** Anything but what is certainly not a secret: white space inside, a client id, an address, a URL. */
const clientSecret = z
  .string()
  .trim()
  .min(8)
  .max(255)
  .regex(/^[^\s@:/]+$/)
  .refine((value) => !value.endsWith('.googleusercontent.com'));

const schema: z.ZodType<ProviderUpdate> = z.strictObject({
  ...COMMON_FIELDS,
  clientId: z.union([clientId, z.literal('')]).optional(),
  clientSecret: z.union([clientSecret, z.literal('')]).optional(),
  scopeChoice: z.enum(['gmail.modify', 'mail.google.com']).optional(),
});

function scopeChoice(stored: StoredClient): 'gmail.modify' | 'mail.google.com' {
  return stored.scopeChoice === 'mail.google.com' ? 'mail.google.com' : 'gmail.modify';
}

export const googleSettings: SettingsRules = {
  parse: (values) => parseUpdate(schema, 'google', values),
  scopes: (stored) => [scopeChoice(stored) === 'gmail.modify' ? GOOGLE_SCOPE_MODIFY : GOOGLE_SCOPE_FULL],
  view: (stored) => ({
    scopeChoice: scopeChoice(stored),
    tenant: null,
    secretExpiresAt: null,
    secretWarning: null,
  }),
  describe: (stored) =>
    `google scope ${scopeChoice(stored)}, api ${String(stored.facts.apiEnabled ?? 'unknown')}, ` +
    `grant life ${String(stored.facts.grantLifetimeSeconds ?? 'unlimited')}`,
};
