import { isGuid, isTenantChoice, MICROSOFT_SCOPES } from '@email-manager/mail-engine/oauth/microsoft';
import { z } from 'zod';
import type { ProviderUpdate } from '../../../shared/api';
import { MailApiError } from '../../errors';
import type { SettingsRules, StoredClient } from '../provider-module';
import { COMMON_FIELDS, parseUpdate } from '../settings-fields';
import { secretWarning } from './secret-expiry';

export const DEFAULT_TENANT = 'common';

/** A secret's value has no shape that is promised; its id, which stands beside it in the portal, is a GUID. */
const clientSecret = z
  .string()
  .trim()
  .min(8)
  .max(255)
  .regex(/^[^\s@:/]+$/);

const schema: z.ZodType<ProviderUpdate> = z.strictObject({
  ...COMMON_FIELDS,
  clientId: z
    .string()
    .trim()
    .toLowerCase()
    .refine((value) => value === '' || isGuid(value))
    .optional(),
  clientSecret: z.union([clientSecret, z.literal('')]).optional(),
  tenant: z.string().trim().toLowerCase().refine(isTenantChoice).optional(),
  secretExpiresAt: z.union([z.iso.date(), z.literal('').transform(() => null), z.null()]).optional(),
});

export function tenantChoice(stored: StoredClient): string {
  return stored.tenant ?? DEFAULT_TENANT;
}

export const microsoftSettings: SettingsRules = {
  parse(values) {
    const secret = (values as { clientSecret?: unknown } | null)?.clientSecret;
    if (typeof secret === 'string' && isGuid(secret.trim())) {
      throw new MailApiError('CLIENT_SECRET_IS_ID', { field: 'clientSecret', provider: 'microsoft' });
    }
    return parseUpdate(schema, 'microsoft', values);
  },
  scopes: () => MICROSOFT_SCOPES,
  view: (stored, now) => ({
    scopeChoice: 'gmail.modify',
    tenant: tenantChoice(stored),
    secretExpiresAt: stored.secretExpiresAt,
    secretWarning: secretWarning(stored.secretExpiresAt, now),
  }),
  describe(stored) {
    const choice = tenantChoice(stored);
    const { platform = 'unknown', adminConsent = 'unknown' } = stored.facts;
    const kind = ['common', 'organizations', 'consumers'].includes(choice) ? choice : 'one tenant';
    return `microsoft tenant ${kind}, platform ${platform}, admin consent ${adminConsent}`;
  },
};
