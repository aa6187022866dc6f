import { z } from 'zod';
import type { ProviderUpdate } from '../../shared/api';
import { MAX_SYNC_INTERVAL_SECONDS, MIN_SYNC_INTERVAL_SECONDS } from '../env';
import { MailApiError, type ErrorCode } from '../errors';
import type { ProviderName } from '../../shared/api';
import { normaliseBaseUrl } from './redirect-uri';

const CODE_OF_FIELD: Readonly<Record<string, ErrorCode>> = {
  clientId: 'CLIENT_ID_INVALID',
  clientSecret: 'CLIENT_SECRET_INVALID',
  clientSecretReference: 'SECRET_REFERENCE_UNKNOWN',
  tenant: 'TENANT_INVALID',
  secretExpiresAt: 'SECRET_EXPIRY_INVALID',
  publicUrl: 'PUBLIC_URL_INVALID',
  syncIntervalSeconds: 'SYNC_INTERVAL_INVALID',
};

/** The fields that the settings of every provider have. */
export const COMMON_FIELDS = {
  clientSecretReference: z
    .string()
    .trim()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/)
    .nullable()
    .optional(),
  enabled: z.boolean().optional(),
  publicUrl: z.preprocess(
    (value) => (value === '' ? null : typeof value === 'string' ? (normaliseBaseUrl(value) ?? false) : value),
    z.string().max(2000).nullable().optional(),
  ),
  syncIntervalSeconds: z.number().int().min(MIN_SYNC_INTERVAL_SECONDS).max(MAX_SYNC_INTERVAL_SECONDS).optional(),
};

/** @throws MailApiError with the code and the name of the first field that has a wrong shape */
export function parseUpdate(
  schema: z.ZodType<ProviderUpdate>,
  provider: ProviderName,
  values: unknown,
): ProviderUpdate {
  const result = schema.safeParse(values ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = String(issue?.path[0] ?? (issue && 'keys' in issue ? (issue.keys as string[])[0] : ''));
  throw new MailApiError(CODE_OF_FIELD[field] ?? 'INPUT_INVALID', { field, params: { field }, provider });
}
