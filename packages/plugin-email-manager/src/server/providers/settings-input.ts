import { z } from 'zod';
import type { ProviderUpdate } from '../../shared/api';
import { MAX_SYNC_INTERVAL_SECONDS, MIN_SYNC_INTERVAL_SECONDS } from '../env';
import { MailApiError, type ErrorCode } from '../errors';
import { normaliseBaseUrl } from './redirect-uri';

const CODE_OF_FIELD: Readonly<Record<string, ErrorCode>> = {
  clientId: 'CLIENT_ID_INVALID',
  clientSecret: 'CLIENT_SECRET_INVALID',
  clientSecretReference: 'SECRET_REFERENCE_UNKNOWN',
  publicUrl: 'PUBLIC_URL_INVALID',
  syncIntervalSeconds: 'SYNC_INTERVAL_INVALID',
};

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

const googleUpdate = z.strictObject({
  clientId: z.union([clientId, z.literal('')]).optional(),
  clientSecret: z.union([clientSecret, z.literal('')]).optional(),
  clientSecretReference: z
    .string()
    .trim()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/)
    .nullable()
    .optional(),
  enabled: z.boolean().optional(),
  scopeChoice: z.enum(['gmail.modify', 'mail.google.com']).optional(),
  publicUrl: z.preprocess(
    (value) => (value === '' ? null : typeof value === 'string' ? (normaliseBaseUrl(value) ?? false) : value),
    z.string().max(2000).nullable().optional(),
  ),
  syncIntervalSeconds: z.number().int().min(MIN_SYNC_INTERVAL_SECONDS).max(MAX_SYNC_INTERVAL_SECONDS).optional(),
});

/** @throws MailApiError with the code and the name of the first field that has a wrong shape */
export function parseGoogleUpdate(values: unknown): ProviderUpdate {
  const result = googleUpdate.safeParse(values ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = String(issue?.path[0] ?? (issue && 'keys' in issue ? (issue.keys as string[])[0] : ''));
  throw new MailApiError(CODE_OF_FIELD[field] ?? 'INPUT_INVALID', { field, params: { field } });
}
